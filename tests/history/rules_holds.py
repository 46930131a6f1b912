"""A hold is one user's, for its time, and repeated it stays the same. Each rule is a generator of
(what is wrong, operations)."""

from .spans import EPS


def leases_overlap(ledger):
    """Two users never may both rely on a hold of one seat."""
    for seat, leases in ledger.leases.items():
        last = None
        for lease in leases.all:
            if last and lease.start < last.end and lease.user != last.user:
                yield f"{seat} was {last.user}'s and {lease.user}'s at once", *told(ledger, last, lease)
            if last is None or lease.end > last.end:
                last = lease


def repeat_is_another_hold(ledger):
    """A user who holds a seat and asks again is told the same holdId."""
    for seat, leases in ledger.leases.items():
        for last, lease in zip(leases.all, leases.all[1:]):
            if lease.start < last.end and lease.user == last.user:
                yield f"{lease.user} held {seat}, and was given another hold", *told(ledger, last, lease)


def told(ledger, *leases):
    """The first grant of each lease."""
    for lease in leases:
        yield next(op for op in ledger.grants if any(hold == lease.hold for hold, _ in op.answer[2]))


def repeat_changes_expiry(ledger):
    """A holdId has one user, and one end for all its seats, whenever it is told; but for seats that were extended."""
    first = {}
    for op in ledger.grants:
        for seat, (hold, ends) in zip(op.seats, op.answer[2]):
            known = first.setdefault(hold, (ends, op.user, op))
            if known[1] != op.user or known[0] != ends and not extended(ledger, hold, seat, op.user):
                yield f"hold {hold} ended at {known[0]} ms for {known[1]}, now at {ends} ms for {op.user}", known[2], op


def extended(ledger, hold, seat, user):
    """Whether an end that is told of the seat may be other than that of the hold."""
    return any((user, one) in ledger.extends for one in (seat, *ledger.batch_of[hold]))


def ends_told(ledger):
    """{(hold, seat): [(call, return, end, op)]} of what was extended, in the order of calls."""
    told = {}
    for op in ledger.grants:
        for seat, (hold, ends) in zip(op.seats, op.answer[2]):
            if (op.user, seat) in ledger.extends:
                told.setdefault((hold, seat), []).append((op.call, op.ret, ends, op))
    return told


def told_between(ledger, told, answer):
    """An extension whose connection to Redis broke is made once more by its worker. While it is under way, others may be told
    the end that it had the first time."""
    call, ret, end = answer
    granted = ledger.history.mono(end) - ledger.history.hold_ms * 1_000_000
    return any(op.op == "extend" and begin <= ret and call <= done and begin <= granted + EPS and end <= last
               for begin, done, last, op in told)


def end_went_back(ledger):
    """The end of a hold only grows, and is told as the extension told it."""
    for (hold, seat), told in ends_told(ledger).items():
        known = {min(end for _, _, end, _ in told)} | {end for _, _, end, op in told if op.op == "extend"}
        unsure = (told[0][3].user, seat) in ledger.untold_extends
        returns, newest, last = sorted(told, key=lambda one: one[1]), 0, None
        at = 0
        for call, ret, end, op in told:
            while at < len(returns) and returns[at][1] < call:
                newest, last = max((newest, last), (returns[at][2], returns[at][3]), key=lambda one: one[0])
                at += 1
            if end < newest:
                yield f"hold {hold} of {seat} ended at {newest} ms, now at {end} ms", last, op
            elif end not in known and not unsure and not told_between(ledger, told, (call, ret, end)):
                yield f"hold {hold} of {seat} ends at {end} ms, which no extension has told", op


def extended_wrongly(ledger):
    """An extension makes a hold last as long as if it were made now, and no longer than its grant and the most allow."""
    length, most = ledger.history.hold_ms * 1_000_000, ledger.history.most_ms * 1_000_000
    unsure = {op.user for name in ("hold", "best", "extend") for op in ledger.of[name] if op.unknown}
    for (hold, seat), told in ends_told(ledger).items():
        original = ledger.history.mono(min(end for _, _, end, _ in told))
        for call, ret, ends, op in told:
            end = ledger.history.mono(ends)
            if op.op != "extend":
                continue
            least = call if op.user in unsure else min(call, original - 2 * length + most) + length
            if not least - EPS <= end <= max(original, min(ret, original - 2 * length + most) + length) + EPS:
                yield f"{seat} of hold {hold} was to end at {original / 1e6:.3f} ms, now at {end / 1e6:.3f} ms", told[0][3], op


def extension_revives(ledger):
    """No hold is extended after its end."""
    for (hold, seat), told in ends_told(ledger).items():
        if (told[0][3].user, seat) in ledger.untold_extends:
            continue
        newest = 0
        for call, _, ends, op in told:
            if op.op == "extend" and newest and call > newest + EPS:
                yield f"hold {hold} of {seat} was over {(call - newest) / 1e6:.3f} ms before the call", told[0][3], op
            newest = max(newest, ledger.history.mono(ends))


def told_after_release(ledger):
    """What was given back is nobody's hold any more: not told again, nor extended."""
    begun = {}
    for op in ledger.grants:
        for seat, (hold, _) in zip(op.seats, op.answer[2]):
            first = begun.setdefault((hold, seat), op)
            release = ledger.release_after(op.user, seat, first.ret)
            if release and release.ret < op.call:
                yield f"{seat} of hold {hold} had been given back", release, op


def hold_of_wrong_length(ledger):
    """No hold is longer than it should be, or over before it began; a new one is as long as it should be."""
    length = ledger.history.hold_ms * 1_000_000
    unsure = {op.user for name in ("hold", "best", "extend") for op in ledger.of[name] if op.unknown}  # one of theirs may have been made earlier
    seen = set()
    for op in ledger.grants:
        for hold, ends in op.answer[2]:
            end = ledger.history.mono(ends)
            least = op.call if hold in seen or op.user in unsure or op.op == "extend" else op.call + length
            if not least - EPS <= end <= op.ret + length + EPS:
                yield f"a hold of {length / 1e6:.0f} ms ends {(end - op.call) / 1e6:.3f} ms after its call", op
            seen.add(hold)


def hold_answer_disagrees(ledger):
    """`expiresAt` is the earliest of the seats', `holdId` that of the seat that ends last."""
    for op in ledger.grants:
        hold, ends, seats = op.answer
        last = max(end for _, end in seats)
        if ends != min(end for _, end in seats) or (hold, last) not in map(tuple, seats):
            yield "its parts disagree", op


def hold_after_sale(ledger):
    """No hold is granted whose call began after a sale of the seat was answered.

    The buyer alone may be told of the old hold until the board has heard of the sale.
    """
    for op in ledger.grants:
        for seat in op.seats:
            known = ledger.settled_at if ledger.owner.get(seat) == op.user else ledger.sold_at
            if known.get(seat, op.call) < op.call:
                yield f"{seat} had been answered as sold {(op.call - known[seat]) / 1e6:.3f} ms before the call", op
                break


def hold_after_record(ledger):
    """While a sale is on its way, answered or not, nobody else is granted its seats: its announcement keeps them.

    Not where Redis was emptied, or MongoDB paused, meanwhile: design.md, "What this design does not close".
    """
    for op in ledger.grants:
        for seat in op.seats:
            at = ledger.recorded_at.get(seat, op.call)
            if at + EPS < op.call and ledger.owner[seat] != op.user and not ledger.late_insert(at):
                yield f"a document that sells {seat} to {ledger.owner[seat]} was made {(op.call - at) / 1e6:.3f} ms before", op
                break


def more_than_the_cap(ledger):
    """A user never relies on more seats of a show than one may hold; what they asked to confirm no longer counts."""
    changes = [(start, 1, user) for start, _, user in ledger.relied] + [(end, -1, user) for _, end, user in ledger.relied]
    held = {}
    for at, change, user in sorted(changes):
        held[user] = held.get(user, 0) + change
        if change > 0 and held[user] > ledger.history.cap:
            yield f"{user} held {held[user]} seats {(at - ledger.history.origin) / 1e6:.3f} ms after the begin",


RULES = (leases_overlap, repeat_is_another_hold, repeat_changes_expiry, end_went_back, extended_wrongly, extension_revives,
         told_after_release, hold_of_wrong_length, hold_answer_disagrees,
         hold_after_sale, hold_after_record, more_than_the_cap)
