"""The window within which a show is on sale: of hold.lua and extend.lua."""

import pytest

ENDLESS = 9 * 10**15


def now_ms(board):
    seconds, micros = board.redis.time()
    return seconds * 1000 + micros // 1000


@pytest.fixture(params=["not yet", "no more"])
def close(board, request):
    """Loads the board anew with a show that is not on sale now."""
    def close():
        board.sale = (now_ms(board) + 60000, ENDLESS) if request.param == "not yet" else (0, now_ms(board))
        board.load()
    return close


def test_no_seat_is_held_outside(board, close):
    close()
    before = board.everything()
    assert board.hold("ann", "S1") == ["closed", 0]
    assert board.choose("ann", ["S1", "S2"], ["1"]) == ["closed", 0]
    assert board.everything() == before


def test_inside_it_is(board):
    board.sale = (now_ms(board), now_ms(board) + 60000)
    board.load()
    assert board.hold("ann", "S1")[0] == "done"


def test_closed_is_told_before_what_is_taken(board, close):
    board.hold("bob", "S1")
    close()
    assert board.hold("ann", "S1", "S2") == ["closed", 0]
    assert board.choose("ann", ["S1"], ["1"]) == ["closed", 0], "though no group is free"


def test_what_is_held_stays_held_and_may_be_bought(board, close):
    held = board.hold("ann", "S1", "S2")
    close()
    assert board.hold("ann", "S1", "S2")[3:] == held[3:]
    assert board.hold("ann", "S1", "S3") == ["closed", 0], "no seat more"
    assert board.confirm_begin("ann", "S1", "S2")[0] == "done"


def test_nothing_is_lengthened_outside(board, close):
    board.hold("ann", "S1", hold_ms=60000)
    close()
    assert board.extend("ann", "S1") == ["closed", 0]
    assert board.extend("ann", "S1", hold_ms=1000)[0] == "done", "as it was: a repeat"


def test_a_board_of_an_older_version_is_open(board, client):
    client.hdel(board.key("board"), "opens", "closes")
    assert board.hold("ann", "S1")[0] == "done"
