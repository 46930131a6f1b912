"""The checker finds nothing in rounds that are right, and names each bug that is planted. No server runs here."""

import time

import pytest

from .checker import RULES, check
from .log import Op, Round, line_of
from .planted_shown import PLANTED
from .synthetic import OFFSET_NS, round_of

SEEDS = 8  # a planted bug must be found in one of so many rounds, each of 1,500 operations or more


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_found_where_nothing_is_wrong(seed):
    report = check(round_of(seed, lost=seed % 5 * 0.02))
    assert not report.findings, f"seed {seed}: {report.text()}"
    assert report.of("hold", 200) > 60 and report.of("confirm", 201) > 4 and report.of("hold", 409) > 60


@pytest.mark.parametrize("bug, rule, options", PLANTED, ids=lambda value: getattr(value, "__name__", ""))
def test_planted(bug, rule, options):
    found = set()
    for seed in range(SEEDS):
        found |= check(round_of(seed, house=bug, **options)).rules
        if rule in found:
            return
    pytest.fail(f"{rule} did not name it in seeds 0 to {SEEDS - 1}; found: {sorted(found)}")


def test_each_rule_has_its_control():
    assert {rule for _, rule, _ in PLANTED} == {rule.__name__ for rule in RULES}


def test_a_moved_clock_is_told():
    history = round_of(1)
    history.clock.append([10**12, OFFSET_NS + 4_000_000])
    assert "clock_moved" in check(history).rules


def made(ops, bookings=(), holds=(), faults=(), most_ms=0):
    """A round of one show of four seats, by hand; times in ms."""
    show, lines = "0" * 24, []
    for user, op, seats, call, ret, status, code, answer in ops:
        lines.append(line_of(Op(show, 0, user, op, seats.split(), call * 10**6, ret * 10**6, status, code, answer)))
    about = {"seed": 0, "hold_ms": 2000, "hold_max_ms": most_ms, "cap": 10, "shows": {show: 4}, "clock": [[0, 0]], "final_from": 1 << 62,
             "faults": [[kind, begin * 10**6, end * 10**6] for kind, begin, end in faults]}
    return Round(about, {show: lines}, [[show, *one, 1 << 50] for one in bookings], [[show, *one] for one in holds])


def rules(*arguments, **options):
    return check(made(*arguments, **options)).rules - {"end_differs_from_record"}


def granted(user, call, ret, hold="ab", ends=None, seats="S1"):
    ends = ends or ret + 2000
    return user, "hold", seats, call, ret, 200, "", [hold, ends, [[hold, ends]] * len(seats.split())]


def test_leases_that_only_touch():
    """The first ends at 2002; the second was granted at its own return at the earliest."""
    assert not rules([granted("ann", 0, 2, ends=2002), granted("bob", 1990, 2003, "cd", 4003)])
    assert rules([granted("ann", 0, 2, ends=2002), granted("bob", 1980, 1996, "cd", 3990)]) == {"leases_overlap"}


def test_an_emptied_redis_ends_leases():
    ops = [granted("ann", 0, 2), granted("bob", 105, 110, "cd")]
    assert rules(ops) == {"leases_overlap"}
    assert not rules(ops, faults=[("flush", 50, 51)])
    assert rules(ops, faults=[("flush", 120, 121)]) == {"leases_overlap"}


def test_a_release_ends_a_lease():
    ops = [granted("ann", 0, 2), ("ann", "release", "S1", 50, 60, 0, "reset", None), granted("bob", 105, 110, "cd")]
    assert not rules(ops)
    assert rules([*ops[:1], ("bob", "release", "S1", 50, 60, 200, "", [0]), *ops[2:]]) == {"leases_overlap"}


def test_a_hold_given_back_before_it_was_told_is_no_lease():
    """By another client of the same user; the seat is the next one's before the first answer comes."""
    ops = [granted("ann", 0, 20, ends=2003), ("ann", "release", "S1", 5, 10, 200, "", [1]), granted("bob", 11, 15, "cd")]
    assert not rules(ops)
    assert rules([ops[0], ("bob", *ops[1][1:]), ops[2]]) == {"leases_overlap"}


def extended(user, call, ret, ends, hold="ab"):
    return user, "extend", "S1", call, ret, 200, "", [hold, ends, [[hold, ends]]]


def test_an_extension_is_a_lease_and_its_end_is_told_from_then_on():
    ops = [granted("ann", 0, 2), extended("ann", 1000, 1002, 3001)]
    assert not rules([*ops, granted("ann", 2500, 2502, ends=3001)], most_ms=5000)
    assert rules([*ops, granted("ann", 2500, 2502, ends=2002)], most_ms=5000) == {"end_went_back", "hold_of_wrong_length"}
    assert rules([*ops, granted("bob", 2500, 2502, "cd")], most_ms=5000) == {"leases_overlap"}
    assert rules([*ops, extended("ann", 3200, 3202, 5201)], most_ms=9000) == {"extension_revives"}
    assert rules([*ops, extended("ann", 2900, 2902, 4901)], most_ms=4000) == {"extended_wrongly"}


def test_an_extension_that_nobody_was_told_of_may_have_been_made():
    unsure = ("ann", "extend", "S1", 1000, 1002, 0, "reset", None)
    late = ("bob", "hold", "S1", 2900, 2902, 409, "seats_unavailable", {"S1": "held"})
    assert not rules([granted("ann", 0, 2), unsure, late], most_ms=5000)
    assert rules([granted("ann", 0, 2), late], most_ms=5000) == {"unjust_seats_unavailable"}


def test_unknown_outcomes_go_either_way():
    """Stored whole or not at all: both are right. In part, or for another: neither."""
    ops = [granted("ann", 0, 2, seats="S1 S2"), ("ann", "confirm", "S1 S2", 10, 20, 503, "outcome_unknown", {})]
    assert not rules(ops)
    assert not rules(ops, bookings=[("S1", "ann", "b1"), ("S2", "ann", "b1")])
    assert rules(ops, bookings=[("S1", "ann", "b1")]) == {"part_of_a_booking"}
    assert "record_nobody_asked_for" in rules(ops, bookings=[("S1", "bob", "b1"), ("S2", "bob", "b1")])


def test_a_lengthened_hold_explains_refusals():
    """A confirmation that failed keeps the seat for 15 s more, from its own user's holds too."""
    late = ("ann", "hold", "S1", 9000, 9002, 409, "seats_unavailable", {"S1": "held"})
    failed = ("ann", "confirm", "S1", 100, 200, 503, "mongo_unavailable", {})
    assert rules([granted("ann", 0, 2), late]) == {"unjust_seats_unavailable"}
    assert not rules([granted("ann", 0, 2), failed, late])
    assert rules([granted("ann", 0, 2), failed, (*late[:3], 17_100, 17_101, *late[5:])]) == {"unjust_seats_unavailable"}
    assert rules([granted("ann", 0, 2), ("bob", *failed[1:]), late]) == {"unjust_seats_unavailable"}


def test_the_buyer_alone_may_see_an_unsettled_sale():
    """settle_lost: the sale is answered, the board does not know it yet."""
    sale = [granted("ann", 0, 2), ("ann", "confirm", "S1", 10, 20, 201, "", ["b1", ["b1"]])]
    sold, lost = [("S1", "ann", "b1")], [("settle_lost", 5, 30)]
    again, other = granted("ann", 50, 60, ends=2002), granted("bob", 50, 60, "cd")
    shown = [("", "status", "", 50, 60, 200, "", ["1-1-1-x", state + "aaa"]) for state in "ha"]
    for op, without, within in ((again, "hold_after_sale", None), (other, "hold_after_sale", "hold_after_sale"),
                                (shown[0], "sale_not_shown", None), (shown[1], "sale_not_shown", "sale_not_shown")):
        assert without in rules([*sale, op], sold)
        assert rules([*sale, op], sold, faults=lost) & {"hold_after_sale", "sale_not_shown"} == {within} - {None}


def test_a_folder_is_read_as_it_was_written(tmp_path):
    history = round_of(3)
    history.write(tmp_path)
    again = Round.read(tmp_path)
    assert again.count() == history.count() and again.bookings == history.bookings and again.holds == history.holds
    assert not check(again).findings


def test_time_grows_with_the_operations_only():
    """200,000 operations a few seconds; on one show as quick as on many. The bound is generous: others use the machine."""
    start = time.process_time()
    assert not check(round_of(1, shows=400, faults=False)).findings
    many = time.process_time() - start
    start = time.process_time()
    check(round_of(1, shows=1, count=100_000, faults=False))
    assert many < 20 and time.process_time() - start < 4 * many + 5


def seconds_for(operations):
    history = round_of(1, shows=operations // 250, faults=False)
    start = time.process_time()
    report = check(history)
    seconds = time.process_time() - start
    assert not report.findings and report.counts.total() >= operations
    return seconds


@pytest.mark.long
@pytest.mark.timeout(600)
def test_millions_of_operations():
    """Twice as many take twice as long."""
    one, two = seconds_for(1_000_000), seconds_for(2_000_000)
    print(f"a million operations in {one:.1f} s of CPU, two in {two:.1f} s")
    assert two < 2.5 * one
