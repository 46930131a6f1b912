"""What the scripts publish: each change once, in the order of the versions, and nothing of any user."""

import re

import pytest
import redis
from lib.board import Board
from lib.waiting import wait_until

HELD, BOOKED, AVAILABLE, LAPSED, NOTHING, RESYNC = "held", "booked", "available", "lapsed", "nothing", "resync"
MESSAGE = re.compile(r"(\d+)\|(\w+)\|((?:[\w .-]+,)*[\w .-]+)?\|(\d*)")


class Ear:
    """Hears a board's channel: told() is what was published since the last call, as (version, what, seats, hold_ms)."""

    def __init__(self, board):
        self.channel = f"seats:{{{board.show}}}"
        self.pubsub = board.redis.pubsub(ignore_subscribe_messages=True)
        self.pubsub.subscribe(self.channel)
        self.redis = board.redis
        assert self.pubsub.get_message(timeout=5) is None  # the subscription's own

    def texts(self):
        self.redis.publish(self.channel, "end")  # what came before has arrived when this does
        heard = []
        while True:
            message = self.pubsub.get_message(timeout=5)
            assert message, "the end was not heard"
            if message["data"] == "end":
                return heard
            heard.append(message["data"])

    def told(self):
        texts = self.texts()
        parts = [MESSAGE.fullmatch(text) for text in texts]
        assert all(parts), texts
        return [(int(p[1]), p[2], p[3].split(",") if p[3] else [], int(p[4]) if p[4] else None) for p in parts]


@pytest.fixture
def ear(board):
    ear = Ear(board)
    yield ear
    ear.pubsub.close()


def test_a_hold_that_a_confirmation_met_in_its_last_millisecond_is_told_again(board, ear):
    board.hold("ann", "S1", "S2", hold_ms=5000)
    ear.told()
    board.redis.zadd(board.key("taken"), {"S2": 1})
    board.confirm_begin("ann", "S1", "S2", need_ms=0)
    (version, what, seats, hold_ms), = ear.told()
    assert (version, what, seats) == (board.version(), HELD, ["S2"]) and 0 < hold_ms <= 20000


def test_a_hold_is_told_with_its_version_and_length(board, ear):
    board.hold("ann", "S1", "S2", hold_ms=60000)
    assert ear.told() == [(board.version(), HELD, ["S1", "S2"], 60000)]
    board.hold("ann", "S2", "S3", hold_ms=60000)
    assert ear.told() == [(board.version(), HELD, ["S2", "S3"], 60000)]


def test_a_release_is_told_once(board, ear):
    board.hold("ann", "S1", "S2")
    ear.told()
    board.release("ann", "S2", "S3")
    assert ear.told() == [(board.version(), AVAILABLE, ["S2"], None)]
    board.release("ann", "S2", "S3")
    assert ear.told() == []


def test_what_changes_nothing_is_not_told(board, ear):
    board.hold("ann", "S1")
    ear.told()
    board.release("bob", "S1")
    board.extend("ann", "S1")
    board.hold("ann", "S1")
    board.hold("bob", "S1", "S2")
    board.hold("bob", "S2", "S3", cap=1)
    board.confirm_begin("ann", "S1")
    board.confirm_begin("bob", "S1")
    board.confirm_finish("ann", ["S1"], [])
    board.status()
    board.load()
    board.lapse_holds()
    assert ear.told() == []


def test_a_sale_is_told_once(board, ear):
    board.hold("ann", "S1", "S2")
    board.confirm_begin("ann", "S1", "S2")
    ear.told()
    board.confirm_finish("ann", ["S1", "S2"], ["S1", "S2"])
    assert ear.told() == [(board.version(), BOOKED, ["S1", "S2"], None)]
    board.confirm_finish("ann", ["S1", "S2"], ["S1", "S2"])
    assert ear.told() == []


def test_a_version_raised_for_what_nobody_sees_is_told_too(board, ear):
    """Seats found sold, by parts of a booking: only the next load may show them."""
    board.hold("ann", "S1")
    ear.told()
    board.confirm_finish("ann", ["S1"], ["S1"], whole=False)
    assert ear.told() == [(board.version(), NOTHING, [], None)]
    board.load(["S1"])
    assert ear.told() == [(board.version(), RESYNC, [], None)], "the board was nobody's: what it was is not known"


def test_a_load_tells_what_it_found(board, ear):
    board.hold("ann", "S1")
    board.hold("ann", "S4", hold_ms=30000)
    board.load(["S1", "S2"])
    version = board.version()
    assert ear.told()[2:] == [(version, BOOKED, ["S1", "S2"], None)]
    board.load(["S3", "S4"])
    version += 1
    booked, held, free = ear.told()
    assert booked == (version, BOOKED, ["S3", "S4"], None)
    assert held[:3] == (version, HELD, ["S1"]) and 0 < held[3] <= 600000
    assert free == (version, AVAILABLE, ["S2"], None)


@pytest.mark.parametrize("change", ["run", "document", "founding", "thousands"])
def test_a_load_after_which_nobody_knows_what_changed_says_resync(client, change):
    board = Board(client, seats=5000)
    ear = Ear(board)
    if change != "founding":
        board.load()
        assert ear.told() == [(board.version(), RESYNC, [], None)]
    if change == "run":
        board.run = "another/replid"
    if change == "document":
        board.document += ", moved to another hall"
    board.load([f"S{i}" for i in range(1, 1002)] if change == "thousands" else ["S1"])
    assert ear.told() == [(board.version(), RESYNC, [], None)]


def test_holds_that_lapse_are_told_by_whoever_sweeps_first_and_once(board, ear):
    board.hold("ann", "S1", "S2", hold_ms=30)
    board.hold("bob", "S3", hold_ms=60000)
    version = board.version()
    ear.told()
    wait_until(lambda: board.lapse_holds() > 30, 5)
    assert ear.told() == [(version, LAPSED, ["S1", "S2"], None)]
    assert board.version() == version, "a lapse raises no version"
    board.lapse_holds()
    assert ear.told() == []


def test_holds_tell_of_those_that_lapsed_unheard(board, ear):
    board.hold("ann", "S1", hold_ms=1)
    wait_until(lambda: board.taken() == (set(), set()), 5)
    ear.told()
    for turn in range(16):  # each 16th version sweeps
        board.hold("bob", f"S{10 + turn}", cap=20)
    lapsed = [seats for _, what, seats, _ in ear.told() if what == LAPSED]
    assert lapsed == [["S1"]]


def test_a_lapsed_seat_that_is_held_again_is_never_told_as_free_afterwards(board, ear):
    board.hold("ann", "S1", hold_ms=1)
    wait_until(lambda: board.hold("bob", "S1")[0] == "done", 5)
    ear.told()
    board.lapse_holds()
    assert ear.told() == []


def test_the_next_end_is_told_to_whoever_asks(board):
    assert board.lapse_holds() == -1
    board.hold("ann", "S1", hold_ms=50000)
    board.hold("bob", "S2", hold_ms=20000)
    board.load(["S3"])
    assert 15000 < board.lapse_holds() <= 20000


def test_of_a_board_that_is_gone_nothing_is_told(cold, client):
    ear = Ear(cold)
    assert cold.lapse_holds() == -1
    assert ear.told() == [] and not client.exists(cold.key("board"))


def test_thousands_that_lapse_at_once_are_told_in_parts(client):
    board = Board(client, seats=3000)
    board.load()
    seats = [f"S{i}" for i in range(1, 2501)]
    for i in range(0, 2500, 100):
        board.hold(f"user{i}", *seats[i:i + 100], hold_ms=2000, cap=100)
    ear = Ear(board)
    wait_until(lambda: board.lapse_holds() == -1, 10)
    told = ear.told()
    assert {what for _, what, _, _ in told} == {LAPSED} and all(len(seats) <= 1000 for _, _, seats, _ in told)
    assert sorted(seat for one in told for seat in one[2]) == sorted(seats)


def test_versions_are_told_without_a_gap(board, ear):
    """A client knows its map to be whole by this alone."""
    before = board.version()
    for turn in range(40):
        user = f"user{turn}"
        board.hold(user, f"S{turn + 1}", hold_ms=20 if turn % 3 else 60000)
        if turn % 3 == 0:
            board.confirm_begin(user, f"S{turn + 1}")
            board.confirm_finish(user, [f"S{turn + 1}"], [f"S{turn + 1}"])
        if turn % 10 == 9:
            board.load([f"S{n + 1}" for n in range(0, turn + 1, 3)] + [f"S{90 + turn // 10}"])
    versions = [version for version, what, _, _ in ear.told() if what != LAPSED]
    assert versions == sorted(versions)
    assert sorted(set(versions)) == list(range(before + 1, board.version() + 1))


def test_nothing_of_a_user_is_told(board, ear):
    board.hold("Ann Onymous", "S1", hold_id="deadbeef")
    board.confirm_begin("Ann Onymous", "S1", attempt="c0ffee")
    board.confirm_finish("Ann Onymous", ["S1"], ["S1"], attempt="c0ffee")
    texts = ear.texts()
    assert len(texts) == 2
    for secret in ("Ann", "Onymous", "deadbeef", "c0ffee", board.run):
        assert not any(secret in text for text in texts)


def test_who_may_not_publish_does_all_else(board, client, ear):
    """A user made for an older version: what it asks is done, or not begun, but never done and then called a failure."""
    client.execute_command("ACL", "SETUSER", "mute", "on", "nopass", "+@all", "allkeys", "resetchannels")
    try:
        with redis.Redis(unix_socket_path=client.connection_pool.connection_kwargs["path"], username="mute", password="",
                         decode_responses=True) as mute:
            mute.worker = board.redis = mute
            assert board.hold("ann", "S1")[0] == "done"
            board.confirm_begin("ann", "S1")
            assert board.confirm_finish("ann", ["S1"], ["S1"]) == ["done"]
            assert board.taken() == (set(), {"S1"})
    finally:
        client.execute_command("ACL", "DELUSER", "mute")
    assert ear.told() == []
