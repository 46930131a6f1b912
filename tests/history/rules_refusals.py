"""A refusal has its reason, and names it. Each rule is a generator of (what is wrong, operations)."""

from .spans import EPS


def refused(ledger, op, status, code):
    return [one for one in ledger.of[op] if (one.status, one.code) == (status, code)]


def unjust_seats_unavailable(ledger):
    """hold 409: each seat named may have been sold, or held by another; or by the user's own hold past its first end."""
    for op in refused(ledger, "hold", 409, "seats_unavailable"):
        if not op.answer or not set(op.answer) <= set(op.seats):
            yield "it names no seat of those asked for", op
        for seat, reason in op.answer.items():
            if reason == "booked":
                just = ledger.sold_from.get(seat, op.ret) < op.ret
            else:
                just = ledger.may_be_held(seat, op.call, op.ret, but=op.user) or own_is_lengthened(ledger, seat, op)
            if not just:
                yield f"{seat} was not {reason}", op


def own_is_lengthened(ledger, seat, op):
    windows = ledger.windows.get(seat)
    return windows and any(window.user == op.user and window.first_end - EPS <= op.ret and window.end >= op.call
                           for window in windows.near(op.call, op.ret))


def seat_in_the_way_not_named(ledger):
    """hold 409 names every seat that is in the way."""
    for op in refused(ledger, "hold", 409, "seats_unavailable"):
        for seat in op.seats:
            if seat in op.answer:
                continue
            lease = ledger.lease_over(seat, op.call, op.ret)
            if ledger.settled_at.get(seat, op.call) < op.call or lease and lease.user != op.user:
                yield f"{seat} was sold, or held by another", op


def unjust_limit(ledger):
    """hold 409 hold_limit: the user may have held so many that these would be too many."""
    for op in refused(ledger, "hold", 409, "hold_limit"):
        may_hold = {seat for seat, windows in ledger.windows.items()
                    if any(window.user == op.user and window.start <= op.ret and window.end >= op.call
                           for window in windows.near(op.call, op.ret))}
        if len(may_hold | set(op.seats)) <= ledger.history.cap:
            yield f"{op.user} held {sorted(may_hold)} at most", op


def unjust_best_limit(ledger):
    """best 409 hold_limit: as many more may have been too many."""
    for op in refused(ledger, "best", 409, "hold_limit"):
        may_hold = sum(1 for windows in ledger.windows.values()
                       if any(window.user == op.user and window.start <= op.ret and window.end >= op.call
                              for window in windows.near(op.call, op.ret)))
        if may_hold + op.answer[0] <= ledger.history.cap:
            yield f"{op.user} held {may_hold} at most", op


def unjust_not_enough_seats(ledger):
    """best 409 not_enough_seats: fewer were left than were asked for, at some moment between call and answer."""
    for op in refused(ledger, "best", 409, "not_enough_seats"):
        quantity, left = op.answer
        taken = sum(1 for seat in ledger.seats
                    if ledger.settled_at.get(seat, op.call) < op.call or ledger.lease_over(seat, op.call, op.ret))
        may_be_taken = sum(1 for seat in ledger.seats
                           if ledger.sold_from.get(seat, op.ret) < op.ret or ledger.may_be_held(seat, op.call, op.ret))
        if not len(ledger.seats) - may_be_taken <= left <= min(len(ledger.seats) - taken, quantity - 1):
            yield f"of {len(ledger.seats)} seats {taken} were taken, {may_be_taken} at most", op


def unjust_held_by_another(ledger):
    """403: each seat named may have been held by another."""
    for name in ("confirm", "extend", "release"):
        for op in refused(ledger, name, 403, "held_by_another"):
            for seat in op.answer or ("no seat",):
                if not ledger.may_be_held(seat, op.call, op.ret, but=op.user):
                    yield f"{seat} was held by nobody else", op


def unjust_seats_sold(ledger):
    """409: each seat named is sold (to another, at a confirmation), and may have been then."""
    for name in ("confirm", "extend", "release"):
        for op in refused(ledger, name, 409, "seats_sold"):
            for seat in op.answer or ("no seat",):
                just = seat in ledger.owner and (name != "confirm" or ledger.owner[seat] != op.user)
                if not just or ledger.sold_from.get(seat, op.ret) >= op.ret:
                    yield f"{seat} was not sold", op


def unjust_confirming(ledger):
    """409: of each seat named a confirmation may have been under way, or one whose end the board has not heard of."""
    def may_have_begun(op):
        # Refused, it did not begin; but where one of its seats was sold it may have begun, met that sale, and been refused when
        # it began again.
        return op.status not in (403, 410) or any(seat in ledger.owner for seat in op.seats)
    confirms = {}
    for (_, seat), ops in ledger.confirms.items():
        confirms.setdefault(seat, []).extend(op for op in ops if may_have_begun(op))
    for name in ("extend", "release"):
        for op in refused(ledger, name, 409, "confirming"):
            for seat in op.answer or ("no seat",):
                if not any(one.call < op.ret and ledger.entry_until(one) >= op.call for one in confirms.get(seat, ())):
                    yield f"{seat} was not being confirmed", op


def unjust_hold_expired(ledger):
    """410: no seat named was the user's by a lease from before the call until after the answer."""
    for name in ("confirm", "extend"):
        for op in refused(ledger, name, 410, "hold_expired"):
            for seat in op.answer or ("no seat",):
                lease = ledger.lease_over(seat, op.call, op.ret)
                if seat not in op.seats or lease and lease.user == op.user:
                    yield f"{seat} was {op.user}'s", op


RULES = (unjust_seats_unavailable, seat_in_the_way_not_named, unjust_limit, unjust_best_limit,
         unjust_not_enough_seats, unjust_held_by_another, unjust_seats_sold,
         unjust_confirming, unjust_hold_expired)
