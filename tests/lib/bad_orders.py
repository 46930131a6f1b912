"""Fixtures for orders that must be refused: each endpoint in turn, and nothing may change."""

import pytest

from .client import ORDERS
from .shows import Records, unchanged


@pytest.fixture(scope="module")
def records(site):
    made = Records(site)
    yield made
    made.close()


@pytest.fixture(scope="module")
def show(records):
    """One for all: none of these tests changes it."""
    return records.show()


@pytest.fixture(params=ORDERS)
def path(request):
    return request.param


@pytest.fixture(autouse=True)
def nothing_changes(site, client, records, show):
    with unchanged(site, client, records, show):
        yield
        assert client.hold(show, "S99", "x").status_code == 422, "the next request is answered"
