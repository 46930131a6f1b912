"""hold.lua with a choice: the first group that is free inside the lock, and nothing else is changed."""

import pytest
import redis

SEATS = [f"S{i}" for i in range(1, 11)]


def seats_of(answer):
    assert answer[0] == "done", answer
    return answer[3::3]


def tag(board):
    return board.status()[2:4]


def test_the_first_free_group_is_taken_as_one_hold(board, client):
    board.hold("ann", "S2")
    answer = board.choose("bob", SEATS, ["1,2", "5,6", "3,4"], hold_ms=60000, hold_id="ab" * 16)
    assert seats_of(answer) == ["S5", "S6"]
    ends = set(answer[5::3])
    assert ends == {str(int(answer[2]) + 60000)} and set(answer[4::3]) == {"ab" * 16}
    assert board.taken() == ({"S2", "S5", "S6"}, set())
    assert {client.execute_command("PEXPIRETIME", board.key("hold", seat)) for seat in ("S5", "S6")} == {int(answer[5])}
    assert not client.exists(*[board.key("hold", seat) for seat in SEATS if seat not in ("S2", "S5", "S6")])


def test_own_holds_and_sold_seats_are_not_free(board):
    board.hold("ann", "S1")
    board.load(["S3"])
    assert seats_of(board.choose("ann", SEATS, ["1,2", "3,4", "4,5"])) == ["S4", "S5"]


def test_a_hold_that_lapses_in_this_moment_is_still_in_the_way(board, client):
    """Its score is past, its key is there."""
    board.hold("ann", "S1")
    client.zadd(board.key("taken"), {"S1": 1})
    assert seats_of(board.choose("bob", SEATS, ["1,2", "2,3"])) == ["S2", "S3"]


def test_a_group_that_would_leave_an_orphan_now_is_passed_over(board):
    board.hold("ann", "S4")
    # Beside 1,2 stands 3, and beside that 4, which was free when the groups were made.
    assert board.choose("bob", SEATS, ["1,2;3|4"])[0] == "map"
    assert board.choose("bob", SEATS, ["1,2;3|0"])[0] == "map", "a wall"
    assert seats_of(board.choose("bob", SEATS, ["1,2;3|4", "6,7;5|4;8|9", "1,2,3;4|5", "9,10;8|7"])) == ["S1", "S2", "S3"]


def test_where_no_group_is_free_the_board_tells_its_map_and_changes_nothing(board):
    board.hold("ann", "S1", "S3")
    board.load(["S5"])
    before = board.everything()
    version, live = tag(board)
    assert board.choose("bob", SEATS, ["1,2", "3,4", "5,6"]) == ["map", 0, version, live, "S1,S3", "S5"]
    assert board.choose("bob", [], []) == ["map", 0, version, live, "S1,S3", "S5"]
    assert board.everything() == before


def test_a_picture_that_must_be_true(board):
    version, live = tag(board)
    assert board.choose("bob", [], version=version, live=live) == ["same", 0]
    assert seats_of(board.choose("bob", SEATS, ["1,2"], version=version, live=live)) == ["S1", "S2"]
    assert board.choose("bob", SEATS, ["3,4"], version=version, live=live)[0] == "map"
    assert board.choose("bob", [], version=version, live=live)[0] == "map"


def test_any_of_them_where_no_group_is_free(board):
    board.hold("ann", "S1", "S3")
    assert seats_of(board.choose("bob", SEATS[:5], take_any=3)) == ["S2", "S4", "S5"]
    before = board.everything()
    assert board.choose("eve", SEATS[:5], take_any=1)[0] == "map"
    assert board.choose("eve", SEATS[:6], take_any=2)[0] == "map", "not fewer than asked for"
    assert board.everything() == before


def test_the_cap_counts(board):
    board.hold("ann", "S9", "S10", cap=3)
    before = board.everything()
    assert board.choose("ann", SEATS, ["1,2"], cap=3) == ["limit", 0, 2]
    assert board.everything() == before
    assert seats_of(board.choose("ann", SEATS, ["1"], cap=3)) == ["S1"]


def test_the_very_same_call_takes_nothing_more(board):
    """A worker makes it once more where the connection broke under the answer."""
    first = board.choose("ann", SEATS, ["1,2", "3,4"], hold_id="0123" * 8)
    before = board.everything()
    assert board.choose("ann", SEATS, ["1,2", "3,4"], hold_id="0123" * 8)[3:] == first[3:]
    assert board.everything() == before


def test_the_same_request_gives_the_same_hold(board):
    first = board.choose("ann", SEATS, ["1,2"], request="k1\n2")
    before = board.everything()
    again = board.choose("ann", SEATS, ["3,4"], request="k1\n2", hold_id="cd" * 16)
    assert again[3:] == first[3:] and board.everything() == before
    assert len(first[4]) == 32
    assert board.choose("ann", [], request="k1\n2", version="1", live="0")[3:] == first[3:], "before all else"
    other = board.choose("ann", SEATS, ["3,4"], request="k2\n2")
    assert seats_of(other) == ["S3", "S4"] and other[4] != first[4]
    assert seats_of(board.choose("bob", SEATS, ["5,6"], request="k1\n2")) == ["S5", "S6"], "of this user alone"


def test_the_same_request_after_the_end_makes_another_hold(board):
    first = board.choose("ann", SEATS, ["1,2"], request="k1", hold_id="a1" * 16)
    board.release("ann", "S1", "S2")
    second = board.choose("ann", SEATS, ["1,2"], request="k1", hold_id="a2" * 16)
    assert second[4] != first[4] and second[4][:16] == first[4][:16]
    assert board.choose("ann", SEATS, ["3,4"], request="k1")[3:] == second[3:]


def test_a_hold_of_a_seat_that_is_sold_is_none(board):
    """Its sale was read from MongoDB: nobody let the hold go."""
    board.choose("ann", SEATS, ["1,2"], request="k1")
    board.load(["S1"])
    assert seats_of(board.choose("ann", SEATS, ["3,4"], request="k1")) == ["S2"]
    board.load(["S1", "S2"])
    assert seats_of(board.choose("ann", SEATS, ["3,4"], request="k1")) == ["S3", "S4"]


def test_what_is_left_of_the_hold_is_the_hold(board):
    board.choose("ann", SEATS, ["1,2,3"], request="k1")
    board.release("ann", "S2")
    assert seats_of(board.choose("ann", SEATS, ["4,5,6"], request="k1")) == ["S1", "S3"]
    board.release("ann", "S1", "S3")
    assert seats_of(board.choose("ann", SEATS, ["4,5,6"], request="k1")) == ["S4", "S5", "S6"]


def test_one_version_and_one_message_a_choice(board, client):
    pubsub = client.pubsub()
    pubsub.subscribe("seats" + board.key("board")[5:])
    assert pubsub.get_message(timeout=2)["type"] == "subscribe"
    version = board.version()
    board.choose("ann", SEATS, ["1,2"])
    board.choose("bob", SEATS, ["1,2"])
    board.choose("bob", SEATS, take_any=1)
    assert board.version() == version + 2
    told = [pubsub.get_message(timeout=2)["data"] for _ in range(2)]
    assert told == [f"{version + 1}|held|S1,S2|600000", f"{version + 2}|held|S3|600000"]
    assert pubsub.get_message(timeout=0.1) is None


def test_a_stale_board_and_an_old_show_choose_nothing(board):
    board.lapse()
    assert board.choose("ann", SEATS, ["1,2"]) == ["stale"]
    board.load()
    board.hash = "another"
    assert board.choose("ann", SEATS, ["1,2"])[0] == "show"


@pytest.mark.parametrize("kind, rest", [("hold", "S2"), ("taken", ""), ("user", "ann"), ("board", "")])
def test_a_key_of_the_wrong_type_leaves_nothing_half_done(board, client, kind, rest):
    client.delete(board.key(kind, rest))
    client.lpush(board.key(kind, rest), "planted")
    if kind == "hold":  # not a free seat, whatever it is
        assert board.choose("ann", SEATS, ["1,2"])[0] == "map"
    else:
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            board.choose("ann", SEATS, ["1,2"])
    assert not client.exists(board.key("hold", "S1"))
