"""Peers of the workers' socket that do nothing, or nonsense: the other workers go on."""

import random
import socket
import struct
from contextlib import ExitStack

import pytest

from lib import fcgi
from lib.chance import SEED
from lib.client import Client, new_user
from lib.faults import timed
from lib.logs import parse
from lib.threads import together
from lib.waiting import wait_until


def keep_idle(site):
    """One good request that asks to keep the connection, then silence."""
    connection = fcgi.Connection(site)
    connection.begin(fcgi.params_of("GET", "/health/live"), keep=True)
    connection.end_body()
    assert connection.answer().status_code == 200
    return connection


def stay_silent(site):
    return fcgi.Connection(site)


def stop_in_a_record(site):
    connection = fcgi.Connection(site)
    connection.socket.sendall(b"\1\1\0")
    return connection


def stop_in_the_body(site):
    connection = fcgi.Connection(site)
    connection.begin(fcgi.params_of("POST", "/hold", 100))
    connection.body(b"{")
    return connection


def assert_served(site, show, limit=3):
    client = Client(site)
    for _ in range(10):
        assert timed(lambda: client.status(show), limit).status_code == 200
    answers = timed(lambda: together(lambda: Client(site).hold(show, "S1", "someone") for _ in range(8)), limit)
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("peers", [
    [keep_idle], [keep_idle] * 3, [stay_silent] * 3, [stop_in_a_record] * 3, [stop_in_the_body] * 3,
    [keep_idle, stay_silent, stop_in_a_record], [keep_idle, stop_in_the_body, stay_silent, stay_silent, stay_silent],
], ids=lambda peers: "+".join(peer.__name__ for peer in peers))
def test_three_of_four_workers_pinned(site, show, peers):
    """The default is four workers: what pins three of them leaves one that serves."""
    with ExitStack() as stack:
        for peer in peers:
            stack.enter_context(peer(site))
        assert_served(site, show)
    assert_served(site, show)


def test_silent_peers_are_dropped(site, show):
    """More of them than workers: each costs a worker less than a second."""
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(stay_silent(site))
        assert timed(lambda: Client(site).status(show), 5).status_code == 200


def test_nginx_keeps_no_connection(site, show):
    """Requests from more connections than there are workers: none of them pins one."""
    clients = [Client(site) for _ in range(12)]  # each keeps its own connection to nginx
    for client in clients:
        assert timed(lambda: client.status(show), 2).status_code == 200
    for client in clients:
        assert timed(lambda: client.hold(show, "S2", "someone"), 2).status_code == 200


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64, b"\xff" * 64, random.Random(SEED).randbytes(4096), b"\1\1\0\1\0\x08\0\0" + b"\0" * 8,
    struct.pack("!BBHHBx", 1, 4, 1, 8, 0) + b"\x7f\xff\xff\xff\x7f\xff\xff\xff",  # params without a beginning
    struct.pack("!BBHHBx", 1, 1, 1, 8, 0) + struct.pack("!HB5x", 1, 0)
    + struct.pack("!BBHHBx", 1, 4, 1, 8, 0) + b"\xff\xff\xff\xff\xff\xff\xff\xff",  # lengths of 2^31 - 1
    struct.pack("!BBHHBx", 1, 1, 1, 8, 0) + struct.pack("!HB5x", 2, 0),  # an authorizer
    struct.pack("!BBHHBx", 9, 1, 1, 8, 0) + struct.pack("!HB5x", 1, 0),  # another version
], ids=range(9))
def test_nonsense(site, client, show, data):
    pids = site.workers.pids()
    for _ in range(6):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(site.fcgi_socket))
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
            except OSError:
                pass
    assert client.must_hold(show, "S1", user := new_user())["userId"] == user
    assert site.workers.pids() == pids


@pytest.mark.long
def test_pinned_workers_come_back(site, show):
    """The worker's own alarm (12 s) ends what waits in the middle of a request."""
    before = set(site.workers.pids())
    with ExitStack() as stack:
        for peer in [stop_in_the_body, *[stop_in_a_record] * 3]:
            stack.enter_context(peer(site))
        wait_until(lambda: Client(site).status(show, timeout=15).status_code == 200, 30, "status 200")
        wait_until(lambda: last_words(site), 15, "the last words of whom the body kept waiting")
    wait_until(lambda: len(site.workers.pids()) == site.workers.count, 10, "a whole pool")
    assert before - set(site.workers.pids()), "who was stuck was replaced"


def last_words(site):
    """Of workers that their alarm ended and that knew by then which request it was."""
    said = [parse(line) for line in site.log("workers").splitlines() if "alarm" in line]
    return [line for line in said if line.get("request_id") == "raw-fastcgi-0123456789"]
