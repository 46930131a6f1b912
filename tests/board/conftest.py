"""A Redis of the suite's own; each test has a board of a show of its own."""

import shutil
import tempfile
from pathlib import Path

import pytest
from boxsite.stores import RedisServer
from lib.board import Board
from lib.guarded import GuardedRedis


@pytest.fixture(scope="session")
def redis_server(request):
    run_dir = Path(tempfile.mkdtemp(prefix="bo-", dir="/tmp"))
    kind = GuardedRedis if request.config.getoption("guarded") else RedisServer
    server = kind(run_dir, tied=True, socket_dir=run_dir, durable=False)
    for part in ("log", "pid"):
        (run_dir / part).mkdir()
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(run_dir, ignore_errors=True)


@pytest.fixture
def client(redis_server):
    """It may do all; the scripts run as `client.worker`."""
    with redis_server.client(decode_responses=True) as client, redis_server.worker_client(decode_responses=True) as worker:
        client.worker = worker
        yield client


@pytest.fixture
def cold(client):
    return Board(client)


@pytest.fixture
def board(cold):
    cold.load()
    return cold
