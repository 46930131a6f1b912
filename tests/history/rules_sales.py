"""What was answered as sold is sold, to whom it was told, and nothing else is. Each rule is a generator of
(what is wrong, operations)."""

from .ledger import REFUSALS


def booked_without_record(ledger):
    """An answer "booked" rests on documents: this user's, of the bookingIds that it names, for every seat."""
    for op in ledger.booked:
        for seat, booking in zip(op.seats, op.answer[1]):
            if (op.user, booking) not in ledger.documents.get(seat, ()):
                yield f"{seat} was answered as sold under {booking}; MongoDB has {ledger.documents.get(seat)}", op
                break
        named = op.answer[1][:1] if op.status == 200 else op.answer[1]
        if op.answer[0] not in named:
            yield f"its bookingId {op.answer[0]} is none of its seats'", op


def sold_twice(ledger):
    """One document a seat."""
    for seat, found in ledger.documents.items():
        if len(found) > 1:
            yield f"{seat} has {len(found)} documents: {found}",


def record_nobody_asked_for(ledger):
    """Each document was asked for by its user, in a confirmation that was not refused."""
    for seat, user in ledger.owner.items():
        if seat not in ledger.sold_from:
            yield f"{seat} is sold to {user}, who was refused or never asked", *ledger.confirms.get((user, seat), ())


def part_of_a_booking(ledger):
    """All seats of a confirmation are one bookingId, or none is; but for those that its user had booked otherwise."""
    for (booking, user), seats in ledger.batches.items():
        asked = {frozenset(op.seats) for op in ledger.confirms.get((user, seats[0]), ()) if op.status not in REFUSALS}
        if asked and not any(wanted.issuperset(seats) and all(ledger.owner.get(seat) == user for seat in wanted)
                             for wanted in asked):
            yield (f"bookingId {booking} has {sorted(seats)}; {user} asked for {sorted(map(sorted, asked))}",
                   *ledger.confirms[user, seats[0]])


def confirmed_anew(ledger):
    """A confirmation after the answer that all its seats are this user's says so again: 200, nothing else."""
    for op in ledger.of["confirm"]:
        if op.status in (201, *REFUSALS) and all(
                ledger.sold_at.get(seat, op.call) < op.call and ledger.owner.get(seat) == op.user for seat in op.seats):
            yield "all its seats had been answered as this user's", op


def booked_now_twice(ledger):
    """A bookingId is new (201) in one answer only."""
    seen = {}
    for op in ledger.booked:
        if op.status == 201:
            if op.answer[0] in seen:
                yield f"bookingId {op.answer[0]} is new twice", seen[op.answer[0]], op
            seen[op.answer[0]] = op


def sold_after_release(ledger):
    """Who gave a seat back and then asked for no hold of it does not get it: no confirmation was under way, and none may be.

    Not where Redis was emptied, or MongoDB paused, meanwhile: design.md, "What this design does not close".
    """
    for seat, user in ledger.owner.items():
        if (user, seat) not in ledger.released or ledger.late_insert(ledger.recorded_at[seat]):
            continue
        release = ledger.release_after(user, seat, ledger.holding_until(user, seat))
        if release:
            yield f"{seat} was given back, and sold to {user} all the same", release, *ledger.confirms[user, seat][:2]


RULES = (sold_after_release, booked_without_record, sold_twice, record_nobody_asked_for, part_of_a_booking, confirmed_anew, booked_now_twice)
