"""BOXOFFICE_NODE_HOLDS: the Node program and the workers sell the same shows from the same stores, at the same time."""

import subprocess

import pytest
from boxsite.stores import RedisServer
from boxsite.waiting import free_port

from lib.client import Client, new_user
from lib.node_program import PREFIX, NodeProgram
from lib.problems import assert_problem, seats_of
from lib.shows import worker_settings
from lib.threads import together
from lib.waiting import wait_until


@pytest.fixture(scope="module")
def both(site):
    with worker_settings(site, BOXOFFICE_NODE_HOLDS=1, BOXOFFICE_BOARD_SECONDS=1), NodeProgram(site) as program:
        yield program


@pytest.fixture
def node(both):
    return Client(both, PREFIX)


def assert_alike(client, node, show):
    assert client.seat_map(show) == node.seat_map(show)
    counts = [[answer.json()[name] for name in ("totalSeats", "bookedCount", "heldCount", "availableCount")]
              for answer in (client.summary(show), node.summary(show))]
    assert counts[0] == counts[1]


def test_a_hold_here_is_one_there(client, node, show):
    ann, bob = new_user("ann"), new_user("bob")
    client.must_hold(show, ["S1", "S2"], ann)
    assert node.hold(show, "S2", bob).status_code == 409
    assert node.confirm(show, "S1", bob).status_code == 403
    assert_alike(client, node, show)
    client.must_release(show, "S2", ann)
    Client.must(node.hold(show, "S2", bob))
    assert_alike(client, node, show)


def test_a_hold_there_is_one_here(client, node, show):
    ann, bob = new_user("ann"), new_user("bob")
    tag = client.status(show).headers["ETag"]
    Client.must(node.hold(show, ["S1", "S2"], ann))
    assert client.status(show, headers={"If-None-Match": tag}).status_code == 200, "the tag vouches for no old map"
    assert seats_of(assert_problem(client.hold(show, ["S2", "S3"], bob), 409, "seats_unavailable")) == {"S2": "held"}
    assert_problem(client.confirm(show, "S1", bob), 403, "held_by_another")
    assert_problem(client.release(show, "S1", bob), 403, "held_by_another")
    assert "S1" not in client.must_best(show, 2, bob)["seatNumbers"]
    assert_alike(client, node, show)


def test_held_there_and_confirmed_here(client, node, records, show):
    ann = new_user("ann")
    Client.must(node.hold(show, ["S1", "S2"], ann))
    client.must_confirm(show, ["S1", "S2"], ann)
    records.assert_booked(show, ["S1", "S2"], ann)
    Client.must(node.confirm(show, ["S1", "S2"], ann))
    assert_alike(client, node, show)


def test_held_here_and_confirmed_there(client, node, records, show):
    ann = new_user("ann")
    client.must_hold(show, ["S1", "S2"], ann)
    Client.must(node.confirm(show, ["S1", "S2"], ann), 201)
    assert client.must_confirm(show, ["S1", "S2"], ann, status=200)["alreadyBooked"] is True
    wait_until(lambda: client.seat_map(show)["S1"] == "booked", 5, "the sale on the board")
    assert_alike(client, node, show)


def test_a_seat_that_it_sold_a_moment_ago(client, node, show):
    """Its key went with the sale: nobody gets the seat here, whether the board has read of the sale or not."""
    ann, bob = new_user("ann"), new_user("bob")
    Client.must(node.hold(show, "S1", ann))
    client.seat_map(show)
    Client.must(node.confirm(show, "S1", ann), 201)
    assert_problem(client.hold(show, "S1", bob), 409, "seats_unavailable")
    wait_until(lambda: client.seat_map(show)["S1"] == "booked", 5, "the sale on the board")
    assert_problem(client.hold(show, "S1", bob), 409, "seats_unavailable")


def test_a_seat_that_it_sold_without_a_hold_of_which_we_knew(client, node, show, records):
    """Within BOXOFFICE_BOARD_SECONDS it may be held here; the index has the last word."""
    bob = new_user("bob")
    client.seat_map(show)
    records.book(show, "S1", new_user("ann"))
    if client.hold(show, "S1", bob).status_code == 200:
        assert_problem(client.confirm(show, "S1", bob), 409, "seats_sold")
    wait_until(lambda: client.seat_map(show)["S1"] == "booked", 5, "the sale on the board")


def test_a_hold_that_it_takes_back(client, node, both, show):
    Client.must(node.hold(show, "S1", new_user("ann")))
    assert client.seat_map(show)["S1"] == "held"
    both.box.redis.delete(f"hold:{show}:S1")
    wait_until(lambda: client.seat_map(show)["S1"] == "available", 5, "the seat, free again")
    client.must_hold(show, "S1", new_user("bob"))
    assert_alike(client, node, show)


def test_one_seat_and_many_who_want_it_at_both_programs(site, both, client, records, show):
    """One hold each time, whoever gives it; and one sale, whoever confirms it where."""
    users = [new_user() for _ in range(6)]
    clients = [Client(both, PREFIX) if i % 2 else Client(site) for i in range(6)]
    for seat in (f"S{i}" for i in range(1, 9)):
        held = together(lambda i=i: clients[i].hold(show, seat, users[i]) for i in range(6))
        assert sorted(answer.status_code for answer in held) == [200] + [409] * 5
        sold = together(lambda i=i: clients[i - 1].confirm(show, seat, users[i]) for i in range(6))
        winner = [answer.status_code for answer in held].index(200)
        assert [i for i, answer in enumerate(sold) if answer.status_code == 201] == [winner]
        records.bookings(show)
    assert {booking["userId"] for booking in records.bookings(show).values()} <= set(users)
    wait_until(lambda: client.summary(show).json()["bookedCount"] == 8, 5, "all sales on the board")


def check_flag(site, redis_url, **env):
    settings = {**site.environment(), "PATH": site.workers.environment()["PATH"], "REDIS_URL": redis_url, **env}
    done = subprocess.run([site.build_dir / "boxoffice-fcgi", "-t"], env=settings, timeout=20, capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout


def test_a_redis_cluster_is_refused(site, tmp_path):
    for folder in ("log", "pid"):
        (tmp_path / folder).mkdir()
    server = RedisServer(tmp_path, tied=True, socket_dir=tmp_path, durable=False)
    server.options = {"cluster-enabled": "yes", "port": str(free_port()), "bind": "127.0.0.1"}
    server.start()
    try:
        status, text = check_flag(site, server.url, BOXOFFICE_NODE_HOLDS="1")
        assert status == 1 and "BOXOFFICE_NODE_HOLDS" in text, text
        assert check_flag(site, server.url)[0] == 0
    finally:
        server.stop()
