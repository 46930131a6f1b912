"""The database belongs to others too: the Node program's data, and programs that sell beside us."""

import pytest
from bson import ObjectId

from lib.client import new_user
from lib.problems import assert_problem, seats_of
from lib.shows import worker_settings
from lib.waiting import wait_until


def test_bookings_of_the_node_program(client, records, show):
    """They have no bookingId, its shows no layout."""
    user, other = new_user(), new_user("other")
    records.book(show, ["S1", "S2"], user)
    records.book(show, "S3", other)
    states = client.seat_map(show)
    assert [states[seat] for seat in ("S1", "S2", "S3", "S4")] == ["booked"] * 3 + ["available"]
    assert client.summary(show).json()["bookedCount"] == 3

    body = client.must_confirm(show, ["S1", "S2"], user, status=200)
    assert body["message"] == "Already Booked" and body["alreadyBooked"] is True
    assert body["bookingId"] is None
    assert body["bookings"] == [{"seatNumber": "S1", "bookingId": None}, {"seatNumber": "S2", "bookingId": None}]
    assert seats_of(assert_problem(client.confirm(show, ["S2", "S3"], user), 409, "seats_sold")) == {"S3": "booked"}
    assert seats_of(assert_problem(client.hold(show, ["S1", "S4"], other), 409, "seats_unavailable")) == {"S1": "booked"}
    assert all("bookingId" not in document for document in records.bookings(show).values()), "the old data was touched"


def test_node_booking_and_a_new_one(client, records, show):
    user = new_user()
    records.book(show, "S1", user)
    client.must_hold(show, "S2", user)
    body = client.must_confirm(show, ["S1", "S2"], user)
    assert body["bookings"] == [{"seatNumber": "S1", "bookingId": None},
                                {"seatNumber": "S2", "bookingId": body["bookingId"]}]


def test_show_with_fields_of_others(client, records):
    show = records.show(seats=2, __v=0, poster={"url": "x"}, tags=["a", 1, None])
    assert client.seat_map(show) == {"S1": "available", "S2": "available"}


@pytest.mark.parametrize("number", [3, 3.0], ids=["int", "double"])
def test_total_seats_as_the_node_driver_writes_numbers(client, records, number):
    assert list(client.seat_map(records.show(seats=number))) == ["S1", "S2", "S3"]


def test_layout(client, records):
    labels = ["F12", "F2", "A 1", "box.1-left_2", "S1", "x" * 32]
    show = records.show(layout=labels)
    assert list(client.seat_map(show)) == labels, "seats stand in the order of the layout"
    user = new_user()
    assert client.must_hold(show, labels, user)["seatNumbers"] == labels
    client.must_confirm(show, ["A 1", "F12"], user)
    assert set(records.bookings(show)) == {"A 1", "F12"}
    states = client.seat_map(show)
    assert list(states) == labels and states["F12"] == "booked" and states["F2"] == "held"
    assert seats_of(assert_problem(client.hold(show, ["S2", "F2"], user), 422, "unknown_seat")) == {"S2": "unknown"}


def test_large_house(client, records):
    show = records.show(seats=5000)
    user = new_user()
    client.must_hold(show, ["S1", "S2500", "S5000"], user)
    client.must_confirm(show, "S5000", user)
    states = client.seat_map(show)
    assert len(states) == 5000 and list(states)[-1] == "S5000"
    assert [states[seat] for seat in ("S1", "S2500", "S4999", "S5000")] == ["held", "held", "available", "booked"]


def test_bookings_of_seats_the_show_lacks(client, records):
    """They stay off the board and break nothing."""
    show = records.show(seats=3)
    records.book(show, ["S4", "Z9", "S1"], new_user())
    assert client.seat_map(show) == {"S1": "booked", "S2": "available", "S3": "available"}
    body = client.summary(show).json()
    assert [body[name] for name in ("totalSeats", "bookedCount", "heldCount", "availableCount")] == [3, 1, 0, 2]
    client.must_hold(show, "S2", new_user())


@pytest.mark.parametrize("fields", [
    {"totalSeats": 0}, {"totalSeats": -5}, {"totalSeats": "20"}, {"totalSeats": 2.5}, {"totalSeats": 10 ** 9},
    {"totalSeats": float("nan")}, {"movieTitle": 7}, {"layout": "A1"}, {"layout": ["A1", "A1"]}, {"layout": ["A1", 7]},
    {"layout": ["<b>"]}, {"layout": [""]}, {"layout": ["x" * 33]},
], ids=str)
def test_show_that_cannot_be_sold(site, client, records, fields):
    """A broken document is an error of its own, for this show alone; it costs no worker."""
    pids = site.workers.pids()
    show = records.show()
    records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": fields})
    for answer in (client.status(show), client.summary(show), client.hold(show, "S1", new_user()),
                   client.hold(show, "A1", new_user())):
        assert_problem(answer, {500, 503}, None)
    assert client.status(records.show()).status_code == 200
    assert site.workers.pids() == pids


def test_sale_is_seen_within_board_seconds(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=1):
        assert client.seat_map(show)["S1"] == "available"
        records.book(show, "S1", new_user())
        wait_until(lambda: client.seat_map(show)["S1"] == "booked", 6, "the sale on the map")
        assert seats_of(assert_problem(client.hold(show, "S1", new_user()), 409, "seats_unavailable")) == {"S1": "booked"}


def test_sale_is_seen_within_board_seconds_by_hold(site, client, records, show):
    """A busy show is refreshed too, though it is never left alone."""
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=1):
        user, number = new_user(), iter(range(2, 1000))
        client.must_hold(show, "S2", user)
        records.book(show, "S1", new_user())
        wait_until(lambda: client.hold(show, ["S1", "S2"], new_user(f"u{next(number)}")).json().get("seats") == [
            {"seatNumber": "S1", "reason": "booked"}, {"seatNumber": "S2", "reason": "held"}], 6, "the sale to a hold")


def test_board_seconds_zero_asks_every_time(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        user = new_user()
        for number in range(1, 6):
            seat = f"S{number}"
            assert client.seat_map(show)[seat] == "available"
            records.book(show, seat, new_user())
            assert_problem(client.hold(show, seat, user), 409, "seats_unavailable")
            assert client.seat_map(show)[seat] == "booked"
            assert client.summary(show).json()["bookedCount"] == number
        records.cancel(show, "S1")
        assert client.summary(show).json()["bookedCount"] == 4
        client.must_hold(show, "S1", user)
        client.must_confirm(show, "S1", user)


def test_cancellation_frees_the_seat(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=1):
        user = new_user()
        client.must_hold(show, ["S1", "S2"], user)
        client.must_confirm(show, ["S1", "S2"], user)
        records.cancel(show, "S1")
        wait_until(lambda: client.seat_map(show)["S1"] == "available", 3, "the cancelled seat")
        assert client.seat_map(show)["S2"] == "booked"
        other = new_user("other")
        client.must_hold(show, "S1", other)
        client.must_confirm(show, "S1", other)


def test_show_that_goes(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        client.must_hold(show, "S1", new_user())
        records.db.shows.delete_one({"_id": ObjectId(show)})
        assert_problem(client.status(show), 404, "show_not_found")
        assert_problem(client.hold(show, "S2", new_user()), 404, "show_not_found")
