"""release.lua: the user's own, all or none, and never from under a confirmation."""

import pytest
import redis
from lib.waiting import wait_until


def now_ms(board):
    seconds, micros = board.redis.time()
    return seconds * 1000 + micros // 1000


def test_what_was_held_is_free_at_once(board):
    board.hold("ann", "S1", "S2", "S3")
    before = board.version()
    assert board.release("ann", "S1", "S2") == ["done", 0, 2]
    assert board.version() == before + 1
    assert board.taken() == ({"S3"}, set())
    assert board.redis.zrange(board.key("user", "ann"), 0, -1) == ["S3"]
    assert board.hold("bob", "S1", "S2")[0] == "done"


def test_released_again_nothing_changes(board):
    board.hold("ann", "S1")
    assert board.release("ann", "S1", "S2") == ["done", 0, 1]
    before = board.everything()
    assert board.release("ann", "S1", "S2") == ["done", 0, 0]
    assert board.everything() == before


def test_a_lapsed_hold_counts_as_given_back(board):
    board.hold("ann", "S1", hold_ms=30)
    wait_until(lambda: not board.redis.exists(board.key("hold", "S1")), 2)
    assert board.release("ann", "S1") == ["done", 0, 0]
    assert board.release("bob", "S1") == ["done", 0, 0]


@pytest.mark.parametrize("order", [("S1", "S2"), ("S2", "S1")])
def test_anothers_hold_is_told_and_nothing_is_given_back(board, order):
    board.hold("ann", "S1")
    board.hold("bob", "S2")
    before = board.everything()
    assert board.release("ann", *order) == ["other", 0, "S2"]
    assert board.everything() == before


def test_a_sold_seat_is_told_first(board):
    board.hold("ann", "S1")
    board.hold("bob", "S2")
    board.load(["S3"])
    before = board.everything()
    assert board.release("ann", "S1", "S2", "S3") == ["sold", 0, "S3"]
    assert board.everything() == before


def test_from_under_a_confirmation_nothing_is_taken(board):
    board.hold("ann", "S1", "S2", "S11")
    board.confirm_begin("ann", "S1")
    before = board.everything()
    assert board.release("ann", "S1", "S2") == ["confirming", 0, "S1"]
    assert board.everything() == before
    assert board.release("ann", "S2", "S11") == ["done", 0, 2], "a label that ends another's is not that one"


def test_a_confirmation_whose_hold_is_gone_keeps_the_seat_all_the_same(board, client):
    board.hold("ann", "S1")
    board.confirm_begin("ann", "S1")
    client.delete(board.key("hold", "S1"))
    assert board.release("ann", "S1") == ["confirming", 0, "S1"]


def test_after_a_definite_failure_the_hold_may_go(board):
    board.hold("ann", "S1", hold_ms=1000)
    board.confirm_begin("ann", "S1")
    board.confirm_finish("ann", ["S1"], [])
    assert board.release("ann", "S1") == ["done", 0, 1]
    assert board.taken() == (set(), set())


def test_past_its_first_end_a_lengthened_hold_is_still_its_users(board):
    first_end = int(board.hold("ann", "S1", hold_ms=1000)[4])
    board.confirm_begin("ann", "S1")
    board.confirm_finish("ann", ["S1"], [])
    wait_until(lambda: now_ms(board) > first_end, 5)
    assert board.release("bob", "S1") == ["other", 0, "S1"]
    assert board.release("ann", "S1") == ["done", 0, 1]
    assert board.hold("bob", "S1")[0] == "done"


def test_a_board_that_is_not_trusted_is_not_changed(board):
    board.hold("ann", "S1")
    board.lapse()
    before = board.everything()
    assert board.release("ann", "S1") == ["stale"]
    assert board.everything() == before


def test_released_seats_leave_the_cap(board):
    board.hold("ann", "S1", "S2", cap=2)
    board.release("ann", "S1")
    assert board.hold("ann", "S3", cap=2)[0] == "done"


def test_a_hold_of_an_unknown_form_is_somebody_elses(board, client):
    for value in ("whatever", "ab:1:ann", "ab:1:2:ann", "ab:1:2:x:ann", "ab:1:2::ann"):
        client.set(board.key("hold", "S1"), value)
        assert board.release("ann", "S1") == ["other", 0, "S1"], value
        assert client.get(board.key("hold", "S1")) == value


def test_a_user_cannot_forge_the_fields_of_a_hold(board):
    board.hold("1:2:-:bob", "S1")
    assert board.release("bob", "S1") == ["other", 0, "S1"]
    assert board.release("1:2:-:bob", "S1") == ["done", 0, 1]


@pytest.mark.parametrize("kind, rest", [("hold", "S2"), ("taken", ""), ("confirming", ""), ("user", "ann"), ("board", "")])
def test_a_key_of_the_wrong_type_leaves_nothing_half_done(board, client, kind, rest):
    board.hold("ann", "S1", "S2", "S3")
    client.delete(board.key(kind, rest))
    client.lpush(board.key(kind, rest), "planted")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        board.release("ann", "S1", "S2", "S3")
    assert client.exists(board.key("hold", "S1"), board.key("hold", "S3")) == 2
