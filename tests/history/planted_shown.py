"""More box offices with a bug each: what they show, why they refuse, what they keep. See planted.py."""

from .planted import PLANTED, breaks  # noqa: F401, for whoever wants them all
from .synthetic import GRACE_MS, HOLD_MS, MS, House, Player

# -- maps

@breaks("sale_not_shown")
class ShowsAnOldMap(House):
    """By 60 ms, where nothing else shows it."""

    def __init__(self, *more):
        super().__init__(*more)
        self.old = []

    def status(self, user, seats, now):
        told = super().status(user, seats, now)
        self.old.append((now, told))
        return next(old for at, old in self.old if at >= now - 60)


@breaks("lease_shown_available")
class OverlooksAHold(House):
    def state(self, seat, now):
        state = super().state(seat, now)
        return "a" if state == "h" and self.rng.random() < 0.05 else state


@breaks("held_without_hold")
class KeepsLapsedHolds(House):
    """On the map, by 40 ms."""

    def state(self, seat, now):
        return "h" if super().state(seat, now) == "a" and self.held(seat, now - 40) else super().state(seat, now)


@breaks("booked_without_sale")
class ShowsHeldAsBooked(House):
    def state(self, seat, now):
        return "b" if self.held(seat, now) and self.rng.random() < 0.05 else super().state(seat, now)


@breaks("part_of_a_hold", shows=40)
class LapsesInParts(House):
    """EX for each seat: Redis reads its clock anew, and the seats of a batch end a little apart."""

    def hold(self, user, seats, now):
        told = super().hold(user, seats, now)
        for number, seat in enumerate(self.seats):
            hold = self.held(seat, now)
            if hold and hold.first_end == now + HOLD_MS:
                hold.ends[seat] += 2 * hold.seats.index(seat)
        return told


@breaks("part_of_a_hold", shows=40, lost=0.1)
class DiesInTheMiddleOfAHold(House):
    """A key a command: of what a killed worker held only a part is there."""

    def hold(self, user, seats, now):
        before = dict(self.holds)
        told = super().hold(user, seats, now)
        if self.dies and told[0] == 200:
            self.holds = {**self.holds, **{seat: before.get(seat) for seat in seats[1:]}}
        return told


@breaks("part_of_a_sale")
class SettlesInParts(House):
    """Of a batch the first seat is on the board at once, the others at the next operation but one."""

    later = 0, ()

    def state(self, seat, now):
        until, seats = self.later
        return "h" if seat in seats and now < until else super().state(seat, now)

    def mark_sold(self, user, seats, booking):
        super().mark_sold(user, seats, booking)
        self.later = self.now + 40, seats[1:]


@breaks("one_etag_two_maps")
class LeavesLapsesOutOfItsTag(House):
    def tag(self, now):
        return f"1-{self.version}-0-x"


@breaks("version_went_back")
class CountsAnewWithRedis(House):
    def empty(self):
        self.holds.clear()
        self.version = 1


@breaks("summary_is_wrong")
class CountsLapsedHolds(House):
    def summary(self, user, seats, now):
        states = ["h" if seat in self.holds else self.state(seat, now) for seat in self.seats]
        return 200, "", [len(states), *(states.count(state) for state in "bha")]


@breaks("summary_is_wrong")
class CountsSalesLate(House):
    def summary(self, user, seats, now):
        _, _, (total, booked, held, free) = super().summary(user, seats, now)
        return 200, "", [total, max(booked - 1, 0), held, free + (booked > 0)]


@breaks("summary_is_wrong")
class ListsOldCounts(House):
    """By 60 ms, where nothing else shows it."""

    def __init__(self, *more):
        super().__init__(*more)
        self.old = []

    def act_on(self, now):
        self.old.append((now, super().summary("", [], now)))

    def status(self, user, seats, now):
        self.act_on(now)
        return super().status(user, seats, now)

    def listed(self, user, seats, now):
        self.act_on(now)
        return next(old for at, old in self.old if at >= now - 60)


@breaks("end_differs_from_record", lost=0.2)
class NeverLearnsOfLostSales(House):
    def mark_sold(self, user, seats, booking):
        super().mark_sold(user, seats, booking)
        if self.dies:
            for seat in seats:
                del self.sold[seat]


# -- refusals

@breaks("unjust_seats_unavailable")
class RefusesForNothing(House):
    def in_the_way(self, user, seat, now):
        return super().in_the_way(user, seat, now) or (self.rng.random() < 0.02 and "held" or None)


@breaks("unjust_seats_unavailable")
class RefusesAsBooked(House):
    def in_the_way(self, user, seat, now):
        return super().in_the_way(user, seat, now) and "booked"


@breaks("unjust_seats_unavailable")
class RefusesItsOwn(House):
    """A repeat is refused."""

    def in_the_way(self, user, seat, now):
        return "held" if self.held(seat, now) and self.rng.random() < 0.1 else super().in_the_way(user, seat, now)


@breaks("seat_in_the_way_not_named")
class NamesOneSeat(House):
    def hold(self, user, seats, now):
        status, code, answer = super().hold(user, seats, now)
        return status, code, dict(list(answer.items())[:1]) if code == "seats_unavailable" else answer


@breaks("unjust_limit")
class CountsLapsedForTheCap(House):
    cap = 2


@breaks("unjust_held_by_another")
class Says403For410(House):
    def confirm(self, user, seats, now, fails=False):
        status, code, answer = super().confirm(user, seats, now, fails)
        return (403, "held_by_another", dict.fromkeys(answer, "held")) if status == 410 else (status, code, answer)


@breaks("unjust_seats_sold")
class Says409For410(House):
    def confirm(self, user, seats, now, fails=False):
        status, code, answer = super().confirm(user, seats, now, fails)
        return (409, "seats_sold", dict.fromkeys(answer, "booked")) if status == 410 else (status, code, answer)


@breaks("unjust_best_limit")
class CountsSeatsOfOthersToo(House):
    def best(self, user, quantity, now):
        held = sum(1 for seat in self.seats if self.held(seat, now))
        if held + quantity > self.cap:
            return 409, "hold_limit", [quantity, None]
        return super().best(user, quantity, now)


@breaks("unjust_not_enough_seats")
class GivesUpTooEarly(House):
    """As where the groups that the worker thought of are gone, and others would do."""

    def best(self, user, quantity, now):
        if self.rng.random() < 0.1:
            return 409, "not_enough_seats", [quantity, 0]
        return super().best(user, quantity, now)


@breaks("leases_overlap")
class ChoosesByAnOldPicture(House):
    """Free seats are looked for, and taken later, without another look."""

    picture = ()

    def best(self, user, quantity, now):
        free, self.picture, self.chosen = self.picture or self.free(now), self.free(now), []
        if len(free) < quantity:
            return super().best(user, quantity, now)
        for seat in free[:quantity]:
            self.holds.pop(seat, None)
        self.chosen = [seat for seat in free[:quantity] if seat not in self.sold]
        if len(self.chosen) < quantity:
            return super().best(user, quantity, now)
        status, code, answer = self.hold(user, self.chosen, now)
        return status, code, answer if status == 200 else [quantity, None]


@breaks("unjust_hold_expired")
class LosesHolds(House):
    def confirm(self, user, seats, now, fails=False):
        for seat in seats:
            if self.rng.random() < 0.2:
                self.holds.pop(seat, None)
        return super().confirm(user, seats, now, fails)


# -- stores and answers

@breaks("hold_nobody_asked_for", shows=20)
class KeepsAStrayHold(House):
    def kept(self, now):
        return [*super().kept(now), [self.show, "S1", "beef", now + 500, "zoe", now + 500]]


@breaks("half_a_hold", shows=20)
class KeepsHalfAHold(House):
    def kept(self, now):
        return super().kept(now)[1:]


@breaks("hold_outlives_its_end", shows=20)
class KeepsHoldsTooLong(House):
    def kept(self, now):
        return [[*kept[:-1], kept[-1] + GRACE_MS + 40] for kept in super().kept(now)]


@breaks("unexpected_answer")
class FailsWithin(House):
    def status(self, user, seats, now):
        return (500, "internal", {}) if self.rng.random() < 0.02 else super().status(user, seats, now)


@breaks("unexpected_answer")
class MixesUpItsReplies(House):
    """A connection whose replies are shifted by one: what wire.py makes of an answer to somebody else."""

    def hold(self, user, seats, now):
        told = super().hold(user, seats, now)
        return (200, "misaddressed", [self.show, "bob", seats, seats]) if self.rng.random() < 0.02 else told


class Sleeper(Player):
    def log(self, op):
        super().log(op._replace(ret=op.ret + 12_000 * MS) if self.rng.random() < 0.01 else op)


@breaks("late_answer", player=Sleeper)
class AnswersLate(House):
    pass
