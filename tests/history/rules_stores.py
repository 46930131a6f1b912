"""What Redis kept in the end was granted, or may have been. Each rule is a generator of (what is wrong, operations)."""

from collections import defaultdict

from .ledger import held_before
from .spans import EPS


def hold_nobody_asked_for(ledger):
    """Each hold was told to its user, or its user was not told what came of asking for it."""
    told = {}
    for op in ledger.grants:
        for seat, (hold, ends) in zip(op.seats, op.answer[2]):
            told.setdefault((hold, seat), set()).add((ends, op.user))
    unsure = {(op.user, seat) for op in ledger.of["hold"] if op.unknown for seat in op.seats}
    unsure |= {(op.user, seat) for op in ledger.of["best"] if op.unknown for seat in ledger.seats}
    for seat, hold, ends, user, _ in ledger.history.holds.get(ledger.show, ()):
        if (ends, user) not in told.get((hold, seat), {(ends, user)}) and (user, seat) not in ledger.untold_extends:
            yield f"Redis has {seat} until {ends} for {user} as hold {hold}; {told[hold, seat]} was told",
        elif (hold, seat) not in told and (user, seat) not in unsure:
            yield f"Redis has hold {hold} on {seat} for {user}, who never got it",


def half_a_hold(ledger):
    """All seats of a hold are there, or none; but for those sold, and for those that a confirmation lengthened."""
    kept = defaultdict(dict)
    for seat, hold, ends, user, end in ledger.history.holds.get(ledger.show, ()):
        kept[hold, user][seat] = end > ends
    for (hold, user), seats in kept.items():
        if any(seats.values()) or parted(ledger, hold, user, seats):
            continue
        batches = list(batches_of(ledger, hold, user, seats))
        if not any(all(seat in seats or seat in ledger.documents for seat in batch) for batch in batches):
            yield f"Redis has {sorted(seats)} of hold {hold} of {user}, which was of {sorted(map(sorted, batches))}",


def parted(ledger, hold, user, seats):
    """Whether its user has extended or released some of its seats; of an unknown hold, any."""
    batch = ledger.batch_of.get(hold) or ledger.seats
    return any((user, seat) in ledger.extends or (user, seat) in ledger.releases for seat in batch)


def batches_of(ledger, hold, user, seats):
    """What was told of a hold; or, of one that was told to nobody, what it may have been of."""
    if hold in ledger.batch_of:
        yield ledger.batch_of[hold]
        return
    if any(op.unknown and op.user == user for op in ledger.of["best"]):
        yield set(seats)
    for window in ledger.windows[next(iter(seats))].all:
        if window.hold.startswith("?") and window.user == user and set(seats) <= set(window.seats):
            yield {seat for seat in window.seats if seat in seats or not held_before(ledger, seat, window)}


def hold_outlives_its_end(ledger):
    """Redis ends a hold at its first end; where a confirmation was announced, up to its grace later."""
    for seat, hold, ends, user, end in ledger.history.holds.get(ledger.show, ()):
        first = ledger.history.mono(ends)
        if ledger.history.mono(end) > ledger.last_end(user, seat, first - ledger.history.most_ms * 1_000_000, first) + EPS:
            yield f"Redis keeps {seat} for {user} {end - ends} ms beyond the end of hold {hold}",


RULES = (hold_nobody_asked_for, half_a_hold, hold_outlives_its_end)
