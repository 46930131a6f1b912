"""Rounds that no server played: clients, a clock and a box office that is right by construction, in a few lines.

The checker must find nothing in them. With a bug planted (a subclass of House that overrides a step; test_checker.py)
it must find that. Also as many operations as it takes to measure the checker:

  python3 -m history.synthetic OPERATIONS
"""

import heapq
import itertools
import json
import random
import sys
from collections import deque

from .checker import check
from .log import Op, Round, labels, line_of

MS = 1_000_000
HOLD_MS, MOST_MS, GRACE_MS, CAP = 2000, 4500, 15000, 5
OFFSET_NS = 1_700_000_000_000 * MS
USERS = ("ann", "bob", "cid")


class Hold:
    def __init__(self, hold_id, user, first_end, seats, granted):
        self.id, self.user, self.seats, self.granted = hold_id, user, seats, granted
        self.first_end = first_end
        self.ends = dict.fromkeys(seats, first_end)  # lengthened by a confirmation


class House:
    """One show, all of whose steps are atomic. Times are ms since 1970."""

    cap = CAP
    now = 0  # of the confirmation
    dies = False  # after the operation that comes now, and nobody is told of it

    def __init__(self, show, n_seats, rng):
        self.show, self.seats, self.rng = show, labels(n_seats), rng
        self.holds, self.sold, self.documents = {}, {}, []
        self.version = 1
        self.numbers = itertools.count(1)

    def new_id(self):
        return f"{self.rng.getrandbits(64):016x}{next(self.numbers):04x}"

    # -- steps, for bugs to override

    def held(self, seat, now):
        hold = self.holds.get(seat)
        return hold if hold and hold.ends[seat] > now else None

    def in_the_way(self, user, seat, now):
        if seat in self.sold:
            return "booked"
        hold = self.held(seat, now)
        return "held" if hold and (hold.user != user or hold.first_end <= now) else None

    def length(self):
        return HOLD_MS

    def told_end(self, hold, now):
        return hold.first_end

    def record(self, user, seats, booking):
        self.documents += [[self.show, seat, user, booking, self.now] for seat in seats]

    def mark_sold(self, user, seats, booking):
        """On the board; after the record."""
        for seat in seats:
            self.holds.pop(seat, None)
        self.version += 1

    def state(self, seat, now):
        return "b" if seat in self.sold else "h" if self.held(seat, now) else "a"

    def tag(self, now):
        return f"1-{self.version}-{sum(1 for seat in self.seats if self.state(seat, now) == 'h')}-x"

    def empty(self):
        self.holds.clear()
        self.version += 1000

    def kept(self, now):
        """What Redis has in the end."""
        return [[self.show, seat, hold.id, hold.first_end, hold.user, hold.ends[seat]]
                for seat in self.holds if (hold := self.held(seat, now))]

    # -- operations: (status, code, answer)

    def hold(self, user, seats, now):
        way = {seat: why for seat in seats if (why := self.in_the_way(user, seat, now))}
        if way:
            return 409, "seats_unavailable", way
        fresh = [seat for seat in seats if not self.held(seat, now)]
        mine = sum(1 for seat in self.seats if (hold := self.held(seat, now)) and hold.user == user)
        if fresh and mine + len(fresh) > self.cap:
            return 409, "hold_limit", dict.fromkeys(seats, "limit")
        if fresh:
            made = Hold(self.new_id(), user, now + self.length(), tuple(fresh), now)
            self.holds.update(dict.fromkeys(fresh, made))
            self.version += 1
        parts = [[self.holds[seat].id, self.told_end(self.holds[seat], now)] for seat in seats]
        return 200, "", [max(parts, key=lambda part: part[1])[0], min(end for _, end in parts), parts]

    def free(self, now):
        return [seat for seat in self.seats if self.state(seat, now) == "a"]

    def best(self, user, quantity, now):
        """In place of what is best, the first."""
        free, self.chosen = self.free(now), []
        if len(free) < quantity:
            return 409, "not_enough_seats", [quantity, len(free)]
        status, code, answer = self.hold(user, free[:quantity], now)
        if status != 200:
            return status, code, [quantity, None]
        self.chosen = free[:quantity]
        return status, code, answer

    def not_own(self, user, seats, now):
        """Why an extension or a release is refused, or None."""
        sold = {seat: "booked" for seat in seats if seat in self.sold}
        if sold:
            return 409, "seats_sold", sold
        others = {seat: "held" for seat in seats if (hold := self.held(seat, now)) and hold.user != user}
        return (403, "held_by_another", others) if others else None

    def longer(self, hold, now):
        return max(hold.first_end, min(now + HOLD_MS, hold.granted + MOST_MS))

    def over(self, hold, now):
        return not hold or hold.first_end <= now

    def extend(self, user, seats, now):
        if refused := self.not_own(user, seats, now):
            return refused
        held = {seat: self.held(seat, now) for seat in seats}
        missing = {seat: "expired" for seat, hold in held.items() if self.over(hold, now)}
        if missing:
            return 410, "hold_expired", missing
        for seat, hold in held.items():
            longer = Hold(hold.id, user, self.longer(hold, now), hold.seats, hold.granted)  # of this seat alone
            longer.ends[seat] = max(longer.first_end, hold.ends[seat])
            self.holds[seat] = longer
        parts = [[self.holds[seat].id, self.holds[seat].first_end] for seat in seats]
        return 200, "", [max(parts, key=lambda part: part[1])[0], min(end for _, end in parts), parts]

    def release(self, user, seats, now):
        if refused := self.not_own(user, seats, now):
            return refused
        held = [seat for seat in seats if self.held(seat, now)]
        self.let_go(held)
        self.version += bool(held)
        return 200, "", [len(held)]

    def let_go(self, seats):
        for seat in seats:
            del self.holds[seat]

    def confirm(self, user, seats, now, fails=False):
        self.now = now
        others = {seat: "booked" for seat in seats if seat in self.sold and self.sold[seat][0] != user}
        if others:
            return 409, "seats_sold", others
        todo = [seat for seat in seats if seat not in self.sold]
        if not todo:
            return self.booked(200, seats)
        held = {seat: self.held(seat, now) for seat in todo}
        others = {seat: "held" for seat, hold in held.items() if hold and hold.user != user}
        if others:
            return 403, "held_by_another", others
        missing = {seat: "expired" for seat, hold in held.items() if not hold}
        if missing:
            return 410, "hold_expired", missing
        for seat, hold in held.items():
            hold.ends[seat] = max(hold.ends[seat], min(now, hold.first_end) + GRACE_MS)
        if fails:
            return 503, "mongo_unavailable", {}
        return self.sell(user, seats, todo)

    def sell(self, user, seats, todo):
        booking = self.new_id()
        self.record(user, todo, booking)
        self.sold.update(dict.fromkeys(todo, (user, booking)))
        status, code, (_, ids) = self.booked(201, seats)
        self.mark_sold(user, todo, booking)
        return status, code, [booking, ids]

    def booked(self, status, seats):
        ids = [self.sold[seat][1] for seat in seats]
        return status, "", [ids[0], ids]

    def status(self, user, seats, now):
        return 200, "", [self.tag(now), "".join(self.state(seat, now) for seat in self.seats)]

    def summary(self, user, seats, now):
        states = [self.state(seat, now) for seat in self.seats]
        return 200, "", [len(states), *(states.count(state) for state in "bha")]


    def listed(self, user, seats, now):
        told = self.summary(user, seats, now)
        return told if self.rng.random() < 0.9 else (200, "", [])  # no time to count


class Player:
    """Clients of one show, and the log of what they do."""

    def __init__(self, house, rng, start, lost):
        self.house, self.rng, self.now, self.lost = house, rng, start, lost
        self.lines, self.faults = [], []
        self.recent = deque([("ann", ["S1"])], maxlen=8)

    def choose(self):
        op = self.rng.choices(("hold", "again", "best", "extend", "release", "confirm", "part", "status", "summary", "listed"),
                              (26, 18, 6, 7, 5, 1, 2, 30, 6, 4))[0]
        if op in ("status", "summary", "listed"):
            return op, "", []
        if op == "best":
            return op, self.rng.choice(USERS), self.rng.choice((1, 2, 3))
        if op == "hold":
            seats = self.rng.sample(self.house.seats, min(self.rng.choice((1, 2, 2, 3, 4)), len(self.house.seats)))
            return op, self.rng.choice(USERS), seats
        user, seats = self.rng.choice(self.recent)
        if op in ("extend", "release"):
            if self.rng.random() < 0.3:
                seats = self.rng.sample(seats, self.rng.randint(1, len(seats)))
            return op, self.rng.choice(USERS) if self.rng.random() < 0.2 else user, seats
        if op == "part":
            op, seats = "confirm", self.rng.sample(seats, self.rng.randint(1, len(seats)))
        return "hold" if op == "again" else op, user, seats

    def play(self, count, clients=4, faults=True):
        """Each operation takes effect at one moment between its call and its answer, in the order of those moments."""
        events = [(self.now + i * MS, i, None) for i in range(clients)]
        empty_at = self.rng.randrange(20, count) if faults and count > 40 else -1
        while count > 0:
            at, client, asked = heapq.heappop(events)
            self.now = at
            if asked is None:
                heapq.heappush(events, (at + self.rng.randrange(50_000, 2 * MS), client, (at, *self.choose())))
                continue
            answered = self.act(client, at, *asked)
            count -= 1
            if count == empty_at:
                self.faults.append(["flush", at, at])
                self.house.empty()
            heapq.heappush(events, (answered + self.rng.choice((1, 30, 400)) * self.rng.randrange(MS // 2, MS), client, None))

    def act(self, client, at, call, op, user, seats):
        """seats: of best, how many."""
        lost = self.rng.random() < self.lost
        done = lost and self.rng.random() < 0.5  # by itself, and nobody is told
        answer = 0, "reset", [seats, None] if op == "best" else None
        self.house.dies = done
        if not lost or done:
            more = {"fails": True} if op == "confirm" and self.rng.random() < self.lost else {}
            told = getattr(self.house, op)(user, seats, (at + OFFSET_NS) // MS, **more)
            answer = answer if lost else told
        ret = at + self.rng.randrange(50_000, 2 * MS)
        if op == "best":
            seats = self.house.chosen if answer[0] == 200 else []
        if op in ("hold", "best") and answer[0] == 200:
            self.recent.append((user, seats))
        self.log(Op(self.house.show, client, user, op, seats, call, ret, *answer))
        return ret

    def log(self, op):
        self.lines.append(line_of(op))


def round_of(seed, house=House, shows=6, count=250, lost=0.02, faults=True, player=Player, sizes=(3, 4, 6, 8, 14)):
    """A whole round."""
    rng = random.Random(seed)
    lines, about, documents, holds, start = {}, {}, [], [], 1000 * MS
    emptied = []
    for number in range(shows):
        show = f"{number:024x}"
        seats = rng.choice(sizes)
        played = player(house(show, seats, rng), rng, start, lost)
        played.play(count, faults=faults)
        lines[show], about[show] = played.lines, seats
        emptied += played.faults
        played.lost, last = 0, played.now + rng.choice((5, 1500, 60_000)) * MS
        for op in ("status", "summary"):
            played.act(99, last, last - MS, op, "", [])
        documents += played.house.documents
        holds += played.house.kept((last + OFFSET_NS) // MS)
        start = last + 1000 * MS
    return Round({"seed": seed, "hold_ms": HOLD_MS, "hold_max_ms": MOST_MS, "cap": CAP, "shows": about, "faults": emptied,
                  "final_from": 0, "clock": [[0, OFFSET_NS]]}, lines, documents, holds)


if __name__ == "__main__":
    made = round_of(1, shows=int(sys.argv[1]) // 250, faults=False)
    print(check(made).text())
