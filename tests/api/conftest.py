import pytest

pytest.register_assert_rewrite("lib")

from lib.fixtures import client, copy, records, show  # noqa: E402, F401
from lib.guarded import ShippedSite  # noqa: E402
from lib.temporary import temporary_site  # noqa: E402


@pytest.fixture(scope="session")
def guarded():
    """Stores that ask for a login. One worker: what it is refused, it alone is refused. With the Node program's holds, whose
    scripts use all rights of the others and one more."""
    with temporary_site(ShippedSite, workers=1, env={"BOXOFFICE_BOARD_SECONDS": "1", "BOXOFFICE_NODE_HOLDS": "1"}) as site:
        yield site
