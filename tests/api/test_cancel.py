"""Bookings given back, wholly or in part, and looked at: by their own user alone."""

import re

import pytest
from bson import ObjectId

from lib.client import new_user
from lib.problems import assert_problem, seats_of
from lib.shows import forget, held_keys, unchanged, worker_settings

NOBODYS = "f" * 23 + "0"


@pytest.fixture
def user():
    return new_user()


@pytest.fixture
def booking(client, show, user):
    """S1 to S3 of `show`, of `user`."""
    return client.must_buy(show, ["S1", "S2", "S3"], user)


def sold(client, show):
    return {seat for seat, status in client.seat_map(show).items() if status == "booked"}


def states_of(body):
    assert body["seatNumbers"] == [seat["seatNumber"] for seat in body["seats"]]
    return {seat["seatNumber"]: seat["status"] for seat in body["seats"]}


def test_a_whole_booking(client, records, show, user, booking):
    was = records.bookings(show)
    body = client.must_cancel(booking, user)
    assert body["message"] == "Booking cancelled" and body["alreadyCancelled"] is False
    assert (body["bookingId"], body["showId"], body["userId"]) == (booking, show, user)
    assert states_of(body) == dict.fromkeys(["S1", "S2", "S3"], "cancelled")
    assert records.bookings(show) == {} and sold(client, show) == set()
    moved = records.cancellations(show)
    assert set(moved) == {(seat, booking) for seat in was}, "never a plain delete"
    for (seat, _), document in moved.items():
        told = next(one for one in body["seats"] if one["seatNumber"] == seat)
        assert re.fullmatch(r"[0-9a-f]{24}", document.pop("cancellationId")) and document.pop("cancelledAt")
        assert told["cancelledAt"].endswith("Z") and len({one["cancellationId"] for one in body["seats"]}) == 1
        assert document == was[seat], "all that it was is kept"


@pytest.mark.parametrize("seats", ["S2", ["S3", "S1"]], ids=str)
def test_some_seats_and_then_the_rest(client, records, show, user, booking, seats):
    named = [seats] if isinstance(seats, str) else seats
    rest = {"S1", "S2", "S3"} - set(named)
    body = client.must_cancel(booking, user, seats)
    assert body["seatNumbers"] == named and set(states_of(body).values()) == {"cancelled"}
    assert set(records.bookings(show)) == rest == sold(client, show)
    assert records.assert_booked(show, sorted(rest), user) == booking
    body = client.must_cancel(booking, user)
    assert body["alreadyCancelled"] is False and set(states_of(body).values()) == {"cancelled"}
    assert sold(client, show) == set() and len(records.cancellations(show)) == 3


def test_repeated(site, client, records, show, user, booking):
    first = client.must_cancel(booking, user)
    before = records.cancellations(show)
    with unchanged(site, client, records, show):
        for seats in (None, ["S1", "S2", "S3"], "S2"):
            again = client.must_cancel(booking, user, seats)
            assert again["message"] == "Already Cancelled" and again["alreadyCancelled"] is True
            assert all(seat in first["seats"] for seat in again["seats"])
    assert records.cancellations(show) == before


def test_the_alias_and_the_case_of_ids(client, show, user, booking):
    body = {"bookingId": booking.upper(), "seatNumbers": ["S1"], "userId": user}
    assert client.post("/api/bookings/cancel", body).json()["bookingId"] == booking
    assert sold(client, show) == {"S2", "S3"}


def test_of_another_it_is_as_if_it_were_not_there(site, client, records, show, user, booking):
    thief = new_user("thief")
    with unchanged(site, client, records, show):
        answers = [client.cancel(booking, thief), client.cancel(booking, thief, "S1"), client.cancel(NOBODYS, user),
                   client.booking(booking, thief), client.booking(NOBODYS, user)]
        problems = [assert_problem(answer, 404, "booking_not_found") for answer in answers]
    assert len({problem["detail"] for problem in problems}) == 1 and user not in str(problems)
    client.must_cancel(booking, user)
    assert_problem(client.cancel(booking, thief), 404, "booking_not_found")


def test_seats_that_are_not_of_the_booking(site, client, records, show, user, booking):
    client.must_buy(show, "S4", user)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.cancel(booking, user, ["S1", "S4", "S99"]), 422, "unknown_seat")
        assert seats_of(problem) == {"S4": "unknown", "S99": "unknown"}


def test_a_booking_of_a_booking_shares_nothing(client, records, show, user, booking):
    """Confirmed with others: each seat knows its own bookingId."""
    client.must_hold(show, "S5", user)
    other = client.must_confirm(show, ["S1", "S5"], user)["bookingId"]
    client.must_cancel(other, user)
    assert set(records.bookings(show)) == {"S1", "S2", "S3"}
    client.must_cancel(booking, user)
    assert records.bookings(show) == {}


def test_the_old_confirmation_repeated_is_no_sale(site, client, records, show, user, booking):
    client.must_cancel(booking, user, "S1")
    with unchanged(site, client, records, show):
        problem = assert_problem(client.confirm(show, ["S1", "S2"], user), 410, "hold_expired")
        assert seats_of(problem) == {"S1": "expired"}
        assert client.must_confirm(show, ["S2", "S3"], user, status=200)["message"] == "Already Booked"


def test_sold_again_it_is_another_booking(site, client, records, show, user, booking):
    client.must_cancel(booking, user)
    bob = new_user("bob")
    second = client.must_buy(show, ["S1", "S2"], bob)
    with unchanged(site, client, records, show):
        assert client.must_cancel(booking, user)["alreadyCancelled"] is True
        assert seats_of(assert_problem(client.confirm(show, ["S1", "S2"], user), 409, "seats_sold")) == {
            "S1": "booked", "S2": "booked"}
    third = client.must_buy(show, "S3", user)
    client.must_cancel(second, bob)
    assert third != booking and set(records.bookings(show)) == {"S3"}
    assert len(records.cancellations(show)) == 5


def test_after_redis_forgot(site, client, records, show, user, booking):
    forget(site, show)
    client.must_cancel(booking, user)
    assert sold(client, show) == set() == held_keys(site, show)
    client.must_buy(show, "S1", new_user())


def test_a_sale_that_the_board_has_not_heard_of(site, client, records, show, user):
    client.seat_map(show)
    records.book(show, "S1", user, booking_id=NOBODYS)
    client.must_cancel(NOBODYS, user)
    assert records.bookings(show) == {} and sold(client, show) == set()


def test_boards_that_are_never_trusted(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        user = new_user()
        booking = client.must_buy(show, ["S1", "S2"], user)
        client.must_cancel(booking, user)
        assert sold(client, show) == set()


def test_a_seat_that_the_show_lacks_by_now(client, records, show, user, booking):
    """The layout was changed; what was sold can be given back still."""
    records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": {"layout": ["A1", "A2"]}})
    client.must_cancel(booking, user)
    assert records.bookings(show) == {}


def test_an_object_id_and_other_programs_fields(client, records, show, user):
    records.book(show, ["S1", "S2"], user, booking_id=ObjectId(NOBODYS))
    records.db.bookings.update_many({"userId": user}, {"$set": {"price": {"amount": 12.5, "currency": "EUR"}, "__v": 0}})
    assert client.booking(NOBODYS, user).json()["seatNumbers"] == ["S1", "S2"]
    client.must_cancel(NOBODYS, user)
    moved = list(records.cancellations(show).values())
    assert [document["price"]["amount"] for document in moved] == [12.5, 12.5]
    assert {document["bookingId"] for document in moved} == {ObjectId(NOBODYS)}


@pytest.mark.parametrize("value", ["", "x", "0" * 23, "0" * 25, "g" * 24, "0" * 23 + "\u0000", 7, None, ["0" * 24]], ids=repr)
def test_a_malformed_booking_id(client, value):
    assert_problem(client.cancel(value, "ann"), 400, "malformed")


def test_get(client, show, user, booking):
    answer = client.booking(booking, user)
    body = answer.json()
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert (body["bookingId"], body["showId"], body["userId"]) == (booking, show, user)
    assert states_of(body) == dict.fromkeys(["S1", "S2", "S3"], "booked")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["createdAt"])
    client.must_cancel(booking, user, "S2")
    assert states_of(client.booking(booking, user).json()) == {"S1": "booked", "S2": "cancelled", "S3": "booked"}
    client.must_cancel(booking, user)
    assert set(states_of(client.booking(booking, user).json()).values()) == {"cancelled"}
    assert client.get(f"/api/bookings/bookings/{booking.upper()}", params={"userId": user}).status_code == 200


def test_get_of_a_user_with_odd_characters(client, show):
    user = "a b+c&d=%é\U0001f600/" + new_user()
    booking = client.must_buy(show, "S1", user)
    assert client.booking(booking, user).json()["userId"] == user


@pytest.mark.parametrize("query, status, code", [
    ("", 400, "malformed"), ("?user=ann", 400, "malformed"), ("?userId=ann&userId=bob", 400, "malformed"),
    ("?userId=", 422, "invalid_user"), ("?userId=%00", 422, "invalid_user"),
    ("?userId=a%0Ab", 422, "invalid_user"), ("?userId=%ff", 422, "invalid_user"), ("?userId=" + "x" * 129, 422, "invalid_user"),
])
def test_get_without_a_user(site, client, records, show, query, status, code):
    with unchanged(site, client, records, show):
        assert_problem(client.get(f"/bookings/{NOBODYS}{query}"), status, code)


def test_without_the_indexes(site, client, records, show, user, booking):
    """A database of an older program: what it could do goes on; what would read all bookings says what to do."""
    client.must_hold(show, "S4", user)
    records.db.bookings.drop_index("bookingId_1")
    try:
        for answer in (client.cancel(booking, user), client.booking(booking, user)):
            assert "boxoffice-seed init" in assert_problem(answer, 503, "misconfigured")["detail"]
        client.must_confirm(show, "S4", user)
        assert sold(client, show) == {"S1", "S2", "S3", "S4"}
    finally:
        records.db.bookings.create_index([("bookingId", 1)])
    client.must_cancel(booking, user)
