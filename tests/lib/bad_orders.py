"""Fixtures for orders that must be refused: each endpoint in turn, and nothing may change."""

import pytest

from .client import ORDERS, Client, new_user, order, wish
from .shows import Records, unchanged

PATHS = (*ORDERS, "/cancel")  # what takes seats by name
WRONG_TYPES = [None, True, False, 0, 1, -1.5, {}, {"$gt": ""}, {"$ne": None}, [], [[]], {"$oid": "0" * 24}]


@pytest.fixture(scope="module")
def records(site):
    made = Records(site)
    yield made
    made.close()


@pytest.fixture(scope="module")
def show(records):
    """One for all: none of these tests changes it."""
    return records.show()


@pytest.fixture(scope="module")
def booking(site, show):
    """S1 and S2: (bookingId, userId)."""
    user = new_user()
    return Client(site).must_buy(show, ["S1", "S2"], user), user


@pytest.fixture(params=PATHS)
def path(request):
    return request.param


@pytest.fixture
def id_field(path):
    return "bookingId" if path == "/cancel" else "showId"


@pytest.fixture
def good_order(path, show, booking):
    """Makes an order that could be carried out, but for what a test does to it."""
    def good_order(seats):
        if path == "/cancel":
            return {"bookingId": booking[0], "seatNumber": seats, "userId": booking[1]}
        if path == "/best-available":
            return wish(show, len(seats), new_user())
        return order(show, seats, new_user())
    return good_order


@pytest.fixture(autouse=True)
def nothing_changes(site, client, records, show):
    with unchanged(site, client, records, show):
        yield
        assert client.hold(show, "S99", "x").status_code == 422, "the next request is answered"
