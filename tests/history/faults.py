"""What goes wrong during a round, one after the other, each written down with its begin and end."""

import os
import random
import signal
import threading
import time

REDIS_PAUSE_SECONDS = 1.2  # more than two commands' timeouts
MONGOD_PAUSE_SECONDS = 3.5  # more than a socket's timeout
CUT_SECONDS = 2
KILLS = 15
WORKER_PAUSE_SECONDS = 2.6  # more than a hold of 2 s


def worker_kill(site, rng):
    """Some, one after the other, each at a moment of its own."""
    for _ in range(KILLS):
        if victims := site.workers.pids():
            os.kill(rng.choice(victims), signal.SIGKILL)
        time.sleep(rng.uniform(0.05, 0.2))


def worker_pause(site, rng):
    """One worker sleeps in the middle of whatever it does, for longer than a hold lasts."""
    victim = rng.choice(site.workers.pids())
    os.kill(victim, signal.SIGSTOP)
    try:
        time.sleep(WORKER_PAUSE_SECONDS)
    finally:
        os.kill(victim, signal.SIGCONT)


def flush(site, rng):
    site.redis.client().flushall()


def redis_restart(site, rng):
    """It keeps nothing (Site's tied servers do not)."""
    site.redis.kill()
    site.redis.start()


def pause(server, seconds):
    server.pause()
    try:
        time.sleep(seconds)
    finally:
        server.resume()


def redis_pause(site, rng):
    pause(site.redis, REDIS_PAUSE_SECONDS)


def redis_cut(site, rng):
    """Again and again every connection to Redis is cut, in the middle of whatever it carries."""
    client = site.redis.client()
    end = time.monotonic() + CUT_SECONDS
    while time.monotonic() < end:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(rng.uniform(0.005, 0.05))


def settle_lost(site, rng):
    """The last step of each confirmation (confirm_finish.lua, which must ZREM) fails: as if the worker had been killed
    between MongoDB and Redis, but every time. (So does each release, before it has changed anything.)"""
    client = site.redis.client()
    client.execute_command("ACL", "SETUSER", "default", "-zrem")
    try:
        time.sleep(CUT_SECONDS)
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+zrem")


def mongod_cut(site, rng):
    """Of inserts and commits some lose their connection, before they are done or after."""
    admin = site.mongod.client().admin
    end = time.monotonic() + CUT_SECONDS
    while time.monotonic() < end:
        what = {"closeConnection": True} if rng.random() < 0.5 else {
            "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
        admin.command("configureFailPoint", "failCommand", mode={"activationProbability": 0.4},
                      data={"failCommands": ["insert", "commitTransaction"], **what})
        time.sleep(0.2)
    admin.command("configureFailPoint", "failCommand", mode="off")


def mongod_restart(site, rng):
    site.mongod.kill()
    site.mongod.start()


def mongod_pause(site, rng):
    pause(site.mongod, MONGOD_PAUSE_SECONDS)


def mongod_lag(site, rng):
    """A majority acknowledges nothing new: what is written stays unseen by majority reads, its outcome unknown."""
    with site.mongod.client() as mongo:
        mongo.admin.command("configureFailPoint", "disableSnapshotting", mode="alwaysOn")
        try:
            time.sleep(CUT_SECONDS)
        finally:
            mongo.admin.command("configureFailPoint", "disableSnapshotting", mode="off")
        mongo.boxoffice_history.lag.insert_one({})  # the majority moves on with the next write


KINDS = {fault.__name__: fault for fault in (worker_kill, worker_pause, flush, redis_restart, redis_pause, redis_cut, settle_lost,
                                             mongod_restart, mongod_pause, mongod_cut, mongod_lag)}


class Weather(threading.Thread):
    """Faults at even distances between start and stop, in an order that the seed gives; as a context manager.

    `told`: [[kind, begin, end]] in ns of CLOCK_MONOTONIC. What goes wrong here is raised when the block ends.
    """

    def __init__(self, site, kinds, seed, start, stop):
        super().__init__(daemon=True)
        self.site, self.told, self.error = site, [], None
        kinds = list(kinds)
        self.rng = random.Random(f"{seed}/weather")
        self.rng.shuffle(kinds)
        step = (stop - start) / (len(kinds) + 1)
        self.schedule = [(start + int(step * (i + 1)), kind) for i, kind in enumerate(kinds)]

    def run(self):
        try:
            for at, kind in self.schedule:
                time.sleep(max(0, at - time.monotonic_ns()) / 1e9)
                begin = time.monotonic_ns()
                KINDS[kind](self.site, self.rng)
                self.told.append([kind, begin, time.monotonic_ns()])
        except BaseException as error:  # handed to the round's own thread
            self.error = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.join(120)
        if self.error:
            raise self.error
        assert not self.is_alive(), "a fault does not end"
