"""Every fallible call of a request fails: memory, the stores' connections, the client's. Once, and for ever.

No crash of ours, no leak, an honest answer, all or nothing, and the next request is answered. Short: some of the calls
of two requests.
"""

import pytest

from lib.sweep import REQUESTS, count_calls, sweep

FEW = {"memory": 8, "stores": 5, "street": 3}  # of each kind, in the short form
QUICK = {"hold", "confirm 2"}  # the short form


def spread(calls, count):
    """`count` of the numbers 1 to `calls`, the first and the last among them."""
    if calls <= count:
        return range(1, calls + 1)
    return sorted({1 + round(i * (calls - 1) / (count - 1)) for i in range(count)})


@pytest.fixture(params=[pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in REQUESTS])
def request_of(request, failing, records):
    return REQUESTS[request.param](failing, records)


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize("kind", FEW)
def test_some_calls_fail(request_of, kind, for_ever):
    calls = count_calls(request_of, kind)
    assert sweep(request_of, kind, spread(calls, 3 if for_ever else FEW[kind]), for_ever) > 0


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize("kind", FEW)
def test_every_call_fails(request_of, kind, for_ever):
    # A request makes a call more or less, as its bytes arrive.
    calls = count_calls(request_of, kind) + 5
    assert sweep(request_of, kind, range(1, calls + 1), for_ever) >= calls - max(15, calls // 8)
