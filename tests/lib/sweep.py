"""What is done to a worker while a call fails, and what must be true afterwards."""

import functools
import itertools
import os
import signal

from .client import new_user, order, to_json, wish
from .faults import ALLOWED_SECONDS
from .one_worker import sleeps
from .shows import forget, held_keys
from .torture import assert_acceptable, assert_ended_well, is_loss
from .waiting import wait_until

SEATS = 4000


class Request:
    """One kind of request, again and again on one show; each time with seats of its own."""

    path, n_seats, statuses = "/status", 0, {200}
    steady = True  # the worker is afterwards as it was before
    fields = {}  # of the show's document

    def __init__(self, failing, records):
        self.failing, self.records, self.site = failing, records, failing.site
        self.show = records.show(seats=SEATS, **self.fields)
        self.numbers = itertools.count(1)

    def prepare(self):
        """All up to the request itself: nothing fails yet."""
        self.user = new_user()
        self.seats = [f"S{next(self.numbers)}" for _ in range(self.n_seats)]
        self.body = to_json(order(self.show, self.seats, self.user)) if self.seats else b""
        self.failing.must_call("GET", f"/summary/{self.show}")

    def send(self, send):
        if self.seats:
            return send("POST", self.path, self.body)
        return send("GET", f"{self.path}/{self.show}")

    def check(self, answer):
        """After the worker can be asked again: all or nothing, and as it was answered."""
        again = self.send(self.failing.must_call)
        assert again.status_code in self.statuses, again.text


class Status(Request):
    def prepare(self):
        super().prepare()
        # Another state than that of the worker's rendering.
        user, seat = new_user(), f"S{next(self.numbers)}"
        self.failing.must_call("POST", "/hold", to_json(order(self.show, seat, user)))

    def check(self, answer):
        super().check(answer)
        again = self.send(self.failing.must_call)
        assert len(again.json()["seats"]) == SEATS
        assert answer is None or answer.status_code != 200 or answer.content == again.content


class Summary(Request):
    path = "/summary"


class Show(Request):
    path = "/shows"


class Shows(Request):
    """A list of shows: where their counts cannot be had, it goes without."""

    path = "/shows"

    def send(self, send):
        return send("GET", self.path)


class Hold(Request):
    path, n_seats = "/hold", 2

    def check(self, answer):
        held = held_keys(self.site, self.show) & set(self.seats)
        assert held in (set(), set(self.seats)), f"half of a hold: {held}"
        again = self.send(self.failing.must_call)
        assert again.status_code == 200, again.text
        if answer is not None and answer.status_code == 200:
            assert held and again.json()["holdId"] == answer.json()["holdId"]


class Best(Request):
    """With a key: whatever failed, the same request has one hold in the end."""

    path = "/best-available"

    def prepare(self):
        super().prepare()
        self.body = to_json(wish(self.show, 2, self.user) | {"requestKey": self.user})
        self.before = held_keys(self.site, self.show)

    def send(self, send):
        return send("POST", self.path, self.body)

    def check(self, answer):
        held = held_keys(self.site, self.show) - self.before
        assert len(held) in (0, 2), f"half of a hold: {held}"
        again = self.send(self.failing.must_call)
        assert again.status_code == 200, again.text
        assert held_keys(self.site, self.show) - self.before == set(again.json()["seatNumbers"])
        if answer is not None and answer.status_code == 200:
            assert held and again.json()["holdId"] == answer.json()["holdId"]


class OfAHold(Request):
    """Two seats that are held already."""

    n_seats = 2

    def prepare(self):
        super().prepare()
        self.hold = self.failing.must_call("POST", "/hold", self.body)
        assert self.hold.status_code == 200, self.hold.text


class Extend(OfAHold):
    path = "/extend"

    def check(self, answer):
        """Whatever failed, the seats are held as before or for longer, with one end."""
        again = self.failing.must_call("POST", "/hold", self.body).json()
        assert again["holdId"] == self.hold.json()["holdId"] and again["expiresAt"] >= self.hold.json()["expiresAt"]
        assert len({seat["expiresAt"] for seat in again["seats"]}) == 1, f"half of an extension: {again}"
        if answer is not None and answer.status_code == 200:
            assert again["expiresAt"] == answer.json()["expiresAt"]


class Release(OfAHold):
    path = "/release"

    def check(self, answer):
        held = held_keys(self.site, self.show) & set(self.seats)
        assert held in (set(), set(self.seats)), f"half of a release: {held}"
        assert answer is None or answer.status_code != 200 or not held, "given back, and still held"
        super().check(answer)
        assert not held_keys(self.site, self.show) & set(self.seats)


class Confirm(OfAHold):
    path, n_seats, statuses = "/confirm", 1, {200, 201}

    def check(self, answer):
        stored = set(self.records.bookings(self.show)) & set(self.seats)
        if answer is not None and answer.status_code in self.statuses:
            assert answer.json()["bookingId"] == self.records.assert_booked(self.show, self.seats, self.user)
        assert stored in (set(), set(self.seats)), f"half of a booking: {stored}"
        again = self.send(self.failing.must_call)
        assert again.status_code in self.statuses, again.text
        booking = self.records.assert_booked(self.show, self.seats, self.user)
        assert again.json()["bookingId"] == booking


class ConfirmTwo(Confirm):
    n_seats = 2


class ConfirmLimited(ConfirmTwo):
    """Of a show of which one user may own only so many seats: what the user owns is read first."""

    fields = {"maxOwnedPerUser": 1000}


class OfABooking(OfAHold):
    """Two seats that are bought already."""

    def prepare(self):
        super().prepare()
        answer = self.failing.must_call("POST", "/confirm", self.body)
        assert answer.status_code == 201, answer.text
        self.booking = answer.json()["bookingId"]


class Booking(OfABooking):
    """It is looked at."""

    def send(self, send):
        return send("GET", f"/bookings/{self.booking}?userId={self.user}")

    def check(self, answer):
        super().check(answer)
        for told in (answer, self.send(self.failing.must_call)):
            if told is not None and told.status_code == 200:
                assert told.json()["seats"] == [{"seatNumber": seat, "status": "booked"} for seat in self.seats], told.text
        assert self.records.assert_booked(self.show, self.seats, self.user) == self.booking
        self.failing.must_call("GET", f"/summary/{self.show}")  # a booking is told without Redis


class Cancel(OfABooking):
    """It is given back."""

    path = "/cancel"

    def prepare(self):
        super().prepare()
        self.body = to_json({"bookingId": self.booking, "userId": self.user})

    def check(self, answer):
        stored = set(self.records.bookings(self.show)) & set(self.seats)
        assert stored in (set(), set(self.seats)), f"half of a cancellation: {stored}"
        assert answer is None or answer.status_code != 200 or not stored, "cancelled, and still sold"
        super().check(answer)
        assert not set(self.records.bookings(self.show)) & set(self.seats)
        self.failing.must_call("GET", f"/summary/{self.show}")  # what is cancelled already is told without Redis


class Load(Status):
    """A status for which the board has to be loaded from MongoDB."""

    def prepare(self):
        super().prepare()
        forget(self.site, self.show)


class Reconnect(Load):
    """The same where Redis has hung up."""

    def prepare(self):
        super().prepare()
        self.site.redis.client().client_kill_filter(_type="normal", skipme=True)


class Anew(Load):
    """The same by a worker that has just been started: it connects to both stores and looks at them."""

    steady = False

    def prepare(self):
        super().prepare()
        old = self.failing.pid
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: (self.site.workers.pids() or [old])[0] != old, 10, "another worker")
        wait_until(lambda: sleeps(self.failing.pid), 10, "that it waits for a request")


REQUESTS = {"status": Status, "summary": Summary, "show": Show, "shows": Shows, "hold": Hold, "best": Best,
            "extend": Extend, "release": Release, "confirm 1": Confirm, "confirm 2": ConfirmTwo,
            "confirm, limited": ConfirmLimited, "booking": Booking, "cancel": Cancel,
            "load": Load, "reconnect": Reconnect, "anew": Anew}


def fail_at(request, kind, nth, for_ever=False):
    """Lets the nth call of one request fail. Returns what the library saw (`fired` is 0 where there are fewer calls) and by
    how many allocations the worker has grown."""
    failing = request.failing
    request.prepare()
    pid, live, files = failing.steady()
    # Where no connection can be taken any more, nobody answers.
    limit = 4 if kind == "street" and for_ever else ALLOWED_SECONDS
    failing.arm(kind, nth, for_ever)
    answer = request.send(functools.partial(failing.call, timeout=limit))
    state = failing.disarm()
    try:
        assert_ended_well(pid, failing, state)
        assert_acceptable(answer, state, request.statuses)
        failing.idle()  # where no connection could be taken, the request is done now, though its client has gone
        request.check(answer)
        new_pid, new_live, new_files = failing.steady()
        same = new_pid == pid and request.steady
        assert not same or new_files == files, f"{files} files were open before, and {new_files} are now"
    except (AssertionError, ValueError) as error:  # ValueError: an answer that is no JSON
        raise AssertionError(f"{kind} call {nth}{' and all after it' if for_ever else ''} failed: {state.where}\n{error}") from error
    if not state.fired:
        assert answer is not None and answer.status_code in request.statuses, answer and answer.text
    return state, new_live - live if same else 0


def sweep(request, kind, turns, for_ever=False):
    """Lets the calls of `turns` fail, one in each request. Returns how many were there to fail."""
    failed = 0
    for nth in turns:
        state, grown = fail_at(request, kind, nth, for_ever)
        failed += state.fired > 0
        # What is made once may stay; what is lost is lost again.
        if grown > 0 and all(is_loss(*fail_at(request, kind, nth, for_ever)) for _ in range(3)):
            raise AssertionError(f"memory is lost each time that {kind} call {nth} fails: {state.where}")
    return failed


def count_calls(request, kind):
    """How many calls of the kind one request makes."""
    return fail_at(request, kind, 0)[0].counted
