"""extend.lua: the user's own, all or none, never shorter, never revived, never past its bound."""

import pytest
import redis
from lib.board import GRACE_MS
from lib.waiting import wait_until


def end_of(board, seat):
    return board.redis.execute_command("PEXPIRETIME", board.key("hold", seat))


def now_ms(board):
    seconds, micros = board.redis.time()
    return seconds * 1000 + micros // 1000


def test_the_first_end_moves_for_all_seats_at_once(board):
    held = board.hold("ann", "S1", "S2", hold_id="aa", hold_ms=30000)
    answer = board.extend("ann", "S2", "S1", hold_ms=60000, most_ms=600000)
    assert answer[:2] == ["done", 0] and answer[3::2] == ["aa", "aa"]
    end = int(answer[2]) + 60000
    assert answer[4::2] == [str(end)] * 2 and end > int(held[4])
    assert end_of(board, "S1") == end_of(board, "S2") == end
    for key in (board.key("taken"), board.key("user", "ann")):
        assert board.redis.zmscore(key, ["S1", "S2"]) == [end, end]
    assert board.hold("ann", "S1", "S2")[3:] == ["aa", str(end), "aa", str(end)], "the same hold, and its new end"


def test_nobody_else_sees_it(board):
    board.hold("ann", "S1", hold_ms=30000)
    before = board.status()
    board.extend("ann", "S1")
    assert board.status() == before


def test_never_past_its_bound_however_often(board):
    granted = int(board.hold("ann", "S1", hold_ms=1000)[2])
    ends = [int(board.extend("ann", "S1", hold_ms=3000, most_ms=3500)[4])]
    while ends[-1] < granted + 3500:
        ends.append(int(board.extend("ann", "S1", hold_ms=3000, most_ms=3500)[4]))
    assert ends == sorted(ends)
    before = board.everything()
    assert board.extend("ann", "S1", hold_ms=3000, most_ms=3500)[4] == str(granted + 3500)
    assert board.everything() == before, "there was nothing to lengthen"
    assert end_of(board, "S1") == granted + 3500


@pytest.mark.parametrize("hold_ms, most_ms", [(1000, 600000), (600000, 1000), (1, 1)])
def test_never_shorter(board, hold_ms, most_ms):
    held = board.hold("ann", "S1", hold_ms=60000)
    before = board.everything()
    assert board.extend("ann", "S1", hold_ms=hold_ms, most_ms=most_ms)[3:] == held[3:]
    assert board.everything() == before


def test_each_seat_has_its_own_bound(board):
    first = int(board.hold("ann", "S1", hold_id="aa", hold_ms=5000)[2])
    wait_until(lambda: now_ms(board) > first + 20, 2)
    second = int(board.hold("ann", "S2", hold_id="bb", hold_ms=5000)[2])
    answer = board.extend("ann", "S1", "S2", hold_ms=60000, most_ms=20000)
    assert answer[3:] == ["aa", str(first + 20000), "bb", str(second + 20000)]


def test_a_lapsed_hold_is_not_revived(board):
    board.hold("ann", "S1", hold_ms=30)
    board.hold("ann", "S2")
    wait_until(lambda: not board.redis.exists(board.key("hold", "S1")), 2)
    before = board.everything()
    assert board.extend("ann", "S2", "S1", "S3") == ["missing", 0, "S1", "S3"]
    assert board.everything() == before


def test_a_hold_that_only_a_confirmation_keeps_alive_is_not_revived(board):
    first_end = int(board.hold("ann", "S1", hold_ms=1000)[4])
    board.confirm_begin("ann", "S1")
    board.confirm_finish("ann", ["S1"], [])
    wait_until(lambda: now_ms(board) > first_end, 5)
    before = board.everything()
    assert board.extend("ann", "S1") == ["missing", 0, "S1"]
    assert board.extend("bob", "S1") == ["other", 0, "S1"]
    assert board.everything() == before


def test_what_a_confirmation_has_lengthened_is_not_cut(board):
    granted = int(board.hold("ann", "S1", hold_ms=2000)[2])
    board.confirm_begin("ann", "S1")
    board.confirm_finish("ann", ["S1"], [])
    lengthened = end_of(board, "S1")
    answer = board.extend("ann", "S1", hold_ms=4000, most_ms=3000)
    assert answer[4] == str(granted + 3000)
    assert end_of(board, "S1") == lengthened > granted + 3000
    board.confirm_begin("ann", "S1", attempt="bb")
    assert end_of(board, "S1") <= granted + 3000 + GRACE_MS, "the whole life of a hold is bounded"


def test_an_extended_hold_lives_by_its_new_end(board):
    granted = int(board.hold("ann", "S1", hold_ms=1000)[2])
    board.extend("ann", "S1", hold_ms=4000, most_ms=600000)
    wait_until(lambda: now_ms(board) > granted + 1000, 5)
    assert board.hold("bob", "S1")[2:] == ["S1", "held"]
    assert board.confirm_begin("ann", "S1", need_ms=0)[0] == "done"


def test_while_a_confirmation_is_under_way(board):
    board.hold("ann", "S1", "S2", "S11")
    board.confirm_begin("ann", "S1")
    before = board.everything()
    assert board.extend("ann", "S1", "S2") == ["confirming", 0, "S1"]
    assert board.everything() == before
    assert board.extend("ann", "S2", "S11")[0] == "done"


def test_refusals_are_told_in_order(board):
    board.hold("ann", "S1", "S4")
    board.hold("bob", "S2")
    board.load(["S3"])
    board.confirm_begin("ann", "S4")
    before = board.everything()
    assert board.extend("ann", "S1", "S2", "S3", "S4", "S5") == ["sold", 0, "S3"]
    assert board.extend("ann", "S1", "S2", "S4", "S5") == ["other", 0, "S2"]
    assert board.extend("ann", "S1", "S4", "S5") == ["confirming", 0, "S4"]
    assert board.extend("ann", "S1", "S5") == ["missing", 0, "S5"]
    assert board.everything() == before


def test_a_board_that_is_not_trusted_is_not_changed(board):
    board.hold("ann", "S1", hold_ms=1000)
    board.lapse()
    before = board.everything()
    assert board.extend("ann", "S1") == ["stale"]
    assert board.everything() == before


def test_the_longest_extension_stays_within_the_life_of_the_board(board, client):
    board.hold("ann", "S1", hold_ms=43200000)
    client.hset(board.key("board"), "lapse", now_ms(board) + 43100000)  # as after half a day without any change
    board.extend("ann", "S1", hold_ms=43200000, most_ms=43200000)
    for kind, rest in (("board", ""), ("taken", ""), ("show", ""), ("user", "ann")):
        assert client.execute_command("PEXPIRETIME", board.key(kind, rest)) > end_of(board, "S1") + GRACE_MS


@pytest.mark.parametrize("kind, rest", [("hold", "S2"), ("taken", ""), ("confirming", ""), ("user", "ann"), ("board", "")])
def test_a_key_of_the_wrong_type_leaves_nothing_half_done(board, client, kind, rest):
    board.hold("ann", "S1", "S2", "S3", hold_ms=1000)
    ends = end_of(board, "S1"), end_of(board, "S3")
    client.delete(board.key(kind, rest))
    client.lpush(board.key(kind, rest), "planted")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        board.extend("ann", "S1", "S2", "S3")
    assert (end_of(board, "S1"), end_of(board, "S3")) == ends
