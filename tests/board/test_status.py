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
    board.hold("ann", "S1", hold_ms=1000)
    before = tag(board)
    wait_until(lambda: tag(board) != before, 5)
    assert board.taken() == (set(), set())


def test_summary_counts(board):
    board.hold("ann", "S1", "S2")
    board.load(["S3"])
    assert board.summary() == [2, 1, 0, 0]


def test_summary_counts_blocked_seats_that_are_neither_held_nor_sold(board):
    board.hold("ann", "S1", "S2")
    board.hold("bob", "S5", hold_ms=1)
    board.blocked = "S1,S3,S4,S5"
    board.load(["S3"])
    wait_until(lambda: board.summary() == [2, 1, 2, 0], 2)
    board.blocked = ",".join(f"B{i}" for i in range(9000)) + ",S2"
    board.load(["S3"])
    assert board.summary() == [2, 1, 9000, 0], "more than Lua's stack takes"


def test_summary_of_a_changed_show_tells_which_seats(board):
    """Until no seat can be held that it lacks: the last hold lapses, and a load comes after it."""
    board.hold("ann", "S1", hold_ms=1500)
    board.hold("bob", "S2", hold_ms=2000)
    board.load(["S3"])
    assert board.summary() == [2, 1, 0, 0], "nothing was changed"
    board.document, board.seats = "another", 50
    board.load(["S3"], trust_ms=100)
    board.load(["S3"])  # the same document: trusted for longer, and when it was changed stays
    answer = board.summary()
    assert answer[0] == "map" and set(answer[4].split(",")) == {"S1", "S2"} and answer[5] == "S3"
    assert board.summary(listed=True) == [-1, -1, -1, 50]

    def counted():
        board.load(["S3"])
        return board.summary()
    wait_until(lambda: counted()[0] != "map", 10)
    assert board.summary() == [0, 1, 0, 0]


def test_a_list_takes_any_load_of_this_run(cold):
    assert cold.summary(listed=True) == ["stale"], "there is none yet"
    begun = cold.load_begin()
    assert cold.summary(listed=True) == ["stale"], "nor when one has begun"
    assert cold.load_merge(begun, ["S3"])[0] == "done"
    cold.hold("ann", "S1")
    cold.lapse()
    assert cold.summary()[0] == "stale"
    assert cold.summary(listed=True) == [1, 1, 0, 100]
    run, cold.run = cold.run, "another/run"
    assert cold.summary(listed=True) == ["stale"], "of a Redis that is no more"
    cold.run = run
    cold.load(trust_ms=60000)
    cold.confirm_begin("ann", "S1", deadline_ms=0, need_ms=-1)
    assert cold.summary(listed=True) == ["stale"], "a confirmation may have been lost on its way"
