"""Breaking a site and mending it."""

import os
import signal
import time
from contextlib import contextmanager

from .problems import assert_problem
from .waiting import wait_until

ALLOWED_SECONDS = 8.5  # every answer is out by 8 s (src/util/bounds.h), plus what this machine takes


@contextmanager
def fail_point(site, commands, mode="alwaysOn", at_least=1, **data):
    """mongod fails these commands of the workers inside: closeConnection, errorCode, errorLabels, writeConcernError,
    blockTimeMS. It must happen so often at least."""
    if "blockTimeMS" in data:
        data["blockConnection"] = True
    admin = site.mongod.client().admin
    before = admin.command("configureFailPoint", "failCommand", mode=mode, data={
        "failCommands": list(commands), "appName": "boxoffice-fcgi", **data})["count"]
    try:
        yield
    finally:
        after = admin.command("configureFailPoint", "failCommand", mode="off")["count"]
    assert after - before >= at_least, f"{commands}: failed {after - before} times, not {at_least}"


def timed(call, limit=ALLOWED_SECONDS):
    """The call's value, where it came in time."""
    start = time.monotonic()
    value = call()
    seconds = time.monotonic() - start
    assert seconds <= limit, f"answered after {seconds:.2f} s: {getattr(value, 'text', value)}"
    return value


def settle(client, show, seats, user, timeout=40):
    """Repeats a confirmation until it is answered by something else than 503."""
    def answers():  # in a list: a requests.Response of 4xx counts as false
        answer = timed(lambda: client.confirm(show, seats, user))
        if answer.status_code != 503:
            return [answer]
        assert_problem(answer, 503, None)
        return []
    return wait_until(answers, timeout, "a confirmation that is answered for good", interval=0.2)[0]


def let_cooldowns_end():
    """Each worker leaves a store that failed it alone for a second of its own (BO_STORE_COOLDOWN_MS), which nothing shows
    from outside: that one worker answers again does not say that all do."""
    time.sleep(1.1)


def mend(site):
    """Whatever a test broke: both stores and new workers, all as at the start."""
    site.workers.stop()
    for server in (site.redis, site.mongod):
        if server.alive():
            server.resume()
    site.redis.durable = False
    site.redis.start()
    redis = site.redis.client()
    redis.replicaof("NO", "ONE")
    redis.config_set("maxmemory", 0)
    redis.config_set("maxmemory-policy", "noeviction")
    redis.flushall()
    site.mongod.start()
    wait_until(site.mongod.is_primary, 30, "mongod as primary")
    with site.mongod.client() as client:
        client.admin.command("configureFailPoint", "failCommand", mode="off")
    site.workers.program = site.build_dir / "boxoffice-fcgi"
    site.workers.restart(env={})
    site.nginx.start()
    site.wait_ready()


@contextmanager
def same_workers(site):
    """No fault of a store may cost a worker its life."""
    pids = site.workers.pids()
    assert len(pids) == site.workers.count
    yield
    assert site.workers.pids() == pids, f"a worker was replaced; the end of their log:\n{site.workers.log_tail()}"


@contextmanager
def stopped_process(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
