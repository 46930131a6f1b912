"""Every row of the contract that succeeds, at the root and below /api/bookings."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from lib.client import Client, new_user

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture(params=["", "/api/bookings"], ids=["root", "node-prefix"])
def client(site, request):
    return Client(site, prefix=request.param)


def moment(text):
    assert re.fullmatch(TIME, text), text
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def assert_json(answer, status=200):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    return answer.json()


def test_status_of_a_new_show(client, records):
    show = records.show(seats=12, title="Le Voyage dans la Lune \u2013 \"noch einmal\" \U0001f319")
    body = assert_json(client.status(show))
    assert body["showTitle"] == "Le Voyage dans la Lune \u2013 \"noch einmal\" \U0001f319"
    assert body["totalSeats"] == 12
    assert body["seats"] == [{"seatNumber": f"S{i}", "status": "available"} for i in range(1, 13)]


def test_summary_of_a_new_show(client, records):
    show = records.show(seats=12, title="Metropolis")
    body = assert_json(client.summary(show))
    assert body["movieTitle"] == "Metropolis"
    counts = [body[name] for name in ("totalSeats", "bookedCount", "heldCount", "availableCount")]
    assert counts == [12, 0, 0, 12]
    assert isinstance(body["message"], str) and body["message"]


def test_status_and_summary_count_alike(client, show):
    user = new_user()
    client.must_hold(show, ["S1", "S2", "S3"], user)
    client.must_confirm(show, ["S1"], user)
    expected = {f"S{i}": "available" for i in range(1, 21)} | {"S1": "booked", "S2": "held", "S3": "held"}
    assert client.seat_map(show) == expected
    body = assert_json(client.summary(show))
    assert [body[name] for name in ("totalSeats", "bookedCount", "heldCount", "availableCount")] == [20, 1, 2, 17]


@pytest.mark.parametrize("seats", ["S7", ["S7"], ["S9", "S7", "S8"]], ids=str)
def test_hold(client, show, seats):
    user = new_user()
    answer = client.hold(show, seats, user)
    called = datetime.now(timezone.utc)
    body = assert_json(answer)
    named = [seats] if isinstance(seats, str) else seats
    assert isinstance(body["message"], str) and body["message"]
    assert (body["showId"], body["userId"], body["seatNumbers"]) == (show, user, named)
    assert re.fullmatch(r"[0-9a-f]{16,}", body["holdId"])
    assert abs(moment(body["expiresAt"]) - called - timedelta(seconds=600)) < timedelta(seconds=5)
    assert type(body["expiresInSeconds"]) is int and 595 <= body["expiresInSeconds"] <= 600
    assert body["mayLastSeconds"] == 600
    assert body["seats"] == [{"seatNumber": seat, "holdId": body["holdId"], "expiresAt": body["expiresAt"]}
                             for seat in named]
    assert {seat for seat, status in client.seat_map(show).items() if status == "held"} == set(named)


@pytest.mark.parametrize("seats", ["S7", ["S7"], ["S9", "S7", "S8"]], ids=str)
def test_confirm_and_again(client, records, show, seats):
    user = new_user()
    named = [seats] if isinstance(seats, str) else seats
    client.must_hold(show, seats, user)

    body = assert_json(client.confirm(show, seats, user), 201)
    booking = body["bookingId"]
    assert re.fullmatch(r"[0-9a-f]{24}", booking)
    assert body["alreadyBooked"] is False
    assert isinstance(body["message"], str) and body["message"] and body["message"] != "Already Booked"
    assert (body["showId"], body["userId"], body["seatNumbers"]) == (show, user, named)
    assert body["bookings"] == [{"seatNumber": seat, "bookingId": booking} for seat in named]

    again = assert_json(client.confirm(show, seats, user), 200)
    assert again["message"] == "Already Booked" and again["alreadyBooked"] is True
    assert (again["showId"], again["userId"], again["seatNumbers"]) == (show, user, named)
    assert again["bookingId"] == booking and again["bookings"] == body["bookings"]

    assert records.assert_booked(show, named, user) == booking
    assert set(records.bookings(show)) == set(named)
    assert {seat for seat, status in client.seat_map(show).items() if status == "booked"} == set(named)


@pytest.mark.parametrize("seats", ["S7", ["S7"], ["S9", "S7", "S8"]], ids=str)
def test_extend(client, show, seats):
    user = new_user()
    held = client.must_hold(show, seats, user)
    body = assert_json(client.extend(show, seats, user))
    for name in ("message", "showId", "userId", "seatNumbers", "holdId", "expiresAt", "seats"):
        assert body[name] == held[name], "by default nothing is lengthened"
    assert 0 < body["expiresInSeconds"] <= held["expiresInSeconds"]


@pytest.mark.parametrize("seats", ["S7", ["S7"], ["S9", "S7", "S8"]], ids=str)
def test_release_and_again(client, show, seats):
    user = new_user()
    named = [seats] if isinstance(seats, str) else seats
    client.must_hold(show, seats, user)
    for count in (len(named), 0):
        body = assert_json(client.release(show, seats, user))
        assert isinstance(body["message"], str) and body["message"]
        assert (body["showId"], body["userId"], body["seatNumbers"]) == (show, user, named)
        assert body["releasedCount"] == count
        assert set(client.seat_map(show).values()) == {"available"}


def test_what_a_booking_looks_like(client, records, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    client.must_confirm(show, "S1", user)
    document = records.bookings(show)["S1"]
    assert str(document["showId"]) == show and type(document["showId"]).__name__ == "ObjectId"
    assert (document["seatNumber"], document["userId"]) == ("S1", user)
    for field in ("createdAt", "updatedAt"):
        assert abs(document[field].replace(tzinfo=timezone.utc) - datetime.now(timezone.utc)) < timedelta(seconds=30)


def test_seat_numbers_is_an_alias(client, show):
    user = new_user()
    body = {"showId": show, "seatNumbers": ["S3", "S4"], "userId": user}
    assert assert_json(client.post("/hold", body))["seatNumbers"] == ["S3", "S4"]
    assert assert_json(client.post("/confirm", body), 201)["seatNumbers"] == ["S3", "S4"]


def test_upper_case_id_is_the_same_show(client, records):
    show = records.show(seats=3)
    user = new_user()
    assert client.must_hold(show.upper(), "S1", user)["showId"] == show
    assert client.seat_map(show.upper()) == client.seat_map(show) == {"S1": "held", "S2": "available", "S3": "available"}
    assert client.must_confirm(show.upper(), "S1", user)["showId"] == show
    assert client.summary(show.upper()).json()["bookedCount"] == 1


def test_unknown_fields_and_queries_are_ignored(client, show):
    user = new_user()
    body = {"showId": show, "seatNumber": "S1", "userId": user, "coupon": {"code": [1, None, True, "x"]}}
    assert_json(client.post("/hold?from=mail", body))
    assert assert_json(client.get(f"/status/{show}?t=1"))["seats"][0]["status"] == "held"


def test_answers_must_not_be_kept(client, show):
    assert "no-cache" in client.status(show).headers["Cache-Control"]
    assert "no-store" in client.hold(show, "S1", new_user()).headers["Cache-Control"]
    assert "no-store" in client.extend(show, "S1", new_user()).headers["Cache-Control"]
    assert "no-store" in client.release(show, "S3", new_user()).headers["Cache-Control"]
    assert "no-store" in client.confirm(show, "S2", new_user()).headers["Cache-Control"]
