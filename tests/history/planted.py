"""Box offices with a bug each, for the checker to find: what they sell and hold. Import PLANTED from
planted_shown.py, which has the others."""

from .synthetic import HOLD_MS, Hold, House

PLANTED = []


def breaks(rule, **options):
    """options: of synthetic.round_of."""
    def note(bug):
        PLANTED.append((bug, rule, options))
        return bug
    return note


# -- sales

@breaks("booked_without_record")
class AnswersBeforeItRecords(House):
    def record(self, user, seats, booking):
        if self.rng.random() < 0.8:
            super().record(user, seats, booking)


@breaks("booked_without_record")
class TellsAnotherBooking(House):
    def booked(self, status, seats):
        status, code, (booking, ids) = super().booked(status, seats)
        return status, code, [booking, [*ids[:-1], self.new_id()] if self.rng.random() < 0.1 else ids]


@breaks("sold_twice")
class HasNoUniqueIndex(House):
    def record(self, user, seats, booking):
        super().record(user, seats, booking)
        super().record(user, seats[:1], booking)


@breaks("record_nobody_asked_for")
class RecordsAndRefuses(House):
    def confirm(self, user, seats, now, fails=False):
        status, code, answer = super().confirm(user, seats, now, fails)
        if status == 410 and len(answer) == len(seats):
            self.record(user, seats, self.new_id())
        return status, code, answer


@breaks("record_nobody_asked_for")
class RecordsForAnother(House):
    def record(self, user, seats, booking):
        super().record("somebody" if self.rng.random() < 0.2 else user, seats, booking)


@breaks("part_of_a_booking", lost=0.2)
class DiesInTheMiddleOfABatch(House):
    def record(self, user, seats, booking):
        super().record(user, seats[:1] if self.dies else seats, booking)


@breaks("confirmed_anew")
class ForgetsWhoBought(House):
    def confirm(self, user, seats, now, fails=False):
        if all(seat in self.sold for seat in seats) and self.rng.random() < 0.2:
            return 410, "hold_expired", dict.fromkeys(seats, "expired")
        return super().confirm(user, seats, now, fails)


@breaks("booked_now_twice")
class SaysNewAgain(House):
    def confirm(self, user, seats, now, fails=False):
        status, code, answer = super().confirm(user, seats, now, fails)
        return 201 if status == 200 else status, code, answer


@breaks("sold_after_release", shows=20, faults=False)
class ReleasesWhileItConfirms(House):
    """The hold goes though the confirmation is under way, and is confirmed."""

    def release(self, user, seats, now):
        if all(self.sold.get(seat, ("",))[0] == user for seat in seats):
            return 200, "", [len(seats)]
        return super().release(user, seats, now)


# -- holds

@breaks("leases_overlap")
class OverlooksHolds(House):
    """SET without NX."""

    def in_the_way(self, user, seat, now):
        why = super().in_the_way(user, seat, now)
        return None if why == "held" and self.rng.random() < 0.1 and self.holds.pop(seat, None) else why


@breaks("repeat_is_another_hold")
class HoldsAnew(House):
    def in_the_way(self, user, seat, now):
        why = super().in_the_way(user, seat, now)
        if not why and self.rng.random() < 0.3:
            self.holds.pop(seat, None)
        return why


@breaks("repeat_changes_expiry")
class ProlongsRepeats(House):
    def told_end(self, hold, now):
        hold.first_end = max(hold.first_end, now + HOLD_MS)
        return hold.first_end


@breaks("hold_of_wrong_length")
class HoldsTooLong(House):
    def length(self):
        return HOLD_MS + 20


@breaks("hold_of_wrong_length")
class HoldsTooShort(House):
    def length(self):
        return HOLD_MS - 20


@breaks("hold_answer_disagrees")
class TellsTheLatestEnd(House):
    def hold(self, user, seats, now):
        status, code, answer = super().hold(user, seats, now)
        return status, code, [answer[0], max(end for _, end in answer[2]), answer[2]] if status == 200 else answer


@breaks("hold_after_sale")
class ForgetsSales(House):
    def mark_sold(self, user, seats, booking):
        super().mark_sold(user, seats, booking)
        if self.rng.random() < 0.2:
            del self.sold[seats[0]]


@breaks("hold_after_sale")
class LosesSalesWithRedis(House):
    """Emptied, it trusts what is left."""

    def empty(self):
        super().empty()
        self.sold.clear()


@breaks("hold_after_record", lost=0.2, shows=20, faults=False)
class LetsGoOfWhatItDoesNotKnow(House):
    """An outcome unknown is taken for a no: the announcement goes, the document was there."""

    def mark_sold(self, user, seats, booking):
        super().mark_sold(user, seats, booking)
        if self.dies:
            for seat in seats:
                del self.sold[seat]


@breaks("more_than_the_cap")
class KnowsNoCap(House):
    cap = 100


# -- extensions and releases

class ForAnybody(House):
    """GET, then DEL or SET: whose hold it is, is not looked at."""

    def not_own(self, user, seats, now):
        refused = super().not_own(user, seats, now)
        return None if refused and refused[0] == 403 else refused


@breaks("lease_shown_available")
class ReleasesAnothers(ForAnybody):
    def extend(self, user, seats, now):
        return House.not_own(self, user, seats, now) or super().extend(user, seats, now)


@breaks("repeat_changes_expiry")
class ExtendsAnothers(ForAnybody):
    def release(self, user, seats, now):
        return House.not_own(self, user, seats, now) or super().release(user, seats, now)


@breaks("extension_revives")
class Revives(House):
    """What lapsed, and was not held by another since."""

    def over(self, hold, now):
        return False

    def extend(self, user, seats, now):
        for seat in seats:
            hold = self.holds.get(seat)
            if hold and hold.user == user and hold.ends[seat] <= now:
                hold.ends[seat] = now + 1
        if any(not self.held(seat, now) for seat in seats):
            return 410, "hold_expired", {seat: "expired" for seat in seats if not self.held(seat, now)}
        return super().extend(user, seats, now)


@breaks("extension_revives", shows=20)
class RevivesWhatAConfirmationKeeps(House):
    """Past its first end, by the grace of a confirmation that failed."""

    def over(self, hold, now):
        return not hold

    def confirm(self, user, seats, now, fails=False):
        return super().confirm(user, seats, now, fails or self.rng.random() < 0.5)


@breaks("extended_wrongly")
class ExtendsForEver(House):
    def longer(self, hold, now):
        return now + HOLD_MS


@breaks("extended_wrongly")
class ExtendsNothing(House):
    def longer(self, hold, now):
        return hold.first_end


@breaks("end_went_back")
class Shortens(House):
    def longer(self, hold, now):
        return now + HOLD_MS // 4


@breaks("end_went_back")
class ForgetsThatItExtended(House):
    """The key's end moved, the value's did not."""

    def hold(self, user, seats, now):
        for seat in seats:
            hold = self.holds.get(seat)
            if hold and hold.user == user and hold.first_end > hold.granted + HOLD_MS > now:
                self.holds[seat] = Hold(hold.id, user, hold.granted + HOLD_MS, hold.seats, hold.granted)
                self.holds[seat].ends[seat] = hold.ends[seat]
        return super().hold(user, seats, now)


@breaks("told_after_release")
class ReleasesNothing(House):
    def let_go(self, seats):
        pass


@breaks("unjust_confirming")
class RefusesAsConfirming(House):
    def release(self, user, seats, now):
        if self.rng.random() < 0.1:
            return 409, "confirming", dict.fromkeys(seats, "confirming")
        return super().release(user, seats, now)
