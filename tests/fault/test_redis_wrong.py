"""Redis answers, but not as it should: foreign keys, no memory, a policy that evicts, a replica, keys that outlast their end."""

import pytest

from lib.client import new_user
from lib.faults import let_cooldowns_end, same_workers
from lib.problems import assert_problem
from lib.shows import held_keys, keys_of
from lib.waiting import wait_until


def dump(site, show):
    """All that Redis knows of a show, but for the clocks of the board."""
    redis = site.redis.client()
    return {key: redis.dump(key) for key in keys_of(site, show) if not key.startswith("board:")}


@pytest.mark.parametrize("key, kind", [
    ("hold:{%s}:S2", "list"), ("hold:{%s}:S2", "hash"), ("taken:{%s}", "string"), ("taken:{%s}", "list"),
    ("confirming:{%s}", "string"), ("confirming:{%s}", "hash"), ("board:{%s}", "string"), ("board:{%s}", "set"),
    ("user:{%s}:%s", "string"), ("user:{%s}:%s", "hash"),
])
def test_key_of_the_wrong_type(site, client, records, show, key, kind):
    """A script that fails in the middle keeps what it wrote: so it must fail before it writes anything."""
    user = new_user()
    client.must_hold(show, "S5", user)
    name = key % ((show, user) if key.count("%s") == 2 else show)
    redis = site.redis.client()
    old = redis.dump(name)
    redis.delete(name)
    {"list": lambda: redis.rpush(name, "x"), "hash": lambda: redis.hset(name, "x", "y"),
     "set": lambda: redis.sadd(name, "x"), "string": lambda: redis.set(name, "x")}[kind]()
    before = dump(site, show)
    with same_workers(site):
        for seats in ("S2", ["S1", "S2", "S3"], ["S3", "S2", "S1"]):
            assert_problem(client.hold(show, seats, user), 503, None)
            assert dump(site, show) == before, "part of a hold was written"
        if not key.startswith("hold"):  # a seat with whatever stands for a hold is not among the best
            assert_problem(client.best(show, 2, user, requestKey="a-wrong-type"), 503, None)
        for call in (client.extend, client.release):
            assert_problem(call(show, ["S5", "S2"], user), 503, None)
            assert dump(site, show) == before, "a part was written"
        assert_problem(client.confirm(show, ["S5", "S2"], user), {503, 410}, None)
        assert dump(site, show) == before, "part of a confirmation was written"
        assert records.bookings(show) == {}
        if key.split(":")[0] in ("taken", "board", "confirming"):
            assert_problem(client.status(show), 503, None)
            assert_problem(client.summary(show), 503, None)
        assert client.status(records.show()).status_code == 200, "another show is not touched by it"
        redis.delete(name)
        if old:
            redis.restore(name, 0, old)
        wait_until(lambda: client.hold(show, ["S1", "S2", "S3"], user).status_code == 200, 5, "the hold")


def test_hold_of_a_foreign_form(site, client, records, show):
    """A string that is none of ours: nobody's hold, so in everybody's way."""
    client.status(show)
    for value in ("", "x", "user", ":::", "0", "\0\xff", "x" * 100000):
        site.redis.client().set(f"hold:{{{show}}}:S1", value, ex=60)
        assert_problem(client.hold(show, ["S2", "S1"], new_user()), {409, 503}, None)
        for call in (client.extend, client.release):
            assert_problem(call(show, "S1", new_user()), {403, 503}, None)
        assert_problem(client.confirm(show, "S1", new_user()), {403, 410, 503}, None)
    assert held_keys(site, show) == {"S1"} and records.bookings(show) == {}


@pytest.mark.parametrize("field, value", [("version", "x"), ("until", "x"), ("until", ""), ("version", ""), ("run", ""),
                                          ("born", "x"), ("show", "x"), ("claim", "x"), ("mark", "x"), ("cancelled", "x")])
def test_field_of_the_board_that_is_nonsense(site, client, show, field, value):
    client.must_hold(show, "S1", new_user())
    site.redis.client().hset(f"board:{{{show}}}", field, value)
    with same_workers(site):
        for call in (lambda: client.status(show), lambda: client.summary(show), lambda: client.hold(show, "S2", new_user())):
            answer = call()
            if answer.status_code == 200:
                assert answer.request.method == "POST" or answer.json()["totalSeats"] == 20
            else:
                assert_problem(answer, 503, None)


def test_out_of_memory(site, client, records, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    redis = site.redis.client()
    with same_workers(site):
        redis.config_set("maxmemory", 1)
        before = held_keys(site, show)
        for _ in range(8):
            assert_problem(client.hold(show, ["S2", "S3"], user), 503, "redis_unavailable")
        assert held_keys(site, show) == before
        client.must_hold(show, "S1", user)
        if (answer := client.extend(show, "S1", user)).status_code != 200:
            assert_problem(answer, 503, "redis_unavailable")
        # A confirmation takes no room that its hold has not taken: it may go through, whole.
        answer = client.confirm(show, "S1", user)
        if answer.status_code != 201:
            assert_problem(answer, 503, "redis_unavailable")
        assert (answer.status_code == 201) == (set(records.bookings(show)) == {"S1"})
        redis.config_set("maxmemory", 0)
        wait_until(lambda: client.hold(show, ["S2", "S3"], user).status_code == 200, 5, "the hold")
        client.must_confirm(show, ["S1", "S2", "S3"], user)
    records.assert_booked(show, ["S2", "S3"], user)


def test_without_the_replicas_that_it_waits_for(site, client, show):
    """min-replicas-to-write: a primary that was cut off grants nothing, and nothing is lost."""
    user = new_user()
    client.must_hold(show, "S1", user)
    redis = site.redis.client()
    with same_workers(site):
        redis.config_set("min-replicas-to-write", 1)
        try:
            for _ in range(4):
                assert_problem(client.hold(show, "S2", user), 503, "redis_unavailable")
            assert held_keys(site, show) == {"S1"}
        finally:
            redis.config_set("min-replicas-to-write", 0)
        wait_until(lambda: client.hold(show, "S2", user).status_code == 200, 5, "the hold")
        client.must_confirm(show, ["S1", "S2"], user)


def test_policy_that_evicts_holds(site, client, show):
    client.must_hold(show, "S1", new_user())
    redis = site.redis.client()
    with same_workers(site):
        redis.config_set("maxmemory-policy", "volatile-lru")
        redis.execute_command("CLIENT", "KILL", "TYPE", "normal")  # it is looked at by each new connection
        wait_until(lambda: client.hold(show, "S2", new_user()).json().get("code") == "misconfigured", 5, "misconfigured")
        for call in (lambda: client.status(show), lambda: client.confirm(show, "S1", "x"), lambda: client.summary(show)):
            wait_until(lambda: call().json().get("code") == "misconfigured", 5, "misconfigured")
        assert held_keys(site, show) == {"S1"}
        assert "noeviction" in site.log("workers"), "the log says what to do"
        redis.config_set("maxmemory-policy", "noeviction")
        wait_until(lambda: client.hold(show, "S3", new_user()).status_code == 200, 10, "the hold")


def test_replica(site, client, show):
    """A failover turned our Redis into a replica: READONLY. And back, with the data it had."""
    user = new_user()
    client.must_hold(show, "S1", user)
    redis = site.redis.client()
    with same_workers(site):
        redis.execute_command("REPLICAOF", "127.0.0.1", "1")
        for _ in range(8):
            assert_problem(client.hold(show, "S2", user), 503, {"redis_unavailable"})
        redis.execute_command("REPLICAOF", "NO", "ONE")
        wait_until(lambda: client.hold(show, "S2", user).status_code == 200, 5, "the hold")
        let_cooldowns_end()
        assert {seat for seat, state in client.seat_map(show).items() if state == "held"} == {"S1", "S2"}


def test_busy_script(site, client, show):
    """Somebody else's endless script: BUSY, then well again."""
    client.must_hold(show, "S1", user := new_user())
    redis = site.redis.client()
    redis.config_set("busy-reply-threshold", 50)
    endless = site.redis.client()
    endless.connection_pool.connection_kwargs["socket_timeout"] = 0.2
    with same_workers(site):
        try:
            endless.eval("while true do end", 0)
        except Exception:
            pass
        assert_problem(client.hold(show, "S2", user), 503, "redis_unavailable")
        site.redis.client().script_kill()
        wait_until(lambda: client.hold(show, "S2", user).status_code == 200, 5, "the hold")


def test_holds_lapse_by_the_clock(site, client, records, show):
    """Redis ends no key by itself: a hold is over at its end all the same, for everybody."""
    site.workers.restart(env={"BOXOFFICE_HOLD_SECONDS": "2"})
    site.wait_ready()
    redis = site.redis.client()
    redis.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    try:
        with same_workers(site):
            seats, late, rival = ["S1", "S2"], new_user("late"), new_user("rival")
            client.must_hold(show, seats, late)
            wait_until(lambda: {client.seat_map(show)[seat] for seat in seats} == {"available"}, 10, "the end on the map")
            assert client.summary(show).json()["heldCount"] == 0
            for seat in seats:
                redis.debug_object(f"hold:{{{show}}}:{seat}")  # it is there still, or this would show nothing
            assert_problem(client.extend(show, seats, late), 410, "hold_expired")
            client.must_hold(show, seats, rival)
            assert_problem(client.confirm(show, seats, late), 403, "held_by_another")
            client.must_confirm(show, seats, rival)
    finally:
        redis.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "1")
    records.assert_booked(show, seats, rival)
