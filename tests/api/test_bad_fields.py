"""Orders that are JSON but wrong, by rule over endpoint x field: a clear error and nothing changed."""

import json

import pytest

from lib.bad_orders import WRONG_TYPES, booking, good_order, id_field, nothing_changes, path, records, show  # noqa: F401
from lib.client import ORDERS
from lib.problems import assert_problem, seats_of

SEATS = ("seatNumber", "seatNumbers")  # two names of one field


@pytest.fixture(params=SEATS)
def seats_field(request):
    return request.param


@pytest.fixture
def send(client, path, good_order, id_field):
    """Sends a good order with one field replaced, or without it. The field "id" is the endpoint's."""
    def send(field, *value):
        body = good_order("S1") | {"holdToken": "t" * 22}
        field = id_field if field == "id" else field
        del body["seatNumber" if field in SEATS else field]
        if value:
            body[field] = value[0]
        return client.post(path, body)
    return send


@pytest.mark.parametrize("path, field", [(path, field) for path in (*ORDERS, "/cancel")
                                         for field in ("id", "seatNumber", "userId")
                                         if (path, field) != ("/cancel", "seatNumber")])  # that is the whole booking
def test_missing(send, field):
    assert_problem(send(field), 400, "malformed")


@pytest.mark.parametrize("value", WRONG_TYPES, ids=str)
@pytest.mark.parametrize("field", ["id", "userId"])
def test_wrong_type(send, field, value):
    assert_problem(send(field, value), 400, "malformed")


@pytest.mark.parametrize("value", [v for v in WRONG_TYPES if v != []] + [
    [None], [1], [["S1"]], [{"$gt": ""}], ["S1", None], ["S1", 2], ["S1", ["S2"]], ["S1", {"seatNumber": "S2"}],
], ids=str)
def test_wrong_type_of_seat(send, seats_field, value):
    assert_problem(send(seats_field, value), 400, "malformed")


@pytest.mark.parametrize("value", [
    "", " ", "0" * 23, "0" * 25, "g" + "0" * 23, "0" * 23 + " ", " " + "0" * 23, "0x" + "0" * 22, "-" + "0" * 23,
    "0" * 23 + "\u00e9", "\uff10" * 24, "0" * 24 + "\u0000", "\u0000" * 24, "0" * 12, "507f1f77-bcf8-6cd7-9943-9011",
    "*" * 24, "x" * 10000,
], ids=lambda value: repr(value[:30]))
def test_malformed_id(send, value):
    assert_problem(send("id", value), 400, "malformed")


@pytest.mark.parametrize("value", ["0" * 23, "0" * 25, "g" + "0" * 23, "x", "0" * 23 + "%20", "%00" * 24,
                                   "%C3%A9" * 12, "0" * 3000], ids=lambda value: value[:30])
@pytest.mark.parametrize("path", ["/status", "/summary", "/api/bookings/status", "/bookings"])
def test_malformed_id_in_the_path(client, path, value):
    assert_problem(client.get(f"{path}/{value}"), 400, None)


def test_dots_are_no_id(client):
    """nginx walks up: to the page, or to where nothing is."""
    for path in ("/status", "/summary", "/bookings"):
        assert client.get(f"{path}/%2e%2e").content == client.get("/").content
    assert_problem(client.get("/api/bookings/status/%2e%2e"), 404, None)


def test_malformed_id_in_the_path_has_its_code(client):
    for path in ("/status", "/summary", "/bookings"):
        for value in ("0" * 23, "0" * 25, "g" * 24):
            assert_problem(client.get(f"{path}/{value}"), 400, "malformed")


@pytest.mark.parametrize("path", ORDERS)
def test_unknown_show(send, client):
    unknown = "f" * 23 + "0"
    assert_problem(send("showId", unknown), 404, "show_not_found")
    assert_problem(client.status(unknown), 404, "show_not_found")
    assert_problem(client.summary(unknown), 404, "show_not_found")


def test_no_seats(send, seats_field):
    assert_problem(send(seats_field, []), 422, "no_seats")


@pytest.mark.parametrize("value", [
    "S0", "S21", "S101", "s1", "S01", "S1 ", " S1", "S1\n", "S-1", "S1.0", "S+1", "S", "1", "", "S1,S2", "A1", "S\u0661",
    "\uff331", "S1\u200b", "S" * 33, "S" * 5000, "S99999999999999999999", "*", "S*", "S1}", "hold:{x}:S1", "$where",
    "__proto__", "S1\u0000", "\u0000", "S\u00001",
], ids=lambda value: repr(value[:30]))
def test_unknown_seat(send, seats_field, value):
    problem = assert_problem(send(seats_field, value), 422, "unknown_seat")
    assert set(seats_of(problem).values()) == {"unknown"} and len(problem["seats"]) == 1


def test_unknown_seats_are_all_named(send, seats_field):
    problem = assert_problem(send(seats_field, ["S0", "S1", "S21", "S2"]), 422, "unknown_seat")
    assert seats_of(problem) == {"S0": "unknown", "S21": "unknown"}


@pytest.mark.parametrize("count", [11, 12, 100, 1000])
def test_too_many_seats(send, seats_field, count):
    assert_problem(send(seats_field, [f"S{i}" for i in range(1, count + 1)]), 422, "too_many_seats")


@pytest.mark.parametrize("seats", [["S1", "S1"], ["S1", "S2", "S3", "S2"], ["S5"] * 10], ids=str)
def test_same_seat_twice(send, seats_field, seats):
    assert_problem(send(seats_field, seats), 422, "duplicate_seat")


@pytest.mark.parametrize("value", [
    "", "x" * 129, "\u00e9" * 65, "\U0001f3ac" * 33, "x" * 60000, "a\u0000b", "\u0000", "a\u0000", "a\nb", "a\tb", "\r",
    "\u0001", "a\u001f", "a\u007f",
], ids=lambda value: repr(value[:30]))
def test_invalid_user(send, value):
    assert_problem(send("userId", value), 422, "invalid_user")


@pytest.mark.parametrize("path", ORDERS)
@pytest.mark.parametrize("value", WRONG_TYPES, ids=str)
def test_wrong_type_of_a_token(send, value):
    assert_problem(send("holdToken", value), 400, "malformed")


@pytest.mark.parametrize("path", ORDERS)
@pytest.mark.parametrize("value", [
    "", "x", "x" * 21, "x" * 129, "x" * 60000, "x" * 21 + " ", "x" * 21 + "+", "x" * 21 + "/", "x" * 21 + "=", "x" * 21 + ":",
    "x" * 21 + "\n", "x" * 22 + "\u0000", "\u0000" * 22, "\u00e9" * 22, "\uff58" * 22, "-" * 21 + ".",
], ids=lambda value: repr(value[:30]))
def test_invalid_hold_token(send, value):
    assert_problem(send("holdToken", value), 422, "invalid_hold_token")


@pytest.mark.parametrize("value", ["\\ud800", "a\\udc00", "\\ud83d x", "\\ude00\\ud83d"])
@pytest.mark.parametrize("field", ["id", "seatNumber", "userId"])
def test_lone_surrogates(client, path, good_order, id_field, field, value):
    body = json.dumps(good_order("S1") | {id_field if field == "id" else field: "@"}).replace("@", value)
    assert_problem(client.post(path, body.encode()), 400, "malformed")


@pytest.mark.parametrize("key", ["ShowId", "show_id", "showid", "show"])
def test_keys_are_exact(client, path, show, key):
    assert_problem(client.post(path, {key: show, "seatNumber": "S1", "userId": "x"}), 400, "malformed")


def test_what_an_error_says_is_json_whatever_was_sent(client, path, good_order):
    """The client's bytes may come back in an answer, but only well escaped."""
    nasty = "\"\\</script>\u2028\u0007\u00e9\U0001f600%s%n"
    problem = assert_problem(client.post(path, good_order([nasty])), 422, "unknown_seat")
    assert len(problem["seats"]) == 1
