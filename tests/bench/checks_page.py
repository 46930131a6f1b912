"""The page: how long a person waits until they see the seats of a large hall."""

import json
from pathlib import Path

from lib.visitor import Visitor, chromium, drawn_after

from . import stats
from .check import Check, judged

THEATRE = Path(__file__).resolve().parents[2] / "seed/layouts/theatre.json"
BAR_MS = 1000


def one_visit(browser, site, show):
    visitor = Visitor(browser, site)
    try:
        return drawn_after(visitor, show)
    finally:
        visitor.close()


def first_paint(house, plan):
    layout = json.loads(THEATRE.read_text())
    show = house.records.show(title="The Marriage of Figaro", layout=layout)
    seats = sum(len(row["seats"]) for section in layout["sections"] for row in section["rows"])
    with chromium() as browser:
        times = [one_visit(browser, house.site, show) for _ in range(plan.times(5, 1))]
    name, median = f"a hall of {seats:,} seats is drawn", stats.median(times)
    found = f"after {median:.0f} ms, of {len(times)} visits {min(times)} to {max(times)}"
    figures = {"seats": seats, "median_ms": median, "slowest_ms": max(times)}
    if plan.quick:
        return [Check(name, found, figures=figures)]
    return [judged(name, found, f"{BAR_MS} ms", median < BAR_MS, figures=figures)]


CHECKS = [first_paint]
