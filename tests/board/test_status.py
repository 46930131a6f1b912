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
    assert board.summary() == [2, 1, 0]


def test_summary_counts_blocked_seats_that_are_taken(board):
    board.hold("ann", "S1", "S2")
    board.load(["S3"])
    assert board.summary("S1", "S3", "S4") == [2, 1, 2]
    many = [f"B{i}" for i in range(9000)]
    assert board.summary(*many, "S2") == [2, 1, 1], "more than Lua's stack takes"


def test_summary_of_a_changed_show_tells_which_seats(board):
    """Until no seat can be held that it lacks: the last hold lapses, and a load comes after it."""
    board.hold("ann", "S1", hold_ms=300)
    board.hold("bob", "S2", hold_ms=600)
    board.load(["S3"], trust_ms=100)
    assert board.summary() == [2, 1, 0], "nothing was changed"
    board.document = "another"
    board.load(["S3"], trust_ms=100)
    answer = board.call("summary", [], [board.run, "", board.hash])
    assert answer[0] == "map" and set(answer[4].split(",")) == {"S1", "S2"} and answer[5] == "S3"

    def counted():
        board.load(["S3"], trust_ms=100)
        return board.call("summary", [], [board.run, "", board.hash])
    wait_until(lambda: counted()[0] == "done", 5)
    assert board.summary() == [0, 1, 0]
