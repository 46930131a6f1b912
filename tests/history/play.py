"""One round: a box office, a load on it, faults meanwhile, then everything settled and both stores written down."""

import random
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from bson import ObjectId
from lib.shows import Records, now

from . import dump
from .faults import Weather
from .log import write_json
from .settle import Settler

TESTS = Path(__file__).resolve().parents[1]
CAP = 10  # BOXOFFICE_MAX_HELD's default
RATE = 3500  # operations a second at most, for the number of shows; with fewer the last ones are played for longer


@dataclass(frozen=True)
class Table:
    """Shows that some clients play together."""
    seats: tuple  # of a show: one of these
    clients: int = 6
    users: int = 4
    width: int = 10  # shows at once
    budget: int = 200  # operations on a show, then comes the next
    edges: int = 1  # of the clients, so many wait for the moment at which a hold lapses
    most_unknown: int = 1 << 30  # a show with so many unknown outcomes is left


# Two processes of clients. The large house shares one with a small one.
SMALL = Table((2, 4, 6, 8, 8, 12))
LARGE = Table((300,), clients=5, users=12, width=2, budget=4000)
USUAL = ((SMALL, LARGE), (SMALL, SMALL))
# For Porcupine: small and few enough that an exact search ends.
SMALLEST = Table((2, 3, 4, 4), clients=4, users=3, width=14, budget=150, most_unknown=8)
EXACT = ((SMALLEST, SMALLEST), (SMALLEST, SMALLEST))


@dataclass(frozen=True)
class Plan:
    """A round. faults: names of faults.KINDS, each once, in an order that the seed gives."""
    seconds: float
    faults: tuple = ()
    tables: tuple = USUAL
    hold_seconds: int = 2
    hold_max_seconds: int = 5
    board_seconds: int = 5
    workers: int = 8

    @property
    def env(self):
        return {"BOXOFFICE_HOLD_SECONDS": str(self.hold_seconds),
                "BOXOFFICE_HOLD_MAX_SECONDS": str(self.hold_max_seconds), "BOXOFFICE_BOARD_SECONDS": str(self.board_seconds)}


def play(site, folder, plan, seed):
    """Plays a round on a running site, made as the plan says, into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    processes = make_shows(site, plan, seed)
    start = time.monotonic_ns() + 700_000_000
    stop = start + int(plan.seconds * 1e9)
    for number, tables in enumerate(processes):
        write_json(folder / f"plan-{number}.json",
                   {"seed": seed, "port": site.nginx.http_port, "start": start, "stop": stop, "tables": tables})
    about = {"seed": seed, "hold_ms": plan.hold_seconds * 1000,
             "hold_max_ms": plan.hold_max_seconds * 1000, "cap": CAP,
             "shows": {show: seats for tables in processes for table in tables for show, seats in table["shows"]}}
    with Clock() as clock:
        with Weather(site, plan.faults, seed, start, stop) as weather:
            clients(folder, len(processes), plan.seconds)
        mend_stores(site)
        about["final_from"] = Settler(site, folder, len(processes)).settle()
        dump.write(site, folder)
    write_json(folder / "round.json", {**about, "faults": weather.told, "clock": clock.samples})


def make_shows(site, plan, seed):
    """Shows in MongoDB, and the tables with them: [[table of a process]]."""
    rng = random.Random(f"{seed}/shows")
    made, documents = [], []
    begins = now().replace(microsecond=0) + timedelta(days=1)
    for process in plan.tables:
        tables = []
        for table in process:
            count = table.width + int(RATE * plan.seconds / sum(map(len, plan.tables)) / table.budget)
            shows = [(str(ObjectId()), rng.choice(table.seats)) for _ in range(count)]
            tables.append({**asdict(table), "shows": shows, "begins_ms": int(begins.timestamp() * 1000)})
            documents += [{"_id": ObjectId(show), "movieTitle": "Rashomon", "startTime": begins, "totalSeats": seats,
                           "createdAt": now(), "updatedAt": now()} for show, seats in shows]
        made.append(tables)
    records = Records(site)
    records.db.shows.insert_many(documents)
    records.close()
    return made


def clients(folder, count, seconds):
    """Runs the processes of clients to their end."""
    running = [subprocess.Popen([sys.executable, "-m", "history.traffic", str(folder), str(number)], cwd=TESTS,
                                stdin=subprocess.DEVNULL) for number in range(count)]
    try:
        for process in running:
            code = process.wait(seconds + 60)
            assert code == 0, f"a process of clients ended with {code}"
    finally:
        for process in running:
            process.kill()
            process.wait()


class Clock(threading.Thread):
    """Samples how far the two clocks lie apart: leases are told in the one, operations in the other."""

    def __init__(self):
        super().__init__(daemon=True)
        self.samples, self.over = [], threading.Event()

    def sample(self):
        best = None
        for _ in range(5):  # the tightest of some: this thread may lose the processor in between
            before = time.monotonic_ns()
            wall = time.time_ns()
            after = time.monotonic_ns()
            if best is None or after - before < best[0]:
                best = after - before, [before, wall - (before + after) // 2]
        self.samples.append(best[1])

    def run(self):
        while not self.over.wait(1):
            self.sample()

    def __enter__(self):
        self.sample()
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join(10)
        self.sample()


def mend_stores(site):
    """All servers as they were; what Redis and MongoDB know stays."""
    for server in (site.redis, site.mongod):
        if server.alive():
            server.resume()
        server.start()
    site.wait_ready()
