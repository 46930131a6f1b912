"""Sales that the board was not told of: the last step of a confirmation is lost, or MongoDB does not show its own yet.

No map may show a part of a booking, and nobody may be told of a sale that the next map does not show."""

from contextlib import contextmanager

import pytest

from lib.client import new_user
from lib.faults import timed
from lib.problems import assert_problem

SEATS = ["S1", "S2", "S3"]


@contextmanager
def settling_lost(site):
    """confirm_finish.lua, which must ZREM, is refused: as if the worker had been killed before it. (So is release.lua, before
    it has changed anything.)"""
    redis = site.redis.client()
    redis.execute_command("ACL", "SETUSER", "default", "-zrem")
    try:
        yield
    finally:
        redis.execute_command("ACL", "SETUSER", "default", "+zrem")


@contextmanager
def majority_that_lags(site):
    """What is written is stored, but a majority does not have it: acknowledged by none, and unseen by majority reads."""
    admin = site.mongod.client().admin
    admin.command("configureFailPoint", "disableSnapshotting", mode="alwaysOn")
    try:
        yield
    finally:
        admin.command("configureFailPoint", "disableSnapshotting", mode="off")


def confirmed_unsettled(site, client, show, seats, user):
    with settling_lost(site):
        assert client.confirm(show, seats, user).status_code == 201


@pytest.mark.parametrize("some", [["S2"], ["S3", "S1"]], ids=str)
def test_confirming_a_part_again_never_shows_a_part(site, client, show, some):
    user = new_user()
    client.must_hold(show, SEATS, user)
    confirmed_unsettled(site, client, show, SEATS, user)
    again = client.confirm(show, some, user)
    assert again.status_code == 200 and again.json()["alreadyBooked"]
    states = client.seat_map(show)
    assert {states[seat] for seat in SEATS} == {"booked"}, states


def test_what_is_told_as_booked_is_shown_as_booked(site, client, show):
    """The board knows S2 and not S1; the answer speaks of both."""
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    client.must_confirm(show, "S2", user)
    confirmed_unsettled(site, client, show, ["S1"], user)
    assert client.confirm(show, ["S1", "S2"], user).status_code == 200
    states = client.seat_map(show)
    assert (states["S1"], states["S2"]) == ("booked", "booked")


def test_what_another_is_told_as_sold_is_shown_as_booked(site, client, show):
    """The same, told as a refusal: another's sale of S1 that the board does not know stands in the way."""
    ann, bob = new_user(), new_user()
    client.must_hold(show, "S1", ann)
    client.must_hold(show, "S2", bob)
    client.must_confirm(show, "S2", bob)
    confirmed_unsettled(site, client, show, ["S1"], ann)
    refused = client.confirm(show, ["S1", "S2"], bob)
    assert "S1" in {item["seatNumber"] for item in assert_problem(refused, 409, "seats_sold")["seats"]}
    assert client.seat_map(show)["S1"] == "booked"


def test_what_was_sold_unseen_is_not_given_back(site, client, records, show):
    """The record is there, the board does not know it: the member of `confirming` keeps the seats until it does."""
    user = new_user()
    client.must_hold(show, SEATS, user)
    confirmed_unsettled(site, client, show, SEATS, user)
    for call in (client.extend, client.release):
        assert_problem(call(show, SEATS[:1], user), 409, "confirming")
    assert_problem(client.hold(show, SEATS[:1], new_user()), 409, "seats_unavailable")
    assert client.confirm(show, SEATS, user).status_code == 200
    for call in (client.extend, client.release):
        assert_problem(call(show, SEATS[:1], user), 409, "seats_sold")
    records.assert_booked(show, SEATS, user)


def test_a_refusal_that_cannot_be_seen_keeps_the_seats(site, client, records, show):
    """The insert is stored, sent again, refused (E11000), and the majority read shows nothing: whoever takes the entry
    out now gives the seat to the next when the hold lapses."""
    user = new_user()
    client.must_hold(show, "S1", user)
    with majority_that_lags(site):
        answer = timed(lambda: client.confirm(show, "S1", user))
        assert_problem(answer, 503, None)
        assert site.redis.client().zcard(f"confirming:{{{show}}}") >= 1, answer.text
        assert timed(lambda: client.hold(show, "S1", new_user())).status_code in (409, 503)
        assert timed(lambda: client.release(show, "S1", user)).status_code in (409, 503)
    again = timed(lambda: client.confirm(show, "S1", user))
    assert again.status_code == 200, again.text
    records.assert_booked(show, ["S1"], user)


def test_an_id_of_no_show_waits_for_no_majority(site, client):
    """Ids can be made up by anybody: none may cost a worker the proof that MongoDB's server is primary."""
    with majority_that_lags(site):
        assert_problem(timed(lambda: client.status("0" * 24), limit=1), 404, "show_not_found")
