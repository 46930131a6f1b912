"""node_holds.lua: the old keys of the Node program, and the board's holds, are of one mind."""

import pytest
import redis

from lib.board import Board
from lib.waiting import wait_until


@pytest.fixture
def board(client):
    made = Board(client, node_holds=True)
    made.load()
    return made


def old(board, seat):
    return f"hold:{board.show}:{seat}"


def node_holds(board, seat, user, seconds=600):
    """As the Node program does it."""
    return board.redis.set(old(board, seat), user, nx=True, ex=seconds)


def end_of(board, key):
    return board.redis.execute_command("PEXPIRETIME", key)


def test_a_hold_is_written_in_both_forms_with_one_end(board, client):
    answer = board.hold("ann", "S1", "S2")
    for seat in ("S1", "S2"):
        assert client.get(old(board, seat)) == "ann"
        assert end_of(board, old(board, seat)) == end_of(board, board.key("hold", seat)) == int(answer[4])
    assert not node_holds(board, "S1", "bob")


def test_extend_release_and_confirm_are_too(board, client):
    board.hold("ann", "S1", "S2", "S3", hold_ms=5000)
    ends = board.extend("ann", "S1", hold_ms=60000)
    assert end_of(board, old(board, "S1")) == int(ends[4])
    assert board.release("ann", "S1") == ["done", 0, 1] and not client.exists(old(board, "S1"))
    assert board.confirm_begin("ann", "S2", need_ms=1000)[0] == "done"
    assert end_of(board, old(board, "S2")) == end_of(board, board.key("hold", "S2"))
    board.confirm_finish("ann", ["S2"], ["S2"])
    assert not client.exists(old(board, "S2"), board.key("hold", "S2")) and client.get(old(board, "S3")) == "ann"


def test_a_hold_of_the_node_program_refuses_others_and_is_counted(board):
    assert node_holds(board, "S1", "ann", seconds=60)
    assert board.hold("bob", "S1", "S2")[2:] == ["S1", "held"]
    assert board.summary() == [1, 0, 0, 0]
    assert board.release("bob", "S1")[0] == "other" and board.confirm_begin("bob", "S1")[0] == "other"
    assert board.extend("bob", "S1")[0] == "other"
    # Redis may rest between the two looks of the script: then ours ends earlier.
    assert -100 <= end_of(board, board.key("hold", "S1")) - end_of(board, old(board, "S1")) <= 2


def test_status_sees_it_and_its_tag_changes(board):
    tag = board.status()[2:4]
    assert board.status(*tag)[0] == "same"
    node_holds(board, "S7", "ann")
    answer = board.status(*tag)
    assert answer[0] == "map" and answer[4] == "S7" and answer[2] != tag[0]
    assert board.status(*answer[2:4])[0] == "same"


def test_its_user_goes_on_here(board, client):
    """Held there: held again, given back, confirmed here; never longer."""
    for seat in ("S1", "S2", "S3"):
        node_holds(board, seat, "ann", seconds=60)
    again = board.hold("ann", "S1", "S2", hold_ms=600000)
    assert again[0] == "done" and int(again[4]) <= int(again[2]) + 60000
    assert board.hold("ann", "S1", "S2")[3:] == again[3:]
    assert board.extend("ann", "S1")[3:5] == again[3:5], "it is not lengthened"
    assert board.release("ann", "S3") == ["done", 0, 1] and not client.exists(old(board, "S3"))
    assert board.confirm_begin("ann", "S1", "S2")[0] == "done"
    board.confirm_finish("ann", ["S1", "S2"], ["S1", "S2"])
    assert board.taken() == (set(), {"S1", "S2"}) and not client.exists(old(board, "S1"), old(board, "S2"))


def test_confirm_alone_takes_it_over(board):
    node_holds(board, "S1", "ann")
    assert board.confirm_begin("ann", "S1")[0] == "done"
    assert board.hold("bob", "S1")[2:] == ["S1", "held"]


def test_it_has_no_token(board):
    node_holds(board, "S1", "ann")
    assert board.confirm_begin("ann", "S1", proof="?")[0] == "token"
    assert board.confirm_begin("ann", "S1", proof="ab")[0] == "token"


def test_it_counts_for_the_cap(board):
    node_holds(board, "S1", "ann")
    assert board.status()[4] == "S1"
    assert board.hold("ann", "S2", "S3", cap=2) == ["limit", 0, 1]


def test_the_best_seats_are_not_those(board):
    node_holds(board, "S1", "ann")
    assert board.choose("bob", [])[0:5:4] == ["map", "S1"]
    answer = board.choose("bob", ["S1", "S2", "S3", "S4"], ["1,2", "3,4"])
    assert answer[0] == "done" and {answer[3], answer[6]} == {"S3", "S4"}


def test_one_that_lapses_is_free(board):
    node_holds(board, "S1", "ann", seconds=1)
    assert board.hold("bob", "S1")[0] == "refused"
    wait_until(lambda: board.hold("bob", "S1")[0] == "done", 5)
    assert board.redis.get(old(board, "S1")) == "bob"


def test_one_without_an_end_is_held(board, client):
    client.set(old(board, "S1"), "ann")
    assert board.hold("bob", "S1")[0] == "refused"
    assert client.pttl(board.key("hold", "S1")) > 3600000
    assert board.confirm_begin("ann", "S1")[0] == "done"


def test_a_key_that_goes_frees_the_seat_only_after_a_load(board, client):
    """That program lets it go after a sale as well: a seat that it sold a moment ago is granted to nobody."""
    node_holds(board, "S1", "ann")
    node_holds(board, "S2", "ann")
    assert board.taken() == ({"S1", "S2"}, set())
    under_way = board.load_begin()
    client.delete(old(board, "S1"), old(board, "S2"))
    answer = board.hold("bob", "S1")
    assert answer == ["refused", 1, "S1", "held"], "and a refresh is asked for"
    board.load_merge(under_way)
    assert board.hold("bob", "S1")[0] == "refused", "that load had begun before"
    board.status()
    board.load(["S1"])
    assert board.taken() == (set(), {"S1"})
    assert board.hold("bob", "S2")[0] == "done"


def test_a_key_that_comes_back_is_held_on(board, client):
    node_holds(board, "S1", "ann")
    board.status()
    client.delete(old(board, "S1"))
    board.status()
    node_holds(board, "S1", "ann")
    board.load()
    assert board.taken() == ({"S1"}, set())
    client.delete(old(board, "S1"))
    assert board.taken() == ({"S1"}, set()), "its next going is another"
    board.load()
    assert board.taken() == (set(), set())


def test_a_key_that_changes_hands(board, client):
    node_holds(board, "S1", "ann")
    board.status()
    client.delete(old(board, "S1"))
    node_holds(board, "S1", "bob")
    assert board.hold("ann", "S1")[0] == "refused"
    assert board.confirm_begin("bob", "S1")[0] == "done"
    assert client.zscore(board.key("user", "ann"), "S1") is None


def test_two_holders_wait_for_each_other(board, client):
    """Held here with the switch off, and there: nobody sells the seat here until one of them is gone."""
    board.hold("ann", "S1")
    client.set(old(board, "S1"), "bob")
    for user in ("ann", "bob"):
        assert board.confirm_begin(user, "S1")[0] == "other"
        assert board.hold(user, "S1")[0] == "refused"
    client.delete(old(board, "S1"))
    assert board.confirm_begin("ann", "S1")[0] == "done"


def test_a_sold_seat_is_not_taken_over(board):
    board.load(["S1"])
    node_holds(board, "S1", "ann")
    assert board.taken() == (set(), {"S1"})
    assert board.hold("ann", "S1")[2:] == ["S1", "booked"]


def test_what_is_announced_is_left_alone(board, client):
    node_holds(board, "S1", "ann")
    board.confirm_begin("ann", "S1")
    client.delete(old(board, "S1"))
    board.status()
    board.load()
    assert board.taken() == ({"S1"}, set())
    assert board.hold("bob", "S1")[0] == "refused"


def test_a_board_loaded_without_the_switch_is_loaded_again(client):
    board = Board(client)
    board.load()
    board.hold("ann", "S2")
    with_switch = Board(client, node_holds=True)
    with_switch.show, with_switch.hash = board.show, board.hash
    node_holds(board, "S1", "ann")
    assert with_switch.status() == ["stale"]
    with_switch.load()
    assert with_switch.taken() == ({"S1", "S2"}, set())
    board.document = "changed"
    board.load()
    with_switch.hash = board.hash
    assert with_switch.status() == ["stale"], "its list of seats is another's"


def test_a_refusal_writes_no_hold(board):
    node_holds(board, "S1", "ann")
    board.status()
    before = board.everything()
    assert board.hold("bob", "S1", "S2")[0] == "refused"
    assert board.everything() == before


def test_a_key_of_another_type_stops_what_needs_it(board, client):
    client.lpush(old(board, "S1"), "x")
    before = board.everything()
    with pytest.raises(redis.exceptions.ResponseError):
        board.hold("ann", "S2", "S1")
    assert board.everything() == before
    assert board.hold("ann", "S2")[0] == "done"


def test_a_user_key_of_another_type_stops_it_before_anything_is_written(board, client):
    client.set(board.key("user", "ann"), "x")
    node_holds(board, "S1", "ann")
    before = board.everything()
    with pytest.raises(redis.exceptions.ResponseError):
        board.status()
    assert board.everything() == before


def test_a_large_house(client):
    board = Board(client, seats=9000, node_holds=True)
    board.load()
    for i in (1, 1000, 1001, 9000):
        node_holds(board, f"S{i}", "ann")
    assert board.summary()[0] == 4 and board.taken()[0] == {"S1", "S1000", "S1001", "S9000"}


def test_what_is_taken_over_and_let_go_is_told(board, client):
    with client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(f"seats:{{{board.show}}}")
        listener.get_message(timeout=1)
        node_holds(board, "S1", "ann")
        board.status()
        version = board.version()
        assert listener.get_message(timeout=2)["data"].startswith(f"{version}|held|S1|")
        client.delete(old(board, "S1"))
        board.status()
        board.load()
        board.status()
        assert listener.get_message(timeout=2)["data"] == f"{version + 1}|available|S1|"


def test_without_the_switch_nothing_of_it_is_done(client):
    board = Board(client)
    board.load()
    node_holds(board, "S1", "ann")
    assert board.hold("bob", "S1")[0] == "done" and client.get(old(board, "S1")) == "ann"
