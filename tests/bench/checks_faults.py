"""One store hangs: requests that do not need it keep their rate."""

import itertools
import threading
from collections import Counter

from lib.client import Client, new_user
from lib.faults import let_cooldowns_end
from lib.waiting import wait_until

from . import stats, wrk
from .check import Check
from .house import bodies
from .wrk import Traffic, get

BAR = 0.80
IN_VAIN_PER_SECOND = 20


class InVain:
    """Requests that do need the store, at a steady pace, whatever becomes of each; counts their statuses."""

    def __init__(self, ask):
        self.ask, self.over, self.statuses = ask, threading.Event(), Counter()
        # Each waits for its own answer, so that they keep their pace.
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(IN_VAIN_PER_SECOND)]

    def _run(self):
        client = self.ask()
        while not self.over.wait(1):
            self.statuses[client()] += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(15)


def measure(house, server, requests, ask, plan):
    """Rates with the server in order and with it stopped, and the errors of requests that did not need it."""
    rates, errors = {}, Counter()

    def slices(name):
        done = [wrk.run(Traffic(house.url, requests()), plan.seconds) for _ in range(plan.times(5, 1))]
        rates[name] = [each.rate for each in done]
        errors.update(stats.merged(each.errors for each in done))

    with InVain(ask):
        slices("before")
    server.pause()
    try:
        with InVain(ask) as in_vain:
            # From the start: the first seconds are those in which workers learn of it.
            slices("stopped")
    finally:
        server.resume()
    house.site.wait_ready(60)
    if any(status < 500 for status in in_vain.statuses):
        errors["answers that cannot be"] = sum(in_vain.statuses.values())
    ratios = [stopped / before for before, stopped in zip(rates["before"], rates["stopped"])]
    # Too few for an interval: all of them must lie below.
    verdict = "-" if plan.quick else "ok" if stats.median(ratios) >= BAR else "FAIL" if max(ratios) < BAR else "unclear"
    return rates, ratios, verdict, errors


def check(house, name, server, requests, ask, plan):
    rates, ratios, verdict, errors = measure(house, server, requests, ask, plan)
    found = (f"{stats.median(rates['stopped']):,.0f} requests/s, x {stats.median(ratios):.2f} "
             f"({min(ratios):.2f} to {max(ratios):.2f})")
    return Check(name, found, f"x {BAR}", verdict, {**rates, "ratio": stats.median(ratios)}, errors)


def mongod_stopped(house, plan):
    """Boards that may be trusted are served; confirmations are asked for in vain."""
    with house.settings({"BOXOFFICE_BOARD_SECONDS": 3600}):
        count = 12_000 * plan.seconds
        shows = house.fresh_shows(count * plan.times(10, 2), 1, shows=20)
        small, other = house.show_with_map(100), house.shows(1, 20_000)[0]
        house.warm([other])
        # Every worker has its copies before.
        wrk.run(Traffic(house.url, [get(f"/status/{show}") for show in (*shows, small, other)]), 1)
        look = get(f"/status/{small}")
        fresh = iter(house.orders(shows, count * plan.times(10, 2), 1))
        orders = iter(house.orders([other], 20_000, 1))

        def requests():
            holds = bodies("/hold", itertools.islice(fresh, count))
            return [request for hold in holds for request in (hold, look)]

        def ask():
            client = Client(house.site)

            def confirm():
                order = next(orders)
                client.hold(*order)
                return client.confirm(*order).status_code
            return confirm

        return [check(house, "hold and status, mongod stopped", house.site.mongod, requests, ask, plan)]


def redis_stopped(house, plan):
    """The worker answers; holds are asked for in vain."""
    show, = house.shows(1, 20_000)
    house.warm([show])

    def ask():
        client = Client(house.site)
        return lambda: client.hold(show, "S1", new_user()).status_code

    done = check(house, "GET /health/live, Redis stopped", house.site.redis, lambda: [get("/health/live")], ask, plan)
    wait_until(lambda: Client(house.site).hold(show, "S2", new_user()).status_code != 503, 30, "a hold again")
    let_cooldowns_end()  # each worker leaves Redis alone for a second of its own
    return [done]


CHECKS = [mongod_stopped, redis_stopped]
