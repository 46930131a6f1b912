"""What is sold and given back is sold to its buyer meanwhile, moved as it was asked, and never lost. Each rule is a
generator of what is wrong; all read a Returns."""

from collections import defaultdict

from .spans import EPS, GRACE

REFUSED = (403, 404, 409, 410, 422)
BOARD_NS = 6_000_000_000  # BOXOFFICE_BOARD_SECONDS of a round at most, and what a load takes


def booked(returns):
    """(op, seat, bookingId) of each answer "booked"."""
    for op in returns.ops:
        if op.op == "confirm" and op.status in (200, 201) and not op.code:
            for seat, booking in zip(op.seats, op.answer[1]):
                yield op, seat, booking


def cancels_of(returns, user, booking, seat):
    """Cancellations, not refused, that may have given this seat back."""
    return [op for op in returns.cancels[user, booking] if len(op.seats) == 1 or seat in op.seats[1:]]


def certain(returns):
    """{seat: [(begin, end, user, bookingId)]}: from the answer "booked" to the first call that may give it back."""
    spans = defaultdict(dict)
    for op, seat, booking in booked(returns):
        end = min((cancel.call for cancel in cancels_of(returns, op.user, booking, seat)), default=1 << 63)
        key = op.user, booking
        begin = min(op.ret, spans[seat].get(key, (op.ret,))[0])
        if begin < end:
            spans[seat][key] = begin, end
    return {seat: sorted((begin, end, *key) for key, (begin, end) in found.items()) for seat, found in spans.items()}


def answered_without_record(returns):
    """What was answered as cancelled stands in `cancellations`, under the ids that were told."""
    known = {(seat, user, booking): cancellation for seat, user, booking, cancellation in returns.cancellations}
    for op in returns.ops:
        if op.op == "cancel" and op.status == 200 and not op.code:
            for seat, cancellation in op.answer[1]:
                if known.get((seat, op.user, op.seats[0])) != cancellation:
                    yield f"{seat} was answered as cancelled, and is not recorded so: {op.brief()}"


def sale_lost(returns):
    """What was answered as booked is booked still, or was moved; never merely deleted."""
    there = {(seat, user, booking) for seat, user, booking, *_ in [*returns.bookings, *returns.cancellations]}
    for op, seat, booking in booked(returns):
        if (seat, op.user, booking) not in there:
            yield f"the sale of {seat} under {booking} is nowhere: {op.brief()}"


def sale_came_back(returns):
    """Once moved, a seat of a booking is not there again, nor moved twice."""
    moved = [one[:3] for one in returns.cancellations]
    for one in set(moved):
        if one in returns.bookings or moved.count(one) > 1:
            yield f"{one} was cancelled, and is booked again"


def nobody_asked(returns):
    """Each seat was given back by its own user, who asked for it and was not refused."""
    for seat, user, booking, _ in returns.cancellations:
        if not cancels_of(returns, user, booking, seat):
            yield f"{seat} of {user}'s {booking} was cancelled, and {user} never asked"


def half_a_cancellation(returns):
    """One cancellationId is all the seats that somebody asked for, but for those given back before."""
    moved, whole = defaultdict(set), defaultdict(set)
    for seat, user, booking, cancellation in returns.cancellations:
        moved[user, booking, cancellation].add(seat)
        whole[user, booking].add(seat)
    for seat, user, booking in returns.bookings:
        whole[user, booking].add(seat)
    for (user, booking, cancellation), seats in moved.items():
        others = {seat for seat, *key, other in returns.cancellations if key == [user, booking] and other != cancellation}
        asked = [set(op.seats[1:]) or whole[user, booking] for op in returns.cancels[user, booking]]
        if asked and not any(seats <= wanted <= seats | others for wanted in asked):
            yield f"{cancellation} of {booking} is {sorted(seats)}; asked for were {sorted(map(sorted, asked))}"


def anothers_cancelled(returns):
    """Nobody is told of a booking that is another's."""
    owner = {booking: op.user for op, _, booking in booked(returns)}
    for op in returns.ops:
        if op.op == "cancel" and op.status == 200 and owner.get(op.seats[0], op.user) != op.user:
            yield f"{op.user} was answered of {owner[op.seats[0]]}'s booking: {op.brief()}"


def booking_told_wrongly(returns):
    """A booking is told with all its seats, each as it is: given back as recorded, and not before somebody asked; booked, and
    not after an answer said that it was given back. To its own user, from the answer "booked" on; to nobody else."""
    seats = defaultdict(set)  # {(user, bookingId): all that it ever had}
    for seat, user, booking, *_ in [*returns.bookings, *returns.cancellations]:
        seats[user, booking].add(seat)
    ids = {(user, booking, seat): cancellation for seat, user, booking, cancellation in returns.cancellations}
    since, gone = {}, {}  # when it was first answered as booked, and each seat as given back
    for op, _, booking in booked(returns):
        since[op.user, booking] = min(op.ret, since.get((op.user, booking), op.ret))
    for op in returns.ops:
        if op.op == "cancel" and op.status == 200 and not op.code:
            for seat, _ in op.answer[1]:
                key = op.user, op.seats[0], seat
                gone[key] = min(op.ret, gone.get(key, op.ret))
    for op in returns.ops:
        if op.op != "booking" or op.code not in ("", "booking_not_found"):
            continue
        key = op.user, op.seats[0]
        if op.status == 404:
            if since.get(key, 1 << 63) < op.call:
                yield f"it was booked, and is not found: {op.brief()}"
            continue
        if sorted(seat for seat, *_ in op.answer) != sorted(seats[key]):
            yield f"its seats are {sorted(seats[key])}: {op.brief()}"
        for seat, state, cancellation in op.answer:
            if state == "cancelled" and (ids.get((*key, seat)) != cancellation
                                         or not any(cancel.call < op.ret for cancel in cancels_of(returns, *key, seat))):
                yield f"{seat} was not given back so by then: {op.brief()}"
            if state != "cancelled" and gone.get((*key, seat), 1 << 63) < op.call:
                yield f"{seat} was given back: {op.brief()}"


def sold_to_two(returns):
    """No moment has two buyers."""
    for seat, spans in certain(returns).items():
        for (_, end, *first), (begin, _, *second) in zip(spans, spans[1:]):
            if begin < end:
                yield f"{seat} was {first} and {second} at once"


def hold_of_a_sold_seat(returns):
    spans = certain(returns)
    for op in returns.ops:
        if op.op == "hold" and op.status == 200 and not op.code:
            for seat in op.seats:
                if any(begin < op.call and op.ret < end and user != op.user for begin, end, user, _ in spans.get(seat, ())):
                    yield f"{seat} was sold, and granted: {op.brief()}"


def sold_shown_available(returns):
    spans = certain(returns)
    for op in maps(returns):
        for seat, state in zip(returns.seats, op.answer[1]):
            if state == "a" and any(begin < op.call and op.ret < end for begin, end, *_ in spans.get(seat, ())):
                yield f"{seat} was sold, and is shown as available: {op.brief()}"


def cancelled_shown_booked(returns):
    """From the answer of the cancellation on, a seat is not shown as booked by the sale that it ended. Where the board may
    not have been told (a fault, also one that nobody made), until the next load. "Already Cancelled" rests on MongoDB alone, and may come a moment before it."""
    grace = BOARD_NS + GRACE if returns.faults or any(op.unknown for op in returns.ops) else EPS
    spans = {seat: list(possible(returns, seat)) for seat in returns.seats}
    for op in maps(returns):
        for seat, state in zip(returns.seats, op.answer[1]):
            if state == "b" and not any(begin <= op.ret and op.call <= end + grace for begin, end in spans[seat]):
                yield f"{seat} was given back, and is shown as booked: {op.brief()}"


def possible(returns, seat):
    """[(begin, end)] in which the seat may have been sold, of each document of it."""
    first = {}
    for op in returns.ops:
        if op.op == "confirm" and seat in op.seats and op.status not in REFUSED:
            first[op.user] = min(op.call, first.get(op.user, op.call))
    for one in {*returns.bookings, *(moved[:3] for moved in returns.cancellations)}:
        if one[0] == seat:
            begin = first.get(one[1], 1 << 63)
            done = [op.ret for op in cancels_of(returns, one[1], one[2], seat) if op.status == 200 and not op.answer[0]]
            yield begin, 1 << 63 if one in returns.bookings or not done else min(done)


def end_differs(returns):
    """The last map shows as booked what MongoDB has."""
    last = max(maps(returns), key=lambda op: op.call, default=None)
    told = last and {seat for seat, state in zip(returns.seats, last.answer[1]) if state == "b"}
    if told != {seat for seat, *_ in returns.bookings}:
        yield f"MongoDB has {sorted(returns.bookings)}, the last map {told}"


def unexpected(returns):
    """These answer as the API promises."""
    promised = {"cancel": {404: {"booking_not_found"}, 409: {"confirming"}, 422: {"unknown_seat"}},
                "booking": {404: {"booking_not_found"}},
                "release": {403: {"held_by_another"}, 409: {"confirming", "seats_sold"}}}
    for op in returns.ops:
        allowed = {0: None, 200: {""}, 503: None, **promised.get(op.op, {})}
        if op.op in promised and (op.status not in allowed or allowed[op.status] and op.code not in allowed[op.status]):
            yield f"no such answer is promised: {op.brief()}"
        if op.code in ("misshapen", "misaddressed"):
            yield f"{op.code}: {op.brief()}"


def maps(returns):
    return [op for op in returns.ops if op.op == "status" and op.status == 200 and not op.code and op.answer[1]]


RULES = (answered_without_record, sale_lost, sale_came_back, nobody_asked, half_a_cancellation, anothers_cancelled,
         booking_told_wrongly, sold_to_two, hold_of_a_sold_seat, sold_shown_available, cancelled_shown_booked, end_differs, unexpected)


def findings(returns):
    returns.cancels = defaultdict(list)  # {(user, bookingId): those that were not refused}
    for op in returns.ops:
        if op.op == "cancel" and op.status not in REFUSED:
            returns.cancels[op.user, op.seats[0]].append(op)
    return [f"{rule.__name__}: {text}" for rule in RULES for text in rule(returns)]
