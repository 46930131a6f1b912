"""A worker is killed between any two system calls of a request, or one of them fails or is late: nothing is half done, a
retry settles it.

Short: some of the moments."""

import random
import shutil
import tempfile
from pathlib import Path

import pytest
from boxsite import Site

from lib.killing import REQUESTS, Killing
from lib.shows import Records

SHORT = 6  # moments a request


@pytest.fixture(scope="module")
def site():
    """One worker, whose board stays trusted so that each request makes the same calls. It hides the `site` of the others."""
    run_dir = Path(tempfile.mkdtemp(prefix="bo-killed-", dir="/tmp"))
    site = Site(run_dir, workers=1, env={"BOXOFFICE_BOARD_SECONDS": "3600"})
    # The transaction of a worker that was killed keeps its seats so long.
    site.mongod.parameters["transactionLifetimeLimitSeconds"] = 1
    try:
        with site:
            yield site
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


@pytest.fixture
def killing(site):
    return Killing(site)


def moments_of(killing, request):
    """(call, n) in no order: from one run to the next a call more or less is made, as bytes arrive."""
    return [(call, nth) for call, count in sorted(killing.calls_of(request).items()) for nth in range(1, count + 1)]


@pytest.mark.parametrize("name", REQUESTS)
def test_killed_at_some_calls(killing, records, name):
    request = REQUESTS[name](killing, records)
    moments = moments_of(killing, request)
    random.shuffle(moments)
    print(moments)
    killed = 0
    for tried, (call, nth) in enumerate(moments, 1):  # a request under the whole trace may make more calls than one under a part
        killed += killing.kill_at(request, call, nth)
        if tried >= SHORT and killed >= SHORT // 2:
            break
    assert killed >= SHORT // 2


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", REQUESTS)
def test_killed_at_every_call(killing, records, name):
    request = REQUESTS[name](killing, records)
    calls = killing.calls_of(request)
    killed = 0
    for call in sorted(calls):
        nth = 1
        while killing.kill_at(request, call, nth):
            nth += 1
        killed += nth - 1
    # Not each request makes each of them: more memory, more random bytes, an answer that comes in pieces.
    assert killed >= sum(calls.values()) / 2, f"killed at {killed} moments of {dict(calls)}"
    print(f"{name}: killed at {killed} moments: {dict(calls)}")


HOWS = ("error=EIO", "error=EINTR", "delay_enter=700000")  # us: longer than Redis may take


def of_the_wire(moments):
    """Those that send or receive."""
    return [(call, nth) for call, nth in moments if call in ("read", "write", "sendmsg", "sendto", "recvfrom", "recvmsg")]


@pytest.mark.parametrize("name", ["hold", "confirm 3"])
def test_some_calls_fail_or_are_late(killing, records, name):
    request = REQUESTS[name](killing, records)
    moments = of_the_wire(moments_of(killing, request))
    for how in HOWS:
        killing.hurt_at(request, *random.choice(moments), how)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("name", ["hold", "confirm 3"])
def test_every_call_fails_or_is_late(killing, records, name, how):
    request = REQUESTS[name](killing, records)
    moments = of_the_wire(moments_of(killing, request))
    for call, nth in moments:
        killing.hurt_at(request, call, nth, how)
    print(f"{name}: {how} at {len(moments)} moments")


CONTROLS = {
    # a bug, and the request that must show it
    "let go before the record": ("src/boxoffice/confirm.c", "  switch (bo_bookings_insert(",
                                 "  settle(confirm, todo, true, todo->seats, todo->n_seats);\n  switch (bo_bookings_insert(",
                                 "confirm 3"),
    "a hold in two steps": ("src/boxoffice/hold.c", "  if (!bo_board_ask(&hold.visit, ask_hold,",
                            "  struct bo_seats_request one = *request;\n"
                            "  one.n_seats = 1;\n"
                            "  if (request->n_seats > 1 && !bo_hold(office, &one, deadline, arena, out, problem)) return false;\n"
                            "  if (!bo_board_ask(&hold.visit, ask_hold,", "hold"),
    "released one by one": ("src/boxoffice/release.c", "  if (!bo_board_ask(&release.visit, ask_release,",
                            "  struct bo_seats_request one = *request;\n"
                            "  one.n_seats = 1;\n"
                            "  if (request->n_seats > 1 && !bo_release(office, &one, deadline, arena, out, problem)) return false;\n"
                            "  if (!bo_board_ask(&release.visit, ask_release,", "release"),
}


@pytest.mark.long
@pytest.mark.parametrize("name, good, bad, request_name", CONTROLS.values(), ids=CONTROLS)
def test_control(site, killing, records, copy, name, good, bad, request_name):
    with copy.spoilt(name, good, bad) as build:
        site.workers.program = build / "boxoffice-fcgi"
        site.workers.restart()
        try:
            request = REQUESTS[request_name](killing, records)
            moments = moments_of(killing, request)
            with pytest.raises(AssertionError, match="^killed before "):
                for call, nth in moments:
                    killing.kill_at(request, call, nth)
        finally:
            site.workers.program = site.build_dir / "boxoffice-fcgi"
            site.workers.restart()


KEPT = ("src/store/redis.c", "  if (slow) return cool_down(redis, problem);\n  disconnect(redis);\n",
        "  if (slow) return cool_down(redis, problem);\n  redis->context->err = 0;\n")


@pytest.mark.long
def test_control_connection_is_kept(site, killing, records, copy):
    """After a read that failed, the reply is taken for that to the next question."""
    with copy.spoilt(*KEPT) as build:
        site.workers.program = build / "boxoffice-fcgi"
        site.workers.restart()
        try:
            request = REQUESTS["hold"](killing, records)
            with pytest.raises(AssertionError, match="^error=EIO at "):
                for call, nth in of_the_wire(moments_of(killing, request)):
                    killing.hurt_at(request, call, nth, "error=EIO")
        finally:
            site.workers.program = site.build_dir / "boxoffice-fcgi"
            site.workers.restart()
