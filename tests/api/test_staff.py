"""boxoffice-seed for whoever runs a box office: bookings, cancel, block, unblock, while the show is sold."""

import csv
import io
import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

import pytest
from bson import ObjectId

from lib.client import Client, new_user
from lib.problems import assert_problem, seats_of
from lib.seed import FAILED, MISCONFIGURED, PARTLY, UNREACHABLE, USAGE, Seed
from lib.shows import announce, now
from lib.waiting import wait_until

NOWHERE = str(ObjectId())


@pytest.fixture
def seed(site):
    return Seed(site, site.seed_uri, site.mongo_db)


def buy(client, show, seats, user):
    client.must_hold(show, seats, user)
    return client.must_confirm(show, seats, user)["bookingId"]


# -- bookings


def test_bookings_in_the_order_of_the_hall(seed, client, records):
    show = records.show(layout=["B10", "B9", "A1"])
    user = new_user("=cmd|' /C calc'!A0,\"x\"")
    first = buy(client, show, ["A1", "B10"], user)
    records.book(show, ["B9", "Z1"], "node\n\x1b[2Juser")
    told = json.loads(seed("bookings", show, "--json"))
    assert [sale["seatNumber"] for sale in told] == ["B10", "B9", "A1", "Z1"]
    assert [sale["userId"] for sale in told] == [user, "node\n\x1b[2Juser", user, "node\n\x1b[2Juser"]
    assert [sale["bookingId"] for sale in told] == [first, None, first, None]
    assert [sale["inShow"] for sale in told] == [True, True, True, False]
    assert told[0]["createdAt"].startswith(now().strftime("%Y-"))

    rows = list(csv.reader(io.StringIO(seed("bookings", show, "--csv"), newline="")))
    assert rows[0] == ["seatNumber", "userId", "bookingId", "createdAt", "inShow"]
    assert [row[0] for row in rows[1:]] == ["B10", "B9", "A1", "Z1"] and [row[4] for row in rows[1:]] == ["yes"] * 3 + ["no"]
    assert rows[1][1] == "'" + user, "no formula for a spreadsheet"
    assert rows[2][1] == "node\n\x1b[2Juser" and rows[2][2] == ""

    lines = seed("bookings", show).splitlines()
    assert lines[0].split() == ["SEAT", "BOOKING", "SOLD", "USER"] and len(lines) == 5
    assert lines[1].split()[:2] == ["B10", first] and "\x1b" not in "".join(lines)
    assert "the show lacks this seat" in lines[4] and "lacks" not in lines[3]


def test_bookings_of_a_full_house(seed, records):
    show = records.show(seats=12000)
    records.db.bookings.insert_many([{"showId": ObjectId(show), "seatNumber": f"S{i}", "userId": "u"}
                                     for i in range(12000, 0, -1)])
    told = json.loads(seed("bookings", show, "--json"))
    assert [sale["seatNumber"] for sale in told] == [f"S{i}" for i in range(1, 12001)]


def test_bookings_of_none(seed, show):
    assert json.loads(seed("bookings", show, "--json")) == []
    assert seed("bookings", show, "--csv").splitlines() == ["seatNumber,userId,bookingId,createdAt,inShow"]
    assert "no show" in seed("bookings", NOWHERE, code=FAILED)


# -- block, unblock


def test_block_reaches_every_worker_at_once(site, seed, client, show):
    """No worker waits for its copy of the show, nor for BOXOFFICE_BOARD_SECONDS, which are five here."""
    clients = [Client(site) for _ in range(4)]
    for each in clients:
        each.seat_map(show)
    assert "2 of 2 seats are blocked" in seed("block", show, "S1", "S2")
    for each in clients * 5:
        assert seats_of(assert_problem(each.hold(show, ["S1", "S3"], new_user()), 409, "seats_unavailable")) == {"S1": "blocked"}
        assert each.seat_map(show)["S2"] == "blocked"
    assert client.summary(show).json()["blockedCount"] == 2
    assert "0 of 1" in seed("block", show, "S1"), "again, and nothing happens"
    assert "1 of 2" in seed("unblock", show, "S1", "S9")
    for each in clients * 5:
        assert each.seat_map(show)["S1"] == "available"
    client.must_hold(show, "S1", new_user())


def test_unblock_what_the_layout_blocks(seed, client, records):
    layout = {"sections": [{"rows": [{"seats": [{"label": "A1", "blocked": True}, {"label": "A2", "blocked": True, "x": 7},
                                                {"label": "A3"}]}]}]}
    show = records.show(layout=layout, blocked=["A3", "A1"])
    assert set(client.seat_map(show).values()) == {"blocked"}
    seed("unblock", show, "A1", "A3")
    assert client.seat_map(show) == {"A1": "available", "A2": "blocked", "A3": "available"}
    document = records.db.shows.find_one({"_id": ObjectId(show)})
    assert document["blocked"] == [] and document["layout"]["sections"][0]["rows"][0]["seats"][1] == layout["sections"][0]["rows"][0]["seats"][1]


def test_a_plain_layout(seed, client, records):
    show = records.show(layout=["A1", "A2"])
    seed("block", show, "A2")
    assert client.seat_map(show) == {"A1": "available", "A2": "blocked"}
    seed("unblock", show, "A2")
    assert client.seat_map(show)["A2"] == "available"


def test_a_show_whose_blocked_is_null(seed, client, records):
    """The workers take it for none."""
    show = records.show(blocked=None)
    other = records.show(blocked=None, layout={"sections": [{"rows": [{"seats": [{"label": "A1", "blocked": True}]}]}]})
    assert "1 of 1" in seed("unblock", other, "A1")
    assert client.seat_map(other)["A1"] == "available"
    assert "1 of 1" in seed("block", show, "S1")
    assert client.seat_map(show)["S1"] == "blocked"
    assert records.db.shows.find_one({"_id": ObjectId(show)})["blocked"] == ["S1"]


def test_sold_seats_are_not_blocked(seed, client, records, show):
    buy(client, show, ["S1"], new_user())
    text = seed("block", show, "S1", "S2", code=FAILED)
    assert "sold" in text and "S1" in text and "S2" not in text
    assert client.seat_map(show)["S2"] == "available" and "blocked" not in records.db.shows.find_one({"_id": ObjectId(show)})


def test_a_seat_that_was_sold_before_it_was_blocked_elsewhere(seed, client, records, show):
    """Blocked already, by another program, it is no reason to refuse the others."""
    buy(client, show, ["S1"], new_user())
    records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": {"blocked": ["S1"]}})
    told = json.loads(seed("block", show, "S1", "S2", "--json"))
    assert told == {"showId": show, "blocked": True, "changed": 1, "seats": [
        {"seatNumber": "S1", "state": "booked"}, {"seatNumber": "S2", "state": "free"}]}


def test_held_seats_are_told_and_the_promise_is_kept(seed, client, show):
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    told = json.loads(seed("block", show, "S1", "S3", "--json"))
    assert told["changed"] == 2 and [seat["state"] for seat in told["seats"]] == ["held", "free"]
    assert client.seat_map(show)["S1"] == "held"
    client.must_confirm(show, ["S1", "S2"], user)
    assert client.seat_map(show)["S1"] == "booked"


@pytest.mark.parametrize("words", [["S1", "S99"], ["S1", "s2"]])
def test_unknown_seats_change_nothing(seed, client, show, words):
    text = seed("block", show, *words, code=FAILED)
    assert words[1] in text and "unknown" in text
    assert client.seat_map(show)["S1"] == "available"
    assert "no show" in seed("block", NOWHERE, "S1", code=FAILED)


def test_wrong_usage(seed, show):
    for words in (["block"], ["block", show], ["unblock", show], ["bookings"], ["bookings", show, show], ["cancel"],
                  ["cancel", show, "S1"], ["cancel", "--show", show], ["block", "x", "S1"], ["block", show, "S1", "S1"],
                  ["block", show, "<"], ["bookings", "x"], ["cancel", "x"], ["cancel", "--show", "x", "S1"],
                  ["bookings", show, "--csv", "--json"], ["list", "--csv"], ["block", show, "S1", "--show", show],
                  ["block", show, "S1", "--replace"], ["cancel", "--show", show, *(f"S{i}" for i in range(101))]):
        assert "boxoffice-seed" in seed(*words, code=USAGE), words


def test_without_redis_the_show_has_it_and_workers_will(seed, client, records, show):
    assert "BOXOFFICE_BOARD_SECONDS" in seed("block", show, "S1", code=UNREACHABLE, REDIS_URL="redis://127.0.0.1:1/0")
    assert records.db.shows.find_one({"_id": ObjectId(show)})["blocked"] == ["S1"]
    wait_until(lambda: client.seat_map(show)["S1"] == "blocked", 10, "the workers' own look")


def test_without_mongodb_nothing_is_changed(site, show):
    seed = Seed(site, "mongodb://127.0.0.1:1/?replicaSet=boxoffice", "x")
    for words in (["bookings", show], ["block", show, "S1"], ["unblock", show, "S1"], ["cancel", show],
                  ["cancel", "--show", show, "S1"]):
        assert "MongoDB" in seed(*words, code=UNREACHABLE)


def test_nobody_gets_a_seat_after_it_was_blocked(site, seed, records):
    """Shoppers hold whatever they can while seats are blocked one by one: none is granted after `block` is done."""
    show = records.show(seats=30)
    granted, done = [], threading.Event()

    def shop(number):
        client, user = Client(site), new_user()
        while not done.is_set():
            for i in range(1 + number, 31, 3):
                asked = monotonic()
                if client.hold(show, f"S{i}", user).status_code == 200:
                    granted.append((f"S{i}", asked))
                    client.release(show, f"S{i}", user)

    threads = [threading.Thread(target=shop, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(granted) > 20, 10, "shoppers")
        for i in range(1, 31, 5):
            seed("block", show, f"S{i}")
            blocked, before = monotonic(), len(granted)
            wait_until(lambda: len(granted) > before + 30, 20, "more shopping")
            assert not [asked for seat, asked in granted if seat == f"S{i}" and asked > blocked]
    finally:
        done.set()
        for thread in threads:
            thread.join()


# -- cancel


def test_cancel_a_booking_of_anybody(seed, client, records, show):
    user, other = new_user(), new_user("other")
    booking = buy(client, show, ["S1", "S2"], user)
    buy(client, show, ["S3"], other)
    assert json.loads(seed("cancel", booking, "--json")) == {"bookingId": booking, "showId": show, "cancelled": 2}
    states = client.seat_map(show)
    assert [states[f"S{i}"] for i in (1, 2, 3)] == ["available", "available", "booked"], "the board knows it at once"
    assert records.db.cancellations.count_documents({"bookingId": booking}) == 2
    assert "before" in seed("cancel", booking)
    client.must_hold(show, "S1", other)
    assert "no booking" in seed("cancel", NOWHERE, code=FAILED)


def test_cancel_seats_whoevers_they_are(seed, client, records, show):
    buy(client, show, ["S1", "S2"], new_user())
    records.book(show, "S3", "of the Node program")
    assert client.summary(show).json()["bookedCount"] >= 2
    out = seed("cancel", "--show", show, "S2", "S3", "S4")
    assert "2 of 3" in out and "not booked" in out
    assert set(records.bookings(show)) == {"S1"}
    assert [client.seat_map(show)[seat] for seat in ("S1", "S2", "S4")] == ["booked", "available", "available"]
    assert json.loads(seed("cancel", "--show", show, "S2", "--json")) == {"showId": show, "cancelled": 0}


def test_a_cancellation_of_which_only_part_was_done(site, seed, client, records, show):
    """Of two bookings the second is being confirmed: the count is told, for programs too, and not as "nothing"."""
    buy(client, show, ["S1", "S2"], new_user())
    buy(client, show, ["S3"], new_user("other"))
    announce(site, show, "S3")
    out, error = seed.both("cancel", "--show", show, "S1", "S2", "S3", "--json", code=PARTLY)
    assert json.loads(out) == {"showId": show, "cancelled": 2}
    assert "S3: confirming" in error and "nothing" not in error
    assert set(records.bookings(show)) == {"S3"}
    out, error = seed.both("cancel", "--show", show, "S3", "--json", code=FAILED)
    assert json.loads(out) == {"showId": show, "cancelled": 0} and "S3: confirming" in error


# -- show --replace


def test_a_show_with_bookings_is_not_replaced(seed, client, records):
    title = new_user("film")
    show = records.show(title=title)
    booking = buy(client, show, ["S1"], new_user())
    assert "bookings" in seed("show", "--title", title, "--seats", "5", "--replace", code=FAILED)
    assert client.seat_map(show)["S1"] == "booked"
    seed("cancel", booking)
    seed("show", "--title", title, "--seats", "5", "--replace")
    assert records.db.shows.count_documents({"movieTitle": title}) == 1


def replace(seed, title, **how):
    return seed("show", "--title", title, "--seats", "5", "--replace", **how)


def test_a_show_with_holds_is_not_replaced(seed, client, records):
    """Whoever holds a seat may confirm it: on a board that is still trusted, of a show that is gone."""
    title, user = new_user("film"), new_user()
    show = records.show(title=title)
    document = records.db.shows.find_one({"_id": ObjectId(show)})
    client.must_hold(show, "S1", user)
    assert "held" in replace(seed, title, code=FAILED)
    assert records.db.shows.find_one({"_id": ObjectId(show)}) == document, "nothing was changed"
    client.must_confirm(show, ["S1"], user)


@contextmanager
def blocked(records, command, app="boxoffice-seed"):
    """MongoDB waits a second before it does the command; yields what waits until it is there."""
    admin = records.mongo.admin
    began = admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": {
        "failCommands": [command], "blockConnection": True, "blockTimeMS": 1000, "appName": app}})["count"]
    try:
        yield lambda: admin.command({"waitForFailPoint": "failCommand", "timesEntered": began + 1, "maxTimeMS": 20000})
    finally:
        admin.command({"configureFailPoint": "failCommand", "mode": "off"})


@pytest.mark.parametrize("opens", [None, timedelta(hours=-1)])
def test_nobody_holds_a_seat_of_a_show_while_it_goes(seed, client, records, opens):
    """Its sale is closed before anybody looks whether there are holds."""
    title, answers = new_user("film"), []
    show = records.show(title=title, **({"saleStart": now() + opens} if opens else {}))
    client.seat_map(show)
    with blocked(records, "delete") as reached:
        thread = threading.Thread(target=lambda: answers.append(replace(seed, title)))
        thread.start()
        reached()
        assert_problem(client.hold(show, "S1", new_user()), 403, "sale_closed")
        thread.join()
    assert len(answers) == 1 and records.db.shows.count_documents({"movieTitle": title}) == 1


def test_a_hold_that_comes_before_the_closing_wins(seed, client, records):
    title, user, answers = new_user("film"), new_user(), []
    show = records.show(title=title)
    with blocked(records, "update", "boxoffice-fcgi") as reached:
        thread = threading.Thread(target=lambda: answers.append(replace(seed, title, code=FAILED)))
        thread.start()
        reached()
        client.must_hold(show, "S1", user)
        thread.join()
    assert "held" in answers[0]
    client.must_confirm(show, "S1", user)
    client.must_hold(show, "S2", user)


def test_what_was_not_replaced_is_on_sale_again(seed, client, records):
    """MongoDB refuses the new show: the old one has its times again, and at once."""
    title = new_user("film")
    show = records.show(title=title, saleStart=now() - timedelta(hours=1), totalSeats=5)
    document = records.db.shows.find_one({"_id": ObjectId(show)})
    records.mongo.admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": {
        "failCommands": ["insert"], "errorCode": 13, "appName": "boxoffice-seed"}})
    assert "closed" not in replace(seed, title, code=MISCONFIGURED)
    found = records.db.shows.find_one({"_id": ObjectId(show)})
    assert {**found, "updatedAt": None} == {**document, "updatedAt": None}
    client.must_hold(show, "S1", new_user())


def test_without_redis_nothing_is_replaced(seed, records):
    title = new_user("film")
    seed("show", "--title", title, "--seats", "5", "--replace", REDIS_URL="redis://127.0.0.1:1/0")
    assert "Redis" in replace(seed, title, code=UNREACHABLE, REDIS_URL="redis://127.0.0.1:1/0")
    assert records.db.shows.count_documents({"movieTitle": title, "saleEnd": None}) == 1
