"""Redis is emptied, restarted or loses its scripts: holds may be gone, sold seats never come back."""

import pytest

from lib.client import Client, new_user
from lib.faults import same_workers
from lib.problems import assert_problem, seats_of
from lib.threads import Background
from lib.waiting import wait_until


def flush(site):
    site.redis.client().flushall()


def restart(site):
    site.redis.restart()  # it keeps nothing


@pytest.mark.parametrize("lose", [flush, restart])
def test_emptied(site, client, records, show, lose):
    owner, holder, late = new_user("owner"), new_user("holder"), new_user("late")
    client.must_hold(show, ["S1", "S2"], owner)
    booking = client.must_confirm(show, ["S1", "S2"], owner)["bookingId"]
    client.must_hold(show, ["S3", "S4"], holder)
    before = client.status(show, headers={"Accept-Encoding": "identity"})

    with same_workers(site):
        lose(site)
        wait_until(lambda: client.status(show).status_code == 200, 5, "status 200")
        after = client.status(show, headers={"If-None-Match": before.headers["ETag"], "Accept-Encoding": "identity"})
        assert after.status_code == 200, "an ETag of the old Redis still counts"
        states = client.seat_map(show)
        assert [states[f"S{i}"] for i in range(1, 5)] == ["booked", "booked", "available", "available"]
        assert client.summary(show).json()["heldCount"] == 0
        assert_problem(client.confirm(show, ["S3", "S4"], holder), 410, "hold_expired")
        assert_problem(client.extend(show, ["S3", "S4"], holder), 410, "hold_expired")
        assert client.must_release(show, ["S3", "S4"], holder)["releasedCount"] == 0
        assert_problem(client.release(show, ["S1", "S3"], owner), 409, "seats_sold")
        assert seats_of(assert_problem(client.hold(show, ["S2", "S3"], late), 409, "seats_unavailable")) == {"S2": "booked"}
        client.must_hold(show, ["S3", "S5"], late)
        assert_problem(client.confirm(show, ["S3", "S4"], holder), {403, 410}, {"held_by_another", "hold_expired"})
        client.must_confirm(show, ["S3", "S5"], late)
        assert client.must_confirm(show, ["S1", "S2"], owner, status=200)["bookingId"] == booking
    assert set(records.bookings(show)) == {"S1", "S2", "S3", "S5"}


def test_first_request_after_flushall_is_right(site, client, show):
    """No waiting in between: the very next hold of a sold seat is refused."""
    owner = new_user("owner")
    for number in range(1, 6):
        seat = f"S{number}"
        client.must_hold(show, seat, owner)
        client.must_confirm(show, seat, owner)
        flush(site)
        assert_problem(client.hold(show, seat, new_user()), 409, "seats_unavailable")
        flush(site)
        assert client.seat_map(show)[seat] == "booked"
        flush(site)
        assert client.summary(show).json()["bookedCount"] == number
        flush(site)
        client.must_confirm(show, seat, owner, status=200)


def test_scripts_are_lost(site, client, show):
    user = new_user()
    redis = site.redis.client()
    for call, status in ((lambda: client.hold(show, ["S1", "S3"], user), 200), (lambda: client.extend(show, "S3", user), 200),
                         (lambda: client.release(show, "S3", user), 200),
                         (lambda: client.status(show), 200),
                         (lambda: client.summary(show), 200), (lambda: client.confirm(show, "S1", user), 201),
                         (lambda: client.confirm(show, "S1", user), 200), (lambda: client.hold(show, "S2", user), 200)):
        redis.script_flush()
        answer = call()
        assert answer.status_code == status, answer.text


def test_connections_are_cut(site, client, show):
    """CLIENT KILL: the next request may be refused, those after it are not."""
    user = new_user()
    client.must_hold(show, "S1", user)
    with same_workers(site):
        for _ in range(3):
            site.redis.client().execute_command("CLIENT", "KILL", "TYPE", "normal")
            answer = client.hold(show, "S1", user)
            if answer.status_code != 200:
                assert_problem(answer, 503, "redis_unavailable")
            wait_until(lambda: client.hold(show, "S1", user).status_code == 200, 3, "the hold again")
        assert client.must_confirm(show, "S1", user)["userId"] == user


def test_the_best_seats_are_taken_once_though_connections_are_cut(site, records):
    """A worker asks again where its connection broke: perhaps under the answer to what was done."""
    show, given = records.show(seats=3000), {}

    def ask(number):
        user = new_user()
        answer = Client(site).best(show, 2, user)
        if answer.status_code == 200:
            given[user] = set(answer.json()["seatNumbers"])
        else:
            assert_problem(answer, 503, "redis_unavailable")

    redis = site.redis.client()
    with same_workers(site), Background(ask, count=4):
        for cut in range(1, 81):
            wait_until(lambda: len(given) >= 4 * cut, 10, "some more holds", interval=0.001)
            redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    for user, seats in given.items():
        taken = {seat.decode() for seat in redis.zrange(f"user:{{{show}}}:{user}", 0, -1)}
        assert taken == seats, "taken twice"


def test_holds_that_survive_a_restart(site, client, records, show):
    """With its append-only file Redis comes back with the old board. It may not vouch for it: what was sold
    meanwhile is seen at once, though the board would be trusted for a minute more."""
    site.redis.durable = True
    site.redis.restart()
    site.workers.restart(env={"BOXOFFICE_BOARD_SECONDS": "60"})
    site.wait_ready()
    holder, owner = new_user("holder"), new_user("owner")
    held = client.must_hold(show, ["S1", "S2"], holder)
    client.must_hold(show, "S3", owner)
    client.must_confirm(show, "S3", owner)
    with same_workers(site):
        site.redis.stop()
        records.book(show, "S4", new_user("other program"))
        site.redis.start()
        wait_until(lambda: client.status(show).status_code == 200, 5, "status 200")
        states = client.seat_map(show)
        assert [states[f"S{i}"] for i in range(1, 6)] == ["held", "held", "booked", "booked", "available"]
        again = client.must_hold(show, ["S1", "S2"], holder)
        assert (again["holdId"], again["expiresAt"]) == (held["holdId"], held["expiresAt"])
        client.must_confirm(show, ["S1", "S2"], holder)
    records.assert_booked(show, ["S1", "S2"], holder)
