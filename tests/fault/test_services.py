"""Workers are restarted and replaced by a real systemd, by the units as they are shipped, under load: nobody notices.

Whoever serves by boxoffice.socket loses nothing; whoever serves by boxoffice.service loses what comes in a moment that is
measured here.
"""

import grp
import os
import signal
import stat
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from bench import wrk
from boxsite import StartError

from lib import fcgi
from lib.client import Client, new_user, order, to_json
from lib.metrics import parse, total
from lib.services import ServicesSite
from lib.shows import Records
from lib.temporary import temporary_site
from lib.waiting import Stopwatch, wait_until

# It takes root and control groups of its own, which ./dev test does without.
pytestmark = pytest.mark.long
SOCKET, SERVICE, INSTANCES = "boxoffice.socket", "boxoffice.service", "boxoffice@.service"
CLIENTS = 16
UPGRADES, REQUESTS = 20, 100_000


@pytest.fixture(scope="module")
def services_site():
    with temporary_site(ServicesSite) as made:
        yield made


@pytest.fixture
def site(services_site):
    """Served by boxoffice.socket. It hides the `site` of the other faults."""
    services_site.workers.serve(SOCKET)
    services_site.wait_ready()
    yield services_site


@pytest.fixture(scope="module")
def load(services_site):
    return Load(services_site)


class Load:
    """What can be asked again and again and must be answered well each time: maps, holds, releases, and confirmations, the
    first of which sells. At half the rate that this machine is able to."""

    def __init__(self, site):
        self.records = Records(site)
        self.sold = []  # (show, seat, user): once it was all asked
        requests = []
        for _ in range(4):
            requests += self._requests(Client(site), self.records.show(100))
        self.traffic = wrk.Traffic(site.base_url, requests, clients=CLIENTS)
        self.full = wrk.run(self.traffic, 1).rate
        self.traffic.pause_ms = max(1, round(1000 * CLIENTS / (self.full / 2)))

    def _requests(self, client, show):
        requests = []
        for number in range(50):
            seat, other, user = f"S{number + 1}", f"S{number + 51}", new_user()
            client.must_hold(show, seat, user)
            self.sold.append((show, seat, user))
            requests += [wrk.get(f"/status/{show}"), wrk.post("/hold", to_json(order(show, other, user)).decode()),
                         wrk.post("/confirm", to_json(order(show, seat, user)).decode()), wrk.get(f"/summary/{show}"),
                         wrk.post("/release", to_json(order(show, other, user)).decode())]
        return requests

    def during(self, step, seconds=2):
        """(what was sent meanwhile, how often step() was done): again and again while the load lasts."""
        times = 0
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(wrk.run, self.traffic, seconds)
            while not sent.done():
                step()
                times += 1
            return sent.result(), times

    def check(self):
        for show, seat, user in self.sold:
            self.records.assert_booked(show, [seat], user)


def other_version(program):
    """The same program, but it says that it is another version, and its scripts have other names in Redis. Or that of an older
    build, where OLD_PROGRAM names it."""
    program = Path(os.environ["OLD_PROGRAM"]).read_bytes() if "OLD_PROGRAM" in os.environ else program
    changed = program.replace(b"0.1.0", b"0.1.x").replace(b"-- The prelude", b"-- the prelude")
    assert changed.count(b"0.1.x") >= 2 and b"-- the prelude" in changed
    return changed


def version_of(client):
    found = parse(client.get("/metrics").text)
    return [dict(labels)["version"] for name, labels in found if name == "boxoffice_build_info"]


@pytest.mark.timeout(900)
def test_upgraded_one_after_the_other(site, client, load):
    """A new version each time, at half load: not one request fails, though both versions answer meanwhile."""
    old = site.workers.program.read_bytes()
    programs = {"0.1.0": old, "0.1.x": other_version(old)}
    versions, logged = ["0.1.x", "0.1.0"], len(site.nginx.log())

    def upgrade():
        site.workers.install(programs[versions[0]])
        site.workers.roll()
        assert version_of(client) == versions[:1]
        versions.reverse()

    count = times = 0
    while times < UPGRADES or count < REQUESTS:
        sent, done = load.during(upgrade, 20)
        assert not sent.errors, f"after {count} requests and {times} upgrades: {sent.errors}\n{site.nginx.log()[logged:][:2000]}"
        count, times = count + sent.count, times + done
    print(f"{count} requests at {sent.rate:.0f}/s of {load.full:.0f}/s, {times} upgrades of {site.workers.count} workers: none failed")
    load.check()
    assert not {"[error]", "[crit]"} & set(site.nginx.log()[logged:].split())


def test_all_at_once(site, client, load):
    """`systemctl restart 'boxoffice@*'`: for a moment nobody answers, and what comes waits in the queue. What was counted goes on."""
    def counted():
        return total(parse(client.get("/metrics").text), "boxoffice_requests_total")

    before = counted()
    sent, times = load.during(lambda: site.workers.systemctl("restart", "boxoffice@*"))
    assert not sent.errors
    slowest = max(sent.latency) / 1000
    print(f"{sent.count} requests, {times} restarts of all workers: none failed; the slowest took {slowest:.0f} ms")
    assert counted() >= before + sent.count


def test_restarted_in_the_middle_of_requests(site, records, show):
    """One request in each worker, half of its body sent: all are restarted, and all four are answered whole."""
    before, open_ones = site.workers.pids(), []
    Client(site).status(show)
    for number in range(site.workers.count):
        body = to_json(order(show, f"S{number + 1}", new_user()))
        connection = fcgi.Connection(site)
        connection.begin(fcgi.params_of("POST", "/hold", len(body)))
        connection.body(body[:20])
        open_ones.append((connection, body[20:]))
    wait_until(lambda: not any(sleeps(pid) for pid in before), 5, "that all workers read")
    site.workers.systemctl("restart", "--no-block", "boxoffice@*")
    wait_until(lambda: "deactivating" in site.workers.ask("is-active", *site.workers.instances).stdout, 5, "that they are stopped")
    for connection, rest in open_ones:
        with connection:
            connection.body(rest)
            connection.end_body()
            assert connection.answer().status_code == 200
    wait_until(lambda: len(site.workers.pids()) == site.workers.count and not set(before) & set(site.workers.pids()), 10, "new workers")


def test_instance_that_takes_its_time_keeps_nobody_else_waiting(site):
    """systemd makes the shared socket a blocking one for each instance that it starts: the others, who look now and then,
    must not hang in accept(), deaf to TERM."""
    with site.workers.changed(INSTANCES, "[Service]\nExecStartPre=sleep 60\n"):
        site.workers.systemctl("restart", "--no-block", "boxoffice@1")
        others = wait_until(lambda: pids if len(pids := site.workers.pids()) == 3 else None, 5, "three workers")
        wait_until(lambda: not nonblocking(others[0]), 5, "the blocking socket")
        # Each looks once a second, though there is nothing.
        looked = {pid: times_slept(pid) for pid in others}
        wait_until(lambda: all(times_slept(pid) > looked[pid] + 2 for pid in others), 10, "that all looked again and again")
        with Stopwatch() as watch:
            site.workers.systemctl("stop", "boxoffice@2", "boxoffice@3", "boxoffice@4")
        assert watch.seconds < 3
        site.workers.systemctl("stop", "boxoffice@1")


def test_workers_that_crash_do_not_cost_the_socket(site, client, show, load):
    """They do so more often than systemd would bear from a socket's service by itself."""
    killed = set()

    def kill():
        for pid in wait_until(site.workers.pids, 10, "a worker"):
            with suppress(ProcessLookupError):  # one that systemd ends itself
                os.kill(pid, signal.SIGKILL)
            killed.add(pid)

    with site.workers.changed(INSTANCES, "[Service]\nRestartSec=0\nExecStartPre=\n"):
        site.workers.roll()
        while len(killed) < 40:
            load.during(kill)
    wait_until(lambda: client.status(show).status_code == 200, 10, "an answer")
    assert site.workers.systemctl("is-active", SOCKET) == "active"
    site.workers.roll()


def test_new_version_that_does_not_start(site, client, show):
    """The first instance says so, and the roll ends there: the others serve on. Mended, it comes by itself."""
    site.workers.install(b"#!/bin/sh\nexit 1\n")
    with pytest.raises(StartError, match="boxoffice@1.service failed"):
        site.workers.roll()
    assert len(site.workers.pids()) == 3
    assert {client.status(show).status_code for _ in range(20)} == {200}
    site.workers.install(site.workers.program.read_bytes())
    wait_until(lambda: len(site.workers.pids()) == 4, 10, "the fourth worker")


def test_what_the_units_make(site):
    """Who may connect; that the end of an instance takes nothing from the others; that passwords are in no environment."""
    path = site.fcgi_socket
    user, group = os.stat(f"/proc/{site.workers.pids()[0]}").st_uid, grp.getgrnam("www-data").gr_gid
    for place, mode in ((path, 0o660), (path.parent, 0o750)):
        found = place.stat()
        assert user != 0 and (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (mode, user, group)
    assert site.workers.systemctl("show", "--property=Backlog", "--value", SOCKET) == "1024"
    inode, counted = path.stat().st_ino, (path.parent / "metrics").stat().st_ino
    site.workers.systemctl("stop", "boxoffice@1")
    assert path.stat().st_ino == inode and (path.parent / "metrics").stat().st_ino == counted
    for pid in site.workers.pids():
        with open(f"/proc/{pid}/environ", encoding="utf-8") as file:
            environment = dict(word.split("=", 1) for word in file.read().split("\0") if word)
        assert {"REDIS_URL", "MONGO_URI"} & set(environment) == set()
        assert environment["REDIS_URL_FILE"].startswith("/run/credentials/boxoffice@")


def test_one_way_or_the_other(site, client, show):
    """Each way of serving ends the other; the socket starts a worker where there is none, and to stop it ends all."""
    site.workers.serve(SERVICE)
    assert client.status(show).status_code == 200
    assert site.workers.ask("is-active", SOCKET, *site.workers.instances).stdout.split() == ["inactive"] * 5
    site.workers.serve(SOCKET)
    assert site.workers.ask("is-active", SERVICE).stdout.split() == ["inactive"]
    assert client.status(show).status_code == 200
    site.workers.systemctl("stop", *site.workers.instances)
    assert client.status(show).status_code == 200  # who connects starts the first of them
    assert len(site.workers.pids()) == 1
    site.workers.systemctl("stop", SOCKET)
    assert site.workers.pids() == [] and not site.fcgi_socket.exists()


def test_reload_of_the_service_that_makes_its_own_socket(site, load):
    """Its socket stays, and each worker is replaced by one of the program that is installed: nobody notices. One that does not
    start replaces nobody."""
    site.workers.serve(SERVICE)
    site.wait_ready()
    before = set(site.workers.pids())
    site.workers.install(b"#!/bin/sh\nexit 1\n")
    with pytest.raises(StartError):
        site.workers.systemctl("reload", SERVICE)
    assert set(site.workers.pids()) == before
    site.workers.install(site.workers.program.read_bytes())
    sent, times = load.during(lambda: site.workers.systemctl("reload", SERVICE))
    print(f"{SERVICE}: {sent.count} requests, reloaded {times} times: {dict(sent.errors)}")
    assert not sent.errors
    wait_until(lambda: not before & set(site.workers.pids()), 10, "that all are replaced")


def test_loss_of_the_service_that_makes_its_own_socket(site, load):
    """boxoffice.service under the same load: what comes between the two sockets is answered 503, and nothing else goes wrong."""
    site.workers.serve(SERVICE)
    site.wait_ready()
    lost, restarts = Counter(), 0
    for _ in range(3):
        sent, times = load.during(lambda: site.workers.systemctl("restart", SERVICE))
        lost, restarts = lost + sent.errors, restarts + times
    print(f"{SERVICE}: {dict(lost)} of requests at {sent.rate:.0f}/s in {restarts} restarts: "
          f"{sum(lost.values()) / restarts:.1f} a restart")
    assert lost and set(lost) == {"status"}
    sent, times = load.during(lambda: replace_one(site))
    print(f"{SERVICE}: {sent.count} requests while {times} workers were told to leave by themselves: {dict(sent.errors)}")
    assert not sent.errors
    load.check()


@pytest.mark.parametrize("unit, change, step", [
    (INSTANCES, "[Service]\nKillSignal=SIGKILL\n", "roll"),
    (SOCKET, "[Unit]\nDescription=as shipped\n", "reopen")], ids=["request in hand is dropped", "socket is closed"])
def test_controls(site, load, unit, change, step):
    """A worker that ends at once when it is told to, and a socket that goes with the workers, are found out."""
    def reopen():
        site.workers.systemctl("stop", SOCKET)
        site.workers.serve(SOCKET)

    steps = {"roll": site.workers.roll, "reopen": reopen}
    with site.workers.changed(unit, change):
        lost = Counter()
        for _ in range(10):
            lost += load.during(steps[step])[0].errors
            if lost:
                break
        assert lost
    site.workers.roll()
    load.check()


def test_control_of_the_blocking_socket(site, copy):
    """Workers that rely on O_NONBLOCK alone are found out."""
    with copy.spoilt("src/http/fcgi_io.c", "return domain != AF_UNIX || setsockopt(", "return true || setsockopt(") as build:
        site.workers.systemctl("stop", SOCKET)  # which has the time-out of those before
        site.workers.install((build / "boxoffice-fcgi").read_bytes())
        site.workers.serve(SOCKET)
        with pytest.raises(AssertionError):
            test_instance_that_takes_its_time_keeps_nobody_else_waiting(site)
    site.workers.install(site.workers.program.read_bytes())
    site.workers.systemctl("stop", *site.workers.instances)


def replace_one(site):
    """By TERM; multiwatch starts another."""
    def whole():
        return pids if len(pids := site.workers.pids()) == site.workers.count else []

    victim = wait_until(whole, 10, "a whole pool")[0]
    os.kill(victim, signal.SIGTERM)
    wait_until(lambda: victim not in site.workers.pids(), 10, "that it is gone")


def sleeps(pid):
    with open(f"/proc/{pid}/wchan", encoding="utf-8") as file:
        return "epoll" in file.read()


def nonblocking(pid):
    with open(f"/proc/{pid}/fdinfo/0", encoding="utf-8") as file:
        flags = next(line.split()[1] for line in file if line.startswith("flags:"))
    return int(flags, 8) & os.O_NONBLOCK


def times_slept(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(next(line.split()[1] for line in file if line.startswith("voluntary_ctxt_switches:")))
