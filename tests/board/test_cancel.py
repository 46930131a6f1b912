"""cancel_begin.lua and cancel_finish.lua."""

import pytest
import redis
from lib.waiting import wait_until


def sell(board, user, *seats):
    board.hold(user, *seats)
    board.confirm_begin(user, *seats)
    board.confirm_finish(user, seats, seats)


def test_begin_tells_where_the_seats_stand_and_changes_nothing(board):
    sell(board, "ann", "S1")
    sell(board, "ann", "S2")
    board.hold("bob", "S3")
    before = board.everything()
    seen = board.cancel_begin("S1", "S2", "S3", "S4")
    assert seen[:2] == ["done", 0] and seen[4:] == ["", ""]
    assert int(seen[3]) == board.version() - 1 > int(seen[2]) > 1e15
    assert board.everything() == before


def test_begin_refuses_while_a_confirmation_is_under_way(board):
    """Its insert, sent again, would bring the sale back."""
    board.hold("ann", "S1", "S11", "S2")
    board.confirm_begin("ann", "S2", "S11")
    assert board.cancel_begin("S1", "S11", "S3", "S2") == ["confirming", 0, "S11", "S2"]
    assert board.cancel_begin("S1")[0] == "done", "a seat whose label ends another's"
    board.confirm_finish("ann", ["S2", "S11"], ["S2", "S11"])
    assert board.cancel_begin("S11", "S2")[0] == "done"


def test_begin_asks_for_a_load_where_the_board_is_not_to_be_trusted(board):
    board.hold("ann", "S1", hold_ms=60000)
    board.confirm_begin("ann", "S1", deadline_ms=1, need_ms=0)
    wait_until(lambda: board.cancel_begin("S1") == ["stale"], 2)


def test_finish_frees(board):
    sell(board, "ann", "S1", "S2", "S3")
    seen = board.cancel_begin("S1", "S3")
    before = board.version()
    board.cancel_finish("ann", ["S1", "S3"], seen)
    assert board.taken() == (set(), {"S2"})
    assert board.version() == before + 1
    assert board.hold("bob", "S1", "S3")[0] == "done"


def test_a_seat_sold_again_meanwhile_is_left_alone(board):
    """A load found the cancellation before its finish did, and the seat was sold to the next. An older board would be
    wrong: the load that follows tells."""
    sell(board, "ann", "S1", "S2")
    seen = board.cancel_begin("S1", "S2")
    board.load()
    sell(board, "bob", "S1")
    board.cancel_finish("ann", ["S1", "S2"], seen)
    assert board.status() == ["stale"]
    board.load(["S1"])
    assert board.taken() == (set(), {"S1"})


def test_a_seat_found_again_by_a_load_that_read_before_is_not_for_ever(board, client):
    """Redis was emptied after begin, and a load read MongoDB before the cancellation."""
    sell(board, "ann", "S1")
    seen = board.cancel_begin("S1")
    client.flushall()
    board.load(["S1"])
    board.cancel_finish("ann", ["S1"], seen)
    assert board.status() == ["stale"]
    board.load()
    assert board.taken() == (set(), set())


@pytest.mark.parametrize("seats", [["S1"], ["S1", "S2"]], ids=len)
def test_a_load_that_began_before_is_begun_again(board, seats):
    sell(board, "ann", *seats)
    seen = board.cancel_begin(*seats)
    load = board.load_begin()
    board.cancel_finish("ann", seats, seen)
    assert board.load_merge(load, seats) == ["restart"]
    assert board.taken() == (set(), set())
    board.load()
    assert board.taken() == (set(), set())


def test_a_load_begun_before_is_begun_again_though_the_seat_was_not_sold_on_the_board(board):
    """The board did not know of the sale: there is nothing to free, and yet what that load read is old."""
    seen = board.cancel_begin("S1")
    load = board.load_begin()
    board.cancel_finish("ann", ["S1"], seen)
    assert board.load_merge(load, ["S1"]) == ["restart"]


def test_a_load_that_read_before_a_cancellation_which_another_load_has_found(board):
    """cancel_finish was lost. Were the older read to merge, the seat would stand as sold from before its next sale, and a
    load could free it in the middle of that."""
    sell(board, "ann", "S1")
    finds, late = board.load_begin(), board.load_begin()
    assert board.load_merge(finds)[0] == "done"
    assert board.load_merge(late, ["S1"]) == ["restart"]
    assert board.taken() == (set(), set())


def test_own_holds_of_a_sale_that_was_not_settled_go(board):
    """Else the sale could be confirmed again."""
    board.hold("ann", "S1", "S2")
    board.load(["S1"])
    board.cancel_finish("ann", ["S1"], board.cancel_begin("S1"))
    assert board.taken() == ({"S2"}, set())
    assert board.confirm_begin("ann", "S1") == ["missing", 0, "S1"]
    assert board.redis.zrange(board.key("user", "ann"), 0, -1) == ["S2"]


def test_anothers_hold_below_the_sale_is_a_hold_again(board):
    board.hold("bob", "S1", hold_ms=60000)
    board.load(["S1"])
    board.cancel_finish("ann", ["S1"], board.cancel_begin("S1"))
    assert board.taken() == ({"S1"}, set())
    assert board.confirm_begin("bob", "S1")[0] == "done"


def test_finish_twice_is_finish_once(board):
    sell(board, "ann", "S1")
    seen = board.cancel_begin("S1")
    board.cancel_finish("ann", ["S1"], seen)
    board.hold("bob", "S1")
    board.cancel_finish("ann", ["S1"], seen)
    assert board.taken() == ({"S1"}, set())


def test_finish_begins_no_board_that_is_gone(board, client):
    sell(board, "ann", "S1")
    seen = board.cancel_begin("S1")
    client.flushall()
    board.cancel_finish("ann", ["S1"], seen)
    assert client.keys(f"*{board.show}*") == []


@pytest.mark.parametrize("kind, rest", [("hold", "S2"), ("taken", ""), ("user", "ann")])
def test_a_key_of_the_wrong_type_leaves_nothing_half_done(board, client, kind, rest):
    sell(board, "ann", "S1", "S2")
    seen = board.cancel_begin("S1", "S2")
    client.delete(board.key(kind, rest))
    client.lpush(board.key(kind, rest), "planted")
    before = board.version()
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        board.cancel_finish("ann", ["S1", "S2"], seen)
    assert board.version() == before
