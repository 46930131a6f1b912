"""When a board may be trusted, and how a load merges."""

import pytest
import redis
from lib.board import Board
from lib.waiting import wait_until


def test_a_board_never_loaded_is_stale_for_every_operation(cold):
    for answer in (cold.hold("ann", "S1"), cold.confirm_begin("ann", "S1"), cold.status(),
                   cold.call("summary", [], [cold.run, "", ""])):
        assert answer == ["stale"]


def test_a_load_makes_it_trusted_and_marks_the_sold(cold):
    load = cold.load_begin()
    assert load.founding
    assert cold.load_merge(load, ["S1", "S7"])[0] == "done"
    assert cold.taken() == (set(), {"S1", "S7"})


def test_the_begin_of_a_load_leaves_nothing_behind_for_a_show_that_does_not_exist(cold, client):
    cold.load_begin()
    assert 0 < client.pttl(cold.key("board")) <= 60000
    cold.load()
    assert client.pttl(cold.key("board")) > 86000000


def test_another_run_is_never_trusted_and_gets_a_version_that_never_was(board):
    before = board.version()
    board.run = "another/replid"
    assert board.hold("ann", "S1") == ["stale"]
    board.load()
    assert board.version() > before
    assert board.hold("ann", "S1")[0] == "done"


def test_past_until_nobody_trusts_it(board):
    board.lapse()
    assert board.status() == ["stale"]


def test_an_operation_that_waited_for_a_load_trusts_it_and_no_older_one(cold):
    load = cold.load(trust_ms=0)
    assert cold.status() == ["stale"]
    assert cold.status(mark=load.mark)[0] == "map"
    later = cold.load_begin()
    assert cold.status(mark=later.mark) == ["stale"]


def test_a_copy_of_the_show_that_differs_is_handed_out_before_anything_is_done(board):
    board.hash = "0" * 40
    answer = board.hold("ann", "S1")
    assert answer[0] == "show" and answer[2] == board.document
    board.hash = answer[1]
    assert board.taken() == (set(), set())


def test_a_lost_copy_of_the_show_is_loaded_again(board, client):
    client.delete(board.key("show"))
    board.hash = ""
    assert board.status() == ["stale"]
    board.load()
    assert client.get(board.key("show")) == board.document


def test_a_changed_document_changes_the_hash(board):
    before = board.hash
    board.document = "the show, moved to another hall"
    board.load()
    assert board.hash != before


def test_a_seat_sold_after_the_load_began_stays_sold(board):
    """MongoDB was perhaps read before the sale: to replace instead of to merge would free the seat."""
    board.hold("ann", "S1")
    board.confirm_begin("ann", "S1")
    load = board.load_begin()
    board.confirm_finish("ann", ["S1"], ["S1"])
    assert board.load_merge(load, [])[0] == "done"
    assert board.taken() == (set(), {"S1"})


def test_a_seat_that_mongodb_lost_is_freed_after_the_proof_alone(cold):
    cold.load(["S1", "S2"])
    load = cold.load_begin()
    assert not load.founding
    before = cold.everything()
    assert cold.load_merge(load, ["S2"], proved=False) == ["prove"]
    assert cold.everything() == before
    assert cold.load_merge(load, ["S2"], proved=True)[0] == "done"
    assert cold.taken() == (set(), {"S2"})


def test_founding_a_board_and_clearing_an_entry_ask_for_the_proof(cold):
    load = cold.load_begin()
    assert cold.load_merge(load, proved=False) == ["prove"]
    cold.load_merge(load)
    cold.hold("ann", "S1", hold_ms=60000)
    cold.confirm_begin("ann", "S1", deadline_ms=1, need_ms=0)
    wait_until(lambda: cold.status() == ["stale"], 2)
    load = cold.load_begin()
    assert load.lapsed == 1
    assert cold.load_merge(load, proved=False) == ["prove"]


def test_a_load_that_changes_nothing_keeps_the_version(cold):
    cold.load(["S1"])
    before = cold.version()
    load = cold.load_begin()
    assert cold.load_merge(load, ["S1"], proved=False)[0] == "done"
    assert cold.version() == before


def test_a_sale_by_another_program_raises_the_version_and_beats_a_hold(board):
    board.hold("ann", "S1", "S2")
    before = board.version()
    board.load(["S2"])
    assert board.version() == before + 1
    assert board.taken() == ({"S1"}, {"S2"})
    assert board.hold("ann", "S2")[2:] == ["S2", "booked"]


def test_a_freed_seat_whose_hold_lives_is_held(board):
    board.hold("ann", "S1")
    board.load(["S1"])
    assert board.taken() == (set(), {"S1"})
    board.load([])
    assert board.taken() == ({"S1"}, set())


def test_a_load_across_flushall_begins_again(board, client):
    """Without `born`, the merge would vouch for a board that has forgotten a sale made in between."""
    load = board.load_begin()
    client.flushall()
    assert board.load_merge(load) == ["restart"]
    load = board.load_begin()
    client.flushall()
    board.load_begin()
    assert board.load_merge(load) == ["restart"]


def test_a_load_that_began_before_a_cancellation_begins_again(board, client):
    load = board.load_begin()
    client.hset(board.key("board"), "cancelled", int(load.version) + 1)
    assert board.load_merge(load) == ["restart"]
    client.hset(board.key("board"), "cancelled", load.version)
    assert board.load_merge(load)[0] == "done"


def test_an_older_load_that_ends_last_changes_nothing(cold):
    older = cold.load_begin()
    newer = cold.load_begin()
    cold.load_merge(newer, ["S1"])
    before = cold.everything()
    assert cold.load_merge(older, []) == ["done", ""]
    assert cold.everything() == before


def test_only_entries_that_had_lapsed_when_the_load_began_are_cleared(board, client):
    """A slow load must not vouch for what came after its read."""
    board.hold("ann", "S1", hold_ms=60000)
    load = board.load_begin()
    board.confirm_begin("ann", "S1", deadline_ms=1, need_ms=0)
    wait_until(lambda: board.status() == ["stale"], 2)
    assert board.load_merge(load)[0] == "done"
    assert client.zcard(board.key("confirming")) == 1
    assert board.status(mark=load.mark) == ["stale"]
    board.load()
    assert client.zcard(board.key("confirming")) == 0
    assert board.status()[0] == "map"


def test_until_counts_from_the_begin_of_the_load(board, client):
    load = board.load_begin()
    board.load_merge(load, trust_ms=7000)
    assert int(client.hget(board.key("board"), "until")) == int(load.mark) // 1000 + 7000


def test_the_refresh_is_claimed_once_and_only_in_the_last_second(client):
    board = Board(client)
    board.load(trust_ms=5000)
    assert board.status()[1] == 0
    board.load(trust_ms=900)
    assert board.status()[1] == 1
    assert board.status()[1] == 0
    assert board.hold("ann", "S1")[1] == 0


def test_five_thousand_seats_half_sold(client):
    board = Board(client)
    sold = [f"S{i}" for i in range(1, 5001, 2)]
    board.load(sold)
    assert board.taken() == (set(), set(sold))
    board.load([])
    assert board.taken() == (set(), set())


@pytest.mark.parametrize("kind", ["board", "taken", "confirming", "show"])
def test_a_key_of_the_wrong_type_stops_a_load_before_it_writes(board, client, kind):
    client.delete(board.key(kind))
    client.lpush(board.key(kind), "planted")
    load = None
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        load = board.load_begin()
        before = board.redis.exists(board.key("taken"))
        board.load_merge(load, ["S1"])
    assert client.lrange(board.key(kind), 0, -1) == ["planted"]
    if load and kind != "taken":
        assert before == 0 and client.exists(board.key("taken")) == 0
