"""What all suites share: box offices to test against, their logs beside a failure, its seed, no skipping in CI."""

import os

import pytest

pytest.register_assert_rewrite("lib")

from boxsite import Site  # noqa: E402
from lib import chance  # noqa: E402
from lib.guarded import GuardedSite  # noqa: E402
from lib.temporary import temporary_site  # noqa: E402

SITE_FIXTURES = ("site", "fresh_site")


def pytest_addoption(parser):
    parser.addoption("--guarded", action="store_true", help="the stores' users may do what stores/ grants, and nothing else")


@pytest.fixture(scope="session")
def site_kind(request):
    return GuardedSite if request.config.getoption("guarded") else Site


@pytest.fixture(scope="session")
def site(site_kind):
    """One running box office that a session's tests share: they must leave it as it was, up and healthy."""
    with temporary_site(site_kind) as made:
        yield made


@pytest.fixture
def fresh_site(request, site_kind):
    """A running box office of the test's own, to be broken: @pytest.mark.site(workers=1, env={...}) sets options."""
    marker = request.node.get_closest_marker("site")
    with temporary_site(site_kind, **(marker.kwargs if marker else {})) as made:
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    chance.begin(item)


def in_ci():
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    skipped_in_ci(report)
    if report.failed:
        report.sections.append(("again, with the same choices", chance.again(item)))
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
