"""What the logs say of a request, and what they never say."""

import json
import re

import pytest

from lib.client import Client, new_user
from lib.faults import fail_point
from lib.logs import access_line, parse, whole_story
from lib.metrics import parse as parse_metrics
from lib.metrics import total
from lib.problems import assert_problem
from lib.shows import Records, forget
from lib.tables import read
from lib.waiting import wait_until

SECRET = "hushhush-0123456789-abcdefghij"
PARTS = ("redis_ms", "mongo_ms", "render_ms", "send_ms", "other_ms")


@pytest.fixture
def hall(fresh_site):
    records = Records(fresh_site)
    yield records.show(seats=40)
    records.close()


# -- what they never say -------------------------------------------------------------------------------


def ask_for_everything(site, client, show, user):
    """Each endpoint, well and badly asked, by one user; every token that was sent or told."""
    told = [client.must_hold(show, "S1", user)["holdToken"], client.must_best(show, 2, user, requestKey="a-request-key")["holdToken"]]
    client.must_hold(show, ["S2", "S3"], user, SECRET)
    for token in (SECRET, SECRET + "-wrong", "short", None):
        for call in (client.hold, client.extend, client.confirm, client.release):
            call(show, ["S2", "S3"], user, token)
    client.hold(show, ["S1", "S5"], new_user(), SECRET)
    client.hold(show, "S99", user, SECRET)
    client.hold(show, [f"S{n}" for n in range(10, 40)], user, SECRET)
    booking = client.must_confirm(show, "S1", user)["bookingId"]
    client.confirm(show, "S1", user)
    for who in (user, new_user()):
        client.booking(booking, who)
        client.cancel(booking, who)
    client.get("/bookings/" + "0" * 24, params={"userId": user, "holdToken": SECRET})
    for body in (f'{{"userId": "{user}"', f'{{"userId": "{user}", "userId": "x", "holdToken": "{SECRET}"}}', user + SECRET):
        client.post("/hold", body.encode())
    for path in (f"/status/{show}", f"/summary/{show}", "/shows", f"/shows/{show}", "/metrics", "/health/live", "/health/ready"):
        assert client.get(path).status_code == 200
    return told + [SECRET]


def ask_while_stores_fail(site, client, show, user):
    client.must_hold(show, ["S7", "S8"], user, SECRET)
    for seat, fault in (("S7", {"closeConnection": True}), ("S8", {"errorCode": 13}), ("S8", {"errorCode": 11000})):
        with fail_point(site, ["insert"], mode={"times": 1}, **fault):
            client.confirm(show, seat, user, SECRET)
    for store in (site.mongod, site.redis):
        store.stop()
        for call in (client.hold, client.confirm, client.release):
            call(show, "S8", user, SECRET)
        client.booking("0" * 24, user)
        store.start()


@pytest.mark.parametrize("level", ["info", pytest.param("debug", marks=pytest.mark.long)])
@pytest.mark.site(workers=1)
def test_never_a_token_and_no_user_in_clear(fresh_site, hall, level):
    """At debug no token either."""
    site, client, user = fresh_site, Client(fresh_site), new_user("sesame")
    site.workers.restart(env={"BOXOFFICE_LOG_LEVEL": level})
    site.wait_ready()
    secrets = ask_for_everything(site, client, hall, user)
    ask_while_stores_fail(site, client, hall, user)
    client.get("/health/live", headers={"X-Request-ID": "the-last-request"})
    whole_story(site, "the-last-request")
    access_line(site, "the-last-request")
    logs = {name: site.log(name) for name in ("workers", "nginx", "feed")}
    logs["access.log"] = (site.run_dir / "nginx" / "access.log").read_text()
    asked = {parse(line).get("route") for line in logs["workers"].splitlines()}
    assert asked >= set(re.findall(r'^\s+\{"(\w+)", "/', read("src/api/routes.c"), re.M)), "an endpoint was not asked"
    for name, text in logs.items():
        assert not [secret for secret in secrets if secret in text], f"a token in {name}"
        assert level == "debug" or user not in text, f"the user in {name}"


# -- what they say -------------------------------------------------------------------------------------


def test_one_id_from_nginx_to_the_last_line_and_the_body(site, client, show):
    """nginx's own, where the client has none."""
    problem = assert_problem(client.hold(show, "S99", new_user()), 422, "unknown_seat")
    [line] = whole_story(site, problem["requestId"])
    assert (line["route"], line["status"], line["code"]) == ("hold", 422, "unknown_seat")
    seen = access_line(site, problem["requestId"])
    assert seen["status"] == 422 and seen["workerStatus"] == "422"


def test_every_line_is_json_behind_its_priority(site, client, show):
    client.must_hold(show, "S1", new_user())
    lines = [line for line in site.log("workers").splitlines() if not line.startswith("spawn-fcgi")]
    assert len(lines) > 4 and all(parse(line)["msg"] for line in lines)
    access_log = site.run_dir / "nginx" / "access.log"
    wait_until(access_log.read_text, 5, "the access log")
    assert all(json.loads(line)["requestId"] for line in access_log.read_text().splitlines())


def adds_up(line):
    return abs(sum(line[part] for part in PARTS) - line["duration_ms"]) < 0.01 and min(line[part] for part in PARTS) >= 0


def story_of(site, call):
    """The last line of the call's request."""
    request_id = "slow-" + new_user()
    answer = call({"X-Request-ID": request_id})
    assert answer.status_code in (200, 201), answer.text
    return whole_story(site, request_id)[-1]


@pytest.mark.site(workers=1, env={"BOXOFFICE_SLOW_MS": "100"})
def test_a_slow_request_says_where_the_time_went(fresh_site, hall):
    site, client, user = fresh_site, Client(fresh_site), new_user()
    client.must_hold(hall, ["S1", "S2"], user)
    site.redis.client().client_pause(250)
    in_redis = story_of(site, lambda headers: client.status(hall, headers=headers))
    with fail_point(site, ["insert"], blockTimeMS=300):
        in_mongo = story_of(site, lambda headers: client.confirm(hall, "S1", user, headers=headers))
    forget(site, hall)
    with fail_point(site, ["find"], blockTimeMS=300):
        in_load = story_of(site, lambda headers: client.status(hall, headers=headers))
    assert in_redis["redis_ms"] >= 100 > in_redis["load_ms"]
    # Not its duration: the worker's ends with the connection, a moment after nginx has the answer.
    assert float(access_line(site, in_redis["request_id"])["workerSeconds"]) * 1000 + 1 >= in_redis["redis_ms"], "nginx saw all of it"
    assert in_mongo["mongo_ms"] >= 300 > in_mongo["load_ms"]
    assert in_load["mongo_ms"] >= 300 and in_load["load_ms"] >= in_load["mongo_ms"], "and it was for a load"
    for line in (in_redis, in_mongo, in_load):
        assert line["slow"] is True and line["level"] == "notice"
        assert adds_up(line), line
    site.workers.restart(env={"BOXOFFICE_SLOW_MS": "0"})
    site.redis.client().client_pause(250)
    line = story_of(site, lambda headers: client.status(hall, headers=headers))
    assert line["duration_ms"] >= 100 and "slow" not in line and line["level"] == "info", "the site wants none told"


@pytest.mark.site(workers=1, env={"BOXOFFICE_SLOW_MS": "1", "BOXOFFICE_BOARD_SECONDS": "1"})
def test_the_answer_of_a_large_hall_takes_its_time(fresh_site):
    """And no line without the word is slow, nor has any the waits of what was done after an answer (a refresh)."""
    site, client, records = fresh_site, Client(fresh_site), Records(fresh_site)
    large = records.show(seats=100000)
    line = story_of(site, lambda headers: client.status(large, headers=headers))
    records.close()
    for _ in range(3):
        story_of(site, lambda headers: client.status(large, headers=headers))
    assert total(parse_metrics(client.get("/metrics").text), "boxoffice_board_loads_total", reason="refresh") > 0
    assert line["slow"] and line["render_ms"] > 0.5, line
    for line in map(parse, site.log("workers").splitlines()):
        if line["msg"] == "request":
            assert line.get("slow", False) == (line["duration_ms"] >= 1), line
            assert "slow" not in line or adds_up(line), line
