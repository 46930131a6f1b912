import random

import pytest

pytest.register_assert_rewrite("lib")


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, help="of the rounds' choices, as a failure printed it; without it one that BOXOFFICE_TEST_SEED chooses")


@pytest.fixture
def seed(request):
    given = request.config.getoption("seed")
    return random.randrange(1 << 31) if given is None else given


@pytest.fixture
def again(request, seed):
    """The command that runs this test again with its seed."""
    return f"./dev test history --seed={seed} -m '' -k '{request.node.name}'"
