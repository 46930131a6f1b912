"""What all suites share: box offices to test against, their logs beside a failure, no skipping in CI."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from boxsite import Site

SITE_FIXTURES = ("site", "fresh_site")


def temporary_site(**options):
    # Short, since socket paths are limited to 107 bytes: pytest's own tmp_path may be longer.
    run_dir = Path(tempfile.mkdtemp(prefix="bo-", dir="/tmp"))
    try:
        with Site(run_dir, **options) as site:
            yield site
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def site():
    """One running box office that a session's tests share: they must leave it as it was, up and healthy."""
    yield from temporary_site()


@pytest.fixture
def fresh_site(request):
    """A running box office of the test's own, to be broken: @pytest.mark.site(workers=1, env={...}) sets options."""
    marker = request.node.get_closest_marker("site")
    yield from temporary_site(**(marker.kwargs if marker else {}))


def in_ci():
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    skipped_in_ci(report)
    if report.failed:
        for name in SITE_FIXTURES:
            # A name stays in funcargs once the fixture is made.
            if name in item.funcargs:
                for server in item.funcargs[name].servers:
                    report.sections.append((f"end of the log of {server.name}", server.log_tail(15)))


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report():
    outcome = yield
    skipped_in_ci(outcome.get_result())


def skipped_in_ci(report):
    """What cannot be tested there is not known to work."""
    if report.skipped and in_ci() and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"In CI a skipped test is a failure. {reason}"
