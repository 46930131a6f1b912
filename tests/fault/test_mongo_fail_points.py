"""MongoDB fails inside a sale, in every way a driver can see: before the write, after it, in the commit.

Whatever happens: an answer in time, 201 or 503, all of the seats or none, nobody else gets them, and a retry settles it.
"""

import pytest

from lib.client import Client, new_user
from lib.faults import fail_point, same_workers, settle, timed
from lib.problems import assert_problem
from lib.shows import held_keys, keys_of
from lib.threads import together

KINDS = {
    "connection closed": {"closeConnection": True},
    "transient": {"errorCode": 24, "errorLabels": ["TransientTransactionError"]},
    "commit unknown": {"errorCode": 50, "errorLabels": ["UnknownTransactionCommitResult"]},
    "not primary": {"errorCode": 10107},
    "shutting down": {"errorCode": 91},
    "interrupted": {"errorCode": 11601},
    "write concern": {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}},
    "write concern and closed": {"writeConcernError": {"code": 91, "errmsg": "shutting down"}, "closeConnection": False},
    "slow": {"blockTimeMS": 1000},
    "too slow": {"blockTimeMS": 3000},
}
SHORT = [
    ("insert", 1, "connection closed", 1), ("insert", 1, "not primary", 1), ("insert", 1, "write concern", 1),
    ("insert", 1, "too slow", 1), ("insert", 1, "connection closed", 0), ("insert", 1, "write concern", 0),
    ("insert", 2, "connection closed", 1), ("insert", 2, "transient", 1), ("insert", 2, "too slow", 1),
    ("commitTransaction", 2, "connection closed", 1), ("commitTransaction", 2, "connection closed", 2),
    ("commitTransaction", 2, "write concern", 1), ("commitTransaction", 2, "transient", 1),
    ("commitTransaction", 2, "commit unknown", 1), ("commitTransaction", 2, "not primary", 1),
    ("commitTransaction", 2, "too slow", 1), ("commitTransaction", 2, "connection closed", 0),
    ("commitTransaction", 2, "write concern", 0), ("commitTransaction", 2, "transient", 0),
]
ALL = [(command, count, kind, times) for command, count in (("insert", 1), ("insert", 3), ("commitTransaction", 3))
       for kind in KINDS for times in (1, 2, 0)]


def run_cell(site, client, records, command, count, kind, times):
    """times 0: always."""
    show, user = records.show(), new_user()
    seats = [f"S{number}" for number in range(1, count + 1)]
    client.must_hold(show, seats, user)
    mode = {"times": times} if times else "alwaysOn"
    with same_workers(site):
        with fail_point(site, [command], mode, **KINDS[kind]):
            answer = timed(lambda: client.confirm(show, seats, user))
            found = records.bookings(show)
            assert set(found) in (set(), set(seats)), f"half a sale: {set(found)}"
            if answer.status_code == 503:
                assert_problem(answer, 503, None)
                if not found:
                    assert held_keys(site, show) == set(seats), "the hold is kept"
            else:
                assert answer.status_code in (200, 201), answer.text
                assert set(found) == set(seats), "answered as sold, but not written"
            rival = timed(lambda: client.hold(show, seats[0], new_user("rival")))
            assert_problem(rival, {409, 503}, None)
        final = settle(client, show, seats, user)
        assert final.status_code in (200, 201), final.text
        if answer.status_code != 503:
            assert final.status_code == 200 and final.json()["bookingId"] == answer.json()["bookingId"]
        assert records.assert_booked(show, seats, user) == final.json()["bookingId"]
        assert set(records.bookings(show)) == set(seats)
        assert {seat for seat, state in client.seat_map(show).items() if state == "booked"} == set(seats)
    return answer


@pytest.mark.parametrize("command, count, kind, times", SHORT)
def test_sale(site, client, records, command, count, kind, times):
    run_cell(site, client, records, command, count, kind, times)


@pytest.mark.long
@pytest.mark.parametrize("command, count, kind, times", ALL)
def test_sale_in_every_cell(site, client, records, command, count, kind, times):
    run_cell(site, client, records, command, count, kind, times)


@pytest.mark.parametrize("command, count, kind", [
    ("insert", 1, "connection closed"), ("insert", 3, "transient"), ("commitTransaction", 3, "connection closed"),
    ("commitTransaction", 3, "transient"), ("commitTransaction", 3, "write concern"),
])
def test_one_passing_fault_is_not_the_clients(site, client, records, command, count, kind):
    """What our own loop may retry, it retries: the client sees a sale."""
    assert run_cell(site, client, records, command, count, kind, 1).status_code in (200, 201)


def test_sale_that_settles_late_frees_its_hold(site, client, records):
    """The answer was lost, the sale was not: once a retry has told so, the seats count no more against the user's cap."""
    show, user = records.show(), new_user()
    ten = [f"S{number}" for number in range(1, 11)]
    client.must_hold(show, ten, user)
    with fail_point(site, ["commitTransaction"], **KINDS["write concern"]):
        assert timed(lambda: client.confirm(show, ten, user)).status_code in (200, 201, 503)
        timed(lambda: client.hold(show, "S1", new_user("rival")))  # the board learns of the sale from MongoDB
    assert settle(client, show, ten, user).status_code in (200, 201)
    assert held_keys(site, show) == set()
    client.must_hold(show, [f"S{number}" for number in range(11, 21)], user)


def test_abort_that_fails(site, client, records, show):
    """Another program has sold a seat of the batch, and the transaction cannot even be aborted."""
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    records.book(show, "S2", new_user("thief"))
    with same_workers(site), fail_point(site, ["abortTransaction"], closeConnection=True):
        assert_problem(timed(lambda: client.confirm(show, ["S1", "S2"], user)), {409, 503}, None)
        assert set(records.bookings(show)) == {"S2"}
    assert_problem(settle(client, show, ["S1", "S2"], user), 409, "seats_sold")
    assert settle(client, show, "S1", user).status_code == 201


@pytest.mark.parametrize("kind", ["connection closed", "not primary", "too slow", "interrupted"])
def test_reads_that_fail(site, client, records, show, kind):
    """A board that cannot be read is not guessed; a hold that cannot be checked is not granted."""
    site.workers.restart(env={"BOXOFFICE_BOARD_SECONDS": "0"})
    site.wait_ready()
    client.must_hold(show, "S1", user := new_user())
    with same_workers(site):
        with fail_point(site, ["find", "aggregate", "getMore"], **KINDS[kind]):
            for call in (lambda: client.hold(show, ["S2", "S3"], user), lambda: client.status(show),
                         lambda: client.summary(show), lambda: client.confirm(show, "S1", user)):
                assert_problem(timed(call), 503, None)
            assert held_keys(site, show) == {"S1"}
        answer = settle(client, show, "S1", user)
        assert answer.status_code == 201, answer.text
        assert client.seat_map(show)["S1"] == "booked"


def test_one_passing_fault_of_a_read(site, client, records, show):
    with fail_point(site, ["find", "aggregate"], {"times": 1}, closeConnection=True):
        answer = timed(lambda: client.status(show))
    if answer.status_code != 200:
        assert_problem(answer, 503, "mongo_unavailable")


def test_attempt_that_hangs_blocks_only_its_seats(site, client, records, show):
    """While one confirmation waits for MongoDB, others of the same show are sold."""
    slow, quick = new_user("slow"), new_user("quick")
    client.must_hold(show, ["S1", "S2"], slow)
    client.must_hold(show, "S3", quick)
    with fail_point(site, ["commitTransaction"], {"times": 1}, blockTimeMS=1200):
        first, second = together([lambda: Client(site).confirm(show, ["S1", "S2"], slow),
                                  lambda: timed(lambda: Client(site).confirm(show, "S3", quick), 1.1)])
    assert second.status_code == 201, second.text
    assert first.status_code in (201, 503), first.text
    assert settle(client, show, ["S1", "S2"], slow).status_code in (200, 201)
    assert not keys_of(site, show, "confirming")
