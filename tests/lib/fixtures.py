"""Fixtures of the black-box suites, on top of the session's `site` (tests/conftest.py)."""

import pytest

from .client import Client
from .shows import Records
from .spoilt import Copy


@pytest.fixture
def client(site):
    return Client(site)


@pytest.fixture
def records(site):
    made = Records(site)
    yield made
    made.close()


@pytest.fixture
def show(records):
    """A new show of 20 seats, S1 to S20."""
    return records.show()


@pytest.fixture(scope="session")
def copy():
    """For negative controls: bugs are put back there."""
    with Copy() as made:
        yield made
