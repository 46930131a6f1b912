"""Clients that buy without end, and the account of what they were told."""

from collections import defaultdict

from .client import ANSWER_SECONDS, Client, new_user
from .faults import timed
from .problems import assert_problem
from .waiting import wait_until


class Shoppers:
    """A step for Background: each turn a new user holds and buys a batch of three; ids and answers are kept."""

    limit = ANSWER_SECONDS
    batches = 10  # of one show; then comes the next
    new_client = Client

    def __init__(self, site, records, count, refusals=(503,)):
        self.site, self.records, self.refusals = site, records, refusals
        self.shows = [self.new_show() for _ in range(count)]
        self.done = [[] for _ in range(count)]  # (show, seats, user, statuses)
        self.rounds = [0] * count

    def new_show(self):
        return self.records.show(seats=3 * self.batches)

    def __call__(self, number):
        mine = self.new_client(self.site)
        turn = self.rounds[number]
        self.rounds[number] += 1
        if turn and turn % self.batches == 0:
            self.shows[number] = self.new_show()
        first = turn % self.batches * 3
        show, user, seats = self.shows[number], new_user(), [f"S{first + k}" for k in (1, 2, 3)]
        answers = [timed(lambda: mine.hold(show, seats, user), self.limit)]
        if answers[0].status_code == 200:
            answers.append(timed(lambda: mine.confirm(show, seats, user), self.limit))
        self.done[number].append((show, seats, user, [answer.status_code for answer in answers]))
        for answer in answers:
            if answer.status_code not in (200, 201):
                assert_problem(answer, self.refusals, None)

    @property
    def all(self):
        return [one for done in self.done for one in done]

    @property
    def sold(self):
        return sum(1 for one in self.all if one[3][-1] == 201)

    def check(self, client):
        """All or nothing in both stores; what was answered as sold is."""
        by_show = defaultdict(list)
        for show, *rest in self.all:
            by_show[show].append(rest)
        for show, batches in by_show.items():
            found = self.records.bookings(show)
            states = wait_until(lambda: self._map_of(client, show, set(found)), 20, "what is sold on the map")
            for seats, user, statuses in batches:
                ids = {str(found[seat]["bookingId"]) if seat in found else None for seat in seats}
                assert len(ids) == 1, f"half a sale: {seats} {found}"
                assert len({states[seat] for seat in seats}) == 1, f"part of a batch: {states}"
                sold = ids != {None}
                assert sold or statuses[-1] != 201, "answered as sold, but not written"

    @staticmethod
    def _map_of(client, show, sold):
        """The map, once it shows what is sold. Where a worker died between the record and the board, the board learns of
        it at its next load; and each worker leaves a store that failed it alone for a second of its own."""
        answer = timed(lambda: client.status(show), ANSWER_SECONDS)
        if answer.status_code == 503:
            return None
        states = Client.states(answer)
        return states if {seat for seat, state in states.items() if state == "booked"} == sold else None
