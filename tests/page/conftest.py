"""Debian's Chromium, driven by Playwright. A visitor is a browser of its own; what it says on its console is looked at."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.register_assert_rewrite("lib")

from lib.fixtures import client, records, show  # noqa: E402, F401
from lib.visitor import Visitor, hall  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def chromium():
    """A browser; Playwright and axe-core come from tools/playwright.sh."""
    found = subprocess.run([ROOT / "tools/playwright.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    sys.path.insert(0, found)
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        # Its sandbox needs rights that a container as a rule does not give.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, site):
    """visit(show, ...) opens the page as somebody new. What no page may say is looked for at the end."""
    made = []

    def open_page(show=None, **options):
        visitor = Visitor(chromium, site, **options)
        made.append(visitor)
        visitor.open(show)
        return visitor

    yield open_page
    for visitor in made:
        visitor.close()
    for visitor in made:
        assert visitor.complaints == [], "the page threw, or broke its Content-Security-Policy"


@pytest.fixture
def seats(records):  # noqa: F811
    """A show in a small hall with all that a hall can have: two sections, a gap, wheelchairs, blocked seats, prices."""
    return records.show(title="Metropolis", layout=hall())
