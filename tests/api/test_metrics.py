"""/metrics: the sums over all workers, which outlive each of them."""

import fcntl
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.client import Client, new_user
from lib.faults import fail_point
from lib.metrics import parse, total
from lib.problems import assert_problem
from lib.shows import Records, forget
from lib.tables import read
from lib.threads import together
from lib.waiting import wait_until

pytestmark = pytest.mark.site(workers=3)


def scrape(client):
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer.headers["Cache-Control"]
    return parse(answer.text)


@pytest.fixture
def show(fresh_site):
    records = Records(fresh_site)
    yield records.show(seats=40)
    records.close()


def test_every_request_is_counted_once_whichever_worker_had_it(fresh_site, show):
    client = Client(fresh_site)
    client.seat_map(show)  # the board is loaded: no crowd waits for MongoDB
    before = scrape(client)
    together(lambda n=n: [Client(fresh_site).hold(show, f"S{5 * n + k + 1}", f"user-{n}") for k in range(5)] for n in range(6))
    assert client.hold(show, "S1", "user-0").status_code == 200
    assert client.hold(show, ["S1", "S6"], "user-9").status_code == 409
    assert client.confirm(show, "S1", "user-0").status_code == 201
    assert client.confirm(show, "S1", "user-0").status_code == 200
    assert client.confirm(show, "S2", new_user()).status_code == 403
    assert client.get("/nothing").status_code == 404  # nginx's own: no worker saw it
    # A request is counted after its answer is out.
    for route, count in (("hold", 32), ("confirm", 3)):
        wait_until(lambda route=route, count=count: total(scrape(client), "boxoffice_requests_total", route=route) == count, 5, route)
    now = scrape(client)

    def grown(name, **labels):
        return total(now, name, **labels) - total(before, name, **labels)

    assert grown("boxoffice_requests_total", route="hold", status="200") == 31
    assert grown("boxoffice_requests_total", route="hold", status="409") == 1
    assert grown("boxoffice_problems_total", route="hold", code="seats_unavailable") == 1
    assert grown("boxoffice_seats_refused_total", reason="held") == 2
    assert grown("boxoffice_requests_total", route="confirm", status="201") == 1
    assert grown("boxoffice_requests_total", route="confirm", status="200") == 1
    assert grown("boxoffice_problems_total", route="confirm", code="held_by_another") == 1
    assert grown("boxoffice_requests_total", status="404") == 0
    assert grown("boxoffice_redis_operations_total", operation="hold") >= 32  # and those that found a board stale
    assert grown("boxoffice_redis_operations_total", operation="confirm_finish") == 1
    assert grown("boxoffice_mongo_operations_total", operation="insert") == 1
    assert grown("boxoffice_mongo_seconds_total", operation="insert") > 0
    assert total(now, "boxoffice_board_loads_total", reason="stale") >= 1
    assert grown("boxoffice_request_duration_seconds_count", route="hold") == 32
    wait_until(lambda: total(scrape(client), "boxoffice_worker_starts_total") == 3, 10, "the last worker")


def test_buckets_add_up(fresh_site, show):
    client = Client(fresh_site)
    for _ in range(5):
        client.status(show)
    found = scrape(client)
    buckets = {dict(labels)["le"]: number for (name, labels), number in found.items()
               if name == "boxoffice_request_duration_seconds_bucket" and ("route", "status") in labels}
    ordered = [buckets[bound] for bound in sorted(buckets, key=float)]
    assert ordered == sorted(ordered) and ordered[-1] == total(found, "boxoffice_request_duration_seconds_count", route="status")


def test_counters_outlive_a_worker_and_an_outage(fresh_site, show):
    client = Client(fresh_site)
    for _ in range(6):
        client.status(show)
    wait_until(lambda: total(scrape(client), "boxoffice_worker_starts_total") == 3, 10, "the last worker")
    before = scrape(client)
    pid = fresh_site.workers.pids()[0]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(fresh_site.workers.pids()) == 3 and pid not in fresh_site.workers.pids(), 10, "a new worker")
    wait_until(lambda: total(scrape(client), "boxoffice_worker_starts_total") == 4, 10, "it is counted")
    fresh_site.redis.stop()
    assert client.status(show).status_code == 503
    wait_until(lambda: total(scrape(client), "boxoffice_problems_total", route="status", code="redis_unavailable") >= 1, 5, "its count")
    now = scrape(client)
    assert all(now[key] >= number for key, number in before.items())


def test_the_file_of_another_version_is_replaced(fresh_site):
    client, file = Client(fresh_site), fresh_site.run_dir / "metrics"
    fresh_site.workers.stop()
    file.write_bytes(b"another version's" * 100)
    fresh_site.workers.start()
    fresh_site.wait_ready()
    wait_until(lambda: total(scrape(client), "boxoffice_worker_starts_total") == 3, 10, "all three in one file")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_made_stops_the_start_and_says_so(fresh_site):
    fresh_site.workers.restart(env={"BOXOFFICE_METRICS_FILE": "/nowhere/at/all"})
    wait_until(lambda: "BOXOFFICE_METRICS_FILE" in fresh_site.log("workers"), 10, "the reason")


def test_a_file_that_somebody_keeps_locked_stops_the_start_and_says_so(fresh_site):
    fresh_site.workers.stop()
    with open(fresh_site.run_dir / "metrics", "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fresh_site.workers.start()
        wait_until(lambda: "BOXOFFICE_METRICS_FILE: cannot lock" in fresh_site.log("workers"), 10, "the reason")
    fresh_site.wait_ready()


def grow(client, names, attempt, seconds=20):
    """Attempts until each of these series stands above what it was."""
    before = scrape(client)

    def grown():
        attempt()
        now = scrape(client)
        return all(total(now, name, **labels) > total(before, name, **labels) for name, labels in names)
    wait_until(grown, seconds, f"{names} to grow", interval=0.2)


def load_once_more(site, client, show):
    """The board is emptied while MongoDB is read for it: the load is begun again."""
    with fail_point(site, ["find"], blockTimeMS=300):
        forget(site, show)
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(Client(site).status, show)
            wait_until(lambda: site.redis.client().delete(f"board:{{{show}}}") or answer.done(), 10, "a load")
            assert answer.result().status_code == 200


def refuse_for_each_reason(site, client, show):
    client.must_hold(show, [f"S{n}" for n in range(1, 11)], "a user")
    assert client.hold(show, "S11", "a user").status_code == 409  # limit
    assert client.hold(show, "S1", "another").status_code == 409  # held
    client.must_confirm(show, "S1", "a user")
    assert client.hold(show, "S1", "another").status_code == 409  # booked
    assert site.seed("block", show, "S12").returncode == 0
    assert client.hold(show, "S12", "another").status_code == 409  # blocked


@pytest.mark.long
@pytest.mark.site(workers=1, env={"BOXOFFICE_BOARD_SECONDS": "2"})
def test_each_series_grows_by_what_it_tells_of(fresh_site, show):
    site, client = fresh_site, Client(fresh_site)
    refuse_for_each_reason(site, client, show)
    with fail_point(site, ["insert"], errorCode=121, mode={"times": 1}):
        assert_problem(client.confirm(show, ["S3", "S4"], "a user"), 503, "mongo_unavailable")  # so the transaction is given up
    booking = client.must_confirm(show, ["S5", "S6"], "a user")["bookingId"]
    client.must_cancel(booking, "a user")
    load_once_more(site, client, show)
    grow(client, [("boxoffice_board_loads_total", {"reason": "refresh"})], lambda: client.status(show))
    for store, lose in (("redis", lambda: site.redis.client().client_kill_filter(_type="normal")),
                        ("mongo", lambda: lose_mongo(site, client, show))):
        grow(client, [("boxoffice_store_connections_total", {"store": store})], lambda lose=lose: (lose(), client.status(show)))
    with fail_point(site, ["find"], errorCode=13):
        grow(client, [("boxoffice_board_load_failures_total", {})], lambda: (forget(site, show), client.status(show)))
    client.must_hold(show, "S14", "the last")
    with fail_point(site, ["insert"], closeConnection=True):
        assert_problem(client.confirm(show, "S14", "the last"), 503, "outcome_unknown")
    wait_until(lambda: total(scrape(client), "boxoffice_problems_total", route="confirm", code="outcome_unknown") == 1, 5, "that")
    found = scrape(client)
    assert total(found, "boxoffice_build_info") == 1
    family, never = "", []
    elsewhere = {"boxoffice_mongo_not_asked_total"}  # takes several workers: tests/fault/test_mongo_down.py
    for kind, name, labels in re.findall(r'^BO_(FAMILY|COUNTER|SECONDS)\("?(\w+)"?, "(.*?)"', read("src/util/metrics.def"), re.M):
        family = name if kind == "FAMILY" else family
        wanted = dict(re.findall(r'(\w+)=\\"(\w+)\\"', labels))
        if kind != "FAMILY" and family not in elsewhere and total(found, family, **wanted) <= 0:
            never.append((family, wanted))
    assert family and not never, never


def lose_mongo(site, client, show):
    with fail_point(site, ["find"], mode={"times": 1}, closeConnection=True):
        forget(site, show)
        client.status(show)
