"""Overload: four times the clients that can be in the house at once."""

import re
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import wrk
from .check import Check, judged
from .house import WORKERS, bodies
from .wrk import LoadError, get

BACKLOG = 1024  # of the workers' socket (spawn-fcgi -b): those in it and those in hand can be served
CLIENTS = 4 * (BACKLOG + WORKERS)
THREADS, START_S = 16, 2  # of wrk: see overload.lua
SLOWEST_S, GOODPUT = 2, 0.80
SCRIPT = Path(__file__).with_name("overload.lua")


def crowd(house, requests, clients, seconds):
    """{figure: number} and the statuses, of a crowd that asks for so many seconds and then waits for its answers."""
    with tempfile.TemporaryDirectory(prefix="bo-wrk-") as folder:
        for number in range(THREADS):
            Path(folder, str(number)).write_bytes(b"\0".join(requests[number::THREADS]))
        done = subprocess.run(
            ["wrk", f"-t{THREADS}", f"-c{clients}", f"-d{seconds + START_S + SLOWEST_S + 1}s", "--timeout", f"{SLOWEST_S}s",
             "-s", SCRIPT, house.url, folder, str(seconds), str(time.monotonic_ns() // 1000 + START_S * 1_000_000)],
            capture_output=True, text=True, check=False, timeout=seconds + 60)
    found = re.search(r"^crowd (.*)$", done.stdout, re.M)
    if not found:
        raise LoadError(f"wrk failed: {done.stdout}{done.stderr}")
    figures = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", found.group(1))}
    figures["goodput"] = figures["served"] * 1e6 / max(figures["served_us"], 1)
    # What broke has no answer: it was sent, or its connection was never made.
    figures["unanswered"] = max(figures["sent"] - figures["answered"], figures["broken"])
    statuses = re.findall(r"^status (\d+) (\d+)$", done.stdout, re.M)
    return figures, Counter({status: int(times) for status, times in statuses})


def traffic(house, count):
    """One hold of a fresh seat, four looks at a map of 100 seats."""
    look = get(f"/status/{house.show_with_map(100)}")
    holds = bodies("/hold", house.orders(house.fresh_shows(count, 1), count, 1))
    return [request for hold in holds for request in (look, look, hold, look, look)]


def overload(house, plan):
    seconds = plan.times(10, 2)
    requests = traffic(house, 5000 * seconds)
    cut = len(requests) // 10 // 5 * 5
    peak, _ = crowd(house, requests[:cut], wrk.CLIENTS, plan.times(5, 2))
    over, statuses = crowd(house, requests[2 * cut:], CLIENTS, seconds)
    # The crowd's last SLOWEST_S seconds were quiet, so now it must be as before.
    after, after_statuses = crowd(house, requests[cut:2 * cut], wrk.CLIENTS, plan.times(5, 2))

    # Of the peak around it: what else runs on the machine changes it by a tenth between two looks.
    around = (peak["goodput"] + after["goodput"]) / 2
    share, again = over["goodput"] / around, after["goodput"] / peak["goodput"]
    refusals = {status: times for status, times in statuses.items() if status not in ("200",)}
    odd = over["bad"] + sum(times for status, times in refusals.items() if status not in ("503", "429"))
    checks = [
        judged(f"{CLIENTS:,} clients, each is answered", f"{over['unanswered']} of {over['sent']:,} not, "
               f"{over['late']} late, slowest {over['slowest_us'] / 1e6:.2f} s", f"all within {SLOWEST_S} s",
               over["unanswered"] == 0 and over["late"] == 0, figures={**over, "statuses": dict(statuses)}),
        judged("refusals say what they are", f"{sum(refusals.values()):,} refused, {odd} of them not as promised",
               "Retry-After, problem", odd == 0, figures={"refused": dict(refusals), "odd": odd}),
        judged("what is served meanwhile",
               f"{over['goodput']:,.0f} requests/s, x {share:.2f} of {around:,.0f}",
               f"x {GOODPUT}", share >= GOODPUT, figures={"ratio": share}),
        judged(f"{SLOWEST_S} s after it", f"{after['goodput']:,.0f} requests/s, x {again:.2f}",
               f"x {GOODPUT}, no refusal",
               again >= GOODPUT and set(after_statuses) <= {"200"}, figures={"ratio": again})]
    if plan.quick:
        checks = [Check(each.name, each.found, each.bar, "-", each.figures) for each in checks]
    return checks


CHECKS = [overload]
