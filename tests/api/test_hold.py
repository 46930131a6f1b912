"""What a hold promises: all or nothing, and safe to repeat."""

import pytest

from lib.client import new_user
from lib.problems import assert_problem, seats_of
from lib.shows import held_keys, unchanged, worker_settings


def test_same_hold_again_is_the_same(client, show):
    user = new_user()
    first = client.must_hold(show, ["S1", "S2"], user)
    again = client.must_hold(show, ["S1", "S2"], user)
    for name in ("holdId", "expiresAt", "seats", "seatNumbers"):
        assert again[name] == first[name]
    assert again["expiresInSeconds"] <= first["expiresInSeconds"]


def test_order_of_seats_is_that_of_the_request(client, show):
    user = new_user()
    first = client.must_hold(show, ["S1", "S2"], user)
    again = client.must_hold(show, ["S2", "S1"], user)
    assert again["seatNumbers"] == ["S2", "S1"]
    assert (again["holdId"], again["expiresAt"]) == (first["holdId"], first["expiresAt"])


def test_part_of_a_hold_again(client, show):
    user = new_user()
    first = client.must_hold(show, ["S1", "S2", "S3"], user)
    part = client.must_hold(show, "S2", user)
    assert (part["holdId"], part["expiresAt"]) == (first["holdId"], first["expiresAt"])


def test_repeating_does_not_lengthen(site, client, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    key = f"hold:{{{show}}}:S1"
    before = site.redis.client().execute_command("PEXPIRETIME", key)
    for _ in range(3):
        client.must_hold(show, ["S1", "S2"], user)
    assert site.redis.client().execute_command("PEXPIRETIME", key) == before > 0


def test_mixed_batch(client, show):
    user = new_user()
    old = client.must_hold(show, "S1", user)
    mixed = client.must_hold(show, ["S1", "S2"], user)
    assert mixed["expiresAt"] == old["expiresAt"], "the earliest end is that of the batch"
    one, two = mixed["seats"]
    assert one == {"seatNumber": "S1", "holdId": old["holdId"], "expiresAt": old["expiresAt"]}
    assert two["seatNumber"] == "S2" and two["expiresAt"] >= old["expiresAt"]
    assert mixed["holdId"] == two["holdId"] != old["holdId"], "holdId is that of the seat granted last"
    again = client.must_hold(show, ["S1", "S2"], user)
    assert (again["holdId"], again["expiresAt"], again["seats"]) == (mixed["holdId"], mixed["expiresAt"], mixed["seats"])


@pytest.mark.parametrize("wanted, in_the_way", [
    ("S1", {"S1": "held"}),
    ("S2", {"S2": "booked"}),
    (["S3", "S1"], {"S1": "held"}),
    (["S3", "S2", "S1", "S4"], {"S1": "held", "S2": "booked"}),
], ids=str)
def test_refusal_names_every_seat_and_takes_none(site, client, records, show, wanted, in_the_way):
    owner = new_user("owner")
    client.must_hold(show, ["S1", "S2"], owner)
    client.must_confirm(show, "S2", owner)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.hold(show, wanted, new_user("late")), 409, "seats_unavailable")
        assert seats_of(problem) == in_the_way
        assert owner not in str(problem), "another's userId is nobody's business"


def test_own_booked_seat_cannot_be_held_again(site, client, records, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    client.must_confirm(show, "S1", user)
    with unchanged(site, client, records, show):
        assert seats_of(assert_problem(client.hold(show, ["S1", "S2"], user), 409, "seats_unavailable")) == {"S1": "booked"}


def test_holds_of_two_shows_are_apart(client, records):
    one, two = records.show(), records.show()
    first, second = new_user(), new_user()
    client.must_hold(one, "S1", first)
    client.must_hold(two, "S1", second)
    assert_problem(client.hold(one, "S1", second), 409, "seats_unavailable")


def test_users_are_compared_exactly(client, show):
    """One user is not another who begins alike, nor the same in capitals, nor one with a field separator."""
    client.must_hold(show, "S1", "ann")
    for other in ("an", "anna", "ANN", "ann ", " ann", "ann:1", "1:ann", "ann|", "a%6en"):
        assert_problem(client.hold(show, "S1", other), 409, "seats_unavailable")
        assert_problem(client.confirm(show, "S1", other), 403, "held_by_another")
    client.must_confirm(show, "S1", "ann")


@pytest.mark.parametrize("user", [
    "x", "x" * 128, "\u00e9" * 64, "\U0001f3ac" * 32, "a b", "a:b", "a{b}c", "*", "%s%n", "../..", "\"\\/'",
    "{\"$gt\":\"\"}", "0:99999999999999:x", "<script>",
])
def test_odd_but_good_users(client, records, show, user):
    held = client.must_hold(show, ["S1", "S2"], user)
    assert held["userId"] == user
    assert client.must_hold(show, ["S1", "S2"], user)["holdId"] == held["holdId"]
    assert client.must_confirm(show, ["S1", "S2"], user)["userId"] == user
    records.assert_booked(show, ["S1", "S2"], user)
    assert client.must_confirm(show, ["S1", "S2"], user, status=200)["alreadyBooked"] is True


def test_cap_of_one_user(site, client, records, show):
    user = new_user()
    client.must_hold(show, [f"S{i}" for i in range(1, 9)], user)
    with unchanged(site, client, records, show):
        assert_problem(client.hold(show, ["S9", "S10", "S11"], user), 409, "hold_limit")
    client.must_hold(show, ["S9", "S10"], user)
    with unchanged(site, client, records, show):
        assert_problem(client.hold(show, "S11", user), 409, "hold_limit")
        # What is held already counts once.
        client.must_hold(show, [f"S{i}" for i in range(1, 11)], user)
    client.must_hold(show, "S11", new_user("another"))


def test_what_is_sold_leaves_the_cap(client, show):
    user = new_user()
    ten = [f"S{i}" for i in range(1, 11)]
    client.must_hold(show, ten, user)
    client.must_confirm(show, ten, user)
    client.must_hold(show, [f"S{i}" for i in range(11, 21)], user)


def test_cap_is_for_each_show(client, records):
    user = new_user()
    ten = [f"S{i}" for i in range(1, 11)]
    client.must_hold(records.show(), ten, user)
    client.must_hold(records.show(), ten, user)


def test_limits_are_settings(site, client, records):
    show = records.show(seats=30)
    user = new_user()
    with worker_settings(site, BOXOFFICE_MAX_SEATS=3, BOXOFFICE_MAX_HELD=4):
        assert_problem(client.hold(show, ["S1", "S2", "S3", "S4"], user), 422, "too_many_seats")
        client.must_hold(show, ["S1", "S2", "S3"], user)
        assert_problem(client.hold(show, ["S4", "S5"], user), 409, "hold_limit")
        client.must_hold(show, "S4", user)
        assert held_keys(site, show) == {"S1", "S2", "S3", "S4"}
