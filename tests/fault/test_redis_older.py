"""Redis comes back with an older copy of its data: a snapshot, or a replica that lagged. Its boards may vouch for nothing,
though they would be trusted for an hour more: what was sold since stays sold, and nobody else gets it."""

import os
import shutil
from contextlib import contextmanager

import pytest
from boxsite.stores import RedisServer
from boxsite.waiting import free_port

from lib.client import Client, new_user
from lib.faults import same_workers, timed
from lib.problems import assert_problem, seats_of
from lib.threads import together
from lib.waiting import wait_until

RUN_CHECK = ("src/store/lua/board.lua", "board.run ~= ARGV[1] or ", "")


class Copy:
    """Each way makes a copy at once, and puts it in the place of Redis's data later."""

    def __init__(self, site):
        self.site = site

    def clean(self):
        pass


class Snapshot(Copy):
    """The file of a snapshot, which Redis loads as it starts."""

    def make(self):
        self.site.redis.client().save()
        self.file = self.site.run_dir / "redis" / "dump.rdb"
        self.kept = self.file.rename(self.file.with_suffix(".older"))

    def use(self):
        self.site.redis.kill()
        shutil.copy(self.kept, self.file)
        self.site.redis.start()
        self.file.unlink()


def serve_replicas(redis, port):
    redis.config_set("port", port)
    redis.config_set("repl-diskless-sync-delay", 0)


class Replica(Copy):
    """Another Redis that replicates, hangs, and takes over when the first is dead."""

    def make(self):
        self.folder = self.site.run_dir / "replica"
        self.folder.mkdir(exist_ok=True)
        port = free_port()
        serve_replicas(self.site.redis.client(), port)
        self.server = RedisServer(self.folder, True, self.folder, durable=False)
        self.server.options = {"replicaof": f"127.0.0.1 {port}", "repl-diskless-load": "disabled"}
        self.server.start()
        wait_until(lambda: self.server.client().info("replication")["master_link_status"] == "up", 20, "a replica")
        self.server.pause()
        # What follows must not wait for it in its socket.
        self.site.redis.client().config_set("port", 0)
        self.site.redis.client().execute_command("CLIENT", "KILL", "TYPE", "replica")

    def take_over(self):
        self.server.resume()
        redis = self.server.client()
        redis.replicaof("NO", "ONE")
        os.replace(self.server.socket, self.site.redis.socket)

    def use(self):
        self.site.redis.kill()
        self.take_over()

    def clean(self):
        self.server.kill()
        self.site.redis.kill()  # whose socket may be the other's by now
        self.site.redis.start()
        shutil.rmtree(self.folder, ignore_errors=True)


class Failover(Replica):
    """The same where the first goes on, as when it was only cut off: the workers are turned away, as Sentinel does it."""

    def use(self):
        old = self.site.redis.client()
        old.ping()
        self.take_over()
        old.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


class ReplicaOf(Replica):
    """Our own Redis, the process that it was, takes the replica's older data over by REPLICAOF."""

    def use(self):
        redis = self.site.redis.client()
        self.server.resume()
        older = self.server.client()
        older.replicaof("NO", "ONE")
        serve_replicas(older, port := free_port())
        redis.replicaof("127.0.0.1", port)
        wait_until(lambda: redis.info("replication")["master_link_status"] == "up", 20, "the older data")
        redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        redis.replicaof("NO", "ONE")


WAYS = {"snapshot": Snapshot, "replica": Replica, "failover": Failover, "replicaof": ReplicaOf}


@contextmanager
def copy_of(site, way):
    made = WAYS[way](site)
    try:
        made.make()
        yield made
    finally:
        made.clean()


def older_data(site, client, records, way):
    site.workers.restart(env={"BOXOFFICE_BOARD_SECONDS": "3600"})
    site.wait_ready()
    shows, ann, bob = [records.show() for _ in range(4)], new_user("ann"), new_user("bob")
    for show in shows:
        client.must_hold(show, ["S1", "S2"], ann)
        client.must_hold(show, ["S3", "S4"], bob)
        client.must_confirm(show, "S1", ann)
    with copy_of(site, way) as older:
        with same_workers(site):
            for show in shows:
                client.must_confirm(show, "S2", ann)
                client.must_confirm(show, ["S3", "S4"], bob)
                client.must_hold(show, "S5", bob)
                client.must_confirm(show, "S5", bob)
            older.use()
            # The very first requests, of every worker and for each seat: they may be refused, and not granted.
            for show in shows:
                answers = together(lambda s=seat, n=show: timed(lambda: Client(site).hold(n, s, new_user()))
                                   for seat in ("S1", "S2", ["S6", "S3"], "S4", "S5", ["S5", "S7"]))
                for answer in answers:
                    assert_problem(answer, {409, 503}, None)
            for show in shows:
                wait_until(lambda: client.hold(show, ["S3", "S8"], ann).status_code != 503, 10, "an answer")
                refused = assert_problem(client.hold(show, ["S3", "S8"], ann), 409, "seats_unavailable")
                assert seats_of(refused) == {"S3": "booked"}
                states = client.seat_map(show)
                assert {seat for seat, state in states.items() if state == "booked"} == {"S1", "S2", "S3", "S4", "S5"}
                client.must_confirm(show, ["S3", "S4"], bob, status=200)
                assert states["S6"] == states["S7"] == states["S8"] == "available", "a refused batch left something"


@pytest.mark.parametrize("way", WAYS)
def test_older_data(site, client, records, way):
    older_data(site, client, records, way)


def short_holds(site, client, show, seat, user):
    """A hold that will soon be over, and workers as before."""
    site.workers.restart(env={"BOXOFFICE_HOLD_SECONDS": "3"})
    site.wait_ready()
    client.must_hold(show, seat, user)
    site.workers.restart(env={"BOXOFFICE_BOARD_SECONDS": "3600"})
    site.wait_ready()


@pytest.mark.parametrize("way", ["snapshot", *(pytest.param(way, marks=pytest.mark.long) for way in WAYS if way != "snapshot")])
def test_holds_are_those_of_the_copy(site, client, records, way):
    """The table of doc/operations.md, row by row: S1 kept, S2 over, S3 made later, S4 given back, S5 sold, S6 passed on."""
    show, ann, bob = records.show(), new_user("ann"), new_user("bob")
    short_holds(site, client, show, "S2", ann)
    kept = client.must_hold(show, "S1", ann)
    client.must_hold(show, ["S4", "S5", "S6"], ann)
    with copy_of(site, way) as older:
        client.must_hold(show, "S3", ann)
        client.must_release(show, ["S4", "S6"], ann)
        client.must_confirm(show, "S5", ann)
        client.must_hold(show, "S6", bob)
        wait_until(lambda: client.seat_map(show)["S2"] == "available", 10, "the end of the short hold")
        with same_workers(site):
            older.use()
            wait_until(lambda: client.status(show).status_code == 200, 10, "status 200")
            states = client.seat_map(show)
            assert [states[f"S{number}"] for number in range(1, 7)] == \
                ["held", "available", "available", "held", "booked", "held"]
            again = client.must_hold(show, "S1", ann)
            assert (again["holdId"], again["expiresAt"]) == (kept["holdId"], kept["expiresAt"])
            client.must_confirm(show, "S1", ann)
            assert_problem(client.confirm(show, "S3", ann), 410, "hold_expired")
            client.must_hold(show, ["S2", "S3"], bob)
            assert seats_of(assert_problem(client.hold(show, "S4", bob), 409, "seats_unavailable")) == {"S4": "held"}
            client.must_release(show, "S4", ann)
            client.must_confirm(show, "S5", ann, status=200)
            assert_problem(client.confirm(show, "S6", bob), 403, "held_by_another")
            client.must_confirm(show, "S6", ann)


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_control_older_data(site, client, records, copy, way):
    """The board of another run is trusted."""
    with copy.spoilt(*RUN_CHECK) as build:
        site.workers.program = build / "boxoffice-fcgi"
        with pytest.raises(AssertionError, match="expected .*409.*: 200 "):
            older_data(site, client, records, way)
