"""Throughput and p99 over 1 to 256 clients: what plot.py draws."""

from . import stats, wrk
from .check import Check
from .floors import LIVE
from .house import bodies
from .wrk import Traffic, get

ALL = (1, 2, 4, 8, 16, 32, 64, 128, 256)
FEW = (1, 256)
HOLDS_A_SECOND = 15000  # orders enough for so many, however slow the moment was in which `live` was measured


def points(house, plan):
    """[{kind, clients, rate, p99_ms}], one a point."""
    look = get(f"/status/{house.show_with_map(100)}")
    rate, made = 20000, []
    for clients in FEW if plan.quick else ALL:
        for kind in ("live", "status", "hold"):
            if kind == "hold":
                count = int(max(rate, HOLDS_A_SECOND) * plan.seconds * 1.2) + 500
                requests = bodies("/hold", house.orders(house.fresh_shows(count, 1), count, 1))
            else:
                requests = [get(LIVE) if kind == "live" else look]
            measured = wrk.run(Traffic(house.url, requests, cycle=kind != "hold", clients=clients), plan.seconds)
            rate = measured.rate if kind == "live" else rate
            made.append({"kind": kind, "clients": clients, "rate": measured.rate, "errors": dict(measured.errors),
                         "p99_ms": stats.percentile(measured.latency, 99)})
        house.trim_logs()
    return made


def clients(house, plan):
    made, checks = points(house, plan), []
    for kind in ("live", "status", "hold"):
        mine = [point for point in made if point["kind"] == kind]
        best = max(mine, key=lambda point: point["rate"])
        errors = stats.merged(stats.Counter(point["errors"]) for point in mine)
        checks.append(Check(f"{kind}, 1 to 256 clients", f"{mine[0]['rate']:,.0f} requests/s with 1, most "
                            f"{best['rate']:,.0f} with {best['clients']}, p99 of 256: {mine[-1]['p99_ms']:.1f} ms",
                            figures={"points": mine}, errors=errors))
    return checks


CHECKS = [clients]
