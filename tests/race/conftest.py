import pytest

pytest.register_assert_rewrite("lib")

from lib.fixtures import client, copy, records, show  # noqa: E402, F401
from lib.temporary import temporary_site  # noqa: E402


@pytest.fixture(scope="session")
def site(site_kind):
    """Without the bulkhead: here all workers wait for MongoDB at once by intent, and each answer is counted."""
    with temporary_site(site_kind, env={"BOXOFFICE_METRICS_FILE": ""}) as made:
        yield made
