"""/health/live: the worker answers. /health/ready: so do both stores, rightly set up."""

import pytest

from lib.client import Client
from lib.problems import assert_problem, parse_retry_after
from lib.rawhttp import exchange, message
from lib.waiting import wait_until


def test_live(client):
    answer = client.get("/health/live")
    assert answer.status_code == 200 and answer.json()["status"] == "pass"
    assert "no-store" in answer.headers["Cache-Control"]


def test_ready(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "pass"
    assert [check["status"] for checks in body["checks"].values() for check in checks] == ["pass", "pass"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_only_for_this_machine_s_monitoring(site, path):
    """And what a client writes about its address does not matter."""
    forged = {"X_Forwarded_For": "127.0.0.1", "X_Real_IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    assert_problem(exchange(site, message("GET", path, **forged), source="127.0.0.2"), 403, "forbidden")
    assert exchange(site, message("GET", path)).status_code == 200


@pytest.mark.parametrize("server", ["redis", "mongod"])
@pytest.mark.site(workers=2)
def test_not_ready(fresh_site, server):
    client = Client(fresh_site)
    fresh_site.server(server).stop()
    answer = client.get("/health/ready")
    assert answer.status_code == 503 and parse_retry_after(answer)
    body = answer.json()
    assert body["status"] == "fail"
    states = {name: checks[0]["status"] for name, checks in body["checks"].items()}
    assert states == {"redis": "fail" if server == "redis" else "pass", "mongo": "fail" if server == "mongod" else "pass"}
    assert client.get("/health/live").status_code == 200
    fresh_site.server(server).start()
    wait_until(lambda: client.get("/health/ready").status_code == 200, 15, "ready again")
