"""Every request has an id, in the answer, in the error's body and in the logs."""

import re

import pytest

from lib.client import new_user
from lib.problems import assert_problem
from lib.waiting import wait_until


def worker_lines(site, request_id, word=""):
    """A worker logs a request after it has answered, so its line may come late."""
    return wait_until(lambda: [line for line in site.log("workers").splitlines() if request_id in line and word in line], 5,
                      f"a line of the worker's log with {request_id} and {word!r}")


def test_each_answer_has_its_own(client, show):
    ids = [client.status(show).headers["X-Request-ID"] for _ in range(5)]
    ids.append(client.get("/nothing").headers["X-Request-ID"])
    ids.append(client.hold(show, "S1", new_user()).headers["X-Request-ID"])
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in ids)


@pytest.mark.parametrize("mine", ["ticket-0123456789.x_y", "a" * 128, "01234567"])
def test_a_sane_one_is_kept(site, client, show, mine):
    headers = {"X-Request-ID": mine}
    assert client.status(show, headers=headers).headers["X-Request-ID"] == mine
    answer = client.hold(show, "S99", new_user(), headers=headers)
    assert assert_problem(answer, 422, "unknown_seat")["requestId"] == mine
    assert assert_problem(client.get("/nothing", headers=headers), 404, "not_found")["requestId"] == mine
    assert worker_lines(site, mine, "hold")


@pytest.mark.parametrize("bad", ["short", "a" * 129, "has space", "quote\"quote\"", "a;b;c;d;e;f", "{\"a\":\"b\"}", "<script>x",
                                 "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9", "%0a%0d%0a%0d"])
def test_an_insane_one_is_replaced(client, bad):
    for path in ("/status/" + "0" * 24, "/nothing"):
        answer = client.get(path, headers={"X-Request-ID": bad.encode("latin-1")})
        problem = assert_problem(answer, 404, None)
        assert re.fullmatch(r"[0-9a-f]{32}", problem["requestId"])


def test_exactly_one_header(client, show):
    """nginx and the worker both know it; the client gets it once."""
    for answer in (client.status(show), client.hold(show, "S1", new_user()), client.hold(show, "S99", "x"), client.get("/nothing")):
        assert len(answer.raw.headers.getlist("X-Request-ID")) == 1


def test_log_line_of_a_request(site, client, show):
    user = new_user("secret-name")
    mine = "loglines-" + user[-12:]
    client.hold(show, "S1", user, headers={"X-Request-ID": mine})
    client.get("/bookings/" + "0" * 24, params={"userId": user}, headers={"X-Request-ID": mine})
    text = "\n".join(worker_lines(site, mine, '"route":"hold"') + worker_lines(site, mine, '"route":"booking"'))
    assert "200" in text and "hold" in text
    assert user not in text, "no userId in clear at info"
    access_log = site.run_dir / "nginx" / "access.log"  # buffered
    wait_until(lambda: access_log.read_text().count(mine) == 2, 5, "the lines of the access log")
    assert user not in access_log.read_text(), "nor in a query"


def test_no_line_can_be_forged(site, client):
    """What a client sends reaches the log escaped, if at all."""
    mark = new_user("forged")
    client.hold("0" * 24, ["S1\n" + mark], "x")
    client.post("/hold", {"showId": f"\n{mark}", "seatNumber": "S1", "userId": f"x\r\n{mark}"})
    client.get(f"/status/%0a{mark}")
    mine = "after-" + mark
    client.hold("0" * 24, "S1", "x", headers={"X-Request-ID": mine})
    worker_lines(site, mine)
    assert not any(line.startswith(mark) for line in site.log("workers").splitlines())
