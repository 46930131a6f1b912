"""Seats that are not for sale: neither available nor sold; and a show that is changed while it is sold."""

import pytest
from bson import ObjectId

from lib.client import new_user
from lib.problems import assert_problem, seats_of
from lib.shows import worker_settings
from lib.waiting import wait_until

COUNTS = ("totalSeats", "bookedCount", "heldCount", "blockedCount", "availableCount")


def counts(client, show):
    body = client.summary(show).json()
    return [body[name] for name in COUNTS]


def change(records, show, **fields):
    """The show's document, behind the workers' back."""
    assert records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": fields}).matched_count == 1


@pytest.fixture
def quick(site):
    """Changes are seen within a second."""
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=1):
        yield


def hall(*rows, **fields):
    return {"sections": [{"name": "Hall", "rows": [{"name": str(i), "seats": list(row)} for i, row in enumerate(rows)]}],
            **fields}


def test_numbered_show(client, records):
    show = records.show(seats=5, blocked=["S2", "S5"])
    assert client.seat_map(show) == {"S1": "available", "S2": "blocked", "S3": "available", "S4": "available", "S5": "blocked"}
    assert counts(client, show) == [5, 0, 0, 2, 3]
    user = new_user()
    problem = assert_problem(client.hold(show, ["S1", "S2"], user), 409, "seats_unavailable")
    assert seats_of(problem) == {"S2": "blocked"}
    assert client.seat_map(show)["S1"] == "available", "nothing of the batch"
    client.must_hold(show, ["S1", "S3"], user)
    assert counts(client, show) == [5, 0, 2, 2, 1]
    assert_problem(client.confirm(show, "S2", user), 410, "hold_expired")


def test_in_a_layout(client, records):
    show = records.show(layout=hall([{"label": "A1", "blocked": True}, {"label": "A2", "accessible": True}]))
    assert client.seat_map(show) == {"A1": "blocked", "A2": "available"}
    assert seats_of(assert_problem(client.hold(show, ["A1", "A2"], new_user()), 409, "seats_unavailable")) == {"A1": "blocked"}
    assert counts(client, show) == [2, 0, 0, 1, 1]


def test_each_seat_has_its_own_reason(client, records):
    show = records.show(seats=4, blocked=["S3"])
    records.book(show, "S1", new_user())
    client.must_hold(show, "S2", new_user())
    problem = assert_problem(client.hold(show, ["S1", "S2", "S3", "S4"], new_user()), 409, "seats_unavailable")
    assert seats_of(problem) == {"S1": "booked", "S2": "held", "S3": "blocked"}


def test_a_blocked_seat_that_is_sold_counts_as_sold(client, records):
    show = records.show(seats=3, blocked=["S1", "S2"])
    records.book(show, "S1", new_user())
    assert client.seat_map(show) == {"S1": "booked", "S2": "blocked", "S3": "available"}
    assert counts(client, show) == [3, 1, 0, 1, 1]


def test_a_promise_is_kept(client, records, show, quick):
    """What was held before it was blocked stays held, and can be held again (the same hold) and confirmed."""
    user, other = new_user(), new_user("other")
    hold = client.must_hold(show, ["S1", "S2"], user)
    change(records, show, blocked=["S1", "S2", "S3"])
    wait_until(lambda: client.seat_map(show)["S3"] == "blocked", 5, "the change")
    assert client.seat_map(show)["S1"] == "held"
    assert counts(client, show) == [20, 0, 2, 1, 17]
    again = client.must_hold(show, ["S1", "S2"], user)
    assert (again["holdId"], again["expiresAt"]) == (hold["holdId"], hold["expiresAt"])
    assert seats_of(assert_problem(client.hold(show, ["S2", "S3"], user), 409, "seats_unavailable")) == {"S3": "blocked"}
    assert seats_of(assert_problem(client.hold(show, "S1", other), 409, "seats_unavailable")) == {"S1": "held"}
    client.must_confirm(show, ["S1", "S2"], user)
    assert counts(client, show) == [20, 2, 0, 1, 17]


def test_a_hold_that_lapses_leaves_it_blocked(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=1, BOXOFFICE_HOLD_SECONDS=3):
        client.must_hold(show, "S1", new_user())
        change(records, show, blocked=["S1"])
        wait_until(lambda: client.seat_map(show)["S1"] == "blocked", 10, "the end of the hold")
        assert counts(client, show) == [20, 0, 0, 1, 19]


def test_unblocked_again(client, records, quick):
    show = records.show(seats=2, blocked=["S1"])
    assert client.seat_map(show)["S1"] == "blocked"
    change(records, show, blocked=[])
    wait_until(lambda: client.seat_map(show)["S1"] == "available", 5, "the change")
    client.must_hold(show, "S1", new_user())


def test_every_worker_refuses(site, client, records, show, quick):
    """Each has a copy of its own; none sells by an old one once the board has the new."""
    assert len(site.workers.pids()) > 1
    for _ in range(20):
        client.seat_map(show)
    change(records, show, blocked=["S1"])
    wait_until(lambda: client.seat_map(show)["S1"] == "blocked", 5, "the change")
    for _ in range(40):
        assert seats_of(assert_problem(client.hold(show, "S1", new_user()), 409, "seats_unavailable")) == {"S1": "blocked"}
        assert client.seat_map(show)["S1"] == "blocked"


def test_the_map_names_the_show(client, records, show, quick):
    """showETag is another where the document is."""
    before = client.status(show).json()
    client.must_hold(show, "S1", new_user())
    assert client.status(show).json()["showETag"] == before["showETag"]
    change(records, show, blocked=["S2"])
    wait_until(lambda: client.status(show).json()["showETag"] != before["showETag"], 5, "the change")


def test_summary_counts_no_seat_that_is_no_more(client, records, quick):
    """Holds on seats that the changed show lacks last, but are counted nowhere."""
    show = records.show(layout=["A1", "A2", "A3", "B1", "B2"])
    user = new_user()
    client.must_hold(show, ["A1", "B1", "B2"], user)
    records.book(show, "A3", new_user())
    wait_until(lambda: counts(client, show) == [5, 1, 3, 0, 1], 5, "the booking")
    change(records, show, layout=["A1", "A2", "A3", "C1"])
    wait_until(lambda: client.summary(show).json()["totalSeats"] == 4, 5, "the change")
    assert client.seat_map(show) == {"A1": "held", "A2": "available", "A3": "booked", "C1": "available"}
    assert counts(client, show) == [4, 1, 1, 0, 2]
    change(records, show, layout=["A1", "A2", "A3", "B1", "B2"])
    wait_until(lambda: client.summary(show).json()["totalSeats"] == 5, 5, "the change back")
    assert counts(client, show) == [5, 1, 3, 0, 1], "the holds were not lost"
    client.must_confirm(show, ["B1", "B2"], user)


def test_sold_seats_that_the_show_lacks_stay_sold(site, client, records, quick):
    show = records.show(layout=["A1", "A2", "A3"])
    user = new_user()
    client.must_hold(show, ["A1", "A3"], user)
    client.must_confirm(show, ["A1", "A3"], user)
    change(records, show, layout=["A1", "A2"])
    wait_until(lambda: counts(client, show) == [2, 1, 0, 0, 1], 5, "the change")
    assert set(records.bookings(show)) == {"A1", "A3"}
    assert "A3" in "".join(server.log_tail(200) for server in site.servers), "and it is logged"
    change(records, show, layout=["A3", "A1"])
    wait_until(lambda: client.seat_map(show) == {"A3": "booked", "A1": "booked"}, 5, "the change back")


def test_labels_of_blocked_seats_that_are_not_there(client, records):
    """They block nothing, and stop nothing."""
    assert client.seat_map(records.show(seats=1, blocked=["S9", "Z"])) == {"S1": "available"}


@pytest.mark.parametrize("blocked", ["S1", [1], [""], {"0": "S1"}], ids=str)
def test_a_list_that_is_none(client, records, blocked):
    assert_problem(client.status(records.show(seats=1, blocked=blocked)), 500, "internal")


def test_many_blocked_seats(client, records):
    blocked = [f"S{i}" for i in range(1, 9001)]
    show = records.show(seats=10000, blocked=blocked)
    records.book(show, "S1", new_user())
    client.must_hold(show, ["S9001", "S10000"], new_user())
    assert counts(client, show) == [10000, 1, 2, 8999, 998]
