"""Memory of a worker, and how soon a new one serves."""

import re
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from boxsite.waiting import came_true
from lib import fcgi

from . import stats, wrk
from .check import Check, judged
from .house import bodies
from .wrk import Traffic, get

WORKER_KIB = 4096
CACHE_KIB = 16 * 1024  # BOXOFFICE_CACHE_BYTES, its default
GROWTH_KIB = 256
READY_MS = 100
SHOWS, SEATS = 50, 5000


def worker_memory(house):
    """KiB (PSS) of each worker."""
    return {pid: int(re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1))
            for pid in house.site.workers.pids()}


def growth(before, after):
    """The most that one worker grew; one that was replaced in between is told by its pid."""
    return max(after[pid] - before[pid] for pid in after) if before.keys() == after.keys() else float("inf")


def serve(house, requests, count, seconds):
    """Until so many requests are answered."""
    served, errors = 0, Counter()
    while served < count:
        measured = wrk.run(Traffic(house.url, requests), seconds)
        served += measured.count
        errors.update(measured.errors)
        house.trim_logs()
        if errors or not measured.count:
            break
    return errors


def memory(house, plan):
    half = plan.times(500_000, 2_000)
    seconds = plan.times(5, 1)
    show = house.show_with_map(1000)
    house.site.workers.restart()  # as they begin
    house.site.wait_ready()
    mix = [get(f"/status/{show}"), get(f"/summary/{show}"), get(f"/status/{show}", If_None_Match='"x"'),
           *bodies("/hold", house.orders([show], 1, 3, first=900))]
    errors = serve(house, mix, half, seconds)
    first = worker_memory(house)
    errors += serve(house, mix, half, seconds)
    second = worker_memory(house)

    shows = house.shows(SHOWS, SEATS)
    house.warm(shows)
    maps = [get(f"/status/{show}") for show in shows]
    # The first pages of a full cache come slowly: by chance every worker meets every show, and each place of its cache.
    errors += serve(house, maps, plan.times(60_000, 500), seconds)
    full = worker_memory(house)
    errors += serve(house, maps, plan.times(30_000, 500), seconds)
    later = worker_memory(house)

    def row(name, before, after, limit):
        more, most = growth(before, after), max(after.values())
        good = most <= limit and (more <= GROWTH_KIB or plan.quick)
        return judged(name, f"at most {most / 1024:.1f} MiB a worker, grown by {more} KiB",
                      f"{limit / 1024:.0f} MiB, {GROWTH_KIB} KiB", good, errors=errors,
                      figures={"most_kib": most, "grown_kib": more})
    return [row(f"memory after {2 * half:,} requests on one show", first, second, WORKER_KIB),
            row(f"memory after maps of {SHOWS} shows of {SEATS:,} seats", full, later, WORKER_KIB + CACHE_KIB)]


def start_worker(house, path):
    """Milliseconds from its start to its first good answer on /health/ready, which takes both stores."""
    site = house.site
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)
        begin = time.monotonic()
        with subprocess.Popen([site.workers.program], stdin=listener, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=site.workers.environment()) as worker:
            try:
                asked = SimpleNamespace(fcgi_socket=path)
                good = came_true(lambda: fcgi.call(asked, "GET", "/health/ready").status_code == 200, 10, 0.005)
                return (time.monotonic() - begin) * 1000 if good else float("inf")
            finally:
                worker.terminate()
                path.unlink()


def worker_start(house, plan):
    times = [start_worker(house, house.site.fcgi_socket.with_name("one.sock")) for _ in range(plan.times(15, 1))]
    return [Check("a new worker is ready", f"after {stats.median(times):.0f} ms, at most {max(times):.0f}",
                  f"{READY_MS} ms", stats.verdict(times, READY_MS, at_most=True), {"ms": times})]


CHECKS = [memory, worker_start]
