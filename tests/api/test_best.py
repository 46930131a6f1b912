"""POST /best-available: which seats are the best, and that they are held as any others."""

import json

import pytest

from lib.bad_orders import WRONG_TYPES
from lib.client import Client, new_user, wish
from lib.halls import drawn, real
from lib.problems import assert_problem
from lib.shows import held_keys, unchanged, worker_settings


@pytest.fixture
def hall_of(records):
    def hall_of(*rows, **fields):
        hall = drawn(*rows, **fields)
        return hall, records.show(layout=hall.layout)
    return hall_of


@pytest.mark.parametrize("prefix", ["", "/api/bookings"])
def test_it_is_a_hold(site, records, show, prefix):
    client, user = Client(site, prefix=prefix), new_user()
    answer = client.best(show.upper(), 2, user, coupon="X")
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    body = answer.json()
    assert body["seatNumbers"] == ["S15", "S16"], "two rows of ten: in the middle of the second"
    assert (body["showId"], body["userId"], body["message"]) == (show, user, "Seats held")
    again = client.must_hold(show, ["S15", "S16"], user)
    for name in ("holdId", "expiresAt", "seats", "seatNumbers"):
        assert again[name] == body[name]
    assert held_keys(site, show) == {"S15", "S16"}
    client.must_confirm(show, body["seatNumbers"], user)
    records.assert_booked(show, body["seatNumbers"], user)


def test_each_gets_the_best_of_what_is_left(client, show):
    taken = []
    for _ in range(10):
        taken += client.must_best(show, 2, new_user())["seatNumbers"]
    assert sorted(taken) == sorted(f"S{i}" for i in range(1, 21))
    assert taken[:2] == ["S15", "S16"] and set(taken[-2:]) <= {"S1", "S2", "S9", "S10"}
    assert assert_problem(client.best(show, 1, new_user()), 409, "not_enough_seats")["seatsLeft"] == 0


def test_what_was_given_back_or_has_lapsed_is_the_best_again(site, client, show):
    user = new_user()
    assert client.must_best(show, 2, user)["seatNumbers"] == ["S15", "S16"]
    client.must_release(show, ["S15", "S16"], user)
    assert client.must_best(show, 2, new_user())["seatNumbers"] == ["S15", "S16"]


def test_no_orphans(client, hall_of):
    hall, show = hall_of("..........", "..........")
    free = set(hall.labels)
    for _ in range(10):
        seats = client.must_best(show, 2, new_user())["seatNumbers"]
        free -= set(seats)
        assert hall.parts(seats) == 1 and not hall.orphans(free)


def test_an_orphan_is_worse_than_a_seat_further_off(client, hall_of):
    hall, show = hall_of(".....")
    assert client.must_best(show, 2, new_user())["seatNumbers"] in (["A1", "A2"], ["A4", "A5"])
    assert hall.parts(client.must_best(show, 3, new_user())["seatNumbers"]) == 1


def test_not_enough_side_by_side(client, hall_of):
    hall, show = hall_of(".. ...", ".. ...")
    seats = client.must_best(show, 4, new_user())["seatNumbers"]
    assert hall.parts(seats) == 2
    seats = client.must_best(show, 6, new_user())["seatNumbers"]
    assert len(seats) == 6 and seats == hall.in_order(seats)


def test_not_enough_at_all(site, client, records, show):
    client.must_best(show, 9, new_user())
    client.must_best(show, 9, new_user())
    with unchanged(site, client, records, show):
        problem = assert_problem(client.best(show, 3, new_user()), 409, "not_enough_seats")
        assert problem["seatsLeft"] == 2 and "seats" not in problem
    assert len(client.must_best(show, 2, new_user())["seatNumbers"]) == 2


def test_seats_that_are_not_for_sale(client, hall_of):
    hall, show = hall_of("..#..")
    assert "A3" not in client.must_best(show, 4, new_user())["seatNumbers"]
    assert assert_problem(client.best(show, 1, new_user()), 409, "not_enough_seats")["seatsLeft"] == 0


def test_category(client, hall_of):
    hall, show = hall_of("bbb...", "...bbb")
    assert client.must_best(show, 3, new_user(), category="box")["seatNumbers"] == ["B4", "B5", "B6"]
    problem = assert_problem(client.best(show, 4, new_user(), category="box"), 409, "not_enough_seats")
    assert problem["seatsLeft"] == 3
    assert_problem(client.best(show, 1, new_user(), category="Box"), 422, "unknown_category")


def test_focus_of_the_layout(client, hall_of):
    _, show = hall_of(".......", ".......", focus={"x": 0, "y": 0})
    assert client.must_best(show, 2, new_user())["seatNumbers"] == ["A1", "A2"]


def test_accessible_seats_and_their_companions(client, hall_of):
    hall, show = hall_of("..Ww..", "Ww....")
    assert client.must_best(show, 2, new_user(), accessible=True)["seatNumbers"] == ["A3", "A4"]
    assert client.must_best(show, 3, new_user(), accessible=True)["seatNumbers"] == ["B1", "B2", "B3"]
    problem = assert_problem(client.best(show, 1, new_user(), accessible=True), 409, "not_enough_seats")
    assert problem["seatsLeft"] == 0
    assert len(client.must_best(show, 5, new_user(), accessible=False)["seatNumbers"]) == 5


def test_accessible_seats_are_kept_until_nothing_else_is_left(client, hall_of):
    hall, show = hall_of("...Ww...")
    taken = client.must_best(show, 3, new_user())["seatNumbers"] + client.must_best(show, 3, new_user())["seatNumbers"]
    assert not {"A4", "A5"} & set(taken)
    assert client.must_best(show, 1, new_user())["seatNumbers"] in (["A4"], ["A5"])


@pytest.mark.parametrize("name, seats", [("studio", 60), ("cinema", 312), ("theatre", 2900)])
def test_real_halls(client, records, name, seats):
    hall = real(name)
    show = records.show(layout=hall.layout)
    assert len(hall.labels) == seats
    for quantity in (2, 5, 10, 1):
        assert hall.parts(client.must_best(show, quantity, new_user())["seatNumbers"]) == 1
    chosen = client.must_best(show, 2, new_user(), accessible=True)["seatNumbers"]
    assert len(hall.wheelchairs & set(chosen)) == 1 and hall.parts(chosen) == 1


def test_the_same_key_gives_the_same_hold(client, show):
    user = new_user()
    first = client.must_best(show, 2, user, requestKey="0123-abc")
    again = client.must_best(show, 2, user, requestKey="0123-abc")
    for name in ("holdId", "expiresAt", "seats", "seatNumbers"):
        assert again[name] == first[name]
    others = [client.must_best(show, 2, user, requestKey="0123-abd"), client.must_best(show, 1, user, requestKey="0123-abc"),
              client.must_best(show, 2, new_user(), requestKey="0123-abc"), client.must_best(show, 2, user),
              client.must_best(show, 2, user)]
    assert len({hold["holdId"] for hold in (first, *others)}) == 6
    assert client.summary(show).json()["heldCount"] == 13 - 2


def test_the_same_key_where_nothing_is_left(client, show):
    """The answer was lost, others have taken the rest."""
    user = new_user()
    first = client.must_best(show, 2, user, requestKey="lost-answer")
    client.must_best(show, 9, new_user())
    client.must_best(show, 9, new_user())
    assert client.must_best(show, 2, user, requestKey="lost-answer")["seatNumbers"] == first["seatNumbers"]


def test_what_is_left_of_a_hold_with_a_key(client, show):
    user = new_user()
    first = client.must_best(show, 3, user, requestKey="some-of-it")
    client.must_confirm(show, first["seatNumbers"][:1], user)
    assert client.must_best(show, 3, user, requestKey="some-of-it")["seats"] == first["seats"][1:]


def test_the_cap(site, client, records, show):
    user = new_user()
    client.must_best(show, 8, user)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.best(show, 3, user), 409, "hold_limit")
        assert "seats" not in problem
    client.must_best(show, 2, user)


def test_seats_sold_by_another_program(site, client, records):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        show = records.show()
        client.must_best(show, 1, new_user())
        records.book(show, [f"S{i}" for i in range(11, 21)], "node")
        assert {int(seat[1:]) <= 10 for seat in client.must_best(show, 9, new_user())["seatNumbers"]} == {True}


# -- what is wrong with a request

@pytest.fixture
def send(site, client, records, show):
    """Sends a good wish with one member replaced, or without it; nothing may change."""
    def send(field, *value):
        body = wish(show, 1, new_user())
        body.pop(field, None)
        if value:
            body[field] = value[0]
        with unchanged(site, client, records, show):
            return client.post("/best-available", body)
    return send


@pytest.mark.parametrize("field", ["showId", "quantity", "userId"])
def test_missing(send, field):
    assert_problem(send(field), 400, "malformed")


@pytest.mark.parametrize("field, value", [
    (field, value) for field, good in (("showId", str), ("userId", str), ("category", str), ("requestKey", str), ("holdToken", str),
                                       ("quantity", int), ("accessible", bool))
    for value in [*WRONG_TYPES, "x" if good is not str else 17] if type(value) is not good], ids=str)
def test_wrong_type(send, field, value):
    assert_problem(send(field, value), 400, "malformed")


@pytest.mark.parametrize("value, code", [(0, "no_seats"), (-1, "no_seats"), (-10**30, "no_seats"), (11, "too_many_seats"),
                                         (2**31, "too_many_seats"), (2**63, "too_many_seats"), (10**30, "too_many_seats")], ids=str)
def test_quantity(send, value, code):
    assert_problem(send("quantity", value), 422, code)


@pytest.mark.parametrize("value", ["", "x", "S", "\0", "box\0", "\u00e9", "x" * 60000], ids=lambda value: repr(value[:9]))
def test_unknown_category(send, value):
    assert_problem(send("category", value), 422, "unknown_category")


@pytest.mark.parametrize("value", ["", "1234567", "x" * 129, "with space", "12345678\n", "12345678\0", "\u00e9" * 8, "{1234567}"],
                         ids=lambda value: repr(value[:12]))
def test_request_key(send, value):
    assert_problem(send("requestKey", value), 400, "malformed")


@pytest.mark.parametrize("value", ["", "x" * 21, "x" * 129, "x" * 21 + "+", "x" * 22 + "\0"], ids=lambda value: repr(value[:12]))
def test_hold_token(send, value):
    assert_problem(send("holdToken", value), 422, "invalid_hold_token")


@pytest.mark.parametrize("field, value, status, code", [
    ("showId", "0" * 23, 400, "malformed"), ("showId", "f" * 23 + "0", 404, "show_not_found"), ("userId", "", 422, "invalid_user"),
    ("userId", "a\nb", 422, "invalid_user"), ("userId", "x" * 129, 422, "invalid_user")], ids=str)
def test_show_and_user(send, field, value, status, code):
    assert_problem(send(field, value), status, code)


def test_lone_surrogates(client, show):
    for field in ("showId", "userId", "category", "requestKey"):
        body = json.dumps(wish(show, 1, "someone") | {field: "@"}).replace("@", "\\ud800")
        assert_problem(client.post("/best-available", body.encode()), 400, "malformed")
