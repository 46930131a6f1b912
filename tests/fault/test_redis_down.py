"""Redis is gone or hangs: a clear 503, no wrong answer, and healing without a restart of the workers."""

import pytest

from lib.client import Client, new_user
from lib.faults import let_cooldowns_end, same_workers, timed
from lib.problems import assert_problem
from lib.shoppers import Shoppers
from lib.threads import Background, together
from lib.waiting import wait_until

HEAL_SECONDS = 5  # a worker tries again after 1 s; a busy machine takes its time


@pytest.fixture
def sold(client, show):
    """A show where `owner` has bought S1 and S2, and `holder` holds S3 and S4."""
    class Sold:
        owner, holder = new_user("owner"), new_user("holder")
    client.must_hold(show, ["S1", "S2"], Sold.owner)
    client.must_confirm(show, ["S1", "S2"], Sold.owner)
    client.must_hold(show, ["S3", "S4"], Sold.holder)
    return Sold


def requests_that_need_redis(client, show, sold):
    """Any of them may be done all the same, by a Redis that goes on and finds it in its socket: so S3 is not given back."""
    return [lambda: client.hold(show, "S5", new_user()), lambda: client.hold(show, "S1", sold.owner),
            lambda: client.best(show, 2, new_user()), lambda: client.extend(show, "S3", sold.holder), lambda: client.release(show, "S4", sold.holder),
            lambda: client.confirm(show, "S3", sold.holder), lambda: client.status(show), lambda: client.summary(show)]


def assert_refused(client, show, sold, limit):
    for call in requests_that_need_redis(client, show, sold):
        assert_problem(timed(call, limit), 503, "redis_unavailable")
    answer = timed(lambda: client.confirm(show, ["S1", "S2"], sold.owner), limit + 1)
    assert answer.status_code == 200 and answer.json()["message"] == "Already Booked", answer.text
    assert client.get("/health/live").status_code == 200


def test_killed_and_started_again(site, client, records, show, sold):
    with same_workers(site):
        site.redis.kill()
        for _ in range(8):  # every worker gets its share
            assert_refused(client, show, sold, limit=1.2)
        assert set(records.bookings(show)) == {"S1", "S2"}
        site.redis.start()
        wait_until(lambda: client.status(show).status_code == 200, HEAL_SECONDS, "status 200")
        let_cooldowns_end()
        states = client.seat_map(show)
        assert [states[seat] for seat in ("S1", "S2", "S3", "S5")] == ["booked", "booked", "available", "available"]
        wait_until(lambda: all(answer.status_code == 200 for answer in together(
            lambda: Client(site).status(show) for _ in range(12))), HEAL_SECONDS, "every worker well again")
        assert_problem(client.confirm(show, "S3", sold.holder), 410, "hold_expired")
        client.must_hold(show, "S3", user := new_user())
        client.must_confirm(show, "S3", user)


def test_killed_under_load(site, client, records):
    """Under load an outage is 503 and nothing else; what was answered stands."""
    shoppers = Shoppers(site, records, 4, refusals=(503, 410))  # 410: the hold was lost before its confirmation
    with same_workers(site):
        with Background(shoppers, count=4) as load:
            wait_until(lambda: shoppers.sold > 20, 20, "some sales")
            site.redis.kill()
            turns = load.turns
            wait_until(lambda: load.turns > turns + 20, 30, "some refusals")
            site.redis.start()
            sold = shoppers.sold
            wait_until(lambda: shoppers.sold > sold + 8, 30, "new sales after the outage")
    shoppers.check(client)


def test_paused(site, client, show, sold):
    """SIGSTOP: the connection stands, the answer never comes."""
    with same_workers(site):
        site.redis.pause()
        assert_refused(client, show, sold, limit=1.2)
        site.redis.resume()
        wait_until(lambda: client.status(show).status_code == 200, HEAL_SECONDS, "status 200")
        let_cooldowns_end()
        states = client.seat_map(show)
        assert (states["S2"], states["S3"]) == ("booked", "held"), "nothing was lost"
        client.must_confirm(show, "S3", sold.holder)


@pytest.mark.parametrize("what", ["WRITE", pytest.param("ALL", marks=pytest.mark.long)])
def test_client_pause(site, client, show, sold, what):
    """Redis takes commands, and answers none: or none that may write, which a script may."""
    with same_workers(site):
        redis = site.redis.client()
        redis.client_pause(4000, all=what == "ALL")
        assert_refused(client, show, sold, limit=1.2)
        assert wait_until(redis.client_unpause if what == "WRITE" else redis.ping, 10, "the end of the pause")
        wait_until(lambda: client.status(show).status_code == 200, HEAL_SECONDS, "status 200")
        let_cooldowns_end()
        states = client.seat_map(show)
        assert (states["S2"], states["S3"], states["S5"]) == ("booked", "held", "available"), "a refused hold came later"
        client.must_confirm(show, "S3", sold.holder)


def test_cooldown_keeps_workers_free(site, client, show, sold):
    """After one time-out a worker says 503 at once for a second: forty requests do not wait forty times."""
    site.redis.pause()
    together(lambda: Client(site).status(show) for _ in range(8))

    def forty():
        for _ in range(40):
            assert_problem(client.status(show), 503, "redis_unavailable")

    timed(forty, limit=40 * 0.5 / 2)


def test_after_a_pause_nobody_gets_anothers_answer(site, client, records):
    """Answers of Redis that come too late must not be taken for those to the next question."""
    shows = [records.show(seats=6, title=f"show {number}") for number in range(6)]
    users = [new_user() for _ in shows]
    clients = [Client(site) for _ in shows]

    def run(number, tries):
        show, user, mine = shows[number], users[number], clients[number]
        for _ in range(tries):
            answer = mine.hold(show, ["S2", "S4"], user)
            if answer.status_code == 200:
                assert (answer.json()["showId"], answer.json()["userId"]) == (show, user)
                assert answer.json()["seatNumbers"] == ["S2", "S4"]
            else:
                assert_problem(answer, 503, None)
            answer = mine.status(show)
            if answer.status_code == 200:
                assert answer.json()["showTitle"] == f"show {number}"
            answer = mine.summary(show)
            if answer.status_code == 200:
                assert answer.json()["movieTitle"] == f"show {number}" and answer.json()["heldCount"] in (0, 2)

    with same_workers(site):
        together(lambda n=n: run(n, 2) for n in range(6))
        for _ in range(3):
            site.redis.pause()
            together(lambda n=n: run(n, 1) for n in range(6))
            site.redis.resume()
            together(lambda n=n: run(n, 5) for n in range(6))
        wait_until(lambda: all(mine.hold(show, ["S2", "S4"], user).status_code == 200
                               for mine, show, user in zip(clients, shows, users)), HEAL_SECONDS, "all holds")
        let_cooldowns_end()
        for mine, show in zip(clients, shows):
            assert {seat for seat, state in mine.seat_map(show).items() if state == "held"} == {"S2", "S4"}


def test_slow_but_in_time_is_no_fault(site, client, show):
    """Redis that takes 0.2 s is slow, not down."""
    client.status(show)
    with Background(lambda _: site.redis.client().execute_command("DEBUG", "SLEEP", "0.2")):
        answer = client.hold(show, "S1", new_user())
    assert answer.status_code == 200, answer.text
