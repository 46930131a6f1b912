import shutil
import tempfile
from pathlib import Path

import pytest

pytest.register_assert_rewrite("lib")

from boxsite import Site  # noqa: E402
from lib.fixtures import copy, records  # noqa: E402, F401
from lib.torture import Failing  # noqa: E402


@pytest.fixture(scope="session")
def site():
    """One worker, whose board stays trusted so that each request makes the same calls. It hides the `site` of the others."""
    run_dir = Path(tempfile.mkdtemp(prefix="bo-torture-", dir="/tmp"))
    site = Site(run_dir, workers=1, env={"BOXOFFICE_BOARD_SECONDS": "3600", "BOXOFFICE_HOLD_MAX_SECONDS": "3600",
                                          "BOXOFFICE_LOG_LEVEL": "notice"})
    # The transaction of a worker that ended keeps its seats so long.
    site.mongod.parameters["transactionLifetimeLimitSeconds"] = 1
    try:
        with site:
            yield site
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def failing(site):
    made = Failing(site)
    site.wait_ready()
    yield made
    made.close()
