"""Every answer is one of those that the API promises, to whom it is due, in time. Each rule is a generator of
(what is wrong, operations)."""

BUSY = {"redis_unavailable", "mongo_unavailable", "board_busy", "deadline", "unavailable"}
ALLOWED = {
    "hold": {200: {""}, 409: {"seats_unavailable", "hold_limit"}, 503: BUSY},
    "best": {200: {""}, 409: {"not_enough_seats", "hold_limit"}, 503: BUSY},
    "extend": {200: {""}, 403: {"held_by_another"}, 409: {"seats_sold", "confirming"}, 410: {"hold_expired"}, 503: BUSY},
    "release": {200: {""}, 403: {"held_by_another"}, 409: {"seats_sold", "confirming"}, 503: BUSY},
    "confirm": {200: {""}, 201: {""}, 403: {"held_by_another"}, 409: {"seats_sold"}, 410: {"hold_expired"},
                503: BUSY | {"outcome_unknown"}},
    "status": {200: {""}, 304: {""}, 503: BUSY},
    "summary": {200: {""}, 503: BUSY},
    "listed": {200: {""}, 503: BUSY},
}
# nginx gives a worker 10 s; the rest is the machine's, where others are at work on it.
SLOW_NS = 11_500_000_000


def unexpected_answer(ledger):
    """Status and code are of the table; what is no answer at all is not in it either, but may be for want of a worker."""
    for op in ledger.ops:
        codes = ALLOWED[op.op].get(op.status, ())
        if op.status and codes is not None and op.code not in codes:
            yield "misaddressed: somebody else's answer" if op.code == "misaddressed" else "no such answer is promised", op


def late_answer(ledger):
    for op in ledger.ops:
        if op.ret - op.call > SLOW_NS:
            yield f"answered after {(op.ret - op.call) / 1e9:.2f} s", op


RULES = (unexpected_answer, late_answer)
