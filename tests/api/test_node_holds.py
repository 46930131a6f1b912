"""BOXOFFICE_NODE_HOLDS: the Node program and the workers sell the same shows from the same stores, at the same time."""

import random
import subprocess
import time

import pytest
from boxsite.stores import RedisServer
from boxsite.waiting import free_port
from bson import ObjectId

from lib.client import Client, new_user
from lib.node_program import PREFIX, NodeProgram
from lib.problems import assert_problem, seats_of
from lib.shows import Records, worker_settings
from lib.threads import Background, together
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


class Buyer:
    """One user who holds seats, lets them go and buys them, each time at either program."""

    def __init__(self, site, program, show, ledger):
        self.clients, self.show, self.ledger = (Client(site), Client(program, PREFIX)), show, ledger
        self.user = new_user()

    def turn(self):
        seat, began = random.choice(SEATS), time.monotonic()
        if random.choice(self.clients).hold(self.show, seat, self.user).status_code != 200:
            return
        had = [seat, self.user, began, time.monotonic(), None, None]
        self.ledger.append(had)
        time.sleep(random.random() / 20)  # so that another's whole request fits in
        had[4] = time.monotonic()
        if random.random() < 0.8:
            had[5] = self.clients[0].release(self.show, seat, self.user).status_code
        else:
            had[5] = random.choice(self.clients).confirm(self.show, seat, self.user).status_code


SEATS = [f"S{i}" for i in range(1, 7)]


def held_by_two(ledger):
    """Grants of a seat from their request to their answer, all of it while another user certainly had it."""
    return [(mine, theirs) for mine in ledger for theirs in ledger
            if mine[0] == theirs[0] and mine[1] != theirs[1] and theirs[3] < mine[2] and theirs[4] and mine[3] < theirs[4]]


def shop(site, program, show):
    ledger = []
    buyers = [Buyer(site, program, show, ledger) for _ in range(6)]
    with Background(lambda number: buyers[number].turn(), count=len(buyers)):
        end = time.monotonic() + 20
        while time.monotonic() < end and program.box.db.bookings.count_documents({"showId": ObjectId(show)}) < len(SEATS):
            time.sleep(0.1)
    return ledger


@pytest.mark.long
def test_nobody_is_given_what_another_has(site, both, records):
    for _ in range(5):
        show = records.show()
        ledger = shop(site, both, show)
        assert len(ledger) > len(SEATS) and not held_by_two(ledger)
        assert set(records.bookings(show)) == set(SEATS)
        # 409: sold since the Node program looked, or since a board was read. Nothing is held by another then, or gone.
        assert {had[5] for had in ledger} <= {200, 201, 409}


@pytest.mark.long
def test_without_the_switch_that_is_seen(fresh_site):
    """Negative control: the programs know nothing of each other's holds."""
    records = Records(fresh_site)
    with NodeProgram(fresh_site) as program:
        assert any(held_by_two(shop(fresh_site, program, records.show())) for _ in range(5))
    records.close()


def check_flag(site, redis_url, **env):
    settings = {**site.environment(), "PATH": site.workers.environment()["PATH"], "REDIS_URL": redis_url, **env}
    done = subprocess.run([site.build_dir / "boxoffice-fcgi", "-t"], env=settings, timeout=20, capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout


def test_a_redis_cluster_is_refused(site, tmp_path):
    for folder in ("log", "pid"):
        (tmp_path / folder).mkdir()
    server = RedisServer(tmp_path, tied=True, socket_dir=tmp_path, durable=False)
    port = free_port()
    # Without cluster-port Redis takes port + 10000 for its bus, which an outgoing connection may hold.
    server.options = {"cluster-enabled": "yes", "port": str(port), "cluster-port": str(free_port()), "bind": "127.0.0.1"}
    server.start()
    try:
        status, text = check_flag(site, server.url, BOXOFFICE_NODE_HOLDS="1")
        assert status == 1 and "BOXOFFICE_NODE_HOLDS" in text, text
        assert check_flag(site, server.url)[0] == 0
    finally:
        server.stop()
