"""The live map: how long after a hold was answered everybody who looks on has heard of it."""

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from lib.client import Client

from . import stats
from .check import Check, judged
from .pipeline import Unexpected

LISTENERS = 2000
HELD_EACH_S = 0.2  # apart, so that each is an event of its own
MEDIAN_MS, SLOWEST_MS = 250, 1000  # 100 of them are waited, for what else happens to the show
TESTS = Path(__file__).resolve().parents[1]


@contextmanager
def listening(house, show, count):
    """A function that ends it and gives {version: [when each heard of it]}."""
    with subprocess.Popen([sys.executable, TESTS / "bench/listeners.py", str(house.site.nginx.http_port), show, str(count)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
        try:
            if crowd.stdout.readline() != "ready\n":
                raise Unexpected(f"{count} streams were not let in")
            yield lambda: {int(version): times for version, times in json.loads(crowd.communicate("")[0]).items()}
        finally:
            crowd.kill()


def quiet(house, show):
    """Until the board is loaded and told to be new."""
    client = Client(house.site)
    client.seat_map(show)
    time.sleep(0.5)
    return int(client.status(show).json()["version"])


def hold_apart(house, show, count):
    """When each hold was answered."""
    client, answered = Client(house.site), []
    for number in range(1, count + 1):
        client.must_hold(show, f"S{number}", f"looked-on-{number}")
        answered.append(time.monotonic_ns())
        time.sleep(HELD_EACH_S)
    return answered


def delays_of(first, answered, heard):
    """Milliseconds until each listener knew, for all holds: an event tells of all up to its version."""
    delays, at = [], 0
    for version in sorted(heard):
        while first + at + 1 <= version and at < len(answered):
            delays += [(when - answered[at]) / 1e6 for when in heard[version]]
            at += 1
    return delays, at


def live_map(house, plan):
    count, holds = plan.times(LISTENERS, 200), plan.times(50, 5)
    (show,) = house.shows(1, 1000)
    first = quiet(house, show)
    with listening(house, show, count) as end:
        answered = hold_apart(house, show, holds)
        time.sleep(1)
        delays, told = delays_of(first, answered, end())
    lost = Counter({"not heard": holds * count - len(delays)} if told < holds or len(delays) != holds * count else {})
    median, slowest = stats.median(delays), max(delays)
    figures = {"listeners": count, "holds": holds, "median_ms": median, "slowest_ms": slowest,
               "p99_ms": sorted(delays)[len(delays) * 99 // 100]}
    found = f"after {median:.0f} ms, 99 % within {figures['p99_ms']:.0f}, all within {slowest:.0f}"
    name = f"{count:,} who look on hear of a hold"
    if plan.quick:
        return [Check(name, found, figures=figures, errors=lost)]
    return [judged(name, found, f"{MEDIAN_MS} ms, all {SLOWEST_MS} ms", median <= MEDIAN_MS and slowest <= SLOWEST_MS,
                   figures=figures, errors=lost)]


CHECKS = [live_map]
