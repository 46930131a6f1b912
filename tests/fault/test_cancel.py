"""MongoDB fails inside a cancellation, or Redis is lost between its two scripts.

Whatever happens: an answer in time, 200 or 503, all of the seats moved or none, nothing lost, nothing of another's touched,
and a repeat settles it."""

from contextlib import contextmanager

import pytest

from lib.client import Client, new_user
from lib.faults import fail_point, let_cooldowns_end, same_workers, timed
from lib.problems import assert_problem
from lib.shows import forget, held_keys
from lib.threads import Background, together
from lib.waiting import wait_until

KINDS = {
    "connection closed": {"closeConnection": True},
    "transient": {"errorCode": 24, "errorLabels": ["TransientTransactionError"]},
    "commit unknown": {"errorCode": 50, "errorLabels": ["UnknownTransactionCommitResult"]},
    "not primary": {"errorCode": 10107},
    "write concern": {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}},
    "read concern": {"errorCode": 134},
    "too slow": {"blockTimeMS": 3000},
}
SHORT = [("insert", "connection closed", 1), ("insert", "not primary", 0), ("delete", "connection closed", 1),
         ("delete", "transient", 1), ("delete", "too slow", 1), ("delete", "connection closed", 0),
         ("commitTransaction", "connection closed", 1), ("commitTransaction", "connection closed", 0),
         ("commitTransaction", "write concern", 1), ("commitTransaction", "write concern", 0),
         ("commitTransaction", "transient", 1), ("commitTransaction", "commit unknown", 1)]
# A read has no write concern, and mongod fails none by it; nor a write by a read concern.
ALL = [(command, kind, times) for command in ("find", "insert", "delete", "commitTransaction") for kind in KINDS
       if kind != ("write concern" if command == "find" else "read concern") for times in (1, 2, 0)]


def repeated(client, booking, user, seats=None):
    """The same, until it is answered for good."""
    def answers():
        answer = timed(lambda: client.cancel(booking, user, seats))
        if answer.status_code == 503 or answer.status_code == 409:
            assert_problem(answer, {409, 503}, None)
            return []
        return [answer]
    return wait_until(answers, 40, "a cancellation that is answered for good", interval=0.2)[0]


def booked(client, show):
    return {seat for seat, state in client.seat_map(show).items() if state == "booked"}


def run_cell(site, client, records, command, kind, times):
    """times 0: always. Of S1 to S3 two are given back; S4 is another's."""
    show, user, other = records.show(), new_user(), new_user("other")
    booking = client.must_buy(show, ["S1", "S2", "S3"], user)
    client.must_buy(show, "S4", other)
    part = ["S1", "S3"]
    with same_workers(site):
        with fail_point(site, [command], {"times": times} if times else "alwaysOn", **KINDS[kind]):
            answer = timed(lambda: client.cancel(booking, user, part))
            left, moved = set(records.bookings(show)), {seat for seat, _ in records.cancellations(show)}
            assert (left, moved) in (({"S1", "S2", "S3", "S4"}, set()), ({"S2", "S4"}, set(part))), f"half of it: {left} {moved}"
            if answer.status_code == 503:
                assert_problem(answer, 503, None)
            else:
                assert answer.status_code == 200 and moved == set(part), answer.text
        let_cooldowns_end()
        final = repeated(client, booking, user, part)
        assert final.status_code == 200, final.text
        if answer.status_code == 200:
            assert final.json()["alreadyCancelled"] and final.json()["seats"] == answer.json()["seats"]
    assert {seat for seat, _ in records.cancellations(show)} == set(part)
    wait_until(lambda: booked(client, show) == {"S2", "S4"} == set(records.bookings(show)), 10, "the map to tell")
    client.must_buy(show, part, new_user("next"))
    return answer


@pytest.mark.parametrize("command, kind, times", SHORT)
def test_cancellation(site, client, records, command, kind, times):
    run_cell(site, client, records, command, kind, times)


@pytest.mark.long
@pytest.mark.parametrize("command, kind, times", ALL)
def test_cancellation_in_every_cell(site, client, records, command, kind, times):
    run_cell(site, client, records, command, kind, times)


@pytest.mark.parametrize("command, kind", [("insert", "connection closed"), ("delete", "transient"),
                                           ("commitTransaction", "connection closed"), ("commitTransaction", "write concern")])
def test_one_passing_fault_is_not_the_clients(site, client, records, command, kind):
    """An answer of ours that was lost is told by its cancellationId: the client sees one cancellation, its own."""
    answer = run_cell(site, client, records, command, kind, 1)
    assert answer.status_code == 200 and not answer.json()["alreadyCancelled"], answer.text


@contextmanager
def redis_without(site, command):
    """cancel_finish.lua cannot run: as if Redis had been lost between the two scripts, or the worker killed."""
    redis = site.redis.client()
    redis.execute_command("ACL", "SETUSER", "default", f"-{command}")
    try:
        yield
    finally:
        redis.execute_command("ACL", "SETUSER", "default", f"+{command}")


def test_redis_is_lost_between_the_scripts(site, client, records, show):
    """The answer says what MongoDB did. The seats show as booked until a load frees them, and nobody gets them before."""
    user = new_user()
    booking = client.must_buy(show, ["S1", "S2"], user)
    with redis_without(site, "zrem"):
        answer = timed(lambda: client.cancel(booking, user))
    assert answer.status_code == 200 and records.bookings(show) == {}
    states = client.seat_map(show)
    assert states["S1"] == states["S2"], "never a part of it"
    assert client.must_cancel(booking, user)["alreadyCancelled"]
    wait_until(lambda: booked(client, show) == set(), 10, "the load that frees")
    client.must_buy(show, ["S1", "S2"], new_user())


def test_redis_is_emptied_between_the_scripts(site, client, records, show):
    user = new_user()
    booking = client.must_buy(show, ["S1", "S2"], user)
    with fail_point(site, ["commitTransaction"], {"times": 1}, blockTimeMS=700):
        def empty_it():
            wait_until(lambda: site.redis.client().exists(f"board:{{{show}}}"), 5, "a board")
            forget(site, show)
            return Client(site).status(show).status_code

        answer, looked = together([lambda: Client(site).cancel(booking, user), empty_it])
    assert answer.status_code == 200 and looked in (200, 503)
    wait_until(lambda: booked(client, show) == set(), 10, "the truth")
    assert held_keys(site, show) == set()
    client.must_buy(show, "S1", new_user())


def test_mongod_is_killed_in_the_middle(site, client, records):
    shows = [records.show(seats=30) for _ in range(3)]
    known = [[] for _ in shows]

    def churn(number):
        mine, user, turn = Client(site), new_user(), len(known[number]) % 10 * 3
        seats = [f"S{turn + k}" for k in (1, 2, 3)]
        if timed(lambda: mine.hold(shows[number], seats, user), 12).status_code != 200:
            return
        answer = timed(lambda: mine.confirm(shows[number], seats, user), 12)
        if answer.status_code == 201:
            booking = answer.json()["bookingId"]
            done = timed(lambda: mine.cancel(booking, user), 12)
            assert done.status_code in (200, 409, 503), done.text
            known[number].append((user, seats, booking, done.status_code))

    with Background(churn, count=3) as load:
        for _ in range(2):
            turns = load.turns
            wait_until(lambda: load.turns > turns + 9, 30, "some cancellations")
            site.mongod.kill()
            site.mongod.start()
            wait_until(site.mongod.is_primary, 30, "mongod as primary")
    let_cooldowns_end()
    assert any(entries for entries in known)
    for show, entries in zip(shows, known):
        left, moved = records.bookings(show), records.cancellations(show)
        for user, seats, booking, status in entries:
            gone = {(seat, booking) in moved for seat in seats}
            there = {str(left.get(seat, {}).get("bookingId")) == booking for seat in seats}
            assert len(gone) == len(there) == 1 and gone != there, "moved as a whole, or not at all; neither lost nor doubled"
            assert status != 200 or gone == {True}, "answered as cancelled, and it is there"
            assert repeated(client, booking, user).status_code == 200
        wait_until(lambda s=show: booked(client, s) == set(records.bookings(s)), 25, "what is sold on the map")


def test_a_confirmation_that_is_not_settled_keeps_its_seats(site, client, records, show):
    """Its insert may be sent again: until its entry lapses nothing is given back. Then it is, its own holds included."""
    user, redis = new_user(), site.redis.client()
    client.must_hold(show, ["S1", "S2"], user)
    with redis_without(site, "zrem"):
        booking = client.must_confirm(show, ["S1", "S2"], user)["bookingId"]
    refused = client.cancel(booking, user, "S2")
    assert [seat["reason"] for seat in assert_problem(refused, 409, "confirming")["seats"]] == ["confirming"]
    assert int(refused.headers["Retry-After"]) >= 1 and len(records.bookings(show)) == 2
    key = f"confirming:{{{show}}}"
    redis.zadd(key, {member: 1 for member in redis.zrange(key, 0, -1)})
    client.must_cancel(booking, user)
    assert booked(client, show) == set() == held_keys(site, show) and records.bookings(show) == {}
    assert_problem(client.confirm(show, ["S1", "S2"], user), 410, "hold_expired")
