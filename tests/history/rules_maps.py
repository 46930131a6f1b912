"""A status, a summary or a show's counts in a list show one moment between its call and its answer, whole. Each rule is a generator of
(what is wrong, operations)."""

from bisect import bisect_left, bisect_right

from .ledger import held_before


def sale_not_shown(ledger):
    """A status whose call began after a sale was answered shows the seat as booked; as held at least, where the board
    may not have heard of the sale yet."""
    sales = sorted((at, index, seat) for index, seat in enumerate(ledger.seats) if (at := ledger.sold_at.get(seat)))
    sold, answered = [], 0
    for op, _, seats in ledger.maps:
        while answered < len(sales) and sales[answered][0] < op.call:
            sold.append(sales[answered][1:])
            answered += 1
        for index, seat in sold:
            if seats and seats[index] != "b" and (seats[index] == "a" or ledger.settled_at[seat] < op.call):
                yield f"{seat} had been answered as sold", op
                break


def lease_shown_available(ledger):
    """A status within a lease never shows the seat as available."""
    for op, _, seats in ledger.maps:
        if not seats or "a" not in seats:
            continue
        for seat, state in zip(ledger.seats, seats):
            if state == "a" and (lease := ledger.lease_over(seat, op.call, op.ret)):
                yield f"{seat} is shown as available, and is {lease.user}'s by hold {lease.hold}", op
                break


def held_without_hold(ledger):
    """What is shown as held may have been held then."""
    for op, _, seats in ledger.maps:
        if not seats or "h" not in seats:
            continue
        for seat, state in zip(ledger.seats, seats):
            if state == "h" and not ledger.may_be_held(seat, op.call, op.ret):
                yield f"{seat} is shown as held, and nobody's hold was there", op
                break


def booked_without_sale(ledger):
    """What is shown as booked is sold in the end, and may have been sold then."""
    for op, _, seats in ledger.maps:
        if not seats or "b" not in seats:
            continue
        for seat, state in zip(ledger.seats, seats):
            if state == "b" and ledger.sold_from.get(seat, op.ret) >= op.ret:
                yield f"{seat} is shown as booked, and was not sold by then", op
                break


def part_of_a_hold(ledger):
    """If one hold alone can explain that a seat is held, the whole hold is there: its other seats are not available.

    Not where its user confirmed some of its seats and not others, which then fare differently.
    """
    split_from = Splits(ledger)
    for op, _, seats in ledger.maps:
        if not seats or "h" not in seats or "a" not in seats:
            continue
        state_of = dict(zip(ledger.seats, seats))
        for seat, state in state_of.items():
            hold = state == "h" and seat in ledger.windows and ledger.windows[seat].only(op.call, op.ret)
            if not hold or len(hold.seats) < 2 or split_from(hold) <= op.ret:
                continue
            missing = [other for other in hold.seats if state_of.get(other) == "a" and not held_before(ledger, other, hold)]
            if missing:
                yield f"{seat} is held by {hold.user}'s hold of {sorted(hold.seats)}, but {missing} is shown as available", op
                break


class Splits:
    """When a hold's user first asked to confirm, extend or release some of its seats and not others."""

    def __init__(self, ledger):
        self.ledger, self.known = ledger, {}

    def __call__(self, hold):
        if hold.hold not in self.known:
            whole = set(hold.seats)
            self.known[hold.hold] = min((op.call for seat in whole for op in self.ledger.changes.get((hold.user, seat), ())
                                         if (op.unknown or op.ret > hold.start) and not whole.issubset(op.seats)),
                                        default=1 << 63)
        return self.known[hold.hold]


def part_of_a_sale(ledger):
    """Of all seats of a bookingId, a map shows every one as booked, or none."""
    batches = [(booking, [ledger.place[seat] for seat in seats if seat in ledger.place])
               for (booking, _), seats in ledger.batches.items() if len(seats) > 1]
    for op, _, seats in ledger.maps:
        for booking, indices in batches:
            if seats and len({seats[index] == "b" for index in indices}) > 1:
                shown = {ledger.seats[index]: seats[index] for index in indices}
                yield f"booking {booking} is shown in part: {shown}", op
                break


def one_etag_two_maps(ledger):
    """An ETag names one map, and a 304 an ETag that was given."""
    first = {}
    for op, etag, seats in ledger.maps:
        if seats is None:
            yield f"304 for the ETag {etag}, which nobody was given", op
        elif op.status == 200 and first.setdefault(etag, seats) != seats:
            yield f"ETag {etag} stood for {first[etag]} as well", op


def version_went_back(ledger):
    """The version in the ETag only grows: a status after another never shows an older board."""
    answered = sorted((op.ret, int(etag.split("-")[1])) for op, etag, _ in ledger.maps)
    newest = at = 0
    for op, etag, _ in ledger.maps:
        while at < len(answered) and answered[at][0] < op.call:
            newest = max(newest, answered[at][1])
            at += 1
        if int(etag.split("-")[1]) < newest:
            yield f"version {newest} had been shown before", op


def summary_is_wrong(ledger):
    """Of a summary or a list: its counts add up, and lie between what was certain and what was possible between call and answer."""
    total = len(ledger.seats)
    sold_at, sold_from = sorted(ledger.settled_at.values()), sorted(ledger.sold_from.values())
    begun, lapsed = sides(ledger.relied)
    may_begin, may_lapse = sides([span for windows in ledger.windows.values() for span in windows.merged()])
    for op in ledger.of["summary"] + ledger.of["listed"]:
        if op.status != 200 or op.code or not op.answer:
            continue
        seats, booked, held, available = op.answer
        if seats != total or booked + held + available != total or min(op.answer) < 0:
            yield f"it does not add up to {total}", op
        least, most = bisect_left(sold_at, op.call), bisect_right(sold_from, op.ret)
        if not least <= booked <= most:
            yield f"bookedCount should be {least} to {most}", op
        least = bisect_left(begun, op.call) - bisect_right(lapsed, op.ret)
        most = bisect_right(may_begin, op.ret) - bisect_left(may_lapse, op.call)
        if not least <= held <= most:
            yield f"heldCount should be {least} to {most}", op


def sides(spans):
    """([begin], [end]) of spans, each in order: how many lie over a moment is a difference of two places."""
    return sorted(span[0] for span in spans), sorted(span[1] for span in spans)


def end_differs_from_record(ledger):
    """The last look at a show, when all is settled, shows as booked what MongoDB has."""
    maps = [(op, seats) for op, _, seats in ledger.maps if op.call >= ledger.history.final_from]
    sums = [op for op in ledger.of["summary"] if op.call >= ledger.history.final_from and op.status == 200 and not op.code]
    if not maps or not sums:
        yield "nobody looked at it in the end",
        return
    op, seats = maps[-1]
    if {seat for seat, state in zip(ledger.seats, seats) if state == "b"} != set(ledger.documents):
        yield f"MongoDB has {sorted(ledger.documents)} as sold", op
    if sums[-1].answer[1] != len(ledger.documents):
        yield f"MongoDB has {len(ledger.documents)} seats as sold", sums[-1]


RULES = (sale_not_shown, lease_shown_available, held_without_hold, booked_without_sale, part_of_a_hold, part_of_a_sale,
         one_etag_two_maps, version_went_back, summary_is_wrong, end_differs_from_record)
