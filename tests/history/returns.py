"""Rounds in which bookings are given back: a few seats, sold and cancelled again and again, by clients who race for them.

Where a seat's sale may end, the rules of other rounds do not hold (there, sold once is sold for ever): these rounds have
rules of their own, rules_returns.py."""

import random
import shutil
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from boxsite import Site
from bson import ObjectId
from lib.shows import Records

from .faults import Weather
from .log import Round, labels, line_of
from .play import mend_stores
from .wire import Connection, perform

SETTLE_SECONDS = 60
HOLD_SECONDS = 2
USERS = ("ann", "bob", "c d", "eve")
MIX = (("hold", 24), ("confirm", 24), ("again", 8), ("release", 6), ("cancel", 16), ("cancel_again", 6), ("cancel_anothers", 4),
       ("booking", 10), ("booking_anothers", 2), ("status", 18))
ACTIONS, WEIGHTS = zip(*MIX)


@dataclass
class Returns:
    """What was asked and answered, and what MongoDB had in the end. ops: of one show, in the order of their calls."""
    ops: list
    bookings: list  # (seat, user, bookingId)
    cancellations: list  # (seat, user, bookingId, cancellationId)
    seats: list
    show: str = "0" * 24
    faults: list = field(default_factory=list)  # [[kind, begin ns, end ns]]


class Client(threading.Thread):
    def __init__(self, number, port, play, seed, stop):
        super().__init__(daemon=True)
        self.number, self.play, self.stop = number, play, stop
        self.connection, self.rng, self.error = Connection(port), random.Random(f"{seed}/{number}"), None

    def run(self):
        try:
            while time.monotonic() < self.stop:
                action, = self.rng.choices(ACTIONS, WEIGHTS)
                getattr(self, action)(self.rng.choice(self.play))
        except BaseException as error:  # handed to play()
            self.error = error
        finally:
            self.connection.close()

    def do(self, show, op, user="", seats=()):
        done = perform(self.connection, self.number, show.id, op, user, seats)
        show.ops.append(done)
        if done.unknown:
            time.sleep(self.rng.uniform(0.005, 0.04))
        return done

    def hold(self, show):
        user, seats = self.rng.choice(USERS), self.rng.sample(show.seats, self.rng.choice((1, 2, 2, 3)))
        if self.do(show, "hold", user, seats).status == 200:
            show.held.append((user, seats))

    def confirm(self, show, of=None):
        of = list(show.held if of is None else of)
        if not of:
            return self.hold(show)
        user, seats = self.rng.choice(of)
        show.asked.append((user, seats))
        done = self.do(show, "confirm", user, seats)
        if done.status in (200, 201) and not done.code:
            show.sold.append((user, done.answer[0], [seat for seat, booking in zip(seats, done.answer[1]) if booking == done.answer[0]]))

    def again(self, show):
        self.confirm(show, show.asked)

    def release(self, show):
        if held := list(show.held):
            self.do(show, "release", *self.rng.choice(held))

    def booking(self, show, by=None):
        """Of one that was sold: whole, or given back in part or whole."""
        if sold := list(show.sold):
            user, booking, _ = self.rng.choice(sold)
            self.do(show, "booking", by or user, [booking])

    def booking_anothers(self, show):
        self.booking(show, by=self.rng.choice(USERS) + "?")

    def cancel(self, show, of=None, by=None):
        of = list(show.sold if of is None else of)
        if of:
            user, booking, seats = self.rng.choice(of)
            some = self.rng.sample(seats, self.rng.randint(1, len(seats))) if self.rng.random() < 0.4 else []
            if by is None:
                show.cancelled.append((user, booking, seats))
            self.do(show, "cancel", by or user, [booking, *some])

    def cancel_again(self, show):
        self.cancel(show, show.cancelled)

    def cancel_anothers(self, show):
        self.cancel(show, by=self.rng.choice(USERS) + "?")

    def status(self, show):
        self.do(show, "status")


class Show:
    """What the clients know of it. Threads race for it; they would at worst repeat themselves."""

    def __init__(self, show, seats):
        self.id, self.seats, self.ops = show, labels(seats), []
        self.held, self.asked, self.sold, self.cancelled = (deque(maxlen=8) for _ in range(4))


def settle(site, shows):
    """Whoever was told nothing asks again; then everybody looks once more."""
    connection, deadline = Connection(site.nginx.http_port), time.monotonic() + SETTLE_SECONDS

    def do(show, op, user="", seats=()):
        while True:
            done = perform(connection, 99, show.id, op, user, seats)
            show.ops.append(done)
            if not done.unknown and done.code != "confirming":
                return done
            assert time.monotonic() < deadline, f"not settled after {SETTLE_SECONDS} s: {done.brief()}"
            time.sleep(0.1)

    for show in shows:
        for op in ("confirm", "cancel"):
            for user, seats in {(done.user, tuple(done.seats)) for done in show.ops if done.op == op and done.unknown}:
                do(show, op, user, seats)
    return lambda show: do(show, "status")


def play(seconds, seed, faults=(), clients=6, shows=5, board_seconds=5):
    """A whole round: [Returns], one a show."""
    run_dir = Path(tempfile.mkdtemp(prefix="bo-returns-", dir="/tmp"))
    try:
        with Site(run_dir, workers=6, env={"BOXOFFICE_HOLD_SECONDS": str(HOLD_SECONDS), "BOXOFFICE_BOARD_SECONDS": str(board_seconds)}) as site:
            return play_on(site, seconds, seed, faults, clients, shows)
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def play_on(site, seconds, seed, faults, clients, shows):
    records, rng = Records(site), random.Random(seed)
    made = [Show(records.show(seats=size, title="Rashomon"), size) for size in (rng.choice((3, 4, 6)) for _ in range(shows))]
    start = time.monotonic()
    crowd = [Client(number, site.nginx.http_port, made, seed, start + seconds) for number in range(clients)]
    with Weather(site, faults, seed, time.monotonic_ns(), time.monotonic_ns() + int(seconds * 1e9)) as weather:
        for client in crowd:
            client.start()
        for client in crowd:
            client.join(seconds + 60)
    for client in crowd:
        if client.error:
            raise client.error
    mend_stores(site)
    look = settle(site, made)
    found = [stores_of(records, show, weather.told) for show in made]
    wait_for_boards(made, found, look)
    records.close()
    return found


def stores_of(records, show, faults):
    key = {"showId": ObjectId(show.id)}
    return Returns(show.ops, [(one["seatNumber"], one["userId"], one["bookingId"]) for one in records.db.bookings.find(key)],
                   [(one["seatNumber"], one["userId"], one["bookingId"], one["cancellationId"])
                    for one in records.db.cancellations.find(key)], show.seats, show.id, faults)


def wait_for_boards(shows, found, look):
    """Each show's last look is what its stores have, as soon as a board that was not told has been loaded: see GRACE."""
    deadline = time.monotonic() + 25
    for show, returns in zip(shows, found):
        sold = {seat for seat, _, _ in returns.bookings}
        while shown(look(show), show.seats) != sold and time.monotonic() < deadline:
            time.sleep(0.3)


def write(rounds, folder, seed):
    """As the folder of a round, for Porcupine."""
    mono = time.monotonic_ns()
    about = {"seed": seed, "hold_ms": HOLD_SECONDS * 1000, "cap": 10, "shows": {one.show: len(one.seats) for one in rounds},
             "faults": rounds[0].faults, "final_from": 0, "clock": [[mono, time.time_ns() - mono]]}
    # A booking is told by MongoDB alone, and may be told before the board knows: rules_returns.py looks at it.
    Round(about, {one.show: [line_of(op) for op in one.ops if op.op != "booking"] for one in rounds},
          [[one.show, *booking, 0] for one in rounds for booking in one.bookings], []).write(folder)


def shown(status, seats):
    """The seats that a map shows as booked."""
    return {seat for seat, state in zip(seats, status.answer[1]) if state == "b"}
