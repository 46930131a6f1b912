"""confirm_begin.lua and confirm_finish.lua."""

import pytest
import redis
from lib.board import GRACE_MS, NEED_MS
from lib.waiting import wait_until


def end_of(board, seat):
    return board.redis.execute_command("PEXPIRETIME", board.key("hold", seat))


def now_ms(board):
    seconds, micros = board.redis.time()
    return seconds * 1000 + micros // 1000


def test_what_stands_in_the_way_is_told_in_order(board):
    board.load(["S1"])
    board.hold("bob", "S2")
    assert board.confirm_begin("ann", "S1", "S2", "S3") == ["sold", 0, 0, "S1"]
    assert board.confirm_begin("ann", "S2", "S3") == ["other", 0, "S2"]
    assert board.confirm_begin("ann", "S3") == ["missing", 0, "S3"]
    assert board.redis.zcard(board.key("confirming")) == 0


def test_a_long_hold_is_not_lengthened(board):
    board.hold("ann", "S1", hold_ms=60000)
    before = end_of(board, "S1")
    assert board.confirm_begin("ann", "S1")[0] == "done"
    assert end_of(board, "S1") == before


def test_a_hold_near_its_end_outlives_the_attempt_and_keeps_its_first_end(board):
    first_end = int(board.hold("ann", "S1", hold_ms=2000)[4])
    assert board.confirm_begin("ann", "S1")[0] == "done"
    deadline = board.redis.zscore(board.key("confirming"), "c0ffee:S1")
    assert end_of(board, "S1") >= deadline > first_end
    assert board.hold("ann", "S1")[4] == str(first_end)


def test_confirming_again_and_again_does_not_hold_for_ever(board):
    first_end = int(board.hold("ann", "S1", hold_ms=300)[4])
    for _ in range(5):
        board.confirm_begin("ann", "S1", need_ms=0)
        assert end_of(board, "S1") <= first_end + GRACE_MS
    wait_until(lambda: now_ms(board) > first_end, 2)
    board.confirm_begin("ann", "S1", need_ms=0)
    assert end_of(board, "S1") <= first_end + GRACE_MS


def test_a_hold_in_the_millisecond_of_its_end_is_a_change_of_the_map(board):
    """Its key is there, and maps call the seat free: as it is held again, the version grows, or one ETag would name two maps."""
    board.hold("ann", "S1", hold_ms=5000)
    taken, version = board.key("taken"), int(board.redis.hget(board.key("board"), "version"))
    board.redis.zadd(taken, {"S1": now_ms(board)})
    assert board.confirm_begin("ann", "S1", need_ms=0)[0] == "done"
    assert int(board.redis.hget(board.key("board"), "version")) == version + 1
    assert board.redis.zscore(taken, "S1") > now_ms(board)
    board.confirm_begin("ann", "S1", attempt="bb", need_ms=0)
    assert int(board.redis.hget(board.key("board"), "version")) == version + 1, "it is held already"
    board.redis.delete(taken)  # swept, the last of its entries
    board.confirm_begin("ann", "S1", attempt="cc", need_ms=0)
    assert board.redis.pttl(taken) > 0


def test_past_its_first_end_a_lengthened_hold_may_only_be_confirmed(board):
    first_end = int(board.hold("ann", "S1", hold_ms=1000)[4])
    board.confirm_begin("ann", "S1")
    wait_until(lambda: now_ms(board) > first_end, 5)
    assert board.hold("ann", "S1")[2:] == ["S1", "held"]
    assert board.hold("bob", "S1")[2:] == ["S1", "held"]
    assert board.confirm_begin("ann", "S1", attempt="bb", need_ms=1000)[0] == "done"


def test_the_deadline_is_never_later_than_a_lengthened_end(board):
    board.hold("ann", "S1", hold_ms=1000)
    board.hold("ann", "S2", hold_ms=60000)
    assert board.confirm_begin("ann", "S1", "S2", deadline_ms=30000)[0] == "done"
    deadline = board.redis.zscore(board.key("confirming"), "c0ffee:S1,S2")
    assert deadline <= end_of(board, "S1")


def test_too_late_for_a_whole_confirmation(board):
    board.hold("ann", "S1", hold_ms=1000)
    before = board.everything()
    assert board.confirm_begin("ann", "S1", need_ms=17000) == ["late", 0, 0, "S1"]
    assert board.everything() == before
    assert board.confirm_begin("ann", "S1", need_ms=NEED_MS)[0] == "done"
    assert board.confirm_begin("ann", "S1", attempt="bb", need_ms=17000) == ["late", 0, 1, "S1"]


def test_too_late_names_only_the_seats_that_are(board):
    board.hold("ann", "S2", hold_ms=1000)
    board.hold("ann", "S1", "S3", hold_ms=60000)
    assert board.confirm_begin("ann", "S1", "S2", "S3", need_ms=17000) == ["late", 0, 0, "S2"]


def test_a_seat_whose_label_ends_anothers_is_not_taken_for_it(board):
    board.hold("ann", "S1", "S11", hold_ms=1000)
    board.confirm_begin("ann", "S11")
    assert board.confirm_begin("ann", "S1", need_ms=17000) == ["late", 0, 0, "S1"]


def test_finish_sells_lets_go_and_clears(board):
    board.hold("ann", "S1", "S2")
    board.confirm_begin("ann", "S1", "S2")
    before = board.version()
    board.confirm_finish("ann", ["S1", "S2"], ["S1", "S2"])
    assert board.version() == before + 1
    assert board.taken() == (set(), {"S1", "S2"})
    assert not board.redis.exists(board.key("hold", "S1"), board.key("hold", "S2"))
    assert board.redis.zcard(board.key("confirming")) == 0
    assert board.redis.zcard(board.key("user", "ann")) == 0


def test_a_sale_that_was_not_settled_leaves_holds_that_are_told_and_let_go(board):
    board.hold("ann", "S1")
    board.load(["S1"])
    assert board.confirm_begin("ann", "S1") == ["sold", 0, 1, "S1"]
    before = board.version()
    board.confirm_finish("ann", ["S1"], ["S1"])
    assert board.version() == before, "nothing changed that anybody sees"
    assert board.confirm_begin("ann", "S1") == ["sold", 0, 0, "S1"]


def test_seats_found_sold_are_not_sold_alone(board):
    """They may be a part of a booking: only a load shows all of it at once, and one that began before must not vouch."""
    board.hold("ann", "S1", "S2")
    load = board.load_begin()
    board.confirm_finish("ann", ["S1"], ["S1"], whole=False)
    assert board.status() == ["stale"]
    assert board.redis.exists(board.key("hold", "S1")), "held until the load"
    assert board.load_merge(load) == ["restart"]
    board.load(["S1", "S2"])
    assert board.taken() == (set(), {"S1", "S2"})


def test_an_attempt_whose_entry_is_gone_makes_the_board_stale(board, client):
    """A load has settled it, or Redis forgot it: the sale may be cancelled by now, and the hold a new one."""
    board.hold("ann", "S1", hold_ms=60000)
    board.confirm_begin("ann", "S1")
    client.zrem(board.key("confirming"), "c0ffee:S1")
    board.confirm_finish("ann", ["S1"], ["S1"])
    assert board.status() == ["stale"]
    board.load()
    assert board.taken() == ({"S1"}, set())


def test_finish_never_lets_go_of_anothers_hold(board, client):
    board.hold("ann", "S1", hold_ms=60000)
    board.confirm_begin("ann", "S1")
    client.delete(board.key("hold", "S1"))
    assert board.hold("bob", "S1")[0] == "done"
    board.confirm_finish("ann", ["S1"], ["S1"])
    assert client.get(board.key("hold", "S1")).endswith(":bob")
    assert board.taken() == (set(), {"S1"})


def test_a_definite_failure_keeps_the_holds(board):
    board.hold("ann", "S1", "S2")
    board.confirm_begin("ann", "S1", "S2")
    before = board.version()
    board.confirm_finish("ann", ["S1", "S2"], [])
    assert board.version() == before
    assert board.taken() == ({"S1", "S2"}, set())
    assert board.redis.zcard(board.key("confirming")) == 0


def test_what_the_user_has_under_way_is_told(board):
    """For the limit of seats owned: of two attempts the later one knows of the earlier."""
    board.hold("ann", "S1", "S2", "S3")
    board.hold("bob", "S4")
    assert board.confirm_begin("bob", "S4", attempt="b0") == ["done", 0]
    assert board.confirm_begin("ann", "S1", "S2", attempt="aa") == ["done", 0]
    assert board.confirm_begin("ann", "S3", attempt="bb") == ["done", 0, "S1", "S2"]
    board.confirm_finish("ann", ["S1", "S2"], [], attempt="aa")
    assert board.confirm_begin("ann", "S1", attempt="cc") == ["done", 0, "S3"]


def test_two_attempts_at_one_confirmation_have_an_entry_each(board):
    board.hold("ann", "S1")
    board.confirm_begin("ann", "S1", attempt="aa")
    board.confirm_begin("ann", "S1", attempt="bb")
    board.confirm_finish("ann", ["S1"], ["S1"], attempt="aa")
    assert board.redis.zrange(board.key("confirming"), 0, -1) == ["bb:S1"]


def test_a_lapsed_entry_makes_the_board_stale(board):
    board.hold("ann", "S1", hold_ms=60000)
    board.confirm_begin("ann", "S1", deadline_ms=1, need_ms=0)
    wait_until(lambda: board.status() == ["stale"], 2)


def test_finish_begins_no_board_that_is_gone(board, client):
    board.hold("ann", "S1")
    board.confirm_begin("ann", "S1")
    client.flushall()
    board.confirm_finish("ann", ["S1"], ["S1"])
    assert client.keys(f"*{board.show}*") == []


@pytest.mark.parametrize("kind, rest", [("hold", "S2"), ("taken", ""), ("confirming", ""), ("user", "ann")])
def test_a_key_of_the_wrong_type_leaves_nothing_half_done(board, client, kind, rest):
    board.hold("ann", "S1", "S2", hold_ms=1000)
    end = end_of(board, "S1")
    client.delete(board.key(kind, rest))
    client.lpush(board.key(kind, rest), "planted")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        board.confirm_begin("ann", "S1", "S2")
    assert end_of(board, "S1") == end
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        board.confirm_finish("ann", ["S1", "S2"], ["S1", "S2"])
    assert client.exists(board.key("hold", "S1"))
