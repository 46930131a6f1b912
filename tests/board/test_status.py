"""status.lua and summary.lua: the tag names one state exactly."""

from lib.waiting import wait_until


def tag(board):
    return board.status()[2:4]


def test_the_same_tag_is_answered_without_seats(board):
    board.hold("ann", "S1")
    assert board.status(*tag(board)) == ["same", 0]


def test_every_change_changes_the_tag(board):
    seen = [tag(board)]
    for change in (lambda: board.hold("ann", "S1"), lambda: board.load(["S9"]),
                   lambda: board.confirm_finish("ann", ["S1"], ["S1"]), lambda: board.load([])):
        change()
        assert tag(board) not in seen
        seen.append(tag(board))


def test_expiry_changes_the_tag(board):
    board.hold("ann", "S1", hold_ms=50)
    before = tag(board)
    wait_until(lambda: tag(board) != before, 2)
    assert board.taken() == (set(), set())


def test_summary_counts(board):
    board.hold("ann", "S1", "S2")
    board.load(["S3"])
    assert board.call("summary", [], [board.run, "", board.hash]) == ["done", 0, 2, 1]
