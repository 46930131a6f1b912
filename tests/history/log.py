"""The log of a round: what each client asked and when, what it was told, and what both stores had at the end.

A round is a folder:
  round.json      seed, settings, shows, faults, samples of the clock
  ops-N.jsonl     one operation a line, as a list: the fields of Op
  bookings.json   MongoDB's documents at the end: [[show, seat, userId, bookingId, createdAt (ms)], ...]
  holds.json      Redis's holds at the end: [[show, seat, holdId, first end (ms), userId, end (ms)], ...]
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

SHOW_AT = slice(2, 26)  # of a line: `["<24 hex digits>", ...`


class Op(NamedTuple):
    """One operation of one client. Times are ns of CLOCK_MONOTONIC, but those that an answer names: ms since 1970.

    answer, by op and status:
      hold, extend 200  [holdId, expiresAt, [[holdId, expiresAt] of each seat asked for]]
      release 200       [how many of the seats were held until then]
      best 200          the same, of the seats that it was given: those are `seats`, else none are
      best, but 200     [how many seats it asked for, seatsLeft or null]
      confirm 200, 201  [bookingId, [bookingId of each seat asked for]]
      status 200        [ETag, map]: one letter a seat in the show's order: a(vailable), h(eld), b(ooked)
      cancel 200        [alreadyCancelled, [[seat, cancellationId] of each]]; of its `seats` the first is the bookingId
      booking 200       [[seat, "booked" or "cancelled", cancellationId or null] of each]; its `seats` are [bookingId]
      status 304        [ETag, null]
      summary 200       [total, booked, held, available]
      listed 200        the same, of GET /shows; [] where it came without counts
      a problem         {seat: reason}
    """
    show: str
    client: int
    user: str  # "" for status, summary and listed
    op: str  # hold, best, extend, release, confirm, cancel, booking, status, summary, listed
    seats: list
    call: int
    ret: int
    status: int  # of HTTP; 0: no answer
    code: str  # of the problem; "" for success; "timeout", "reset"; "misshapen", "misaddressed": see wire.py
    answer: object

    @property
    def unknown(self):
        """Whether it took place, nobody was told."""
        return self.status == 0 or self.status >= 500

    def brief(self, origin=0):
        """One line for people; times in ms since `origin`."""
        asked = f"{self.user} {','.join(self.seats)}" if self.user else "-"
        return (f"{(self.call - origin) / 1e6:.3f}..{(self.ret - origin) / 1e6:.3f} client {self.client} {self.op} {asked}"
                f" -> {self.status} {self.code} {json.dumps(self.answer)}")[:400]


class Round:
    """One round as it was logged. Lines are kept as they are; a show's are parsed when they are asked for."""

    def __init__(self, about, lines, bookings, holds):
        self.seed = about["seed"]
        self.hold_ms = about["hold_ms"]
        self.most_ms = max(self.hold_ms, about.get("hold_max_ms", 0))  # from the grant to the first end, however often extended
        self.cap = about["cap"]
        self.shows = about["shows"]  # {show: number of seats}; they are S1, S2, ...
        self.faults = about["faults"]  # [[kind, begin ns, end ns], ...]
        self.final_from = about["final_from"]  # ns: what was called later saw a settled house
        self.origin = min((sample[0] for sample in about["clock"]), default=0)
        self.clock = about["clock"]  # [[ns of CLOCK_MONOTONIC, CLOCK_REALTIME minus it], ...]
        self.offset_ns = self.clock[0][1] if self.clock else 0
        self.lines = lines  # {show: [line]}
        self.bookings = defaultdict(list)
        for show, *rest in bookings:
            self.bookings[show].append(tuple(rest))
        self.holds = defaultdict(list)
        for show, *rest in holds:
            self.holds[show].append(tuple(rest))

    @classmethod
    def read(cls, folder):
        folder = Path(folder)
        lines = defaultdict(list)
        for path in sorted(folder.glob("ops-*.jsonl")):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    lines[line[SHOW_AT]].append(line)
        return cls(read_json(folder / "round.json"), lines, read_json(folder / "bookings.json"),
                   read_json(folder / "holds.json"))

    def write(self, folder):
        """For rounds that were made by hand; played ones are written as they go."""
        names = ("seed", "hold_ms", "cap", "shows", "faults", "final_from", "clock")
        write_json(folder / "round.json", {name: getattr(self, name) for name in names} | {"hold_max_ms": self.most_ms})
        (folder / "ops-0.jsonl").write_text("".join(line for lines in self.lines.values() for line in lines))
        for name in ("bookings", "holds"):
            write_json(folder / f"{name}.json", [[show, *one] for show, found in getattr(self, name).items() for one in found])

    @property
    def seen(self):
        """Shows that the log or a store speaks of."""
        return sorted({*self.lines, *self.bookings, *self.holds})

    def ops(self, show):
        """In the order of their calls."""
        return sorted((Op(*json.loads(line)) for line in self.lines.get(show, ())), key=lambda op: op.call)

    def count(self):
        return sum(len(lines) for lines in self.lines.values())

    def mono(self, wall_ms):
        """ms since 1970 as ns of CLOCK_MONOTONIC."""
        return wall_ms * 1_000_000 - self.offset_ns

    def emptyings(self):
        """[(begin, end)] in which Redis lost its data, in order."""
        return sorted((begin, end) for kind, begin, end in self.faults if kind in ("flush", "redis_restart"))


def line_of(op):
    return json.dumps(op, separators=(",", ":"), ensure_ascii=False) + "\n"


def read_json(path):
    return json.loads(path.read_text())


def write_json(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")))


def labels(count):
    return [f"S{i}" for i in range(1, count + 1)]
