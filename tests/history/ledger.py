"""What one show's log and documents say, put in order for the rules: who held what when, what was sold when."""

from bisect import bisect_right
from collections import defaultdict

from .log import labels
from .spans import EPS, GRACE, Lease, Leases, Window, Windows

REFUSALS = (403, 409, 410)
# A worker answers within 8 s and is ended by its alarm at 12: what its client gave up takes no effect later.
WORKER_NS = 12_000_000_000
# After a pause Redis works off what lies in its sockets, the commands too whose senders have given up.
BACKLOG_NS = 1_000_000_000
# Where Redis does not hear that a sale was recorded, the board learns of it when the announcement's deadline is past
# (GRACE); the seats stay held for their buyer until then. A worker that Redis failed tells it nothing for a second more
# (BO_STORE_COOLDOWN_MS), counted from when it noticed.
COOLDOWN_NS = 1_500_000_000
LOSSES = ("redis_pause", "redis_cut", "settle_lost")
PAUSES = ("redis_pause", "worker_pause")


class Ledger:
    def __init__(self, history, show):
        self.history, self.show = history, show
        self.seats = labels(history.shows.get(show, 0))
        self.place = {seat: index for index, seat in enumerate(self.seats)}
        self.ops = history.ops(show)
        self.emptyings = history.emptyings()
        self.pauses = [(begin, end) for kind, begin, end in history.faults if kind in PAUSES]
        self.losses = [(begin, end + COOLDOWN_NS) for kind, begin, end in history.faults if kind in LOSSES]
        self.of = defaultdict(list)  # {op: [Op]}, in the order of their calls
        for op in self.ops:
            self.of[op.op].append(op)
        self.grants = [op for op in self.ops if op.op in ("hold", "best", "extend") and op.status == 200 and not op.code]
        self.booked = [op for op in self.of["confirm"] if op.status in (200, 201) and not op.code]
        self.maps = self._maps()
        self._sort_confirms()
        self._sort_changes()
        self._sort_documents()
        self._sort_evidence()
        self._sort_holds()

    # -- sales

    def _sort_confirms(self):
        self.confirms = defaultdict(list)  # {(user, seat): [Op]}, whatever was answered
        for op in self.of["confirm"]:
            for seat in op.seats:
                self.confirms[op.user, seat].append(op)
        # Where a confirmation may have lengthened its user's hold of a seat: ([call], [latest effect so far]). One that
        # was refused as 403 or 410 has not.
        self.announced = {}
        for key, ops in self.confirms.items():
            calls, until, latest = [], [], 0
            for op in ops:
                if op.status not in (403, 410):
                    latest = max(latest, self.latest_effect(op) if op.unknown else op.ret)
                    calls.append(op.call)
                    until.append(latest)
            if calls:
                self.announced[key] = calls, until

    def _sort_documents(self):
        self.documents = defaultdict(list)  # {seat: [(user, bookingId)]}
        self.batches = defaultdict(list)  # {(bookingId, user): [seat]}
        self.recorded_at = {}  # {seat: createdAt, before which its document was not there}
        for seat, user, booking, created in self.history.bookings.get(self.show, ()):
            self.documents[seat].append((user, booking))
            self.batches[booking, user].append(seat)
            self.recorded_at[seat] = self.history.mono(created)
        self.owner = {seat: found[0][0] for seat, found in self.documents.items()}
        self.sold_from = {}  # {seat: before this moment it cannot have been sold}
        for seat, user in self.owner.items():
            for op in self.confirms.get((user, seat), ()):
                if op.status not in REFUSALS:
                    self.sold_from[seat] = op.call
                    break

    def _sort_evidence(self):
        """From when on nobody may be told that a seat is not sold."""
        self.sold_at = {}  # {seat: when the first answer returned that says it is sold}
        self.settled_at = {}  # {seat: from when on the board must know it as well}

        def known(seat, at, settled):
            self.sold_at[seat] = min(at, self.sold_at.get(seat, at))
            self.settled_at[seat] = min(settled, self.settled_at.get(seat, settled))

        for op in self.of["confirm"]:
            # MongoDB says it.
            sold = op.seats if op.status in (200, 201) and not op.code else op.answer if op.code == "seats_sold" else ()
            lost = sold and any(begin <= op.ret and end >= op.call for begin, end in self.losses)
            for seat in sold:
                known(seat, op.ret, op.ret + (GRACE if lost else 0))
        for op in self.of["hold"]:
            # The board says it.
            for seat in op.answer if op.code == "seats_unavailable" else ():
                if op.answer[seat] == "booked":
                    known(seat, op.ret, op.ret)
        unseen = set(self.seats)
        for op, _, seats in sorted(self.maps, key=lambda entry: entry[0].ret):
            if not unseen:
                break
            if seats and "b" in seats:
                for seat in [seat for seat in unseen if seats[self.place[seat]] == "b"]:
                    known(seat, op.ret, op.ret)
                    unseen.discard(seat)

    # -- holds

    def cut(self, begin, end):
        """Where a lease from `begin` ends if Redis was emptied before `end`: whatever overlaps an emptying is gone."""
        for empty_from, empty_to in self.emptyings:
            if empty_to >= begin:
                return min(end, empty_from)
        return end

    def latest_effect(self, op):
        """Until when an operation may still take effect whose client does not know."""
        latest = max(op.ret, op.call + WORKER_NS)
        for begin, end in self.pauses:
            if begin <= latest and end >= op.call:
                latest = max(latest, end + WORKER_NS)
        return latest + BACKLOG_NS

    def entry_until(self, op):
        """Until when a confirmation's member of `confirming` may stand."""
        lost = op.unknown or any(begin <= op.ret and end >= op.call for begin, end in self.losses)
        return (self.latest_effect(op) if op.unknown else op.ret) + (GRACE if lost else 0)

    def last_end(self, user, seat, begin, end):
        """Where a hold's window ends: a confirmation that met it alive may have lengthened it, once and by GRACE."""
        calls, until = self.announced.get((user, seat), ((), ()))
        at = bisect_right(calls, end + EPS) - 1
        return end + EPS + (GRACE if at >= 0 and until[at] >= begin else 0)

    def prolonged(self, user, seat, begin, end):
        """Where a hold ends, if extensions of which nobody was told have met it alive."""
        for op in self.untold_extends.get((user, seat), ()):
            if op.call <= end + EPS and (latest := self.latest_effect(op)) >= begin:
                end = max(end, latest + self.history.hold_ms * 1_000_000)
        return end

    def release_after(self, user, seat, moment):
        """The first release of the seat that was asked for after the moment, and answered 200; or None."""
        calls, ops = self.released.get((user, seat), ((), ()))
        at = bisect_right(calls, moment)
        return ops[at] if at < len(ops) else None

    def given_back(self, user, seat, begin, end):
        """Where a window ends of a hold that was there by `begin`: at the answer to a release that was asked for later."""
        release = self.release_after(user, seat, begin)
        return min(end, release.ret + EPS) if release else end

    def _sort_changes(self):
        """What users asked for of holds that they have: {(user, seat): [Op]}, but for what was refused."""
        self.extends, self.releases, self.changes = defaultdict(list), defaultdict(list), defaultdict(list)
        for op in self.of["extend"] + self.of["release"] + self.of["confirm"]:
            if op.status in (403, 410) or op.op != "confirm" and op.status == 409:
                continue
            for seat in op.seats:
                self.changes[op.user, seat].append(op)
                if op.op != "confirm":
                    (self.extends if op.op == "extend" else self.releases)[op.user, seat].append(op)
        self.untold_extends = {key: found for key, ops in self.extends.items() if (found := [op for op in ops if op.unknown])}
        self.released = {}  # {(user, seat): ([call], [Op]) of those answered 200}
        for key, ops in self.releases.items():
            done = [op for op in ops if op.status == 200 and not op.code]
            self.released[key] = [op.call for op in done], done

    def _sort_holds(self):
        """Leases and windows of each seat, from what was granted and from what may have been."""
        # holds: {(holdId, seat): [call of the first grant told, last end, user, its return, first end]}
        lease_of, holds = defaultdict(dict), {}
        self.batch_of = defaultdict(set)  # {holdId: seats that were told to be of it}
        mono = self.history.mono
        for op in self.grants:
            for seat, (hold, ends) in zip(op.seats, op.answer[2]):
                self.batch_of[hold].add(seat)
                end = mono(ends)
                known = holds.get((hold, seat))
                if known is None:
                    holds[hold, seat] = [op.call, end, op.user, op.ret, end]
                else:
                    known[1], known[4] = max(known[1], end), min(known[4], end)
                start, stop = op.ret, self.cut(op.call, end - EPS)
                if stop > start:
                    known = lease_of[seat].get(hold)
                    if known is None or stop > known.end:
                        lease_of[seat][hold] = Lease(known.start if known else start, stop, op.user, hold)
                    if start < lease_of[seat][hold].start:
                        lease_of[seat][hold] = lease_of[seat][hold]._replace(start=start)
        self.begun = {key: known[0] for key, known in holds.items()}
        self._release(lease_of)
        windows = defaultdict(list)
        for (hold, seat), (begin, end, user, told, first) in holds.items():
            batch = tuple(self.batch_of[hold])
            last = self.last_end(user, seat, begin, self.prolonged(user, seat, begin, end))
            windows[seat].append(Window(begin, self.given_back(user, seat, told, last), user, hold, batch, first))
        for number, op in enumerate(self.of["hold"]):
            for seat in op.seats if op.unknown else ():
                windows[seat].append(self._unknown(op, seat, f"?{number}", tuple(op.seats)))
        for number, op in enumerate(self.of["best"]):
            for seat in self.seats if op.unknown else ():  # any of them; which ones belong together nobody knows
                windows[seat].append(self._unknown(op, seat, f"?best{number}", (seat,)))
        self.leases = {seat: Leases(found.values()) for seat, found in lease_of.items()}
        self.relied = [relied for seat in self.leases for relied in self._relied(seat)]
        self.windows = {seat: Windows(found) for seat, found in windows.items()}

    def _unknown(self, op, seat, name, batch):
        """The window of a hold that was perhaps made, and told to nobody."""
        effect = self.latest_effect(op)
        end = self.prolonged(op.user, seat, op.call, effect + self.history.hold_ms * 1_000_000)
        last = self.last_end(op.user, seat, op.call, end)
        return Window(op.call, self.given_back(op.user, seat, effect, last), op.user, name, batch, end)

    def _relied(self, seat):
        """(start, end, user) of leases until their user asked to confirm: from then on the seat may count as booked."""
        for lease in self.leases[seat].all:
            end = min([lease.end, *(op.call for op in self.confirms.get((lease.user, seat), ())
                                    if op.unknown or op.ret > self.begun[lease.hold, seat])])
            if end > lease.start:
                yield lease.start, end, lease.user

    def _release(self, lease_of):
        """A release by its user is the end of a lease, if it was not refused."""
        for op in {id(op): op for ops in self.releases.values() for op in ops}.values():
            for seat in op.seats:
                for hold, lease in list(lease_of[seat].items()):
                    until = self.latest_effect(op) if op.unknown else op.ret
                    if lease.user == op.user and lease.end > op.call and until > self.begun[hold, seat]:
                        lease_of[seat][hold] = lease._replace(end=max(op.call, lease.start))
                        if lease_of[seat][hold].end == lease.start:  # given back before it was told
                            del lease_of[seat][hold]

    def late_insert(self, at):
        """Whether a document made then may have come to MongoDB when nothing kept its seat any more."""
        return any(begin <= at + WORKER_NS and end >= at - WORKER_NS for kind, begin, end in self.history.faults
                   if kind in ("flush", "redis_restart", "mongod_pause"))

    def holding_until(self, user, seat):
        """Until when operations may have had effect by which the user came to hold the seat."""
        asked = [op for name in ("hold", "best") for op in self.of[name] if op.user == user and op.status != 409
                 and (seat in op.seats or op.unknown and name == "best")]
        return max((self.latest_effect(op) if op.unknown else op.ret for op in asked), default=0)

    def lease_over(self, seat, begin, end):
        leases = self.leases.get(seat)
        return leases.over(begin, end) if leases else None

    def may_be_held(self, seat, begin, end, but=None):
        windows = self.windows.get(seat)
        return bool(windows) and windows.possible(begin, end, but)

    # -- maps

    def _maps(self):
        """[(Op, ETag, map)]; a 304 stands for the map that its ETag was given with."""
        known = {}
        for op in self.of["status"]:
            if op.status == 200 and not op.code:
                known.setdefault(op.answer[0], op.answer[1])
        return [(op, op.answer[0], op.answer[1] or known.get(op.answer[0])) for op in self.of["status"]
                if op.status in (200, 304) and not op.code]


def held_before(ledger, seat, hold):
    """Of a hold that nobody was told of: whether its user may have held the seat already, by one that lapsed earlier."""
    return hold.hold.startswith("?") and any(
        window.user == hold.user and window.hold != hold.hold and window.start < hold.first_end and window.end > hold.start
        for window in ledger.windows[seat].all)
