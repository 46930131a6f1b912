"""GET /events: each change comes, soon, joined with its neighbours, and with nothing of anybody."""

import json
import re
import time
from pathlib import Path

import pytest
import yaml

from lib.client import new_user, order
from lib.live import Stream
from lib.problems import assert_problem
from lib.shows import worker_settings
from lib.threads import together

ROOT = Path(__file__).resolve().parents[2]
SOON = 5  # seconds: a tenth of one, and what a loaded machine takes
SSE = {"Accept": "text/event-stream"}


def change_of(stream, seats, status, timeout=SOON):
    """Waits for the event that says this of the seats."""
    deadline = time.monotonic() + timeout
    while True:
        data = stream.take("seats", max(deadline - time.monotonic(), 0.001))
        told = {seat: change["status"] for change in data["changes"] for seat in change["seats"]}
        if all(told.get(seat) == status for seat in seats):
            return data


def test_hold_release_and_confirm_are_told(client, show, stream):
    user = new_user()
    client.must_hold(show, ["S1", "S2", "S3"], user)
    change_of(stream, ["S1", "S2", "S3"], "held")
    assert client.post("/release", order(show, ["S3"], user)).status_code == 200
    change_of(stream, ["S3"], "available")
    client.must_confirm(show, ["S1", "S2"], user)
    data = change_of(stream, ["S1", "S2"], "booked")
    assert data["version"] == client.status(show).json()["version"]


def test_a_hold_that_lapses_is_told(site, client, records, open_stream):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=1):
        show = records.show()
        stream = open_stream(show)
        begin = time.monotonic()
        client.must_hold(show, ["S1", "S2"], new_user())
        change_of(stream, ["S1", "S2"], "held")
        data = change_of(stream, ["S1", "S2"], "available")
        assert time.monotonic() - begin >= 1
        assert data["from"] == data["version"], "no version is raised for it"


def test_a_hold_that_a_confirmation_lengthened_is_told_when_it_ends(site, client, records, open_stream):
    """The feed was told of the first end alone."""
    show, redis = records.show(), site.redis.client()
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=1):
        stream = open_stream(show)
        client.must_hold(show, "S1", new_user())
        later = redis.time()[0] * 1000 + 3000
        redis.zadd(f"taken:{{{show}}}", {"S1": later})
        redis.pexpireat(f"hold:{{{show}}}:S1", later)
        change_of(stream, ["S1"], "held")
        change_of(stream, ["S1"], "available")
        assert redis.time()[0] * 1000 + redis.time()[1] // 1000 >= later


def test_a_sale_and_its_loss_by_another_program_are_told(site, client, records, show, open_stream):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):  # MongoDB is asked each time
        stream = open_stream(show)
        records.book(show, "S7", "old-timer")
        assert client.seat_map(show)["S7"] == "booked"
        change_of(stream, ["S7"], "booked")
        records.cancel(show, "S7")
        assert client.seat_map(show)["S7"] == "available"
        change_of(stream, ["S7"], "available")


def test_what_happens_together_is_told_together(site, client, records, open_stream):
    show = records.show(seats=200)
    stream = open_stream(show)
    redis = site.redis.client()
    version = int(client.status(show).json()["version"])
    # As fast as Redis takes it: through the workers a loaded machine might take longer than a tenth of a second.
    pipeline = redis.pipeline(transaction=False)
    for i in range(1, 101):
        pipeline.publish(f"seats:{{{show}}}", f"{version + i}|held|S{i}|600000")
    pipeline.execute()
    told = []
    while not told or int(told[-1]["version"]) < version + 100:
        told.append(stream.take("seats", SOON))
    assert len(told) <= 3, told
    assert int(told[0]["from"]) == version
    assert [data["from"] for data in told[1:]] == [data["version"] for data in told[:-1]]
    assert [seat for data in told for change in data["changes"] for seat in change["seats"]] == [f"S{i}" for i in range(1, 101)]


def test_many_clients_make_a_chain_of_events_without_a_gap(site, client, records, open_stream):
    show = records.show(seats=40)
    stream = open_stream(show)
    version = client.status(show).json()["version"]
    together([lambda seat=seat: client.__class__(site).must_hold(show, f"S{seat}", new_user()) for seat in range(1, 31)])
    last = client.status(show).json()["version"]
    while version != last:
        data = stream.take("seats", SOON)
        if int(data["version"]) > int(version):
            assert data["from"] == version
            version = data["version"]


def test_another_show_is_not_told(client, records, show, stream, open_stream):
    other = records.show()
    others = open_stream(other)
    client.must_hold(other, "S1", new_user())
    change_of(others, ["S1"], "held")
    client.must_hold(show, "S2", new_user())
    assert stream.take("seats", SOON)["changes"] == [{"seats": ["S2"], "status": "held"}]


def test_events_are_as_the_document_has_them(client, show, stream):
    schema = yaml.safe_load((ROOT / "doc/openapi.yaml").read_text())["components"]["schemas"]["SeatsEvent"]
    client.must_hold(show, ["S1", "S2"], new_user())
    data = change_of(stream, ["S1", "S2"], "held")
    assert set(data) == set(schema["required"]) and isinstance(data["from"], str) and isinstance(data["version"], str)
    for number in ("from", "version"):
        assert re.fullmatch(schema["properties"][number]["pattern"], data[number])
    change = schema["properties"]["changes"]["items"]
    assert all(set(one) == set(change["required"]) for one in data["changes"])


def test_nothing_of_a_user_is_told(site, client, show, stream):
    user = new_user("Ann-Onymous")
    hold = client.must_hold(show, ["S1", "S2"], user)
    booking = client.must_confirm(show, ["S1"], user)
    change_of(stream, ["S1"], "booked")
    text = stream.raw.decode() + site.log("feed")
    for secret in (user, "Onymous", hold["holdId"], booking["bookingId"]):
        assert secret not in text


def test_who_comes_again_gets_what_was_missed(site, client, show, stream):
    client.must_hold(show, "S1", new_user())
    change_of(stream, ["S1"], "held")
    seen = re.findall(rb"^id: (.*)$", stream.raw, re.M)[-1].decode()
    stream.close()
    client.must_hold(show, "S2", new_user())
    client.must_hold(show, "S3", new_user())
    again = Stream(site, show, last_id=seen)
    first = again.take("seats", SOON)
    assert first["changes"][0]["seats"][0] == "S2"
    if first["version"] != client.status(show).json()["version"]:
        change_of(again, ["S3"], "held")
    again.close()
    fresh = Stream(site, show)
    event = fresh.next(0.3)
    assert event is None or event.kind == "alive", "who comes anew reads the map"
    fresh.close()


@pytest.mark.parametrize("last_id", ["1:0", "x", "1795613887:[0],-", "-", "a" * 200])
def test_a_made_up_last_id_does_no_harm(client, show, open_stream, last_id):
    stream = open_stream(show, last_id=last_id)
    client.must_hold(show, "S1", new_user())
    change_of(stream, ["S1"], "held")


def test_below_the_prefix_too(client, show, open_stream):
    stream = open_stream(show, prefix="/api/bookings")
    client.must_hold(show, "S1", new_user())
    change_of(stream, ["S1"], "held")


def test_the_head_of_a_stream(stream):
    head = stream.head.decode().lower()
    assert "content-type: text/event-stream; charset=utf-8" in head and "cache-control: no-store" in head
    assert "x-accel-buffering: no" in head and "x-request-id: " in head and "transfer-encoding" not in head


def test_what_is_no_stream(client, show):
    path = f"/events/{show}"
    assert_problem(client.get(path, headers={"Accept": "text/html"}), 406, "not_acceptable")
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        answer = client.request(method, path, headers=SSE)
        assert answer.status_code == 405 and answer.headers["Allow"] == "GET, OPTIONS"
    answer = client.request("OPTIONS", path)
    assert answer.status_code == 204 and answer.headers["Allow"] == "GET, OPTIONS"
    for bad in ("/events/", "/events/all", f"/events/{show.upper()}" if show.upper() != show else "/events/X", path + "/x",
                "/events/" + "0" * 23, "/events/" + "g" * 24):
        assert_problem(client.get(bad, headers=SSE), 404, "not_found")


def test_the_page_of_another_site_hears_nothing(site, client, show):
    path, own = f"/events/{show}", f"http://127.0.0.1:{site.nginx.http_port}"
    for origin in ("https://evil.example", "null", own + "0", own.replace("http://", "http://evil."), "http://localhost.evil"):
        assert_problem(client.get(path, headers={**SSE, "Origin": origin}), 403, "forbidden")
    Stream(site, show, headers=["Origin: https://localhost"]).close()  # Host: localhost


def test_nobody_can_publish_from_outside(client, show, stream):
    for path in (f"/publish/{show}", "/publish/all", f"/events/{show}"):
        answer = client.request("POST", path, data=b'{"forged":1}', headers={"X-EventSource-Event": "seats"})
        assert answer.status_code in (404, 405)
    client.must_hold(show, "S1", new_user())
    change_of(stream, ["S1"], "held")
    assert b"forged" not in stream.raw


def test_streams_of_one_address_have_a_limit(site, show):
    """127.0.0.1 is exempt; its neighbours are counted."""
    import socket
    limit = int(re.search(r"limit_conn boxoffice_streams (\d+);", (ROOT / "nginx/boxoffice/events.conf").read_text())[1])
    streams = []
    request = f"GET /events/{show} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode()
    try:
        for _ in range(limit + 1):
            streams.append(socket.create_connection(("127.0.0.1", site.nginx.http_port), 10, ("127.3.3.3", 0)))
            streams[-1].sendall(request)
            streams[-1].settimeout(10)
            head = streams[-1].recv(12)
            # The burst of reads is as large, and some of it comes back meanwhile.
            assert head == (b"HTTP/1.1 200" if len(streams) <= limit else b"HTTP/1.1 429"), len(streams)
    finally:
        for stream in streams:
            stream.close()


@pytest.mark.parametrize("text, resync", [
    ("junk", True), ("1|held|S\"1|5", True), ("", True), ("x" * 100000, True), ("5|resync||", True)])
def test_what_somebody_else_publishes_does_no_harm(site, client, show, stream, text, resync):
    redis, pid = site.redis.client(), site.feed.pid
    redis.publish(f"seats:{{{show}}}", text)
    assert stream.take("resync", SOON) == {}
    for channel in ("seats:", "seats:{}", "seats:{" + "f" * 25 + "}", "seats:{../../etc}", "seats:\n"):
        redis.publish(channel, text)
    redis.publish("seats:" + "y" * 100000, "x")
    client.must_hold(show, "S1", new_user())
    change_of(stream, ["S1"], "held")
    assert site.feed.pid == pid


def test_a_message_without_end_makes_the_feed_begin_anew(site, client, show, stream):
    site.redis.client().publish(f"seats:{{{show}}}", "x" * (4 << 20))
    stream.take("resync", SOON)
    assert "too long" in site.log("feed")
    client.must_hold(show, "S1", new_user())
    change_of(stream, ["S1"], "held")


def test_keys_of_the_wrong_type_are_the_trouble_of_their_show_alone(site, client, records, show, stream):
    redis, broken = site.redis.client(), records.show()
    redis.hset(f"board:{{{broken}}}", "version", 1795613887000000)
    redis.lpush(f"taken:{{{broken}}}", "planted")
    redis.publish(f"seats:{{{broken}}}", "1795613887000000|held|S1|1")
    before = len(stream.raw)
    client.must_hold(show, "S1", new_user())
    change_of(stream, ["S1"], "held")
    assert b"event: resync" not in stream.raw[before:]
    redis.delete(f"board:{{{broken}}}", f"taken:{{{broken}}}")


@pytest.mark.long
def test_a_stream_says_that_it_is_alive(stream):
    """Each 15 s: the one thing that has to be waited for."""
    event = stream.next(20)
    assert event.kind == "alive" and json.dumps(event.data) == "{}"
