"""Pages of other sites: those of a listed origin may call the API, all others get nothing (boxoffice.conf, cors.conf)."""

import subprocess

import pytest
import yaml

from lib.client import ORDERS, new_user
from lib.login import example
from lib.problems import assert_problem
from lib.production import LISTED, LIVE, production
from lib.tables import read

LISTED_ORIGIN, WITH_COOKIES = "https://www.example.org", "https://shop.example.org"
# What a browser may call the pages of others, near to it or not.
FOREIGN = ["https://evil.example", "http://www.example.org", "https://www.example.org:8443", "https://www.example.org.evil.example",
           "https://wwwxexample.org", "https://evil-www.example.org", "https://example.org", "https://", "null", "yes", "cookies",
           f"{LISTED_ORIGIN}, https://evil.example", f"{LISTED_ORIGIN}/", f"{LISTED_ORIGIN}|", "|yes", "x|", ""]
OPERATIONS = [(path, method.upper()) for path, item in yaml.safe_load(read("doc/openapi.yaml"))["paths"].items()
              for method in item if method in ("get", "post")]
OPEN = [(path, method) for path, method in OPERATIONS if not path.startswith(("/health", "/metrics"))]


@pytest.fixture(scope="module")
def listed(site, tmp_path_factory):
    with production(site, tmp_path_factory.mktemp("cors"), switched_on=(*LISTED, *LIVE),
                    replaced=((LISTED[0], f"{LISTED[0]} {WITH_COOKIES} cookies;"),)) as nginx:
        yield nginx


def words(value):
    return {word.strip().lower() for word in value.split(",")}


def cors_headers(answer):
    return {name.lower() for name in answer.headers if name.lower().startswith("access-control-")}


def path_of(path, prefix=""):
    return prefix + path.replace("{showId}", "0" * 24).replace("{bookingId}", "0" * 24)


def preflight(client, path, method, origin, headers="content-type"):
    return client.request("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": method,
                                                    "Access-Control-Request-Headers": headers})


@pytest.mark.parametrize("path, method", OPEN)
def test_preflight(listed, path, method):
    """Answered by nginx, for each route and its methods."""
    for prefix in ("", "/api/bookings"):
        answer = preflight(listed.client(), path_of(path, prefix), method, LISTED_ORIGIN)
        assert answer.status_code == 204 and answer.content == b""
        assert answer.headers["Access-Control-Allow-Origin"] == LISTED_ORIGIN
        assert {method.lower(), "options"} <= words(answer.headers["Access-Control-Allow-Methods"])
        assert words(answer.headers["Access-Control-Allow-Headers"]) >= {"content-type", "if-none-match", "authorization", "x-request-id"}
        assert int(answer.headers["Access-Control-Max-Age"]) == 7200
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "origin" in words(answer.headers["Vary"])


def test_all_operations_are_here():
    assert len(OPEN) >= 11 and {"/hold", "/cancel", "/bookings/{bookingId}"} <= {path for path, _ in OPEN}


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_gets_nothing(listed, show, origin):
    client = listed.client(Origin=origin)
    answers = [preflight(client, path_of(path), method, origin) for path, method in OPEN]
    answers += [client.status(show), client.get("/nothing"), client.get("/hold"), client.post("/hold", b"{}"),
                client.hold(show, "S1", new_user(), headers={"Origin": origin})]
    for answer in answers:
        assert not cors_headers(answer), answer.headers
        assert "origin" in words(answer.headers["Vary"])


def test_without_an_origin_the_answers_are_those_of_ever(listed, show):
    for answer in (listed.client().status(show), listed.client().request("OPTIONS", "/hold")):
        assert not cors_headers(answer) and "origin" in words(answer.headers["Vary"])


@pytest.mark.parametrize("origin, credentials", [(LISTED_ORIGIN, None), (WITH_COOKIES, "true")])
def test_a_listed_page_reads_every_answer(listed, show, origin, credentials):
    """Refusals, too, of workers and of nginx: it must see a 429 or a 409 to act on it."""
    client, user = listed.client(Origin=origin), new_user()
    answers = [client.get("/shows"), client.status(show), client.hold(show, "S1", user), client.confirm(show, "S1", user),
               client.hold(show, "S1", new_user()), client.get("/nothing"), client.get("/hold"), client.post("/hold", b" " * 70000),
               client.post("/hold", b"no JSON")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 201, 409, 404, 405, 413, 400]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers.get("Access-Control-Allow-Credentials") == credentials
        assert words(answer.headers["Access-Control-Expose-Headers"]) == {"etag", "retry-after", "x-request-id"}
        assert "origin" in words(answer.headers["Vary"]) and "Access-Control-Allow-Methods" not in answer.headers
    etag = answers[1].headers["ETag"]
    again = client.status(show, headers={"If-None-Match": etag}, stream=True)
    assert again.headers["Access-Control-Allow-Origin"] == origin


def test_a_listed_page_is_told_that_it_asks_too_often(site, tmp_path):
    """429 is what it most needs to read."""
    with production(site, tmp_path, switched_on=LISTED, replaced=(("127.0.0.1 1;", ""),)) as nginx:
        done = subprocess.run(["curl", "-sS", "--http2", "--parallel", "--parallel-max", "50", "--cacert", nginx.cert, "-D", "-",
                               "-H", f"Origin: {LISTED_ORIGIN}", *[f"{nginx.tls_url}/status/x"] * 500],
                              capture_output=True, text=True, timeout=60, check=False)
    heads = [head for head in done.stdout.split("HTTP/2 ") if head.startswith("429")]
    assert heads, done.stdout[:500]
    for head in heads:
        assert f"access-control-allow-origin: {LISTED_ORIGIN}" in head and "retry-after: 1" in head and "vary: Origin" in head


def test_health_metrics_and_the_page_are_for_nobody_else(listed):
    client = listed.client(Origin=LISTED_ORIGIN)
    for path in ("/health/live", "/health/ready", "/metrics", "/", "/boxoffice.js"):
        for method in ("GET", "OPTIONS"):
            answer = client.request(method, path)
            assert answer.status_code in (200, 204) and not cors_headers(answer), path


@pytest.mark.parametrize("origin, credentials", [(LISTED_ORIGIN, None), (WITH_COOKIES, "true"), ("https://evil.example", None)])
def test_the_live_map(listed, show, origin, credentials):
    answer = listed.client(Origin=origin).get(f"/events/{show}", headers={"Accept": "text/event-stream"}, stream=True)
    try:
        if origin == "https://evil.example":
            assert_problem(answer, 403, "forbidden")
            assert not cors_headers(answer)
            return
        assert answer.status_code == 200
        assert answer.raw.headers.getlist("Access-Control-Allow-Origin") == [origin]
        assert answer.headers.get("Access-Control-Allow-Credentials") == credentials
    finally:
        answer.close()


def test_a_preflight_needs_no_login(site, tmp_path, show):
    """Browsers send none with it. What it is asked for does, and a listed page may read that."""
    passwords = tmp_path / "htpasswd"
    passwords.write_text("alice:{PLAIN}open sesame\n")
    lines = example("login-basic.conf", ("/etc/nginx/boxoffice.htpasswd", str(passwords)))
    with production(site, tmp_path, switched_on=LISTED, lines=lines) as nginx:
        client = nginx.client(Origin=LISTED_ORIGIN)
        for path in ORDERS:
            assert preflight(client, path, "POST", LISTED_ORIGIN, "authorization,content-type").status_code == 204
            answer = client.post(path, b"{}")
            assert_problem(answer, 401, "unauthorized")
            assert answer.headers["Access-Control-Allow-Origin"] == LISTED_ORIGIN
        client.session.auth = ("alice", "open sesame")
        assert client.hold(show, "S1", "alice").headers["Access-Control-Allow-Origin"] == LISTED_ORIGIN


def test_as_shipped_no_origin_is_listed(site, tmp_path, show):
    with production(site, tmp_path) as nginx:
        for origin in (LISTED_ORIGIN, *FOREIGN):
            client = nginx.client(Origin=origin)
            for answer in (preflight(client, "/hold", "POST", origin), client.status(show)):
                assert not cors_headers(answer)
