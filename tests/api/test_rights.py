"""stores/: what the stores' users may do is enough, nothing of it is too much, and all else is refused."""

import os
import subprocess
from pathlib import Path

import pymongo
import pytest
import redis
from bson import ObjectId

from lib.client import Client, new_user, wish
from lib.guarded import STORES, mongodb_roles
from lib.shows import Records, forget

ROOT = Path(__file__).resolve().parents[2]
NOT_AUTHORIZED = 13


def must(done, status=0):
    assert done.returncode == status, f"{done.args}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def check_flag(site, **env):
    return subprocess.run([site.build_dir / "boxoffice-fcgi", "-t"], env={**site.workers.environment(), **env},
                          capture_output=True, text=True, timeout=20, check=False)


def use_workers(site):
    """All that a worker does with its stores; fails where one of them refuses."""
    client, records, logged = Client(site), Records(site), len(site.log("workers"))
    show, user = records.show(seats=40), new_user()
    listener = site.redis.client().pubsub(ignore_subscribe_messages=True)
    listener.subscribe(f"seats:{{{show}}}")
    for path in (f"/status/{show}", f"/summary/{show}", "/shows", f"/shows/{show}"):
        assert client.get(path).status_code == 200, path
    client.must_hold(show, "S1", user)
    client.must_confirm(show, "S1", user)
    client.must_confirm(show, "S1", user, status=200)
    booking = client.must_buy(show, ["S2", "S3", "S4"], user)
    client.must_cancel(booking, user, ["S2"])
    assert client.get(f"/bookings/{booking}?userId={user}").status_code == 200
    client.must_hold(show, "S5", user)
    client.must_hold(show, "S6", user)
    client.must_extend(show, "S5", user)
    client.must_release(show, "S5", user)
    best = {**wish(show, 2, new_user()), "requestKey": os.urandom(16).hex()}
    assert [client.post("/best-available", best).status_code for _ in range(2)] == [200, 200]
    assert client.hold(show, "S1", new_user()).status_code == 409
    assert client.confirm(show, "S9", user).status_code == 410
    # A sale that the board does not know of, then a board that must be made again with a live hold on it.
    client.must_hold(show, ["S10", "S11"], user)
    records.book(show, "S10", user, "of-another-program")
    client.must_confirm(show, "S10", user, status=200)
    records.cancel(show, "S1")
    site.redis.client().script_flush()
    site.redis.client().delete(f"board:{{{show}}}")
    states = client.seat_map(show)
    assert [states[seat] for seat in ("S1", "S4", "S10", "S11")] == ["available", "booked", "booked", "held"]
    records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": {"totalSeats": 41}})
    site.redis.client().hset(f"board:{{{show}}}", "until", 1)
    assert client.seat_map(show)["S41"] == "available"
    forget(site, show)
    assert client.seat_map(show)["S11"] == "available"
    for number in range(12, 30):  # lapsed entries are swept now and then
        client.must_hold(show, f"S{number}", new_user())
    records.close()
    assert any(listener.get_message(timeout=1) for _ in range(3)), "nothing was published"
    assert "refused" not in site.log("workers")[logged:]  # what a step after the answer was refused


def connect_anew(site):
    """Workers log in again, and the program's own check passes, in another database of Redis too."""
    site.redis.client().client_kill_filter(_type="normal", skipme=True)
    must(check_flag(site))
    must(check_flag(site, REDIS_URL=site.redis_url + "?db=1"))


def use_seed(site):
    with site.mongod.client() as mongo:
        mongo[site.mongo_db].bookings.drop()
        mongo[site.mongo_db].cancellations.drop()
    must(site.seed("init"))
    title = new_user("film")
    first = must(site.seed("show", "--title", title, "--seats", "3")).split()[-1]
    second = must(site.seed("show", "--title", title, "--seats", "3", "--replace")).split()[-1]
    listed = must(site.seed("list"))
    assert first not in listed and second in listed
    must(site.seed("block", second, "S1", "S2"))
    must(site.seed("unblock", second, "S2"))
    client, user = Client(site), new_user()
    booking = client.must_buy(second, ["S2"], user)
    assert booking in must(site.seed("bookings", second))
    must(site.seed("cancel", booking))
    client.must_buy(second, ["S3"], user)
    must(site.seed("cancel", "--show", second, "S3"))


@pytest.fixture(scope="module")
def sound(guarded):
    """All works: only then does a failure say anything of the right that was taken away."""
    use_seed(guarded)
    connect_anew(guarded)
    use_workers(guarded)
    return guarded


def test_the_rights_are_enough(sound):
    must(sound.seed("init"))


def test_nobody_is_let_in_without_a_name(guarded):
    for login in ({}, {"username": "default", "password": ""}, {"username": "boxoffice", "password": "guess"},
                  {"username": "boxoffice", "password": ""}):
        with pytest.raises((redis.AuthenticationError, redis.ResponseError)):
            redis.Redis(unix_socket_path=str(guarded.redis.socket), **login).get("hold:{x}:S1")
    with pymongo.MongoClient("127.0.0.1", guarded.mongod.port, directConnection=True) as nobody:
        with pytest.raises(pymongo.errors.OperationFailure):
            nobody.boxoffice.bookings.find_one()


@pytest.mark.parametrize("words", [
    "FLUSHALL", "FLUSHDB", "KEYS *", "SCAN 0", "RANDOMKEY", "DBSIZE", "CONFIG GET *", "CONFIG SET maxmemory-policy allkeys-lru",
    "ACL LIST", "ACL SETUSER boxoffice allcommands", "DEBUG SLEEP 0", "SHUTDOWN NOSAVE", "MONITOR", "CLIENT LIST",
    "CLIENT KILL TYPE normal", "SAVE", "BGREWRITEAOF", "REPLICAOF NO ONE", "MODULE LIST", "SCRIPT FLUSH", "SCRIPT KILL",
    "FUNCTION LIST", "SWAPDB 0 1", "SUBSCRIBE seats:{x}", "PUBLISH news hello", "GET secret", "SET secret 1", "DEL session:1",
    "RENAME hold:{x}:S1 hold:{x}:S2", "RESTORE hold:{x}:S1 0 x", "OBJECT FREQ hold:{x}:S1", "MIGRATE 127.0.0.1 1 x 0 1"])
def test_redis_refuses_all_else(guarded, words):
    with guarded.redis.worker_client() as worker, pytest.raises(redis.exceptions.NoPermissionError):
        worker.execute_command(*words.split(" "))


@pytest.mark.parametrize("script, keys", [
    ("return redis.call('KEYS', '*')", []), ("return redis.call('FLUSHALL')", []), ("return redis.call('GET', 'secret')", []),
    ("return redis.call('GET', KEYS[1])", ["secret"]), ("return redis.call('PUBLISH', 'news', 'x')", []),
    ("return redis.call('CONFIG', 'GET', '*')", [])])
def test_a_script_may_no_more_than_its_user(guarded, script, keys):
    with guarded.redis.worker_client() as worker, pytest.raises(redis.exceptions.ResponseError, match="can't|not allowed|no permissions"):
        worker.eval(script, len(keys), *keys)


REFUSED = {
    "update a booking": lambda db: db.bookings.update_one({}, {"$set": {"userId": "mallory"}}),
    "replace a booking": lambda db: db.bookings.replace_one({}, {"userId": "mallory"}),
    "upsert a booking": lambda db: db.bookings.update_one({"x": 1}, {"$set": {"y": 1}}, upsert=True),
    "remove bookings": lambda db: db.bookings.delete_many({}),
    "remove cancellations": lambda db: db.cancellations.delete_many({}),
    "change a cancellation": lambda db: db.cancellations.update_one({}, {"$set": {"userId": "mallory"}}),
    "drop the bookings": lambda db: db.command("drop", "bookings"),
    "drop the index": lambda db: db.command("dropIndexes", "bookings", index="*"),
    "make an index": lambda db: db.bookings.create_index("userId"),
    "hide the index": lambda db: db.command("collMod", "bookings", index={"name": "showId_1_seatNumber_1", "hidden": True}),
    "rename the bookings": lambda db: db.client.admin.command("renameCollection", "boxoffice.bookings", to="boxoffice.x"),
    "add a show": lambda db: db.shows.insert_one({}),
    "change a show": lambda db: db.shows.update_one({}, {"$set": {"totalSeats": 1}}),
    "remove shows": lambda db: db.shows.delete_many({}),
    "read another collection": lambda db: db.users.find_one(),
    "write another collection": lambda db: db.users.insert_one({}),
    "copy into another collection": lambda db: list(db.bookings.aggregate([{"$out": "copy"}])),
    "read another database": lambda db: db.client.other.bookings.find_one(),
    "read the oplog": lambda db: db.client.local["oplog.rs"].find_one(),
    "read the users": lambda db: db.client.admin["system.users"].find_one(),
    "watch": lambda db: db.bookings.watch().try_next(),
    "make a user": lambda db: db.client.admin.command("createUser", "mallory", pwd="x", roles=["root"]),
    "grant a role": lambda db: db.client.admin.command("grantRolesToUser", "boxoffice", roles=["root"]),
    "step down": lambda db: db.client.admin.command("replSetStepDown", 1),
    "shut down": lambda db: db.client.admin.command("shutdown"),
    "look at the server": lambda db: db.client.admin.command("serverStatus"),
    "list operations": lambda db: db.client.admin.command("currentOp", 1),
}
GRANTED = {("boxoffice", "remove bookings"), ("boxoffice-seed", "add a show"), ("boxoffice-seed", "remove shows"),
           ("boxoffice-seed", "make an index"), ("boxoffice-seed", "change a show"), ("boxoffice-seed", "remove bookings")}


@pytest.mark.parametrize("user, what", [(user, what) for user in ("boxoffice", "boxoffice-seed") for what in REFUSED
                                        if (user, what) not in GRANTED])
def test_mongodb_refuses_all_else(guarded, user, what):
    with pymongo.MongoClient(guarded.mongod.uri_of(user)) as client:
        with pytest.raises(pymongo.errors.OperationFailure) as refused:
            REFUSED[what](client.boxoffice)
    assert refused.value.code == NOT_AUTHORIZED, refused.value


def test_boxoffice_seed_sells_nothing(guarded):
    with pymongo.MongoClient(guarded.mongod.uri_of("boxoffice-seed")) as client, \
            pytest.raises(pymongo.errors.OperationFailure, match="not authorized"):
        client.boxoffice.bookings.insert_one({"showId": ObjectId(), "seatNumber": "S1", "userId": "mallory"})


def rules_of_redis():
    """(commands, key patterns, channels) of the worker's user."""
    line = next(line for line in (STORES / "redis-users.conf").read_text().splitlines() if line.startswith("user boxoffice "))
    words = line.split()
    return tuple([word for word in words if word[0] == sign] for sign in "+~&")


def without(rule):
    """What ACL SETUSER is told to take a rule away, and to give it back."""
    commands, keys, channels = rules_of_redis()
    if rule[0] == "+":
        return ["-" + rule[1:]], [rule]
    kind, reset = (keys, "resetkeys") if rule[0] == "~" else (channels, "resetchannels")
    return [reset, *(other for other in kind if other != rule)], [reset, *kind]


def fails_somewhere(site, use):
    try:
        use(site)
    except AssertionError:
        return True
    return False


@pytest.mark.long
@pytest.mark.parametrize("rule", [rule for kind in rules_of_redis() for rule in kind])
def test_each_right_in_redis_is_needed(sound, rule):
    away, back = without(rule)
    admin = sound.redis.client()
    admin.execute_command("ACL", "SETUSER", "boxoffice", *away)
    try:
        assert fails_somewhere(sound, lambda site: (connect_anew(site), use_workers(site))), f"nothing needs {rule}"
    finally:
        admin.execute_command("ACL", "SETUSER", "boxoffice", *back)
        sound.workers.restart()
        sound.wait_ready()


def rights_of_mongodb():
    return [(role["role"], privilege["resource"]["collection"], action) for role in mongodb_roles()
            for privilege in role["privileges"] if "collection" in privilege["resource"] for action in privilege["actions"]]


def grant(site, role, without=None):
    privileges = [{**privilege, "actions": [action for action in privilege["actions"]
                                            if (privilege["resource"].get("collection"), action) != without]}
                  for found in mongodb_roles() if found["role"] == role for privilege in found["privileges"]]
    with site.mongod.client() as client:
        client.admin.command("updateRole", role, privileges=[one for one in privileges if one["actions"]])


@pytest.mark.long
@pytest.mark.parametrize("role, collection, action", rights_of_mongodb(), ids=lambda word: word)
def test_each_right_in_mongodb_is_needed(sound, role, collection, action):
    grant(sound, role, without=(collection, action))
    try:
        sound.workers.restart()
        use = use_seed if role == "boxofficeSeed" else use_workers
        assert fails_somewhere(sound, use), f"nothing needs {action} on {collection}"
    finally:
        grant(sound, role)
        must(sound.seed("init"))
        sound.workers.restart()
        sound.wait_ready()


def test_without_the_look_at_the_replica_set(guarded):
    """replSetGetConfig may be refused: then the journal's default is taken on trust."""
    with guarded.mongod.client() as client:
        client.admin.command("updateRole", "boxofficeWorker", privileges=[
            one for one in mongodb_roles()[0]["privileges"] if "cluster" not in one["resource"]])
    try:
        must(check_flag(guarded))
    finally:
        grant(guarded, "boxofficeWorker")


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("suite", ["board", "api", "feed", "race"])
def test_whole_suites_under_these_rights(suite):
    done = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-c", "tests/pytest.ini", "-p", "no:cacheprovider",
                           "--guarded", f"tests/{suite}"], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout[-6000:]
