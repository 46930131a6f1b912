"""`traceparent` of W3C Trace Context: taken over into both logs where it is well-formed, ignored where it is not."""

import uuid

import pytest

from lib.client import Client
from lib.logs import access_line, whole_story
from lib.rawhttp import exchange, message

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{PARENT}-01"
GOOD_ONES = [GOOD, f"00-{TRACE}-{PARENT}-00", f"01-{TRACE}-{PARENT}-01", f"cc-{TRACE}-{PARENT}-03-what-comes", f"fe-{TRACE}-{PARENT}-00-"]
ILL_FORMED = [
    "00", f"00-{TRACE}-{PARENT}", f"00-{TRACE}-{PARENT}-1", f"00-{TRACE}-{PARENT}-011", f"00-{TRACE}-{PARENT}-01-", f"00-{TRACE}-{PARENT}-01-more",
    f"01-{TRACE}-{PARENT}-01.more", f"ff-{TRACE}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE.upper()}-{PARENT}-01", f"00-{TRACE}-{PARENT.upper()}-01", f"0A-{TRACE}-{PARENT}-01", f"00_{TRACE}_{PARENT}_01",
    f"{GOOD}, {GOOD}", f'00-{TRACE[:-1]}"-{PARENT}-01', f'{GOOD}","level":"error', f"{GOOD}\\", "%0a<3>{}", "00-" + "a" * 7000,
    f"00-{TRACE[:-2]}\u00e9\u00e9-{PARENT}-01", f"{GOOD}\t{GOOD}", "\x01\x7f" * 20]


def new_id():
    return "trace-" + uuid.uuid4().hex


def traces(lines):
    return {(line.get("trace_id"), line.get("parent_id")) for line in lines}


def call(site, show, *headers):
    """GET /status with these lines of head besides; its id."""
    request_id = new_id()
    head = message("GET", f"/status/{show}", X_Request_ID=request_id)
    more = b"".join(b"Traceparent: " + value.encode("latin-1") + b"\r\n" for value in headers)
    answer = exchange(site, head[:-2] + more + b"\r\n")
    return request_id, answer


@pytest.mark.parametrize("header", GOOD_ONES)
def test_a_well_formed_one_is_in_both_logs(site, show, header):
    request_id, answer = call(site, show, header)
    assert answer.status_code == 200
    assert traces(whole_story(site, request_id)) == {(TRACE, PARENT)}
    assert access_line(site, request_id)["traceId"] == TRACE


def test_an_ill_formed_one_is_in_neither(site, show):
    """nginx itself refuses control characters with 400; whatever it lets through is served."""
    known, served = {}, 0
    for header in ILL_FORMED:
        request_id, answer = call(site, show, header)
        assert answer.status_code in (200, 400), header
        served += answer.status_code == 200
        if answer.status_code == 200:
            known[request_id] = header
    assert served >= len(ILL_FORMED) - 2
    for request_id, header in known.items():
        assert traces(whole_story(site, request_id)) == {(None, None)}, header
        assert access_line(site, request_id)["traceId"] == "", header


def test_none_is_none(site, show):
    request_id, _ = call(site, show)
    assert traces(whole_story(site, request_id)) == {(None, None)}
    assert access_line(site, request_id)["traceId"] == ""


def test_of_two_both_logs_go_by_the_same(site, show):
    other = GOOD.replace(TRACE, TRACE[::-1])
    request_id, _ = call(site, show, GOOD, other)
    named = access_line(site, request_id)["traceId"]
    assert named in (TRACE, "")  # the first, or from nginx 1.23 on neither
    assert {trace or "" for trace, _ in traces(whole_story(site, request_id))} == {named}


@pytest.mark.site(workers=1)
def test_each_line_of_a_request_has_it_and_the_next_request_has_not(fresh_site):
    """Also the line that tells why it failed."""
    site, client, request_id = fresh_site, Client(fresh_site), new_id()
    site.redis.stop()
    answer = client.status("0" * 24, headers={"X-Request-ID": request_id, "traceparent": GOOD})
    assert answer.status_code == 503 and answer.json()["requestId"] == request_id
    lines = whole_story(site, request_id)
    assert len(lines) >= 2 and traces(lines) == {(TRACE, PARENT)}
    next_id, _ = call(site, "0" * 24)
    assert traces(whole_story(site, next_id)) == {(None, None)}
