"""Methods and paths: HEAD as GET, OPTIONS, 405 with Allow, 404."""

import pytest

from lib.client import ORDERS, Client
from lib.problems import assert_problem
from lib.rawhttp import exchange, message
from lib.shows import unchanged
from lib.waiting import wait_until

PREFIXES = ("", "/api/bookings")
READS = [prefix + path for prefix in PREFIXES for path in ("/status/{show}", "/summary/{show}", "/shows/{show}", "/shows")]
HEALTH = ["/health/live", "/health/ready"]
WRITES = [prefix + path for prefix in PREFIXES for path in (*ORDERS, "/best-available", "/cancel")]
UNKNOWN = ["/nothing", "/status", "/status/", "/summary/", "/status/{show}/seats", "/hold/x", "/extend/x", "/release/",
           "/best-available/", "/confirm/{show}", "/cancel/{show}", "/bookings", "/bookings/", "/bookings/{show}/x",
           "/holds", "/HOLD", "/api", "/api/", "/api/bookings", "/api/bookings/", "/api/bookings/nothing",
           "/api/bookings/status", "/api/bookings/api/bookings/hold", "/API/bookings/hold", "/bookings/hold/x",
           "/.git/config", "/health", "/health/x", "/_boxoffice/problem/404", "/index.php"]


def allowed(answer):
    return {method.strip() for method in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("path", READS + HEALTH)
def test_head_is_get_without_the_body(client, show, path):
    path = path.format(show=show)
    plain = {"Accept-Encoding": "identity"}

    def same_length():
        get, head = client.get(path, headers=plain), client.request("HEAD", path, headers=plain)
        assert head.status_code == get.status_code == 200 and head.content == b"" and get.content
        for name in ("Content-Type", "ETag", "Cache-Control"):
            assert head.headers.get(name) == get.headers.get(name)
        return head.headers.get("Content-Length") in (None, get.headers["Content-Length"])

    # A list asks only so many boards at a time: from one to the next it may know the counts of more shows.
    assert wait_until(same_length, 15, "one length") if path.endswith("/shows") else same_length()


def test_head_of_an_error(client):
    head = client.request("HEAD", "/status/" + "0" * 24)
    assert head.status_code == 404 and head.content == b""
    assert head.headers["Content-Type"].split(";")[0] == "application/problem+json"
    # The connection is in order still: the next answer is the next answer.
    assert client.get("/health/live").status_code == 200


def test_head_knows_etags(client, show):
    etag = client.request("HEAD", f"/status/{show}").headers["ETag"]
    assert client.request("HEAD", f"/status/{show}", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path, methods", [(path, {"GET", "HEAD", "OPTIONS"}) for path in READS + HEALTH]
                         + [(path, {"POST", "OPTIONS"}) for path in WRITES])
def test_options(client, show, path, methods):
    answer = client.request("OPTIONS", path.format(show=show))
    assert answer.status_code == 204 and answer.content == b""
    assert allowed(answer) == methods
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path, methods, wrong", [
    (path, {"GET", "HEAD", "OPTIONS"}, ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "FOO"]) for path in READS + HEALTH
] + [(path, {"POST", "OPTIONS"}, ["GET", "PUT", "PATCH", "DELETE", "PROPFIND", "FOO"]) for path in WRITES])
def test_wrong_method(site, client, records, show, path, methods, wrong):
    with unchanged(site, client, records, show):
        for method in wrong:
            answer = client.request(method, path.format(show=show), json={"showId": show, "seatNumber": "S1", "userId": "x"})
            assert_problem(answer, 405, "method_not_allowed")
            assert allowed(answer) == methods


@pytest.mark.parametrize("path", WRITES)
def test_head_where_only_post_is(client, path):
    answer = client.request("HEAD", path)
    assert answer.status_code == 405 and answer.content == b"" and allowed(answer) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("path", ["/status/{show}", "/hold", "/"])
def test_trace_is_refused(site, show, path):
    assert_problem(exchange(site, message("TRACE", path.format(show=show))), 405, "method_not_allowed")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", UNKNOWN)
def test_unknown_path(client, show, method, path):
    assert_problem(client.request(method, path.format(show=show)), 404, "not_found")


def test_method_of_an_unknown_path_does_not_matter_for_head(site):
    answer = Client(site).request("HEAD", "/nothing")
    assert answer.status_code == 404 and answer.content == b""


@pytest.mark.parametrize("path", ["/status/{show}/../../nothing", "//nothing", "/./nothing", "/nothing/../nothing"])
def test_unknown_path_in_other_spellings(site, show, path):
    assert_problem(exchange(site, message("GET", path.format(show=show))), 404, "not_found")
