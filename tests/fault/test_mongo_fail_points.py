"""MongoDB fails inside a sale, in every way a driver can see: before the write, after it, in the commit.

Whatever happens: an answer in time, 201 or 503, all of the seats or none, nobody else gets them, and a retry settles it.
"""

from contextlib import nullcontext

import pytest

from lib.client import Client, new_user
from lib.faults import fail_point, let_cooldowns_end, same_workers, settle, timed
from lib.problems import assert_problem
from lib.shows import held_keys, keys_of
from lib.threads import together
from lib.waiting import wait_until

KINDS = {
    "connection closed": {"closeConnection": True},
    "transient": {"errorCode": 24, "errorLabels": ["TransientTransactionError"]},
    "commit unknown": {"errorCode": 50, "errorLabels": ["UnknownTransactionCommitResult"]},
    "not primary": {"errorCode": 10107},
    "shutting down": {"errorCode": 91},
    "interrupted": {"errorCode": 11601},
    "write concern": {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}},
    "write concern and closed": {"writeConcernError": {"code": 91, "errmsg": "shutting down"}, "closeConnection": False},
    "read concern": {"errorCode": 134},
    "slow": {"blockTimeMS": 1000},
    "too slow": {"blockTimeMS": 3000},
}
TIMES = {"once": {"times": 1}, "twice": {"times": 2}, "always": "alwaysOn"}
COMMANDS = {"find": 2, "insert": 1, "commitTransaction": 3, "abortTransaction": 3}  # and of how many seats the sale is
# {command} x {how it fails} x {how often}: 60 cells. A read has no write concern, and mongod fails none by it.
MATRIX = [(command, count, kind, times) for command, count in COMMANDS.items()
          for kind in ("connection closed", "commit unknown" if command == "commitTransaction" else "transient",
                       "read concern" if command == "find" else "write concern", "too slow", "not primary")
          for times in TIMES]
MORE = [(command, count, kind, times) for command, count in (("insert", 1), ("insert", 3), ("commitTransaction", 3))
        for kind in KINDS for times in ("once", "always")
        if kind != "read concern" and (command, count, kind, times) not in MATRIX]
SHORT = [
    ("find", 2, "connection closed", "twice"), ("find", 2, "transient", "once"), ("find", 2, "not primary", "always"),
    ("insert", 1, "connection closed", "once"), ("insert", 1, "write concern", "once"), ("insert", 1, "not primary", "twice"),
    ("commitTransaction", 3, "connection closed", "once"), ("commitTransaction", 3, "connection closed", "twice"),
    ("commitTransaction", 3, "commit unknown", "once"), ("commitTransaction", 3, "write concern", "twice"),
    ("commitTransaction", 3, "not primary", "once"), ("commitTransaction", 3, "too slow", "once"),
    ("abortTransaction", 3, "connection closed", "always"), ("abortTransaction", 3, "not primary", "once"),
    ("abortTransaction", 3, "too slow", "once"),
]


# Where "twice" is met once, and that is right: mongod itself tries a single insert again, so what it says then is a definite
# no, and the client's to repeat; an abort is never sent again, since mongod ends what nobody goes on with.
NOT_AGAIN = {("insert", "transient"), *(("abortTransaction", kind) for kind in KINDS)}


def failing(site, command, kind, times):
    """What is to fail twice does, where our own loop asks again."""
    at_least = 2 if times == "twice" and (command, kind) not in NOT_AGAIN else 1
    return fail_point(site, [command], TIMES[times], at_least=at_least, **KINDS[kind])


def sale_that_fails(site, client, records, command, count, kind, times):
    """A confirmation, whose insert or commit fails."""
    show, user = records.show(), new_user()
    seats = [f"S{number}" for number in range(1, count + 1)]
    client.must_hold(show, seats, user)
    with failing(site, command, kind, times):
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


def abort_that_fails(site, client, records, command, _, kind, times):
    """Another program has sold a seat of the batch, and the transaction cannot even be aborted."""
    show, user, seats = records.show(), new_user(), ["S1", "S2", "S3"]
    client.must_hold(show, seats, user)
    records.book(show, "S2", new_user("thief"))
    with failing(site, command, kind, times):
        assert_problem(timed(lambda: client.confirm(show, seats, user)), {409, 503}, None)
        assert set(records.bookings(show)) == {"S2"}, "half a sale"
    assert_problem(settle(client, show, seats, user), 409, "seats_sold")
    assert settle(client, show, ["S1", "S3"], user).status_code == 201
    records.assert_booked(show, ["S1", "S3"], user)


def find_that_fails(site, client, records, command, _, kind, times):
    """A board that cannot be read is not guessed; a hold that cannot be checked is not granted; a sale that cannot be
    looked up is not told."""
    site.workers.restart(env={"BOXOFFICE_BOARD_SECONDS": "0"})  # MongoDB is read for each request
    site.wait_ready()
    show, fresh, owner, holder = records.show(), records.show(), new_user("owner"), new_user("holder")
    client.must_hold(show, ["S1", "S2"], owner)
    client.must_confirm(show, ["S1", "S2"], owner)
    client.must_hold(show, ["S3", "S4"], holder)
    records.book(show, "S7", new_user("other program"))
    with same_workers(site), failing(site, command, kind, times):
        for call, good, seats in ((lambda: client.hold(fresh, ["S1", "S2"], holder), 200, (fresh, ["S1", "S2"])),
                                  (lambda: client.hold(show, ["S5", "S6"], holder), 200, (show, ["S5", "S6"])),
                                  (lambda: client.confirm(show, ["S1", "S2"], owner), 200, None),
                                  (lambda: client.confirm(show, ["S3", "S4"], holder), 201, None)):
            answer = timed(call)
            if answer.status_code != good:
                assert_problem(answer, 503, None)
                if times == "twice":
                    let_cooldowns_end()  # so that whoever is next asks MongoDB
            if seats:
                held = held_keys(site, seats[0]) & set(seats[1])
                assert held == (set(seats[1]) if answer.status_code == 200 else set()), "granted, or nothing left"
        if times == "twice":
            let_cooldowns_end()  # or the worker that met the first answers all the rest by itself
        answer = timed(lambda: client.status(show))
        if answer.status_code == 200:
            assert {"S1", "S2"} <= {seat for seat, state in Client.states(answer).items() if state == "booked"}
        for rival in (timed(lambda: client.hold(show, [seat, "S9"], new_user("rival"))) for seat in ("S1", "S3", "S7")):
            assert_problem(rival, {409, 503}, None)
    assert settle(client, show, ["S3", "S4"], holder).status_code in (200, 201)
    assert set(records.bookings(show)) == {"S1", "S2", "S3", "S4", "S7"}
    wait_until(lambda: client.status(show).status_code == 200, 20, "the map")


STORIES = {"find": find_that_fails, "abortTransaction": abort_that_fails}


def run_cell(site, client, records, command, count, kind, times):
    with same_workers(site) if command != "find" else nullcontext():  # which restarts them, and looks itself
        return STORIES.get(command, sale_that_fails)(site, client, records, command, count, kind, times)


@pytest.mark.parametrize("command, count, kind, times", SHORT)
def test_cell(site, client, records, command, count, kind, times):
    run_cell(site, client, records, command, count, kind, times)


@pytest.mark.long
@pytest.mark.parametrize("command, count, kind, times", [cell for cell in MATRIX if cell not in SHORT])
def test_every_other_cell(site, client, records, command, count, kind, times):
    run_cell(site, client, records, command, count, kind, times)


@pytest.mark.long
@pytest.mark.parametrize("command, count, kind, times", MORE)
def test_more_cells(site, client, records, command, count, kind, times):
    run_cell(site, client, records, command, count, kind, times)


def test_the_matrix_is_whole():
    assert len(set(MATRIX)) == 60 and set(SHORT) <= set(MATRIX)


CONTROLS = {
    # a bug, and the cell that must show it
    "a board is trusted for ever": (
        ("src/store/lua/board.lua", "if board.trusted_until > now then", "if true then"),
        ("find", 2, "not primary", "always"), "expected .*409.*: 200 "),
    "a lost answer is a yes": (
        ("src/store/mongo_write.c", "    tries->unknown = true;\n    return VERDICT_AGAIN;\n  case MONGO_ELECTION",
         "    return VERDICT_DONE;\n  case MONGO_ELECTION"),
        ("insert", 1, "connection closed", "always"), "not written"),
    "a commit whose session is lost is a yes": (
        ("src/store/mongo_write.c", "  case MONGO_NETWORK:  /* the session is lost */\n",
         "  case MONGO_NETWORK: return VERDICT_DONE;\n"),
        ("commitTransaction", 3, "connection closed", "always"), "not written"),
    "no transaction": (
        ("src/store/mongo_write.c", "verdict = write->transaction ? transaction", "verdict = write == NULL ? transaction"),
        ("abortTransaction", 3, "connection closed", "once"), "half a sale"),
}


@pytest.mark.long
@pytest.mark.parametrize("bug, cell, says", CONTROLS.values(), ids=CONTROLS)
def test_control(site, client, records, copy, bug, cell, says):
    with copy.spoilt(*bug) as build:
        site.workers.program = build / "boxoffice-fcgi"
        site.workers.restart()
        site.wait_ready()
        with pytest.raises(AssertionError, match=says):
            run_cell(site, client, records, *cell)


@pytest.mark.parametrize("command, count, kind", [
    ("insert", 1, "connection closed"), ("insert", 3, "transient"), ("commitTransaction", 3, "connection closed"),
    ("commitTransaction", 3, "transient"), ("commitTransaction", 3, "write concern"),
])
def test_one_passing_fault_is_not_the_clients(site, client, records, command, count, kind):
    """What our own loop may retry, it retries: the client sees a sale."""
    assert run_cell(site, client, records, command, count, kind, "once").status_code in (200, 201)


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
    with fail_point(site, ["commitTransaction"], {"times": 1}, blockTimeMS=3000):
        first, second = together([lambda: Client(site).confirm(show, ["S1", "S2"], slow),
                                  lambda: timed(lambda: Client(site).confirm(show, "S3", quick), 2.5)])
    assert second.status_code == 201, second.text
    assert first.status_code in (201, 503), first.text
    assert settle(client, show, ["S1", "S2"], slow).status_code in (200, 201)
    assert not keys_of(site, show, "confirming")
