"""The end of a round: nobody is left in doubt, and everybody has looked once more."""

import json
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from . import dump
from .log import Op, line_of
from .wire import Connection, perform

SETTLE_SECONDS = 90
LOOK_SECONDS = 20  # more than BO_CONFIRM_DEADLINE_MS
CLIENTS = 8  # where Redis was emptied each show's first look takes a while


class Settler:
    """What clients do that were told "unknown": they ask again until they are told. Then a last look at every show."""

    def __init__(self, site, folder, number):
        self.site, self.folder, self.number = site, folder, number
        self.own = threading.local()
        self.deadline = time.monotonic() + SETTLE_SECONDS
        self.lines = []

    def settle(self):
        """Returns the moment of the first of the last looks."""
        shows, asked = self.read()
        with ThreadPoolExecutor(CLIENTS) as self.pool:
            list(self.pool.map(lambda one: self.do("confirm", *one), asked))
            final_from = time.monotonic_ns()
            self.look_at(shows)
        (self.folder / f"ops-{self.number}.jsonl").write_text("".join(self.lines), encoding="utf-8")
        return final_from

    def read(self):
        """The shows of the log, and the confirmations of which somebody does not know."""
        shows, asked = set(), {}
        for path in sorted(self.folder.glob("ops-*.jsonl")):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    op = Op(*json.loads(line))
                    shows.add(op.show)
                    if op.op == "confirm" and op.unknown:
                        asked[op.show, op.user, tuple(op.seats)] = True
        return shows, list(asked)

    def do(self, op, show, user="", seats=()):
        if not hasattr(self.own, "connection"):
            self.own.connection = Connection(self.site.nginx.http_port)
            self.own.client = self.number * 1000 + threading.get_native_id() % 1000
        while True:
            done = perform(self.own.connection, self.own.client, show, op, user, seats)
            self.lines.append(line_of(done))
            if not done.unknown:
                return done
            assert time.monotonic() < self.deadline, f"not settled after {SETTLE_SECONDS} s: {done.brief()}"
            time.sleep(0.1)

    def look_at(self, shows):
        """Until each shows as sold what MongoDB has; a board that was not told of a sale learns of it within GRACE.
        Where it never does, the log says so, and the checker."""
        sold = defaultdict(set)
        for show, seat, *_ in dump.bookings(self.site):
            sold[show].add(seat)

        def is_behind(show):
            status, summary = self.do("status", show), self.do("summary", show)
            if status.status != 200 or summary.status != 200 or status.code or summary.code:
                return False  # the checker will say so
            shown = {f"S{i}" for i, state in enumerate(status.answer[1], 1) if state == "b"}
            return shown != sold[show] or summary.answer[1] != len(sold[show])

        end = None
        while shows and (end is None or time.monotonic() < end):
            shows = [show for show, behind in zip(shows, self.pool.map(is_behind, shows)) if behind]
            end = end or time.monotonic() + LOOK_SECONDS
            time.sleep(0.5 if shows else 0)
