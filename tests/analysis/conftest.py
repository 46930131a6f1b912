import pytest

pytest.register_assert_rewrite("lib")

from lib.fixtures import client, records, show  # noqa: E402, F401
