"""The wire to a store is slow or tears: after any byte of a reply the connection is closed, reset, or goes on too late.

Nobody gets another's answer, nothing is half done, each answer is in time.
Short: some of the bytes; BOXOFFICE_TEST_SEED=N chooses those of an earlier run again."""

import random

import pytest

from lib.client import Client, new_user, order
from lib.faults import ALLOWED_SECONDS, let_cooldowns_end, same_workers, settle, timed
from lib.killing import REQUESTS, Killing
from lib.problems import assert_problem
from lib.relay import REPLY, REQUEST, Relay
from lib.threads import together
from lib.waiting import wait_until

STALLED_SECONDS = {"redis": 0.8, "mongod": 2.5}  # longer than a worker waits for a reply (src/util/bounds.h)


def through(site, wires, count, build=None):
    """Workers that reach both stores by the wires alone."""
    site.workers.count = count
    site.workers.program = (build or site.build_dir) / "boxoffice-fcgi"
    site.workers.restart(env={
        "REDIS_URL": f"redis://127.0.0.1:{wires['redis'].port}/",
        "MONGO_URI": f"mongodb://127.0.0.1:{wires['mongod'].port}/?directConnection=true", "BOXOFFICE_BOARD_SECONDS": "3600"})
    site.wait_ready()

    def connected():
        together(lambda: Client(site).get("/health/ready") for _ in range(4 * count))
        return all(wire.connections >= count for wire in wires.values())
    wait_until(connected, 20, "that every worker is connected")


@pytest.fixture
def wires(site):
    count = site.workers.count
    with site.mongod.client() as mongo:  # the transaction of a connection that broke keeps its seats so long
        mongo.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=1)
    with Relay(str(site.redis.socket)) as redis, Relay((site.mongod.host, site.mongod.port)) as mongod:
        yield {"redis": redis, "mongod": mongod}
        site.workers.count = count
        with site.mongod.client() as mongo:
            mongo.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=10)


def bytes_of(killing, wire, request, side):
    """How many bytes go over the wire for the request, in one direction."""
    request.prepare()
    killing.idle()
    before = wire.passed[side]
    answer = request.send(killing.call)
    killing.idle()
    assert answer.status_code in request.statuses, answer.text
    return wire.passed[side] - before


def tear(killing, wires, request, name, kind, side, after):
    """Returns whether the request came so far."""
    request.prepare()
    killing.idle()
    try:
        with wires[name].broken(kind, side, after, STALLED_SECONDS[name]) as fault:
            answer = timed(lambda: request.send(killing.call))
            killing.idle()
        assert answer is not None, "no answer"
        if answer.status_code in request.statuses:
            told = answer.json()
            assert (told["showId"], told["userId"]) == (request.show, request.user), "another's answer"
            assert request.seats == told["seatNumbers"], "another's answer"
        else:
            assert_problem(answer, 503, None)
        if kind == "stalled":
            let_cooldowns_end()  # or nobody would be asked
        killing.ask_for_others(request)
        killing.look_and_check(request, answer)
    except AssertionError as error:
        raise AssertionError(f"torn: {name} {kind} after byte {after} of a {side}, user {request.user}: {error}") from error
    return fault.fired


SHORT = [("hold", "redis", 2), ("confirm 3", "redis", 1), ("confirm 1", "mongod", 1)]


@pytest.mark.parametrize("request_name, name, count", SHORT, ids=[" ".join(cell[:2]) for cell in SHORT])
def test_torn_at_some_bytes(site, wires, records, request_name, name, count):
    through(site, wires, 1)
    killing = Killing(site)
    request = REQUESTS[request_name](killing, records)
    torn = 0
    with same_workers(site):
        for kind, side, times in (("cut", REPLY, count), ("reset", REPLY, count), ("cut", REQUEST, 1)):
            size = bytes_of(killing, wires[name], request, side)
            for after in random.sample(range(size), times):
                torn += tear(killing, wires, request, name, kind, side, after)
    assert torn >= count, "hardly anything was torn"


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("request_name, name, kind, step", [
    ("hold", "redis", "cut", 1), ("hold", "redis", "reset", 3), ("hold", "redis", "stalled", 29),
    ("confirm 3", "redis", "cut", 1), ("confirm 1", "mongod", "cut", 1), ("confirm 1", "mongod", "reset", 3),
    ("confirm 1", "mongod", "stalled", 101), ("confirm 3", "mongod", "cut", 19), ("cancel", "mongod", "cut", 37)])
def test_torn_at_every_byte(site, wires, records, request_name, name, kind, step):
    through(site, wires, 1)
    killing = Killing(site)
    request = REQUESTS[request_name](killing, records)
    with same_workers(site):
        size = bytes_of(killing, wires[name], request, REPLY)
        turns = range(0, size + 1, step)
        torn = sum(tear(killing, wires, request, name, kind, REPLY, after) for after in turns)
    assert torn >= len(turns) / 2, f"torn {torn} times of {len(turns)}"
    print(f"{size} bytes, torn at {torn} of them")


def buy_in_order(site, shows, number, tries=1):
    """Each client's answers are of its own show and user."""
    client, (show, title), user = Client(site), shows[number], new_user()
    for seat in (f"S{number + 1}" for number in range(tries)):
        for answer in (timed(lambda: client.hold(show, seat, user)), timed(lambda: client.confirm(show, seat, user))):
            assert answer.status_code in (200, 201), answer.text
            assert (answer.json()["showId"], answer.json()["userId"]) == (show, user)
            assert answer.json()["seatNumbers"] == [seat]
        told = timed(lambda: client.status(show))
        assert told.status_code == 200 and told.json()["showTitle"] == title, told.text
        assert Client.states(told)[seat] == "booked"


def test_replies_byte_by_byte(site, wires, records):
    through(site, wires, 4)
    shows = [(records.show(title=f"show {number}"), f"show {number}") for number in range(4)]
    with same_workers(site), wires["redis"].slow(1), wires["mongod"].slow(1):
        together(lambda number=number: buy_in_order(site, shows, number, 3) for number in range(4))


def test_replies_that_are_late(site, wires, records):
    """Later than at home, and in time; a load's proof, too, before the bulkhead calls MongoDB slow."""
    through(site, wires, 4)
    shows = [(records.show(title=f"show {number}"), f"show {number}") for number in range(4)]
    with same_workers(site), wires["redis"].slow(65536, 0.05), wires["mongod"].slow(65536, 0.05):
        together(lambda number=number: buy_in_order(site, shows, number) for number in range(4))


@pytest.mark.parametrize("name, limit", [("redis", 4), pytest.param("mongod", ALLOWED_SECONDS, marks=pytest.mark.long)])
def test_replies_that_drip(site, client, wires, records, name, limit):
    """Each byte of a reply comes in time, and the whole would come much too late."""
    through(site, wires, 1)
    show, user = records.show(), new_user()
    client.must_hold(show, "S1", user)
    with same_workers(site):
        with wires[name].slow(1, 0.1):
            assert_problem(timed(lambda: client.confirm(show, "S1", user), limit), 503, None)
        answer = settle(client, show, "S1", user)
        assert answer.status_code in (200, 201), answer.text
    records.assert_booked(show, ["S1"], user)


def release_while_taken(site, wires, records, build=None):
    """S1 is given back, that reply is lost, and another takes the seat before the worker has asked again."""
    through(site, wires, 2, build)
    show, client, user, other = records.show(), Client(site), new_user(), new_user()
    client.must_hold(show, "S1", user)
    with same_workers(site), wires["redis"].broken("cut", REPLY, 0, first=lambda: client.must_hold(show, "S1", other)) as fault:
        answer = timed(lambda: Client(site).post("/release", order(show, "S1", user)))
    assert fault.fired
    let_cooldowns_end()  # where the other's hold took longer than the worker waits
    assert client.seat_map(show)["S1"] == "held"
    assert_problem(client.post("/release", order(show, "S1", user)), 403, "held_by_another")
    return answer


def test_release_that_was_made_twice(site, wires, records):
    assert_problem(release_while_taken(site, wires, records), 503, "redis_unavailable")


TRUSTED = ("src/boxoffice/release.c", "release->made_twice |=", "release->made_twice &=")


@pytest.mark.long
def test_control_release_trusts_its_second_call(site, wires, records, copy):
    with copy.spoilt(*TRUSTED) as build:
        assert_problem(release_while_taken(site, wires, records, build), 403, "held_by_another")


KEPT = ("src/store/redis.c", "  disconnect(redis);\n  redis->cool_until_ms",
        "  if (redis->context) redis->context->err = 0;\n  redis->cool_until_ms")


@pytest.mark.long
def test_control_connection_is_kept(site, wires, records, copy):
    """After a broken reply the rest of it is taken for the next answer."""
    with copy.spoilt(*KEPT) as build:
        through(site, wires, 1, build)
        killing = Killing(site)
        request = REQUESTS["hold"](killing, records)
        size = bytes_of(killing, wires["redis"], request, REPLY)
        with pytest.raises(AssertionError, match="^torn: ") as caught:
            for after in (size // 4, size // 2, 3 * size // 4):
                tear(killing, wires, request, "redis", "stalled", REPLY, after)
    print(f"caught: {caught.value}")
