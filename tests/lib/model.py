"""What the scripts of a board must say and do, in plain Python: the contract of doc/design.md, one step at a time.

Time does not pass in here: the real clock is told by the answers, holds end where the test says so."""

from dataclasses import dataclass
from hashlib import sha1

NAME_LENGTH = 16  # of a request for the best seats, in its holdId
SOLD = 10**15
TRUST_MS = 10**8
HOLD_MS, MOST_MS, CAP = 600_000, 1_200_000, 6
DEADLINE_MS = 300_000


class Held:
    def __init__(self, hold_id, user, token, first_end, granted):
        self.id, self.user, self.token = hold_id, user, token
        self.first_end, self.granted = first_end, granted

    def is_proved(self, proof):
        return proof in ("", self.token)


@dataclass
class Choice:
    """A wish for the best of `seats`. `request`: its name, or ""; `tag`: (version, live holds) of the picture it was made by, or
    None; `groups`: lists of numbers of seats, from 1, each with its orphans [(number, what is beside it or 0)]; `take_any`: so
    many of the free ones where no group is free."""

    seats: list
    groups: list
    request: str = ""
    tag: tuple = None
    take_any: int = 0


class Model:
    """One show. `sold`: {seat: version}; `counted`: {user: seats}, for the cap; `announced`: {attempt: seats}, of which
    those in `late` are past their deadline; `documents`: what MongoDB has, {seat: user}; `blocked`, `closed`: seats that are not
    for sale, and whether any are, as the last load read it."""

    def __init__(self):
        self.holds, self.sold, self.documents = {}, {}, {}
        self.counted, self.announced = {}, {}
        self.late = set()
        self.version = 0  # that of the first load
        self.trusted = True
        self.cancelled = 0
        self.blocked, self.closed = frozenset(), False

    @property
    def stale(self):
        return not self.trusted or bool(self.late & set(self.announced))

    def announced_seats(self):
        return {seat for seats in self.announced.values() for seat in seats}

    def map(self):
        """(held, sold) as sets."""
        return {seat for seat in self.holds if seat not in self.sold}, set(self.sold)

    # -- each returns what the script answers, but for the claim

    def hold(self, user, seats, hold_id, token, now, proof):
        if self.stale:
            return ["stale"]
        way, unproved, fresh, granted = [], [], [], []
        for seat in seats:
            held = self.holds.get(seat)
            if seat in self.sold:
                way += [seat, "booked"]
            elif held and held.user != user:
                way += [seat, "held"]
            elif not held and seat in self.blocked:
                way += [seat, "blocked"]
            elif held and not held.is_proved(proof) and held.token != token:
                unproved.append(seat)
            else:
                granted += [held.id, str(held.first_end)] if held else [hold_id, str(now + HOLD_MS)]
                fresh += [] if held else [seat]
        if self.closed and (way or fresh):
            return ["closed"]
        if way:
            return ["refused", *way]
        if unproved:
            return ["token", *unproved]
        return self._take(user, fresh, hold_id, token, now) or ["done", str(now), *granted]

    def _take(self, user, fresh, hold_id, token, now):
        """The refusal, or None."""
        mine = self.counted.setdefault(user, set())
        if fresh and len(mine) + len(fresh) > CAP:
            return ["limit", len(mine)]
        for seat in fresh:
            self.holds[seat] = Held(hold_id, user, token, now + HOLD_MS, now)
            mine.add(seat)
        self.version += bool(fresh)
        return None

    def choose(self, user, choice, hold_id, token, now, proof):
        if self.stale:
            return ["stale"]
        named = sha1((choice.request + user).encode()).hexdigest() if choice.request else hold_id
        hold_id = named[:NAME_LENGTH] + hold_id[NAME_LENGTH:]
        if before := self._made_before(user, named[:NAME_LENGTH], token, now, proof):
            return before
        if self.closed:
            return ["closed"]
        held, sold = self.map()
        tag = (str(self.version), str(len(held)))
        as_known = choice.tag in (None, tag)
        if as_known and choice.tag and not choice.groups:
            return ["same"]
        picked = self._pick(choice) if as_known else []
        if not picked:
            return ["map", *tag, ",".join(held), ",".join(sold)]
        taken = [text for seat in picked for text in (seat, hold_id, str(now + HOLD_MS))]
        return self._take(user, picked, hold_id, token, now) or ["done", str(now), *taken]

    def _made_before(self, user, name, token, now, proof):
        own = {seat: self.holds[seat] for seat in self.counted.get(user, ())
               if seat not in self.sold and self.holds[seat].id.startswith(name)}
        unproved = [seat for seat, held in own.items() if not held.is_proved(proof) and held.token != token]
        if unproved:
            return ["token", *unproved]
        word = "done" if any(held.token == token for held in own.values()) else "again"
        return own and [word, str(now), *(text for seat, held in own.items() for text in (seat, held.id, str(held.first_end)))]

    def _pick(self, choice):
        def free(number):
            return number > 0 and (seat := choice.seats[number - 1]) not in self.sold and seat not in self.holds
        for numbers, orphans in choice.groups:
            if all(map(free, numbers)) and not any(free(orphan) and not free(beside) for orphan, beside in orphans):
                return [choice.seats[number - 1] for number in numbers]
        some = [seat for number, seat in enumerate(choice.seats, 1) if free(number)][:choice.take_any]
        return some if len(some) == choice.take_any else []

    def _refused(self, user, seats, proof):
        """Of an extension or a release."""
        if self.stale:
            return ["stale"]
        announced = self.announced_seats()
        kinds = {"sold": [], "other": [], "token": [], "confirming": []}
        for seat in seats:
            held = self.holds.get(seat)
            if seat in self.sold:
                kinds["sold"].append(seat)
            elif held and held.user != user:
                kinds["other"].append(seat)
            elif held and not held.is_proved(proof):
                kinds["token"].append(seat)
            elif seat in announced:
                kinds["confirming"].append(seat)
        return next(([kind, *named] for kind, named in kinds.items() if named), None)

    def extend(self, user, seats, length, now, proof):
        if refused := self._refused(user, seats, proof):
            return refused
        missing = [seat for seat in seats if seat not in self.holds]
        if missing:
            return ["missing", *missing]
        ends = {seat: max(self.holds[seat].first_end, min(now + length, self.holds[seat].granted + MOST_MS)) for seat in seats}
        if self.closed and any(end > self.holds[seat].first_end for seat, end in ends.items()):
            return ["closed"]
        granted = []
        for seat, end in ends.items():
            self.holds[seat].first_end = end
            granted += [self.holds[seat].id, str(end)]
        return ["done", str(now), *granted]

    def release(self, user, seats, proof):
        if refused := self._refused(user, seats, proof):
            return refused
        own = [seat for seat in seats if seat in self.holds]
        self._let_go(own)
        self.version += bool(own)
        return ["done", len(own)]

    def _let_go(self, seats):
        for seat in seats:
            held = self.holds.pop(seat)
            self.counted[held.user].discard(seat)

    def confirm_begin(self, user, seats, attempt, late, proof):
        if self.stale:
            return ["stale"]
        held = {seat: self.holds.get(seat) for seat in seats}
        sold = [seat for seat in seats if seat in self.sold]
        unsold = [seat for seat in seats if seat not in self.sold]
        if sold:
            return ["sold", sum(1 for seat in sold if held[seat] and held[seat].user == user), *sold]
        for kind, wrong in (("other", lambda one: one and one.user != user),
                            ("token", lambda one: one and not one.is_proved(proof)), ("missing", lambda one: not one)):
            named = [seat for seat in unsold if wrong(held[seat])]
            if named:
                return [kind, *named]
        announced = self.announced_seats()
        if late:
            return ["late", int(bool(announced & set(seats))), *seats]
        self.announced[attempt] = tuple(seats)
        return ["done", *sorted(announced & self.counted[user])]

    def confirm_finish(self, user, attempt, seats, whole):
        """seats: those found sold, of the user."""
        whole = whole and attempt in self.announced
        self.announced.pop(attempt, None)
        fresh = [seat for seat in seats if seat not in self.sold]
        own = [seat for seat in seats if seat in self.holds and self.holds[seat].user == user and (whole or seat in self.sold)]
        if fresh:
            self.version += 1
            if whole:
                self.sold.update(dict.fromkeys(fresh, self.version))
            else:
                self.trusted, self.cancelled = False, self.version
        self._let_go(own)

    def cancel_begin(self, seats):
        if self.stale:
            return ["stale"]
        confirming = [seat for seat in seats if seat in self.announced_seats()]
        if confirming:
            return ["confirming", *confirming]
        return ["done", *(str(self.sold[seat]) if seat in self.sold else "" for seat in seats)]

    def cancel_finish(self, user, seats, seen):
        """seen: {seat: version at which it was sold, or None}."""
        self.version += 1
        self.cancelled = self.version
        for seat in [seat for seat in seats if seat in self.sold]:
            if self.sold[seat] != seen[seat]:
                self.trusted = False
                continue
            del self.sold[seat]
            if seat in self.holds and self.holds[seat].user == user:
                self._let_go([seat])

    def load(self, seen, documents, late, new_version):
        """seen: the version when the load began; documents, late: of that moment. new_version: where a board is founded."""
        if self.cancelled > seen:
            return "restart"
        gone = [seat for seat, version in self.sold.items() if seat not in documents and version <= seen]
        added = [seat for seat in documents if seat not in self.sold]
        if not self.trusted:
            assert new_version > self.version, "an old version came back"
            self.version = new_version
        else:
            self.version += bool(gone or added)
        for seat in gone:
            del self.sold[seat]
        self.sold.update(dict.fromkeys(added, self.version))
        if gone:
            self.cancelled = self.version
        for attempt in late:
            self.announced.pop(attempt, None)
        self.trusted = True
        return "done"
