"""/health/live: the worker answers. /health/ready: so do both stores, rightly set up."""

from contextlib import contextmanager

import pytest

from lib.client import Client
from lib.faults import stopped_process
from lib.logs import lines_of
from lib.problems import assert_problem, parse_retry_after
from lib.rawhttp import exchange, message
from lib.standalone import Standalone
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


def failed(answer):
    """{store: (code, what is wrong)} of those that fail."""
    assert answer.status_code == 503 and parse_retry_after(answer), answer.text
    assert answer.json()["status"] == "fail" and "no-store" in answer.headers["Cache-Control"]
    assert set(answer.json()["checks"]) == {"redis", "mongo"}
    return {store: (check["code"], check["output"]) for store, [check] in answer.json()["checks"].items() if check["status"] == "fail"}


@pytest.mark.parametrize("server", ["redis", "mongod"])
@pytest.mark.site(workers=2)
def test_not_ready(fresh_site, server):
    client = Client(fresh_site)
    fresh_site.server(server).stop()
    assert list(failed(client.get("/health/ready"))) == ["redis" if server == "redis" else "mongo"]
    assert client.get("/health/live").status_code == 200
    fresh_site.server(server).start()
    wait_until(lambda: client.get("/health/ready").status_code == 200, 15, "ready again")


@contextmanager
def without_index(site):
    with site.mongod.client() as mongo:
        mongo[site.mongo_db].bookings.drop_index("showId_1_seatNumber_1")
        yield
    assert site.seed("init").returncode == 0


@contextmanager
def that_evicts(site):
    site.redis.client().config_set("maxmemory-policy", "volatile-lru")
    yield
    site.redis.client().config_set("maxmemory-policy", "noeviction")


@contextmanager
def that_is_a_replica(site):
    site.redis.client().replicaof("127.0.0.1", "1")
    yield
    site.redis.client().replicaof("NO", "ONE")


@contextmanager
def standing_alone(site):
    server = Standalone(site.run_dir / "alone", True)
    server.run_dir.mkdir()
    try:
        server.start()
        site.workers.restart(env={"MONGO_URI": f"mongodb://127.0.0.1:{server.port}/"})
        yield
    finally:
        server.stop()
        site.workers.restart(env={})


@pytest.mark.site(workers=1)
def test_what_is_wrong_is_named(fresh_site):
    """A deployment that goes wrong under a worker that has found it right: the next look says so, and which."""
    client = Client(fresh_site)
    for wrong, store, code, word in [(without_index, "mongo", "misconfigured", "{showId: 1, seatNumber: 1}"),
                                     (that_evicts, "redis", "misconfigured", "noeviction"),
                                     (that_is_a_replica, "redis", "redis_unavailable", "replica"),
                                     (standing_alone, "mongo", "misconfigured", "--replSet")]:
        with wrong(fresh_site):
            found = failed(client.get("/health/ready"))
            assert list(found) == [store] and found[store][0] == code and word in found[store][1], found
            assert client.get("/health/live").status_code == 200
        wait_until(lambda: client.get("/health/ready").status_code == 200, 15, "ready again")


@pytest.mark.site(workers=1)
def test_live_asks_no_store(fresh_site):
    """Both hang, and it does not wait for either: the log tells."""
    client = Client(fresh_site)
    with stopped_process(fresh_site.redis.pid), stopped_process(fresh_site.mongod.pid):
        assert client.get("/health/live", headers={"X-Request-ID": "is-it-alive"}).status_code == 200
        [line] = wait_until(lambda: lines_of(fresh_site, "is-it-alive"), 5, "the line of the log")
        assert (line["route"], line["redis_ms"], line["mongo_ms"]) == ("live", 0, 0)
        assert set(failed(client.get("/health/ready"))) == {"redis", "mongo"}
    wait_until(lambda: client.get("/health/ready").status_code == 200, 15, "ready again")
