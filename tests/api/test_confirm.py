"""What a confirmation promises: only the holder's, all or nothing, once."""

from lib.client import new_user
from lib.problems import assert_problem, seats_of
from lib.shows import held_keys, keys_of, unchanged


def test_without_a_hold(site, client, records, show):
    with unchanged(site, client, records, show):
        problem = assert_problem(client.confirm(show, ["S1", "S2"], new_user()), 410, "hold_expired")
        assert set(seats_of(problem)) == {"S1", "S2"}


def test_held_by_another(site, client, records, show):
    owner, other = new_user("owner"), new_user("other")
    client.must_hold(show, "S2", owner)
    client.must_hold(show, "S1", other)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.confirm(show, ["S1", "S2"], other), 403, "held_by_another")
        assert set(seats_of(problem)) == {"S2"}
        assert owner not in str(problem)
    client.must_confirm(show, "S2", owner)
    client.must_confirm(show, "S1", other)


def test_sold_to_another(site, client, records, show):
    owner, other = new_user("owner"), new_user("other")
    client.must_hold(show, "S2", owner)
    client.must_confirm(show, "S2", owner)
    client.must_hold(show, "S1", other)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.confirm(show, ["S1", "S2"], other), 409, "seats_sold")
        assert seats_of(problem) == {"S2": "booked"}
        assert owner not in str(problem)
    client.must_confirm(show, "S1", other)


def test_partly_not_held(site, client, records, show):
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.confirm(show, ["S1", "S3", "S2"], user), 410, "hold_expired")
        assert set(seats_of(problem)) == {"S3"}
    assert client.must_confirm(show, ["S1", "S2"], user)["alreadyBooked"] is False


def test_part_of_a_hold_may_be_confirmed(client, records, show):
    user = new_user()
    held = client.must_hold(show, ["S1", "S2", "S3"], user)
    first = client.must_confirm(show, ["S1", "S2"], user)["bookingId"]
    assert records.assert_booked(show, ["S1", "S2"], user) == first
    left = client.must_hold(show, "S3", user)
    assert (left["holdId"], left["expiresAt"]) == (held["holdId"], held["expiresAt"])
    assert client.must_confirm(show, "S3", user)["bookingId"] != first


def test_seats_of_several_holds_make_one_booking(client, records, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    client.must_hold(show, "S2", user)
    booking = client.must_confirm(show, ["S1", "S2"], user)["bookingId"]
    assert records.assert_booked(show, ["S1", "S2"], user) == booking


def test_some_booked_before_and_the_rest_held(client, records, show):
    user = new_user()
    client.must_hold(show, ["S1", "S2", "S3"], user)
    old = client.must_confirm(show, "S2", user)["bookingId"]
    body = client.must_confirm(show, ["S1", "S2", "S3"], user)
    new = body["bookingId"]
    assert body["alreadyBooked"] is False and new != old
    assert body["bookings"] == [{"seatNumber": "S1", "bookingId": new}, {"seatNumber": "S2", "bookingId": old},
                                {"seatNumber": "S3", "bookingId": new}]
    assert records.assert_booked(show, ["S1", "S3"], user) == new
    again = client.must_confirm(show, ["S1", "S2", "S3"], user, status=200)
    assert again["message"] == "Already Booked" and again["bookings"] == body["bookings"]


def test_some_booked_before_and_the_rest_not_held(site, client, records, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    client.must_confirm(show, "S1", user)
    client.must_hold(show, "S3", new_user("other"))
    with unchanged(site, client, records, show):
        assert_problem(client.confirm(show, ["S1", "S2"], user), 410, "hold_expired")
        assert_problem(client.confirm(show, ["S1", "S3"], user), 403, "held_by_another")


def test_again_in_parts_and_in_other_orders(client, show):
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    booking = client.must_confirm(show, ["S1", "S2"], user)["bookingId"]
    for seats in ("S1", ["S2"], ["S2", "S1"]):
        again = client.must_confirm(show, seats, user, status=200)
        assert again["bookingId"] == booking and again["message"] == "Already Booked"


def test_sold_to_another_program_meanwhile(site, client, records, show):
    """The board does not know yet; the unique index does."""
    user, thief = new_user(), new_user("thief")
    client.must_hold(show, ["S1", "S2"], user)
    records.book(show, "S1", thief)
    problem = assert_problem(client.confirm(show, ["S1", "S2"], user), 409, "seats_sold")
    assert seats_of(problem) == {"S1": "booked"}
    assert set(records.bookings(show)) == {"S1"} and records.bookings(show)["S1"]["userId"] == thief
    # The rest is still the user's, and S1 is known as sold from now on.
    assert {s: v for s, v in client.seat_map(show).items() if v != "available"} == {"S1": "booked", "S2": "held"}
    client.must_confirm(show, "S2", user)


def test_one_seat_sold_to_another_program_meanwhile(client, records, show):
    user, thief = new_user(), new_user("thief")
    client.must_hold(show, "S1", user)
    records.book(show, "S1", thief)
    assert seats_of(assert_problem(client.confirm(show, "S1", user), 409, "seats_sold")) == {"S1": "booked"}
    assert records.bookings(show)["S1"]["userId"] == thief
    assert client.seat_map(show)["S1"] == "booked"
    assert_problem(client.hold(show, "S1", new_user()), 409, "seats_unavailable")


def test_sold_to_oneself_by_another_program_meanwhile(client, records, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    records.book(show, "S1", user, booking_id="old-1")
    body = client.must_confirm(show, "S1", user, status=200)
    assert body["message"] == "Already Booked" and body["bookingId"] == "old-1"
    assert client.seat_map(show)["S1"] == "booked"


def test_nothing_stays_behind(site, client, show):
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    client.must_confirm(show, ["S1", "S2"], user)
    assert held_keys(site, show) == set()
    assert not keys_of(site, show, "confirming"), "an attempt that is over is still announced"
    assert not keys_of(site, show, "user")


def test_every_key_has_an_end(site, client, show):
    """Redis must not fill up: whatever a show leaves behind lapses by itself."""
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    client.must_confirm(show, "S1", user)
    client.status(show)
    keys = keys_of(site, show)
    assert {key.split(":")[0] for key in keys} >= {"hold", "taken", "user", "board", "show"}
    redis = site.redis.client()
    assert [key for key in keys if not 0 < redis.pttl(key) <= 86400_000 + 43200_000] == []
