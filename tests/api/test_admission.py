"""The waiting room of nginx/examples/: who has a good ticket that was drawn comes in, and nobody else."""

import json

import pytest

from lib.admission import Room, ticket
from lib.client import new_user
from lib.problems import assert_problem
from lib.waiting import wait_until


@pytest.fixture(scope="module")
def room(site, tmp_path_factory):
    made = Room(site, tmp_path_factory.mktemp("room"))
    made.start()
    yield made
    made.stop()


def is_in(room, cookie):
    return room.visitor(cookie).get("/").status_code == 200


def assert_waits(client, show):
    page = client.get("/")
    assert page.status_code == 503 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "waiting room" in page.text and 'http-equiv="refresh"' in page.text
    for answer in (client.get("/shows"), client.get(f"/shows/{show}"), client.status(show), client.summary(show),
                   client.hold(show, "S1", new_user()), client.best(show, 1, new_user()), client.get(f"/events/{show}"),
                   client.get(f"/api/bookings/status/{show}"), client.get(f"/status//{show}")):
        assert answer.status_code == 429, answer.text
        problem = answer.json()
        assert (problem["code"], problem["status"], problem["requestId"]) == ("waiting_room", 429, answer.headers["X-Request-ID"])
        assert answer.headers["Retry-After"] == page.headers["Retry-After"] == "60"
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_ticket_that_was_drawn_comes_in(room, show):
    room.admit(None)  # `* 0` alone: nobody
    good = ticket()
    assert_waits(room.visitor(good), show)
    room.admit("100%")
    client, user = room.visitor(good), new_user()
    assert client.get("/").status_code == 200
    assert client.seat_map(show)["S1"] == "available"
    client.must_best(show, 1, user)
    client.must_buy(show, "S2", user)


BAD = {
    "none": lambda: None, "empty": lambda: "", "no ticket": lambda: "x", "over": lambda: ticket(seconds=-5),
    "of another secret": lambda: ticket(secret="guessed"), "shorter": lambda: ticket()[:-1], "longer": lambda: ticket() + "A",
    "longer lot": lambda: "0" + ticket(), "capitals": lambda: ticket().upper(), "two points": lambda: ticket().replace(".", "..", 1),
    "made up": lambda: f"{'0' * 32}.9999999999.{'A' * 22}"}


@pytest.mark.parametrize("bad", BAD)
def test_nothing_else_is_a_ticket(room, show, bad):
    room.admit("100%")
    assert_waits(room.visitor(BAD[bad]()), show)


def test_a_lot_cannot_be_exchanged(room, show):
    """The signature is of this lot and this end."""
    room.admit("100%")
    lot, end, signature = ticket().split(".")
    assert is_in(room, f"{lot}.{end}.{signature}")
    assert_waits(room.visitor(f"{ticket().split('.')[0]}.{end}.{signature}"), show)
    assert_waits(room.visitor(f"{lot}.{int(end) + 1}.{signature}"), show)


def test_who_is_in_stays_in_as_the_share_grows(room):
    tickets = [ticket(lot=f"{number:032x}") for number in range(60)]
    admitted = []
    for share in ("10%", "40%", "70%", "100%"):
        room.admit(share)
        admitted.append({number for number, each in enumerate(tickets) if is_in(room, each)})
    assert admitted[0] < admitted[1] < admitted[2] < admitted[3] == set(range(60))


def test_whoever_holds_seats_goes_on(room, client, show):
    """They came in, and the share was lowered, or the ticket is over."""
    user = new_user()
    client.must_hold(show, ["S1", "S2", "S3"], user)
    room.admit(None)
    waiting = room.visitor()
    assert waiting.release(show, "S3", user).status_code == 200
    assert waiting.extend(show, ["S1", "S2"], user).status_code == 200
    booking = waiting.must_confirm(show, ["S1", "S2"], user)["bookingId"]
    assert waiting.booking(booking, user).status_code == 200
    waiting.must_cancel(booking, user)
    assert waiting.get("/boxoffice.js").status_code == waiting.get("/health/live").status_code == 200
    assert waiting.request("OPTIONS", "/hold").status_code == 204
    assert_problem(waiting.get("/hold/x"), 404, "not_found")


def test_the_link_of_the_mail(room):
    room.admit("100%")
    good = ticket()
    answer = room.visitor().get("/enter", params={"ticket": good})
    assert (answer.status_code, answer.headers["Location"].endswith("/")) == (303, True)
    cookie, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert cookie == f"boxoffice_ticket={good}" and {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} == set(attributes)
    assert is_in(room, cookie.partition("=")[2])
    for bad in ("", "x", good + "; Domain=example.org", good + "\r\nX: y"):
        assert "Set-Cookie" not in room.visitor().get("/enter", params={"ticket": bad}).headers


def logged(room, what):
    """Members of the last line of the access log that has this."""
    def lines():
        return [line for line in room.access_log.read_text().splitlines() if what in line]
    return json.loads(wait_until(lines, 10, f"a line with {what}")[-1])


def test_the_ticket_is_in_no_log(room):
    room.admit("100%")
    good = ticket()
    room.visitor().get("/enter", params={"ticket": good})
    room.visitor(good).get("/")
    logged(room, "/enter?...")
    assert good.split(".")[0] not in room.access_log.read_text()


def test_who_waits_costs_no_worker(room, show):
    room.visitor().hold(show, "S1", new_user(), headers={"X-Request-ID": f"waits-{show}"})
    line = logged(room, f"waits-{show}")
    assert (line["status"], line["workerStatus"], line["workerSeconds"]) == (429, "", "")
