"""Errors that nginx itself makes have the form of all others, and no worker is bothered by them."""

import subprocess

import pytest

from lib.client import ORDERS, Client, new_user, order, to_json
from lib.problems import assert_problem
from lib.rawhttp import exchange, message
from lib.shows import unchanged

GET = b"GET /health/live HTTP/1.1\r\n"


def assert_nginx_problem(site, data, status, code):
    answer = exchange(site, data)
    assert answer, "closed without an answer"
    return assert_problem(answer, status, code)


@pytest.mark.parametrize("data", [
    b"nonsense\r\n\r\n",
    b"GET\r\n\r\n",
    b"get /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n",
    GET + b"Host: a\r\nHost: b\r\nConnection: close\r\n\r\n",
    GET + b"Host: a b/c\r\nConnection: close\r\n\r\n",
    b"GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /../.. HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    GET + b"Host: x\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
    GET + b"Host: x\r\nContent-Length: 1x\r\nConnection: close\r\n\r\n",
    GET + b"Host: x\r\nX-Nul: a\0b\r\nConnection: close\r\n\r\n",
    b"POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{}x",
    b"POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{}",
    b"POST /hold HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
], ids=lambda data: repr(data[:70]))
def test_bad_request(site, data):
    assert_nginx_problem(site, data, 400, "malformed")


def test_not_found(site):
    assert_nginx_problem(site, message("GET", "/nothing"), 404, "not_found")


@pytest.mark.parametrize("path", [*ORDERS, "/nothing", "/api/bookings/hold"])
def test_body_too_large(site, path):
    """Refused by its Content-Length: not a byte of the body is waited for."""
    assert_nginx_problem(site, message("POST", path, Content_Length=65537), 413 if path != "/nothing" else {404, 413}, None)


def test_chunked_body_too_large(site):
    chunks = b"".join(b"2000\r\n" + b" " * 0x2000 + b"\r\n" for _ in range(9)) + b"0\r\n\r\n"
    data = message("POST", "/hold", Content_Length=None, Transfer_Encoding="chunked") + chunks
    assert_nginx_problem(site, data, 413, "too_large")


def test_uri_too_long(site):
    assert_nginx_problem(site, message("GET", "/status/" + "x" * 9000), 414, "uri_too_long")


@pytest.mark.parametrize("headers", [{"X_Large": "x" * 9000}, {f"X_{i}": "x" * 4000 for i in range(20)}],
                         ids=["one", "all"])
def test_headers_too_large(site, headers):
    assert_nginx_problem(site, message("GET", "/health/live", **headers), 431, "headers_too_large")


def test_unknown_transfer_encoding(site):
    data = message("POST", "/hold", b"{}", Content_Length=None, Transfer_Encoding="gzip")
    assert_nginx_problem(site, data, 501, "not_implemented")


def test_unknown_http_version(site):
    answer = exchange(site, b"GET / HTTP/7.1\r\nHost: x\r\n\r\n")
    assert_problem(answer, {400, 505}, {"malformed", "version_not_supported"})


def test_condition_that_does_not_hold(client, show):
    answer = client.status(show, headers={"If-Match": '"nonsense"'})
    if answer.status_code != 200:
        assert_problem(answer, 412, "precondition_failed")


def test_conditions_of_the_page_that_do_not_hold(client):
    for headers, status, code in (({"If-Match": '"nonsense"'}, 412, "precondition_failed"),
                                  ({"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 412, "precondition_failed")):
        answer = client.get("/boxoffice.js", headers=headers)
        assert_problem(answer, status, code)
        assert answer.headers["Connection"] == "close", "nginx closes it, and a client that did not know is reset"


@pytest.mark.parametrize("part", ["bytes=99999999-", "bytes=0-9", "bytes=-1", "nonsense"])
def test_no_parts_are_served(client, part):
    answer = client.get("/boxoffice.js", headers={"Range": part, "Accept-Encoding": "identity"})
    assert answer.status_code == 200 and "Content-Range" not in answer.headers and len(answer.content) > 1000
    assert len(answer.raw.headers.getlist("X-Request-ID")) == 1


def test_too_long_over_http2(site):
    """nginx ends such a connection: there is no stream yet that an answer could have. curl says 16, 18, 56 or 92."""
    def curl(path, *words):
        return subprocess.run(["curl", "-sS", "--http2", "--cacert", site.ca_file, *words, site.tls_url + path], capture_output=True,
                              timeout=20, check=False)
    assert curl("/nothing", "-H", "X-Fits: " + "x" * 4000).returncode == 0
    for done in (curl("/nothing", "-H", "X-Large: " + "x" * 12000), curl("/status/" + "x" * 12000)):
        assert done.returncode in (16, 18, 56, 92) and done.stdout == b"", done


@pytest.mark.parametrize("length", [1, 10])
def test_body_shorter_than_it_says(site, client, records, show, length):
    """The client gives up in mid-body: nothing may come of it."""
    body = to_json(order(show, "S1", new_user()))
    with unchanged(site, client, records, show):
        answer = exchange(site, message("POST", "/hold", body, Content_Length=len(body) + length), shut=True)
        if answer:
            assert_problem(answer, 400, "malformed")


def test_body_longer_than_it_says(site, client, records, show):
    body = to_json(order(show, "S1", new_user()))
    with unchanged(site, client, records, show):
        answer = exchange(site, message("POST", "/hold", body, Content_Length=len(body) - 1))
        assert_problem(answer, 400, "malformed")


def test_the_rest_of_a_body_is_no_request(site, client, records, show):
    """What comes after a body that is whole must not be taken for another order of the same client."""
    body = to_json(order(show, "S1", user := new_user()))
    answer = exchange(site, message("POST", "/hold", body + b'{"x":', Content_Length=len(body)))
    assert answer.status_code == 200 and answer.json()["userId"] == user
    assert client.seat_map(show)["S1"] == "held"


def test_expect_continue(site, show):
    body = to_json(order(show, "S1", new_user()))
    answer = exchange(site, message("POST", "/hold", body, Expect="100-continue"))
    assert answer.status_code in (100, 200)
    assert b"200 OK" in answer.content or answer.status_code == 200


def test_no_body_at_all(site, show):
    assert_nginx_problem(site, message("POST", "/hold", Content_Length=None), 400, "malformed")
    assert_nginx_problem(site, message("POST", "/confirm", Content_Length=0), 400, "malformed")


def test_nginx_tells_nothing_of_itself(site, client):
    answer = client.get("/nothing")
    assert answer.headers.get("Server", "nginx") == "nginx", "the version is nobody's business"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.site(workers=1)
def test_without_workers(fresh_site):
    client = Client(fresh_site)
    fresh_site.workers.stop()
    for answer in (client.get("/health/live"), client.status("0" * 24), client.hold("0" * 24, "S1", "x")):
        assert_problem(answer, 503, "unavailable")
        assert answer.headers["Retry-After"] == "2", "a crowd that comes again each second takes a tenth of the machine"
    fresh_site.workers.start()
    fresh_site.wait_ready()
    assert client.get("/health/live").status_code == 200
