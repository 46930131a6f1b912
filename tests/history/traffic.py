"""The load: clients that hold, confirm, look, and repeat themselves on the same few seats, and log all of it.

One process a plan (plan-N.json of the round's folder), in it tables, at each table some clients, a thread each. The
clients of a table play the same shows together: for a twelfth of a second the same one, then another, so that they
collide, and come back to it when holds have lapsed. A show is left when its budget of operations is spent.
"""

import heapq
import itertools
import random
import sys
import threading
import time
from collections import deque
from pathlib import Path

from .log import labels, line_of, read_json
from .wire import Connection, perform

SLICE_NS = 80_000_000
FLUSH_LINES = 200
LEFT_WHEN_SOLD_OUT = 8
NAMES = ("ann", "bob", "u:1", "c d", "Ωmega", "eve")  # no byte of a name may forge a field of a hold

# How often each of these is done, of 100.
MIX = (("hold_some", 26), ("hold_again", 18), ("hold_more", 5), ("confirm_held", 2), ("confirm_part", 3),
       ("confirm_any", 4), ("confirm_again", 7), ("best_some", 6), ("best_again", 3),
       ("extend_held", 6), ("extend_any", 2), ("release_held", 4), ("release_part", 3), ("release_any", 2), ("status", 26), ("summary", 6),
       ("listed", 3))
ACTIONS, WEIGHTS = zip(*MIX)


class Play:
    """What the clients of a table know of one show. Threads race for it; they would at worst repeat themselves."""

    def __init__(self, show, seats, users, budget):
        self.show, self.seats, self.left = show, labels(seats), budget
        self.unsold = self.seats  # of the last map seen
        self.users = [NAMES[i] if i < len(NAMES) else f"user-{i}" for i in range(users)]
        self.grants = deque(maxlen=16)  # (user, seats)
        self.confirms = deque(maxlen=12)
        self.wishes = deque(maxlen=8)  # (user, wish), with a key each
        self.unknown = 0

    def some_seats(self, rng, most=4):
        seats = self.unsold if rng.random() < 0.8 else self.seats
        return rng.sample(seats, min(len(seats), rng.choice((1, 1, 2, 2, 3, most))))


class Table:
    def __init__(self, plan, seed):
        self.plan = plan
        self.salt = random.Random(seed).getrandbits(32)
        self.lock = threading.Lock()
        self.shows = iter(plan["shows"])
        self.open = [play for play in (self.next_show() for _ in range(plan["width"])) if play]
        self.ends = []  # heap of (end in ns, play, user, seats): where holds are about to lapse
        self.order = itertools.count()

    def next_show(self):
        show = next(self.shows, None)
        return show and Play(*show, self.plan["users"], self.plan["budget"])

    def pick(self, rng):
        """The show of this moment for all clients of the table; now and then another."""
        moment = time.monotonic_ns() // SLICE_NS * 2654435761 + self.salt
        return self.open[(moment >> 7) % len(self.open)] if rng.random() < 0.9 else rng.choice(self.open)

    def count(self, play, op):
        play.left -= 1
        play.unknown += op.unknown and op.op not in ("status", "summary", "listed")
        if play.left > 0 and play.unknown < self.plan["most_unknown"]:
            return
        with self.lock:
            fresh = self.next_show() if play in self.open else None
            if fresh:  # where there is none, the old one goes on
                self.open[self.open.index(play)] = fresh

    def note_end(self, at, play, user, seats):
        with self.lock:
            if len(self.ends) < 200:
                heapq.heappush(self.ends, (at, next(self.order), play, user, seats))

    def next_end(self):
        with self.lock:
            return heapq.heappop(self.ends) if self.ends else None


class Client(threading.Thread):
    def __init__(self, number, table, round_plan, out):
        super().__init__(daemon=True)
        self.number, self.table, self.out = number, table, out
        self.rng = random.Random(f"{round_plan['seed']}/{number}")
        self.start_at, self.stop_at = round_plan["start"], round_plan["stop"]
        self.connection = Connection(round_plan["port"])
        self.etags = {}
        self.lines = []
        self.error = None

    def run(self):
        time.sleep(max(0, self.start_at - time.monotonic_ns()) / 1e9)
        try:
            while time.monotonic_ns() < self.stop_at:
                self.turn()
        except BaseException as error:  # handed to main()
            self.error = error
        finally:
            self.out(self.lines)
            self.connection.close()

    def turn(self):
        play = self.table.pick(self.rng)
        action, = self.rng.choices(ACTIONS, WEIGHTS)
        getattr(self, action)(play)

    def do(self, play, op, user="", seats=(), etag=None, wish=None):
        done = perform(self.connection, self.number, play.show, op, user, seats, etag, wish, self.table.plan["begins_ms"])
        self.lines.append(line_of(done))
        if len(self.lines) >= FLUSH_LINES:
            self.out(self.lines)
            self.lines = []
        self.table.count(play, done)
        if done.unknown:
            time.sleep(self.rng.uniform(0.005, 0.04))  # the stores are down, most likely
        return done

    # What a client does. Seats and users come from what others of the table did lately.

    def hold(self, play, user, seats):
        self.note_grant(play, self.do(play, "hold", user, seats))

    def note_grant(self, play, done):
        if done.status == 200 and not done.code:
            play.grants.append((done.user, done.seats))
            left = done.answer[1] * 1_000_000 - time.time_ns()
            self.table.note_end(time.monotonic_ns() + left, play, done.user, done.seats)

    def best(self, play, user, wish):
        if "requestKey" in wish:
            play.wishes.append((user, wish))
        self.note_grant(play, self.do(play, "best", user, wish=wish))

    def confirm(self, play, user, seats):
        play.confirms.append((user, seats))
        self.do(play, "confirm", user, seats)

    def recent(self, of, play):
        try:
            return self.rng.choice(of)
        except (IndexError, RuntimeError):  # empty, or another thread was there just now
            return self.rng.choice(play.users), play.some_seats(self.rng)

    def hold_some(self, play):
        self.hold(play, self.rng.choice(play.users), play.some_seats(self.rng))

    def hold_again(self, play):
        self.hold(play, *self.recent(play.grants, play))

    def hold_more(self, play):
        user, seats = self.recent(play.grants, play)
        more = [seat for seat in play.some_seats(self.rng, 2) if seat not in seats]
        self.hold(play, user, (seats + more)[-self.rng.randint(1, 5):])

    def best_some(self, play):
        wish = {"quantity": self.rng.choice((1, 1, 2, 3))}
        if self.rng.random() < 0.6:
            wish["requestKey"] = f"key-{self.rng.getrandbits(64):016x}"
        self.best(play, self.rng.choice(play.users), wish)

    def best_again(self, play):
        """The same request, by its own user: its answer was lost, perhaps, or is still on its way."""
        try:
            self.best(play, *self.rng.choice(play.wishes))
        except (IndexError, RuntimeError):
            self.best_some(play)

    def extend_held(self, play):
        user, seats = self.recent(play.grants, play)
        self.note_grant(play, self.do(play, "extend", user, seats))

    def extend_any(self, play):
        """A part of a hold, or what is perhaps another's, over, or sold."""
        user, seats = self.recent(play.grants, play)
        seats = self.rng.sample(seats, self.rng.randint(1, len(seats))) if self.rng.random() < 0.7 else play.some_seats(self.rng)
        self.note_grant(play, self.do(play, "extend", user, seats))

    def release_held(self, play):
        self.do(play, "release", *self.recent(play.grants, play))

    def release_part(self, play):
        user, seats = self.recent(play.grants, play)
        self.do(play, "release", user, self.rng.sample(seats, self.rng.randint(1, len(seats))))

    def release_any(self, play):
        """Seats of nobody, of another, sold, or being sold at this moment."""
        user, seats = self.recent(play.confirms, play)
        self.do(play, "release", user, seats if self.rng.random() < 0.6 else play.some_seats(self.rng))

    def confirm_held(self, play):
        self.confirm(play, *self.recent(play.grants, play))

    def confirm_part(self, play):
        """A part of one hold, or parts of two."""
        user, seats = self.recent(play.grants, play)
        other, others = self.recent(play.grants, play)
        if other == user:
            seats = seats + [seat for seat in others if seat not in seats]
        self.confirm(play, user, self.rng.sample(seats, self.rng.randint(1, min(len(seats), 6))))

    def confirm_any(self, play):
        self.confirm(play, self.rng.choice(play.users), play.some_seats(self.rng))

    def confirm_again(self, play):
        user, seats = self.recent(play.confirms, play)
        self.do(play, "confirm", user, seats)

    def status(self, play):
        known = self.etags.get(play.show) if self.rng.random() < 0.6 else None
        done = self.do(play, "status", etag=known)
        if done.status == 200 and not done.code:
            self.etags[play.show] = done.answer[0]
            unsold = [seat for seat, state in zip(play.seats, done.answer[1]) if state != "b"]
            play.unsold = unsold or play.seats
            if not unsold:
                play.left = min(play.left, LEFT_WHEN_SOLD_OUT)

    def summary(self, play):
        self.do(play, "summary")

    def listed(self, play):
        self.do(play, "listed")


class Edge(Client):
    """Waits for the ms at which a hold lapses, and asks for it there."""

    def turn(self):
        end = self.table.next_end()
        if end is None:
            return super().turn()
        at, _, play, user, seats = end
        wait = (at - time.monotonic_ns()) / 1e9 - self.rng.uniform(-0.002, 0.006)
        if wait > 0:
            time.sleep(min(wait, max(0, self.stop_at - time.monotonic_ns()) / 1e9))
        for _ in range(self.rng.randint(1, 4)):
            {0: lambda: self.status(play), 1: lambda: self.status(play), 2: lambda: self.hold(play, user, seats),
             3: lambda: self.hold(play, self.rng.choice(play.users), self.rng.sample(seats, len(seats))),
             4: lambda: self.confirm(play, user, seats), 5: lambda: self.do(play, "extend", user, seats),
             6: lambda: self.do(play, "release", user, seats)}[self.rng.choices(range(7), (4, 4, 3, 3, 1, 2, 1))[0]]()


def main(folder, number):
    sys.setswitchinterval(0.0005)  # a thread that waits for the interpreter would log its answer late
    plan = read_json(Path(folder) / f"plan-{number}.json")
    lock = threading.Lock()
    with open(Path(folder) / f"ops-{number}.jsonl", "w", encoding="utf-8") as file:
        def out(lines):
            with lock:
                file.writelines(lines)

        clients = []
        for at, table_plan in enumerate(plan["tables"]):
            table = Table(table_plan, f"{plan['seed']}/{number}/{at}")
            for i in range(table_plan["clients"]):
                kind = Edge if i < table_plan["edges"] else Client
                clients.append(kind(number * 1000 + at * 100 + i, table, plan, out))
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    for client in clients:
        if client.error:
            raise client.error


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
