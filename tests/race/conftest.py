import pytest

pytest.register_assert_rewrite("lib")

from lib.fixtures import client, copy, records, show  # noqa: E402, F401
