"""A thin client of the box office. It adds nothing: what it returns are the answers as they came."""

import os

import requests

ANSWER_SECONDS = 12  # nginx gives a worker 10
ORDERS = ("/hold", "/extend", "/release", "/confirm")  # the paths that take an order: what holds for one of them is asked of each


class Client:
    """One client with its own connection; not for use by two threads at once."""

    def __init__(self, site, prefix="", headers=None):
        self.base = site.base_url + prefix
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(headers or {})

    def request(self, method, path, timeout=ANSWER_SECONDS, **options):
        return self.session.request(method, self.base + path, timeout=timeout, allow_redirects=False, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, content_type="application/json", **options):
        """body: bytes as they are, or anything that becomes JSON."""
        headers = dict(options.pop("headers", {}))
        if content_type is not None:
            headers["Content-Type"] = content_type
        if not isinstance(body, bytes):
            body = to_json(body)
        return self.request("POST", path, data=body, headers=headers, **options)

    def hold(self, show, seats, user, token=None, **options):
        return self.post("/hold", order(show, seats, user, token), **options)

    def extend(self, show, seats, user, token=None, **options):
        return self.post("/extend", order(show, seats, user, token), **options)

    def best(self, show, quantity, user, **more):
        """`more`: further members of the body."""
        return self.post("/best-available", wish(show, quantity, user) | more)

    def must_best(self, show, quantity, user, **more):
        return self.must(self.best(show, quantity, user, **more))

    def release(self, show, seats, user, token=None, **options):
        return self.post("/release", order(show, seats, user, token), **options)

    def confirm(self, show, seats, user, token=None, **options):
        return self.post("/confirm", order(show, seats, user, token), **options)

    def cancel(self, booking, user, seats=None, **options):
        """Without seats the whole booking."""
        body = {"bookingId": booking, "userId": user}
        return self.post("/cancel", body if seats is None else body | {"seatNumber": seats}, **options)

    def booking(self, booking, user, **options):
        return self.get(f"/bookings/{booking}", params={"userId": user}, **options)

    def status(self, show, **options):
        return self.get(f"/status/{show}", **options)

    def summary(self, show, **options):
        return self.get(f"/summary/{show}", **options)

    def seat_map(self, show):
        """{seat: status}, of a status that must succeed."""
        return self.states(self.status(show))

    @staticmethod
    def states(answer):
        """{seat: status}, of the answer to a status that must have succeeded."""
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return {seat["seatNumber"]: seat["status"] for seat in answer.json()["seats"]}

    def must_hold(self, show, seats, user, token=None):
        return self.must(self.hold(show, seats, user, token))

    def must_extend(self, show, seats, user, token=None):
        return self.must(self.extend(show, seats, user, token))

    def must_release(self, show, seats, user, token=None):
        return self.must(self.release(show, seats, user, token))

    def must_confirm(self, show, seats, user, status=201, token=None):
        return self.must(self.confirm(show, seats, user, token), status)

    @staticmethod
    def must(answer, status=200):
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return answer.json()


    def must_buy(self, show, seats, user):
        """Returns the bookingId."""
        self.must_hold(show, seats, user)
        return self.must_confirm(show, seats, user)["bookingId"]

    def must_cancel(self, booking, user, seats=None):
        answer = self.cancel(booking, user, seats)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json()


def order(show, seats, user, token=None):
    """The body of all ORDERS."""
    return {"showId": show, "seatNumber": seats, "userId": user} | ({"holdToken": token} if token else {})


def wish(show, quantity, user):
    """The body of best-available."""
    return {"showId": show, "quantity": quantity, "userId": user}


def to_json(value):
    return requests.compat.json.dumps(value).encode()


def new_user(name="user"):
    """A user that no other test knows."""
    return f"{name}-{os.urandom(6).hex()}"
