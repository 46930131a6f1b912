"""Redis is killed while it writes its file: half a hold never returns, at whatever byte the file ends.

Redis writes a script's changes as one MULTI, and forgets one that has no end."""

import random
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from boxsite.stores import RedisServer
from lib.board import Board
from lib.threads import Background
from lib.waiting import wait_until

SEATS = ("S1", "S2", "S3")
SHORT = 6


@contextmanager
def durable_redis():
    run_dir = Path(tempfile.mkdtemp(prefix="bo-aof-", dir="/tmp"))
    server = RedisServer(run_dir, tied=True, socket_dir=run_dir, durable=True)
    try:
        server.start()
        with server.client() as client:
            client.config_set("appendfsync", "always")  # or what is answered may not be in the file yet, where the disk is busy
        yield server
    finally:
        server.kill()
        shutil.rmtree(run_dir, ignore_errors=True)


@contextmanager
def board_of(server):
    with server.client(decode_responses=True) as client:
        client.worker = client
        yield Board(client)


def written(server):
    """The file that Redis appends to."""
    return next((server.run_dir / "redis" / "appendonlydir").glob("*.incr.aof"))


def hold_in_file(server, hold):
    """(board, bytes of the file before the hold, all of them)."""
    with board_of(server) as board:
        board.load()
        before = written(server).stat().st_size
        hold(board)
    server.kill()
    return board, before, written(server).read_bytes()


def look(server, board):
    """Which seats are held; each key of the show must agree."""
    with server.client(decode_responses=True) as client:
        held = {key.split("}:")[1] for key in client.keys(f"hold:{{{board.show}}}:*")}
        assert held in (set(), set(SEATS)), f"half a hold: {held}"
        for kind in ("taken", "user"):
            for key in client.keys(f"{kind}:{{{board.show}}}*"):
                assert set(client.zrange(key, 0, -1)) == held, f"half a hold in {key}"
        ends = {client.pexpiretime(f"hold:{{{board.show}}}:{seat}") for seat in held}
        assert len(ends) <= 1, f"it does not lapse as one: {ends}"
    return held


def start_with(server, board, data):
    written(server).write_bytes(data)
    server.start()
    try:
        return look(server, board)
    finally:
        server.kill()


def hold_at_once(board):
    assert board.hold("ann", *SEATS)[0] == "done"


def hold_in_two_scripts(board):
    assert board.hold("ann", SEATS[0])[0] == board.hold("ann", *SEATS[1:])[0] == "done"


def test_torn_at_some_bytes():
    with durable_redis() as server:
        board, before, data = hold_in_file(server, hold_at_once)
        assert start_with(server, board, data) == set(SEATS)
        for end in [before, len(data) - 1, *random.sample(range(before, len(data)), SHORT)]:
            assert start_with(server, board, data[:end]) == set(), f"held by {end - before} bytes of {len(data) - before}"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_torn_at_every_byte():
    with durable_redis() as server:
        board, before, data = hold_in_file(server, hold_at_once)
        for end in range(before, len(data)):
            assert start_with(server, board, data[:end]) == set(), f"held by {end - before} bytes of {len(data) - before}"


def test_control_two_scripts():
    with durable_redis() as server:
        board, before, data = hold_in_file(server, hold_in_two_scripts)
        second = data.rindex(b"MULTI")
        assert before < second
        with pytest.raises(AssertionError, match="half a hold"):
            start_with(server, board, data[:second + 40])


def hold_somewhere(server, boards):
    """A whole hold of a show of its own; cut off, where Redis is killed."""
    try:
        with board_of(server) as board:
            boards.append(board)
            board.load()
            hold_at_once(board)
    except (redis.RedisError, AttributeError):  # as it says which host of a Unix socket reset the connection, redis-py 4.3 fails
        return


def test_killed_while_it_writes():
    """Whole holds alone come back."""
    with durable_redis() as server:
        for _ in range(3):
            boards = []
            with Background(lambda _, boards=boards: hold_somewhere(server, boards), count=2) as load:
                wait_until(lambda load=load: load.turns > 20, 20, "some holds")
                server.kill()
            server.start()
            assert sum(look(server, board) == set(SEATS) for board in boards) > 0
