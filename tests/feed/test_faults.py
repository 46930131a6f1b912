"""Whatever breaks between the boards and the browsers: clients end with the map of /status."""

import os
import random
import re
import signal
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from lib.client import Client, new_user, order
from lib.live import LiveMap, Stream
from lib.problems import assert_problem
from lib.relay import Relay
from lib.temporary import temporary_site
from lib.threads import Background
from lib.waiting import wait_until

SEATS = 60


@pytest.fixture(scope="module")
def whole_site(site_kind):
    with temporary_site(site_kind, env={"BOXOFFICE_HOLD_SECONDS": "2", "BOXOFFICE_BOARD_SECONDS": "2"}) as site:
        yield site


@pytest.fixture
def site(whole_site):
    """One for all faults, mended after each test."""
    yield whole_site
    for server in (whole_site.redis, whole_site.nginx, whole_site.feed):
        if server.alive():
            server.resume()
        server.start()
    if whole_site.workers.extra:
        whole_site.workers.restart(env={})
    whole_site.wait_ready()


@pytest.fixture
def show(records):
    return records.show(seats=SEATS)


@contextmanager
def load(site, show):
    """Three clients that hold, release and buy at random, some of them slower than their holds last."""
    def step(_):
        client, user = Client(site), new_user()
        seats = [f"S{number}" for number in random.sample(range(1, SEATS + 1), random.randint(1, 4))]
        try:
            if client.hold(show, seats, user).status_code == 200 and random.random() < 0.7:
                if random.random() < 0.1:
                    client.confirm(show, seats, user)
                else:
                    client.post("/release", order(show, seats[:2], user))
        except OSError:  # requests' are such: nginx is being broken
            time.sleep(0.05)

    with Background(step, 3) as background:
        yield background


def settled(site, live):
    """Waits until the live map is that of /status, which changes no more. A worker that lost a store leaves it alone for a second
    of its own: that another one answers does not say that it does."""
    client = Client(site)

    def same():
        answer = client.status(live.show)
        if answer.status_code != 200:
            assert_problem(answer, 503, None)
            return False
        return live.map == Client.states(answer)

    wait_until(same, 50, f"the live map as /status: {live.counts}")


def assert_events_go_on(site, live, fault):
    """The traffic beside a fault may have met stores that were down, all of it: here something surely changes."""
    before, client = live.counts.events, Client(site)

    def heard():
        client.hold(live.show, f"S{random.randint(1, SEATS)}", new_user())
        return live.counts.events > before
    wait_until(heard, 20, f"events after {fault.__name__}", interval=0.3)


def break_nothing(site):
    del site


def kill_feed(site):
    site.feed.kill()
    time.sleep(0.3)  # something happens that nobody hears
    site.feed.start()


def restart_redis_empty(site):
    site.redis.restart()


def restart_redis_with_its_data(site):
    site.redis.kill()
    site.redis.start()


def pause_redis(site):
    site.redis.pause()
    time.sleep(1.5)  # longer than its timeout
    site.redis.resume()


def reload_nginx(site):
    assert site.nginx.reload()


def restart_nginx(site):
    site.nginx.kill()
    time.sleep(0.3)
    site.nginx.start()


def pause_feed(site):
    site.feed.pause()
    time.sleep(1)
    site.feed.resume()


def cut_subscriptions(site):
    assert site.redis.client().execute_command("CLIENT", "KILL", "TYPE", "pubsub") == 1


def flush_redis(site):
    site.redis.client().flushall()


FAULTS = [break_nothing, kill_feed, restart_redis_empty, restart_redis_with_its_data, pause_redis, reload_nginx, restart_nginx,
          pause_feed, cut_subscriptions, flush_redis]


def test_clients_end_with_the_map_of_status_whatever_broke(site, show):
    """Under load, one fault after the other, with holds that lapse all the time."""
    site.redis.options["appendfsync"] = "always"
    with LiveMap(site, show) as live, LiveMap(site, show) as second:
        for fault in FAULTS:
            site.redis.durable = fault is restart_redis_with_its_data
            site.redis.client().config_set("appendonly", "yes" if site.redis.durable else "no")
            with load(site, show) as background:
                turns = background.turns
                wait_until(lambda: background.turns > turns + 20, 20, "some traffic")
                fault(site)
                turns = background.turns
                wait_until(lambda: background.turns > turns + 20, 30, f"some traffic after {fault.__name__}")
            for one in (live, second):
                settled(site, one)
            assert_events_go_on(site, live, fault)


@pytest.mark.parametrize("blind", [False, True], ids=["looks for gaps", "blind"])
def test_an_event_that_is_lost_is_seen(site, client, show, blind):
    """And a client that did not look would end with another map: the checker can fail."""
    site.workers.restart(env={"BOXOFFICE_HOLD_SECONDS": "600"})
    site.wait_ready()
    to_lose, user = [], new_user()
    with LiveMap(site, show, drop=lambda data: to_lose and to_lose.pop(), blind=blind) as live:
        seats = (f"S{number}" for number in range(10, SEATS))
        # The board is new, and for a moment everybody is told to read it.
        wait_until(lambda: client.must_hold(show, next(seats), new_user()) and live.counts.events, 20, "an event", interval=0.3)
        wait_until(lambda: live.map == client.seat_map(show), 10, "the live map as /status")
        to_lose.append(True)
        client.must_hold(show, "S1", user)
        wait_until(lambda: live.counts.dropped == 1, 10, "a lost event")
        assert live.map["S1"] == "available"
        client.must_hold(show, "S2", user)
        wait_until(lambda: live.map["S2"] == "held", 10, "the next event")
        assert live.counts.gaps == (0 if blind else 1)
        assert live.map["S1"] == ("available" if blind else "held")
        if not blind:
            settled(site, live)


@pytest.mark.parametrize("away", [kill_feed, cut_subscriptions, pause_feed, restart_nginx], ids=lambda fault: fault.__name__)
def test_what_nobody_heard_of_is_seen_without_another_event(site, client, show, away):
    """No gap could tell of it: nothing comes after."""
    site.workers.restart(env={"BOXOFFICE_HOLD_SECONDS": "600"})
    site.wait_ready()
    with LiveMap(site, show) as live:
        wait_until(lambda: live.counts.resyncs, 10, "the new board's resync")
        breaking = threading.Thread(target=away, args=(site,))
        breaking.start()
        answer = wait_until(lambda: succeeded(lambda: client.hold(show, "S1", "ann")), 10, "a hold")
        breaking.join(30)
        assert answer and not breaking.is_alive()
        wait_until(lambda: live.map.get("S1") == "held", 10, f"the hold on the map: {live.counts}")


def test_a_message_that_drips_is_not_waited_for(site, client, show):
    """Each byte of it comes in time, and its end in half a minute."""
    site.workers.restart(env={"BOXOFFICE_HOLD_SECONDS": "600"})
    site.wait_ready()
    settings = site.feed.settings
    login = re.match(r"\w+://([^@/]*@)?", settings()["REDIS_URL"]).group(1) or ""
    with Relay(str(site.redis.socket)) as wire, LiveMap(site, show) as live:
        wait_until(lambda: live.counts.resyncs, 10, "the new board's resync")
        before = live.counts.resyncs
        try:
            site.feed.settings = lambda: {**settings(), "REDIS_URL": f"redis://{login}127.0.0.1:{wire.port}"}
            site.feed.restart()
            wait_until(lambda: "listening to Redis" in site.feed.new_log(), 10, "that it listens")
            wait_until(lambda: live.counts.resyncs > before, 10, "the feed's resync, after all that it asks Redis first")
            with wire.slow(1, 0.25):
                client.must_hold(show, "S1", new_user())
                wait_until(lambda: "subscription: no answer in time" in site.feed.new_log(), 12, "that it is given up")
            wait_until(lambda: live.map.get("S1") == "held", 10, f"the hold on the map: {live.counts}")
        finally:
            site.feed.settings = settings
            site.feed.restart()


def succeeded(call):
    try:
        return call().status_code == 200
    except OSError:
        return False


def test_the_ends_of_holds_are_known_after_a_restart(site, client, show):
    """Nobody tells a new feed of the holds that there are: it asks the boards."""
    stream = Stream(site, show)
    site.feed.kill()
    client.must_hold(show, "S1", new_user())
    site.feed.start()
    data = stream.take("seats", 10)
    assert data["changes"] == [{"seats": ["S1"], "status": "available"}]
    stream.close()


@pytest.mark.long
@pytest.mark.parametrize("how, back", [
    (lambda redis: redis.stop(), lambda redis: redis.start()), (lambda redis: redis.pause(), lambda redis: redis.resume()),
    # Its connections stand, and what it is told by its new primary it would tell on.
    (lambda redis: redis.client().replicaof("127.0.0.1", 1), lambda redis: redis.client().replicaof("NO", "ONE"))],
    ids=["stopped", "paused", "a replica"])
def test_while_redis_is_no_use_the_feed_does_not_say_that_all_is_well(site, show, how, back):
    stream = Stream(site, show)
    while stream.next(1):
        pass
    how(site.redis)
    try:
        assert stream.next(17) is None
    finally:
        back(site.redis)
    assert stream.take("resync", 10) == {}
    stream.close()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("down", ["nothing", "redis", "nginx"])
def test_it_ends_when_it_is_told_to(site, signum, down):
    pid = site.feed.pid
    if down != "nothing":
        site.server(down).pause()
    begin = time.monotonic()
    os.kill(pid, signum)
    wait_until(lambda: not site.feed.alive(), 5, "its end")
    assert time.monotonic() - begin < 3
    assert f'"pid":{pid},"msg":"the feed leaves"' in site.log("feed")


@pytest.mark.parametrize("name, value, said", [
    ("REDIS_URL", "http://nowhere", "REDIS_URL"), ("BOXOFFICE_PUBLISH_SOCKET", "/" + "x" * 200, "BOXOFFICE_PUBLISH_SOCKET"),
    ("BOXOFFICE_FEED", "1", "BOXOFFICE_FEED")])
def test_a_wrong_configuration_is_said(site, name, value, said):
    done = subprocess.run(site.feed.command(), env={**site.feed.environment(), name: value}, capture_output=True, text=True,
                          timeout=10, check=False)
    assert done.returncode == 1 and "cannot start: " in done.stderr and said in done.stderr


def test_flags(site):
    def run(*flags):
        done = subprocess.run([*site.feed.command(), *flags], capture_output=True, text=True, timeout=10, check=False)
        return done.returncode, done.stdout
    assert run("--version")[1].startswith("boxoffice-feed ")
    assert "BOXOFFICE_PUBLISH_SOCKET" in run("--help")[1]
    assert run("--frobnicate")[0] == run("word")[0] == 64
