"""Rows of what sells: holds, confirmations, and a sale with both and many lookers-on."""

import itertools

from bson import ObjectId
from lib.client import Client

from . import wrk
from .floors import InsertFloor
from .house import bodies
from .row import Row
from .wrk import Traffic, get


def enough(floor_slice, seconds):
    """Orders for one slice: no row is faster than its floor by more than chance, and a moment in which others kept the
    machine busy."""
    return int(max(floor_slice.rate, 3000) * seconds * 1.2) + 500


def count_held(house, shows):
    client = Client(house.site)
    return sum(client.summary(show).json()["heldCount"] for show in shows)


class Hold(Row):
    """Fresh seats of many warm shows; each order is another user's."""

    size = 1

    def before(self, seconds, floor_slice):
        count = enough(floor_slice, seconds)
        self.shows = self.house.fresh_shows(count, self.size)
        self.orders = self.house.orders(self.shows, count, self.size)
        self.requests = bodies("/hold", self.orders)

    def traffic(self):
        return Traffic(self.house.url, self.requests, cycle=False)

    def after(self, measured):
        missing = measured.count * self.size - count_held(self.house, self.shows)
        if missing > 0:
            measured.errors["seats not held"] = missing


class Hold1(Hold):
    name = "hold of 1 fresh seat, many shows"
    bar = 0.60


class Hold3(Hold):
    name = "hold of 3 fresh seats, many shows"
    bar = 0.50
    size = 3


class Confirm(Hold):
    """Seats held beforehand, as the row of holds asks for them."""

    def floor(self):
        return InsertFloor(self.house, self.size)

    def before(self, seconds, floor_slice):
        super().before(seconds, floor_slice)
        self.house.send_all(self.requests)
        self.requests = bodies("/confirm", self.orders)

    def after(self, measured):
        sold = self.house.records.db.bookings.count_documents({"showId": {"$in": list(map(ObjectId, self.shows))}})
        if sold < measured.count * self.size:
            measured.errors["seats not recorded"] = measured.count * self.size - sold


class Confirm1(Confirm):
    name = "confirm of 1 held seat"
    bar = 0.50


class Confirm3(Confirm):
    name = "confirm of 3 held seats"
    bar = 0.50
    size = 3


class OneShowFloor:
    """Holds on one show, which is loaded once in five seconds."""

    name = ""

    def __init__(self, house):
        self.house = house
        self.orders = 20000  # of the next slice

    def slice(self, seconds):
        shows = self.house.fresh_shows(self.orders * seconds, 1, shows=1)
        requests = bodies("/hold", self.house.orders(shows, self.orders * seconds, 1))
        measured = wrk.run(Traffic(self.house.url, requests, cycle=False), seconds)
        self.orders = int(measured.rate * 1.3) + 1000
        return measured

    def close(self):
        pass


class ActiveShows(Row):
    """Two hundred shows of 300 seats are sold at once; each is loaded again all the while."""

    name = "hold of 1 seat, 200 active shows"
    bar = 0.90
    env = {"BOXOFFICE_BOARD_SECONDS": 5}
    SHOWS, SEATS = 200, 300

    def prepare(self):
        self.orders = []

    def floor(self):
        return OneShowFloor(self.house)

    def before(self, seconds, floor_slice):
        # A set of shows lasts for several slices, so that their boards come of age.
        if len(self.orders) < enough(floor_slice, seconds):
            sets = enough(floor_slice, seconds) // (self.SHOWS * self.SEATS) + 1
            shows = self.house.shows(self.SHOWS * sets, self.SEATS)
            self.house.warm(shows)
            self.orders = bodies("/hold", self.house.orders(shows, len(shows) * self.SEATS, 1))

    def traffic(self):
        return Traffic(self.house.url, self.orders, cycle=False)

    def after(self, measured):
        self.orders = self.orders[measured.count + wrk.CLIENTS:]


class Sale(Row):
    """One show of 1,000 seats on its first day: of ten requests two hold, one confirms, seven look."""

    name = "sale: 20 % hold, 10 % confirm, 70 % status"
    bar = 0.25
    SEATS, HELD_BEFORE = 1000, 100

    def before(self, seconds, floor_slice):
        self.show, = self.house.shows(1, self.SEATS)
        self.house.warm([self.show])
        first = self.house.orders([self.show], self.HELD_BEFORE, 1)
        rest = self.house.orders([self.show], self.SEATS - self.HELD_BEFORE, 1, first=self.HELD_BEFORE + 1)
        self.house.send_all(bodies("/hold", first))
        late = self.house.orders([self.show], self.SEATS, 1)  # for the same seats, by others: 409
        # Confirmations follow the holds at a distance: a hold is answered before its seat is confirmed.
        holds, confirms = itertools.chain(rest, itertools.cycle(late)), itertools.cycle(first + rest)
        look = get(f"/status/{self.show}")
        self.requests = []
        for _ in range(enough(floor_slice, seconds) // 10 + 1):
            hold, other_hold = bodies("/hold", [next(holds), next(holds)])
            confirm, = bodies("/confirm", [next(confirms)])
            self.requests += [look, hold, look, look, confirm, look, other_hold, look, look, look]

    def traffic(self):
        return Traffic(self.house.url, self.requests, cycle=False, allowed=frozenset({200, 201, 409}))


ROWS = [Hold1, Hold3, Confirm1, Confirm3, ActiveShows, Sale]
