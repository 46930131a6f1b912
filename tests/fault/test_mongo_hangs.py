"""mongod hangs at one place of a sale's write: before the commit, after the insert, in the wait for the majority or the
journal. Both stores are read meanwhile: no reader sees a part, the answer is in time, and the sale settles."""

from contextlib import contextmanager

import pytest

from lib.client import Client, new_user
from lib.faults import same_workers, settle, timed
from lib.problems import assert_problem
from lib.shows import held_keys
from lib.threads import together

INSERT = {"collectionNS": "boxoffice.bookings"}
POINTS = {
    # a fail point of mongod 6.0, what it is told, and of how many seats the sale is
    "before the commit": ("hangBeforeCommitingTxn", {}, 3),
    "after the insert": ("hangAfterCollectionInserts", INSERT, 1),
    "after an insert of a transaction": ("hangAfterCollectionInserts", INSERT, 3),
    "before the wait for the majority": ("hangBeforeWaitingForWriteConcern", {}, 1),
    "a transaction before the wait for the majority": ("hangBeforeWaitingForWriteConcern", {}, 3),
    "the journal": ("pauseJournalFlusherThread", {}, 1),
    "the journal of a transaction": ("pauseJournalFlusherThread", {}, 3),
}
SHORT = ("after an insert of a transaction",)


@contextmanager
def hanging(site, point, data, mode="alwaysOn"):
    """Yields a function that waits until somebody hangs there."""
    admin = site.mongod.client().admin
    before = admin.command("configureFailPoint", point, mode=mode, data=data)["count"]
    try:
        yield lambda: admin.command("waitForFailPoint", point, timesEntered=before + 1, maxTimeMS=10000)
    finally:
        admin.command("configureFailPoint", point, mode="off")


def look(site, records, show, seats):
    """All or nothing, in both stores and on the map; and nobody else gets them."""
    client = Client(site)
    found, held = set(records.bookings(show)), held_keys(site, show)
    for part in (found, held):
        assert part in (set(), set(seats)), f"a part: {part}"
    assert found or held, "neither held nor sold"
    assert_problem(timed(lambda: client.hold(show, seats[-1], new_user("rival"))), {409, 503}, None)
    status = timed(lambda: client.status(show))
    if status.status_code == 503:
        assert_problem(status, 503, None)
    else:
        states = Client.states(status)
        shown = {states[seat] for seat in seats}
        assert len(shown) == 1 and shown < {"held", "booked"}, f"on the map: {shown}"


def hang(site, records, point, data, count):
    show, user, seats = records.show(), new_user(), [f"S{number}" for number in range(1, count + 1)]
    client = Client(site)
    client.must_hold(show, seats, user)
    with same_workers(site):
        with hanging(site, point, data) as entered:
            def meanwhile():
                entered()
                look(site, records, show, seats)
            answer, _ = together([lambda: timed(lambda: Client(site).confirm(show, seats, user)), meanwhile])
            look(site, records, show, seats)
        if answer.status_code != 201:
            assert_problem(answer, 503, None)
        final = settle(client, show, seats, user)
    assert final.status_code in (200, 201), final.text
    assert records.assert_booked(show, seats, user) == final.json()["bookingId"]
    return answer


@pytest.mark.parametrize("point, data, count", [
    pytest.param(*told, id=name, marks=[] if name in SHORT else pytest.mark.long) for name, told in POINTS.items()])
def test_mongod_hangs(site, records, point, data, count):
    hang(site, records, point, data, count)


@pytest.mark.parametrize("count", [1, 3])
def test_one_write_conflict(site, client, records, show, count):
    """mongod's own, or the transaction's: nobody is told of it."""
    user, seats = new_user(), [f"S{number}" for number in range(1, count + 1)]
    client.must_hold(show, seats, user)
    with same_workers(site), hanging(site, "WTWriteConflictException", {}, {"times": 1}):
        answer = timed(lambda: client.confirm(show, seats, user))
    assert answer.status_code == 201, answer.text
    assert records.assert_booked(show, seats, user) == answer.json()["bookingId"]


@pytest.mark.long
def test_control_let_go_before_the_record(site, records, copy):
    with copy.spoilt("src/boxoffice/confirm.c", "  switch (bo_bookings_insert(",
                     "  settle(confirm, todo, true, todo->seats, todo->n_seats);\n  switch (bo_bookings_insert(") as build:
        site.workers.program = build / "boxoffice-fcgi"
        site.workers.restart()
        site.wait_ready()
        with pytest.raises(AssertionError, match="neither held nor sold"):
            hang(site, records, *POINTS["before the commit"])
