"""hold.lua: all or none, never longer, never another's."""

import pytest
import redis
from lib.waiting import wait_until


def test_all_seats_get_one_end(board, client):
    answer = board.hold("ann", "S1", "S2", "S3", hold_ms=60000)
    assert answer[0] == "done"
    ends = set(answer[4::2])
    assert len(ends) == 1 and int(ends.pop()) == int(answer[2]) + 60000
    expiries = {client.execute_command("PEXPIRETIME", board.key("hold", seat)) for seat in ("S1", "S2", "S3")}
    assert expiries == {int(answer[4])}
    assert board.taken() == ({"S1", "S2", "S3"}, set())


def test_a_refusal_changes_nothing_and_names_every_seat(board):
    board.hold("ann", "S1")
    board.load(["S2"])
    before = board.everything()
    answer = board.hold("bob", "S1", "S2", "S3")
    assert answer[0] == "refused" and answer[2:] == ["S1", "held", "S2", "booked"]
    assert board.everything() == before


def test_a_seat_that_is_not_for_sale(board):
    """It is refused with its reason, unless a better one is there, and kept by whoever holds it already."""
    board.hold("ann", "S1", hold_id="aa")
    board.load(["S2"])
    before = board.everything()
    answer = board.hold("bob", "S1", "S2", "S3", "S4", blocked="1110")
    assert answer[0] == "refused" and answer[2:] == ["S1", "held", "S2", "booked", "S3", "blocked"]
    assert board.hold("ann", "S1", blocked="1")[3] == "aa"
    assert board.hold("ann", "S1", "S5", blocked="11")[2:] == ["S5", "blocked"]
    assert board.everything() == before
    assert board.hold("ann", "S1", "S5", blocked="10")[0] == "done"


def test_the_same_hold_gives_the_same_hold(board):
    first = board.hold("ann", "S1", "S2", hold_id="aa")
    before = board.everything()
    again = board.hold("ann", "S1", "S2", hold_id="bb", hold_ms=900000)
    assert again[3:] == first[3:]
    assert board.everything() == before


def test_a_mixed_batch_keeps_what_was_held(board):
    first = board.hold("ann", "S1", hold_id="aa", hold_ms=30000)
    mixed = board.hold("ann", "S1", "S2", hold_id="bb", hold_ms=60000)
    assert mixed[3:5] == first[3:5]
    assert mixed[5] == "bb" and int(mixed[6]) > int(mixed[4])


def test_the_cap_counts_live_holds_only(board):
    assert board.hold("ann", "S1", "S2", cap=3)[0] == "done"
    before = board.everything()
    assert board.hold("ann", "S3", "S4", cap=3) == ["limit", 0, 2]
    assert board.everything() == before
    assert board.hold("ann", "S1", "S2", cap=1)[0] == "done"
    assert board.hold("bob", "S9", hold_ms=50, cap=1)[0] == "done"
    wait_until(lambda: board.hold("bob", "S8", cap=1)[0] == "done", 2)


def test_a_lapsed_hold_is_free_for_another(board):
    board.hold("ann", "S1", hold_ms=50)
    wait_until(lambda: board.hold("bob", "S1")[0] == "done", 2)
    assert board.taken() == ({"S1"}, set())


def test_a_user_cannot_forge_the_fields_of_a_hold(board):
    board.hold("99:1:-:bob", "S1", hold_id="aa")
    assert board.hold("bob", "S1")[0] == "refused"
    assert board.hold("99:1:-:bob", "S1")[3] == "aa"


def test_a_hold_of_an_unknown_form_is_somebody_elses(board, client):
    client.set(board.key("hold", "S1"), "whatever")
    assert board.hold("ann", "S1")[2:] == ["S1", "held"]


@pytest.mark.parametrize("kind, rest", [("hold", "S2"), ("taken", ""), ("confirming", ""), ("user", "ann"), ("board", "")])
def test_a_key_of_the_wrong_type_leaves_nothing_half_done(board, client, kind, rest):
    client.delete(board.key(kind, rest))
    client.lpush(board.key(kind, rest), "planted")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        board.hold("ann", "S1", "S2", "S3")
    assert not client.exists(board.key("hold", "S1")) and not client.exists(board.key("hold", "S3"))


def test_each_grant_raises_the_version(board):
    versions = [board.version()]
    for seat in ("S1", "S2", "S3"):
        board.hold("ann", seat)
        versions.append(board.version())
    assert versions == [versions[0] + i for i in range(4)]
    assert versions[0] > 1e15


def test_all_keys_but_holds_lapse_together_after_every_hold(board, client):
    board.hold("ann", "S1", hold_ms=43200000)
    keys = [board.key(kind) for kind in ("board", "taken", "show")] + [board.key("user", "ann")]
    ends = {client.execute_command("PEXPIRETIME", key) for key in keys}
    assert len(ends) == 1
    assert ends.pop() > client.execute_command("PEXPIRETIME", board.key("hold", "S1"))
