import shutil
import tempfile
from pathlib import Path

import pytest

pytest.register_assert_rewrite("lib")

from boxsite import Site  # noqa: E402
from lib.faults import mend  # noqa: E402
from lib.fixtures import client, copy, records, show  # noqa: E402, F401


@pytest.fixture(scope="session")
def whole_site():
    run_dir = Path(tempfile.mkdtemp(prefix="bo-fault-", dir="/tmp"))
    try:
        with Site(run_dir) as site:
            yield site
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


@pytest.fixture
def site(whole_site):
    """One box office for all faults, mended after each test. It hides the `site` of the other suites."""
    yield whole_site
    mend(whole_site)
