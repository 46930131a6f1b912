"""The cold path: a show that Redis does not know; and what a refresh costs those who are served meanwhile."""

import time
from collections import Counter
from contextlib import contextmanager

from lib.client import Client
from lib.threads import together

from . import stats, wrk
from .check import Check, judged
from .house import bodies
from .wrk import Traffic, get

SEATS = 5000
COLD_P99_MS, BLOCKED_MS = 250, 10
CROWD = 16


def forget(house, show):
    """The board goes. The keys of its few holds are left, and their seats not asked for again."""
    house.redis.unlink(*(f"{kind}:{{{show}}}" for kind in ("board", "taken", "confirming", "show")))


def timed_hold(client, order):
    begin = time.monotonic()
    answer = client.hold(*order)
    return round((time.monotonic() - begin) * 1e6), answer.status_code


def one_by_one(house, shows, rounds):
    client, times = Client(house.site), []
    client.get("/health/live")
    for number in range(rounds):
        for order in house.orders(shows, len(shows), 1, first=SEATS // 2 + 1 + number):
            forget(house, order[0])
            times.append(timed_hold(client, order))
    return times


def in_crowds(house, shows):
    """Many first comers at one moment."""
    clients = [Client(house.site) for _ in range(CROWD)]
    for client in clients:
        client.get("/health/live")
    times = []
    for show in shows:
        forget(house, show)
        orders = house.orders([show], CROWD, 1, first=SEATS // 2 + 1000)
        times += together([lambda c=client, o=order: timed_hold(c, o) for client, order in zip(clients, orders)])
    return times


@contextmanager
def slow_log(house, found):
    """Puts into `found` the microseconds of every script that blocked Redis for longer than half a millisecond."""
    redis = house.redis
    before = redis.config_get("slowlog-*")
    redis.config_set("slowlog-log-slower-than", 500)
    redis.config_set("slowlog-max-len", 10000)
    redis.slowlog_reset()
    try:
        yield
        found += [entry["duration"] for entry in redis.slowlog_get(10000) if b"EVAL" in entry["command"].upper()]
    finally:
        for name, value in before.items():
            redis.config_set(name, value)


def cold_path(house, plan):
    shows = house.shows(plan.times(25, 5), SEATS)
    house.sell(shows, range(1, SEATS // 2 + 1))
    blocked = []
    with slow_log(house, blocked):
        alone = one_by_one(house, shows, plan.times(8, 1))
    crowd = in_crowds(house, shows)
    errors = Counter(f"status {status}" for _, status in alone + crowd if status != 200)
    p99 = {name: stats.percentile(Counter(us for us, _ in times), 99) for name, times in
           (("alone", alone), ("crowd", crowd))}
    longest = max(blocked, default=0) / 1000
    return [
        judged("first hold on a cold show of 5,000 seats", f"p99 {p99['alone']:.1f} ms of {len(alone)}",
               f"{COLD_P99_MS} ms", p99["alone"] < COLD_P99_MS, figures={"p99_ms": p99["alone"]}, errors=errors),
        Check(f"the same, {CROWD} first comers at once", f"p99 {p99['crowd']:.1f} ms of {len(crowd)}",
              figures={"p99_ms": p99["crowd"]}),
        judged("Redis blocked by its load", f"at most {longest:.1f} ms", f"{BLOCKED_MS} ms", longest < BLOCKED_MS,
               figures={"longest_ms": longest, "scripts": len(blocked)})]


def refresh(house, plan):
    """p99 of hold and status of shows of 5,000 seats, half sold, refreshed every second, and never."""
    p99, errors = {}, Counter()
    for name, board_seconds in (("refreshed", 1), ("not", 3600)):
        with house.settings({"BOXOFFICE_BOARD_SECONDS": board_seconds}):
            shows = house.shows(10, SEATS)
            house.sell(shows, range(1, SEATS // 2 + 1))
            house.warm(shows)
            looks = [get(f"/status/{show}") for show in shows]
            wrk.run(Traffic(house.url, looks), 1)  # every worker has its copies
            holds = bodies("/hold", house.orders(shows, SEATS // 2 * len(shows), 1, first=SEATS // 2 + 1))
            for kind, requests in (("hold", holds), ("status", looks)):
                measured = wrk.run(Traffic(house.url, requests, cycle=kind == "status"), plan.seconds)
                p99[f"{kind} {name}"] = stats.percentile(measured.latency, 99)
                errors.update(measured.errors)
    return [Check(f"{kind} while its board is refreshed",
                  f"p99 {p99[f'{kind} refreshed']:.2f} ms, otherwise {p99[f'{kind} not']:.2f} ms",
                  figures={"p99_ms": p99[f"{kind} refreshed"], "p99_ms_otherwise": p99[f"{kind} not"]},
                  errors=errors)
            for kind in ("hold", "status")]


CHECKS = [cold_path, refresh]
