"""What a request costs Redis must not grow with what has nothing to do with it."""

from . import stats
from .check import Check
from .house import bodies
from .wrk import get

SHOWS, SEATS, ORDER = 200, 500, 10  # 100,000 holds
BAR = 1.05


class OtherHolds:
    """100,000 live holds on other shows, which come and go."""

    def __init__(self, house, shows):
        self.house = house
        self.shows = house.shows(shows, SEATS)
        self.orders = [order for first in range(1, SEATS, ORDER)
                       for order in house.orders(self.shows, len(self.shows), ORDER, first=first)]

    def come(self):
        self.house.send_all(bodies("/hold", self.orders))

    def go(self):
        pipe = self.house.redis.pipeline(transaction=False)
        for show, seats, user in self.orders:
            pipe.unlink(*(f"hold:{{{show}}}:{seat}" for seat in seats), f"user:{{{show}}}:{user}")
        for show in self.shows:
            pipe.unlink(*(f"{kind}:{{{show}}}" for kind in ("board", "taken", "confirming", "show")))
        pipe.execute()


def microseconds(house, requests):
    """Of Redis, per script call, by its own count."""
    house.redis.config_resetstat()
    house.send_all(requests)
    spent = house.redis.info("commandstats")["cmdstat_evalsha"]
    return spent["usec"] / spent["calls"]


def measure_all(house, show, calls):
    """{kind: microseconds} with `calls` requests of each kind."""
    fresh = house.fresh_shows(calls, 1, shows=10)
    return {"hold": microseconds(house, bodies("/hold", house.orders(fresh, calls, 1))),
            "status": microseconds(house, [get(f"/status/{show}")] * calls),
            "summary": microseconds(house, [get(f"/summary/{show}")] * calls)}


def unrelated_holds(house, plan):
    blocks, calls = plan.times((3, max(1, plan.slices // 3)), (1, 1)), plan.times(2000, 200)
    samples = {True: [], False: []}
    with house.settings({"BOXOFFICE_BOARD_SECONDS": 3600}):  # no load in between
        others = OtherHolds(house, plan.times(SHOWS, SHOWS // 20))
        show = house.show_with_map(100)
        measure_all(house, show, 200)  # every worker has its copy
        for _ in range(blocks[0]):
            for crowded in (False, True):
                if crowded:
                    others.come()
                samples[crowded] += [measure_all(house, show, calls) for _ in range(blocks[1])]
                if crowded:
                    others.go()
    checks = []
    for kind in ("hold", "status", "summary"):
        alone, beside = ([sample[kind] for sample in samples[crowded]] for crowded in (False, True))
        ratios = [many / few for few, many in zip(alone, beside)]
        checks.append(Check(
            f"{kind} beside {len(others.orders) * ORDER:,} holds elsewhere",
            f"{stats.median(alone):.1f} -> {stats.median(beside):.1f} us a call, x {stats.median(ratios):.3f}",
            f"x {BAR}", stats.verdict(ratios, BAR, at_most=True),
            {"us_alone": alone, "us_beside": beside, "ratio": stats.median(ratios),
             "interval": stats.median_interval(ratios)}))
    return checks


CHECKS = [unrelated_holds]
