"""Rounds of load with everything going wrong; the checker reads their logs, and both stores."""

import pytest

from .faults import KINDS
from .play import SMALL, Plan, Table
from .rounds import run, wrong

ALL = tuple(KINDS)
WITHOUT_LOSS = tuple(kind for kind in ALL if kind != "settle_lost")


def verdict(plan, seed, again, name):
    print(f"seed {seed}, again: {again}")  # whatever happens: a failed test shows it
    report = run(plan, seed, name)
    assert not report.findings, wrong(report, name, again)
    print(report.text())
    return report


def assert_it_was_worth_it(report, seconds):
    """A checker that had nothing to check finds nothing."""
    for op, statuses, least in (("hold", (200,), 20), ("hold", (409,), 20), ("confirm", (200,), 5), ("confirm", (201,), 3),
                                ("extend", (200,), 10), ("extend", (403,), 1), ("extend", (410,), 5),
                                ("release", (200,), 20), ("release", (403,), 1), ("release", (409,), 1),
                                ("confirm", (403,), 2), ("confirm", (409,), 2), ("confirm", (410,), 2),
                                ("status", (200,), 20), ("status", (304,), 5), ("summary", (200,), 5), ("listed", (200,), 2)):
        got = report.of(op, *statuses)
        assert got >= least * seconds / 10, f"only {got} of {op} {statuses}"


def test_one_of_each_fault(seed, again):
    report = verdict(Plan(34, WITHOUT_LOSS), seed, again, "each_fault")
    assert_it_was_worth_it(report, 34)
    assert report.unknown > 20, "no fault was felt"


def test_sales_that_redis_does_not_hear_of(seed, again):
    """Recorded in MongoDB and answered, or a worker died there: the board has to learn of it as a whole."""
    verdict(Plan(7, ("settle_lost",), tables=((SMALL,), (SMALL,))), seed, again, "settle_lost")


def test_without_faults(seed, again):
    """Hardly any answer is unknown, in one of three rounds: neighbours of this machine may keep a store from its processor for
    half a second, and then each worker leaves it alone for one more."""
    for turn in range(3):
        report = verdict(Plan(6), seed + turn, again, "no_fault")
        assert_it_was_worth_it(report, 6)
        if report.unknown <= report.counts.total() / 100:
            return
    pytest.fail("answers that nobody can explain")


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("board_seconds", [0, 1, 5])
def test_every_fault_again_and_again(seed, again, board_seconds):
    report = verdict(Plan(100, ALL * 3, board_seconds=board_seconds), seed, again, f"faults_{board_seconds}")
    assert_it_was_worth_it(report, 100)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_holds_that_outlast_the_round(seed, again):
    """Nothing lapses: what Redis keeps in the end is compared with what was told, and the cap is felt."""
    many = Table((40,), users=3, width=6, budget=400)
    report = verdict(Plan(60, ("worker_kill", "redis_pause", "mongod_cut", "redis_cut") * 3, hold_seconds=600, hold_max_seconds=1200,
                          tables=((SMALL, many), (SMALL, many))), seed, again, "long_holds")
    assert report.counts["hold", 409, "hold_limit"] > 20 and sum(map(len, report.history.holds.values())) > 100
