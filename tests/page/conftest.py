"""A visitor is a browser of its own. What it says on its console is looked at, whatever the test is about."""

import pytest

pytest.register_assert_rewrite("lib")

from lib.fixtures import client, records, show  # noqa: E402, F401
from lib.visitor import Visitor, chromium  # noqa: E402


@pytest.fixture(scope="session")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser, site):
    """visit(show, ...) opens the page as somebody new. What no page may say is looked for at the end."""
    made = []

    def open_page(show=None, **options):
        visitor = Visitor(browser, site, **options)
        made.append(visitor)
        visitor.open(show)
        return visitor

    yield open_page
    for visitor in made:
        visitor.close()
    for visitor in made:
        assert visitor.complaints == [], "the page threw, or broke its Content-Security-Policy"
