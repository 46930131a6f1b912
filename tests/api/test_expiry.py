"""Holds end by themselves, as a whole, and free their seats."""

import time

import pytest

from lib.client import new_user
from lib.problems import assert_problem
from lib.shows import unchanged, worker_settings
from lib.waiting import wait_until


@pytest.fixture(scope="module", autouse=True)
def short_holds(site):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=2):
        yield


def wait_available(client, show, *seats):
    wait_until(lambda: all(client.seat_map(show)[seat] == "available" for seat in seats), 8, f"{seats} available")


def test_expiry_frees_the_seats_for_others(client, show):
    first, second = new_user(), new_user()
    held = client.must_hold(show, ["S1", "S2"], first)
    assert 0 <= held["expiresInSeconds"] <= 2
    assert_problem(client.hold(show, ["S2", "S3"], second), 409, "seats_unavailable")
    wait_until(lambda: client.hold(show, ["S2", "S1"], second).status_code == 200, 8, "the hold of another")
    assert_problem(client.confirm(show, ["S1", "S2"], first), 403, "held_by_another")


def test_confirm_after_expiry(site, client, records, show):
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    wait_available(client, show, "S1", "S2")
    with unchanged(site, client, records, show):
        assert_problem(client.confirm(show, ["S1", "S2"], user), 410, "hold_expired")
    assert client.summary(show).json()["heldCount"] == 0


def test_expired_seats_leave_the_cap(client, show):
    user = new_user()
    client.must_hold(show, [f"S{i}" for i in range(1, 11)], user)
    wait_available(client, show, "S1")
    client.must_hold(show, [f"S{i}" for i in range(11, 21)], user)


def test_a_new_hold_after_expiry_is_another(client, show):
    user = new_user()
    first = client.must_hold(show, "S1", user)
    wait_available(client, show, "S1")
    second = client.must_hold(show, "S1", user)
    assert second["holdId"] != first["holdId"] and second["expiresAt"] > first["expiresAt"]


def test_repeating_in_vain(client, show):
    """Who repeats a hold for longer than it lasts does not have it the whole time."""
    user = new_user()
    ends = set()
    deadline = time.monotonic() + 7
    while time.monotonic() < deadline:
        answer = client.hold(show, "S1", user)
        if answer.status_code == 200:
            ends.add(answer.json()["expiresAt"])
        else:  # in the very millisecond of its end it is over, but Redis keeps it still
            assert_problem(answer, 409, "seats_unavailable")
    assert 3 <= len(ends) <= 4, "one end each two seconds, each kept until it is past"


def test_confirming_is_no_way_to_hold_for_ever(client, records, show):
    """A confirm that cannot succeed (one seat is not held) must not lengthen the hold of the other."""
    user = new_user()
    client.must_hold(show, "S1", user)
    wait_until(lambda: client.confirm(show, ["S1", "S2"], user).status_code != 410
               or client.seat_map(show)["S1"] == "available", 8, "the end of the hold")
    assert client.seat_map(show)["S1"] == "available"
    assert records.bookings(show) == {}


def test_confirm_in_the_last_moment(client, records):
    """A hold that ends within a confirmation either sells all or nothing."""
    for pause in (1.90, 1.97, 1.99, 1.995, 2.0, 2.005):
        show, user = records.show(), new_user()
        client.must_hold(show, ["S1", "S2"], user)
        start = time.monotonic()
        while time.monotonic() - start < pause:  # the end of the hold is the condition: nothing else can be asked
            time.sleep(0.001)
        answer = client.confirm(show, ["S1", "S2"], user)
        if answer.status_code == 201:
            records.assert_booked(show, ["S1", "S2"], user)
        else:
            assert_problem(answer, 410, "hold_expired")
            assert records.bookings(show) == {}
        counts = client.summary(show).json()
        assert counts["bookedCount"] == (2 if answer.status_code == 201 else 0)


def test_a_batch_lapses_as_one(client, records):
    show = records.show(seats=10)
    ten = [f"S{i}" for i in range(1, 11)]
    client.must_hold(show, ten, new_user())
    seen = []

    def over():
        seen.append(client.summary(show).json()["heldCount"])
        states = set(client.seat_map(show).values())
        assert len(states) == 1, states
        return states == {"available"}

    wait_until(over, 8, "the end of the batch", interval=0)
    assert set(seen) <= {10, 0} and seen[0] == 10
