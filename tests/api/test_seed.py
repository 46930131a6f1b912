"""boxoffice-seed: every subcommand, every exit code, and nothing changed where it says no."""

import json
import os
import pty
import re
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from boxsite.stores import Mongod
from bson import ObjectId

from lib.seed import FAILED, MISCONFIGURED, UNREACHABLE, USAGE, Seed
from lib.standalone import Standalone



@pytest.fixture
def mongo(site):
    with site.mongod.client() as client:
        yield client


@pytest.fixture
def bare(site, mongo):
    """A database where nothing is, not even the index."""
    name = f"seed{ObjectId()}"
    yield Seed(site, site.seed_uri, name), mongo[name]
    mongo.drop_database(name)


@pytest.fixture
def seed(bare):
    bare[0]("init")
    return bare[0]


@pytest.fixture
def db(bare):
    return bare[1]


def shows_of(db):
    return list(db.shows.find().sort("_id"))


def now():
    return datetime.now(timezone.utc).replace(tzinfo=None)


# -- no arguments, and show


def test_without_arguments_as_the_node_seeder(seed, db):
    before = now() + timedelta(hours=24, seconds=-1)
    show = seed().strip()
    assert re.fullmatch("[0-9a-f]{24}", show)
    document, = shows_of(db)
    assert str(document["_id"]) == show
    assert document["movieTitle"] == "Interstellar" and document["totalSeats"] == 100
    assert before <= document["startTime"] <= before + timedelta(minutes=2)
    assert document["createdAt"] == document["updatedAt"] <= now()
    assert "layout" not in document


def test_nothing_is_deleted_unless_told(seed, db):
    first, second = seed().strip(), seed().strip()
    assert {str(show["_id"]) for show in shows_of(db)} == {first, second}
    other = seed("show", "--title", "Other", "--seats", "5").strip()
    third = seed("--replace").strip()
    assert {str(show["_id"]) for show in shows_of(db)} == {other, third}


def test_a_show_with_bookings_is_not_replaced(seed, db):
    show = seed().strip()
    db.bookings.insert_one({"showId": ObjectId(show), "seatNumber": "S1", "userId": "u"})
    assert "bookings" in seed("--replace", code=FAILED)
    assert [str(document["_id"]) for document in shows_of(db)] == [show]
    assert db.bookings.count_documents({}) == 1


def test_show(seed, db):
    out = json.loads(seed("show", "--title", "A \"quoted\" \u00e9", "--start", "2026-12-01T20:00:00+01:00", "--seats", "7",
                          "--json"))
    assert out == {"showId": str(shows_of(db)[0]["_id"]), "movieTitle": "A \"quoted\" \u00e9",
                   "startTime": "2026-12-01T19:00:00.000Z", "totalSeats": 7}


@pytest.mark.parametrize("words", [
    ["bogus"], ["--bogus"], ["init", "more"], ["import"], ["import", "a", "b"], ["show"], ["show", "--title", "T"],
    ["show", "--title", "", "--seats", "1"], ["show", "--seats", "1"], ["show", "--title", "T", "--seats", "0"],
    ["show", "--title", "T", "--seats", "100001"], ["show", "--title", "T", "--seats", "1x"],
    ["show", "--title", "T", "--seats", "1", "--layout", "f"], ["show", "--title", "T", "--seats", "1", "--start", "soon"],
    ["--title", "T"], ["list", "--replace"], ["import", "f", "--replace"], ["list", "--seats", "1"],
])
def test_wrong_usage(seed, db, words):
    assert "boxoffice-seed" in seed(*words, code=USAGE)
    assert not shows_of(db)


def test_help_and_version_need_no_server(site):
    seed = Seed(site, "nonsense", "")
    text = seed("--help")
    for word in ("init", "show", "import", "list", "bookings", "cancel", "block", "unblock", "--csv", "--show", "--replace", "--json", "MONGO_URI", "Exit codes"):
        assert word in text
    assert seed("list", "-h") == text
    assert seed("-V").startswith("boxoffice-seed ") and seed("--version") == seed("-V")


def test_a_full_disk_is_a_failure(seed):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([seed.program, "list"], env=seed.environment, stdout=full, stderr=subprocess.PIPE,
                              text=True, check=False, timeout=60)
    assert done.returncode == FAILED and "standard output" in done.stderr


# -- list


def test_list(seed, db):
    assert json.loads(seed("list", "--json")) == []
    late = seed("show", "--title", "Late", "--seats", "3", "--start", "2027-01-01T00:00:00Z").strip()
    early = seed("show", "--title", "Early", "--seats", "30", "--start", "2026-12-01T00:00:00.5Z").strip()
    assert json.loads(seed("list", "--json")) == [
        {"showId": early, "movieTitle": "Early", "startTime": "2026-12-01T00:00:00.500Z", "totalSeats": 30},
        {"showId": late, "movieTitle": "Late", "startTime": "2027-01-01T00:00:00.000Z", "totalSeats": 3}]
    lines = seed("list").splitlines()
    assert lines[0].split() == ["SHOW", "START", "SEATS", "TITLE"]
    assert lines[1].split() == [early, "2026-12-01T00:00:00.500Z", "30", "Early"]
    assert len(lines) == 3


def test_list_of_many(seed, db):
    db.shows.insert_many([{"movieTitle": f"M{number}", "startTime": now(), "totalSeats": 1} for number in range(1001)])
    assert len(json.loads(seed("list", "--json"))) == 1001


def test_list_shows_what_cannot_be_sold(seed, db):
    db.shows.insert_one({"movieTitle": "Bad\x1b[2J", "totalSeats": "many"})
    entry, = json.loads(seed("list", "--json"))
    assert entry["totalSeats"] == 0 and entry["startTime"] is None and entry["fault"].startswith("totalSeats")
    assert "\x1b" not in seed("list"), "no control character of a title reaches a terminal"


def test_database_of_the_node_program(bare):
    """Its index is mongoose's, its numbers may be doubles, its documents have __v."""
    seed, db = bare
    db.bookings.create_index([("showId", 1), ("seatNumber", 1)], unique=True, background=True)
    show = db.shows.insert_one({"movieTitle": "Old", "startTime": now(), "totalSeats": 100.0, "__v": 0}).inserted_id
    db.bookings.insert_one({"showId": show, "seatNumber": "S1", "userId": "u", "__v": 0})
    assert json.loads(seed("list", "--json"))[0]["totalSeats"] == 100
    assert json.loads(seed("init", "--json")) == {"replicaSet": "present", "uniqueIndex": "present", "otherIndexes": "created"}
    assert db.bookings.count_documents({}) == 1
    assert set(db.bookings.index_information()) == {"_id_", "showId_1_seatNumber_1", "bookingId_1", "userId_1_showId_1"}


# -- import


def write(tmp_path, text):
    path = tmp_path / "shows.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


GOOD = """[
  {"movieTitle": "One", "startTime": "2026-12-01T20:00:00Z", "totalSeats": 5},
  {"title": "Two", "startTime": "2026-12-02T20:00Z",
   "layout": {"sections": [{"name": "Stalls", "rows": [
     {"name": "A", "seats": [{"label": "A1", "accessible": true},
                             {"label": "A2"}]}]}]}},
  {"movieTitle": "Three", "startTime": "2026-12-03T20:00:00Z", "totalSeats": 1}
]
"""


def test_import(seed, db, tmp_path):
    ids = seed("import", write(tmp_path, GOOD)).split()
    documents = shows_of(db)
    assert [str(document["_id"]) for document in documents] == ids
    assert [document["movieTitle"] for document in documents] == ["One", "Two", "Three"]
    assert [document["totalSeats"] for document in documents] == [5, 2, 1]
    assert documents[1]["layout"]["sections"][0]["rows"][0]["seats"][0] == {"label": "A1", "accessible": True}
    out = json.loads(seed("import", write(tmp_path, GOOD), "--json"))
    assert [show["movieTitle"] for show in out] == ["One", "Two", "Three"] and len(shows_of(db)) == 6


@pytest.mark.parametrize("old, new, line, word", [
    ('"totalSeats": 1}', '"totalSeats": 0}', 7, "totalSeats"),
    ('"totalSeats": 1}', '"totalSeats": 100001}', 7, "totalSeats"),
    ('"totalSeats": 1}', '"totalSeats": 1.5}', 7, "totalSeats"),
    ('"totalSeats": 1}', '"totalSeats": "1"}', 7, "totalSeats"),
    ('"totalSeats": 1}', '"totalSeat": 1}', 7, "totalSeat"),
    ('"totalSeats": 1}', '"totalSeats": 1,\n"totalSeats": 2}', 8, "twice"),
    ('"totalSeats": 1}', '"totalSeats": 1,\n"totalS\\u0065ats": 2}', 8, "backslash"),
    ('"totalSeats": 1}', '\n\n"totalSeats": 1,\n"layout": {"sections": 7}}', 10, "layout"),
    ('"totalSeats": 1}', '"totalSeats": 1, "blocked": "S1"}', 7, "blocked"),
    ('"totalSeats": 1}', '"totalSeats": 1, "blocked": ["S1",\n"S2"]}', 8, "no such seat"),
    ('"A2"', '"A<2"', 6, "label"),
    ('"A2"', '"A2",\n"companionOf": "A3"', 7, "accessible"),
    ('"A2"', '"A2",\n"x": "1"', 7, "seat widths"),
    ('"A2"', '"A2",\n"accesible": true', 7, "no such field of a seat"),
    ('"rows": [', '\n"row": 1, "rows": [', 5, "no such field of a section"),
    ('"layout": {', '\n"layout": {"categories": [{"name": "a",\n"Price": 1}], ', 6, "no such field of a category"),
    ('"A2"', '2', 6, "label"),
    ('"A2"', '"A1"', 4, "A1"),
    ('"title": "Two"', '"title": ""', 3, "title"),
    ('"title": "Two"', '"title": "Two", "movieTitle": "Two"', 3, "title"),
    ('"title": "Two", ', '', 3, "movieTitle"),
    ('"2026-12-03T20:00:00Z"', '"2026-12-33T20:00:00Z"', 7, "startTime"),
    ('"2026-12-03T20:00:00Z"', '\n17', 8, "startTime"),
    ('"startTime": "2026-12-03T20:00:00Z", ', '', 7, "startTime"),
    ('"2026-12-03T20:00:00Z",', '"2026-12-03T20:00:00Z"', 7, "comma"),
    ('\n]\n', '\n,]\n', 8, "expected"),
    ('\n]\n', '\n]\n\nx', 10, "nothing more"),
    ('\n]\n', '\n', 8, "comma"),
    ('"Three"', '"Thr\nee"', 7, "closed"),
    ('"Three"', '"\\u0000"', 7, "NUL"),
    ('"Three"', 'NaN', 7, "value"),
    (', "totalSeats": 1}', '}', 7, "lacks"),
])
def test_import_is_all_or_nothing_and_names_the_line(seed, db, tmp_path, old, new, line, word):
    assert GOOD.count(old) == 1
    path = write(tmp_path, GOOD.replace(old, new))
    text = seed("import", path, code=FAILED)
    assert text.startswith(f"boxoffice-seed: {path}:{line}: ") and word in text, text
    assert not shows_of(db)


@pytest.mark.parametrize("text, word", [
    (b"", ":1:"), (b"[]", "no shows"), (b"{}", "list"), (b'["x"]', "object"), (b'[{"movieTitle": "\xff"}]', "UTF-8"),
    (b"[" * 10000, "nested"), (b"\x00", ":1:"),
])
def test_import_of_what_is_no_list_of_shows(seed, db, tmp_path, text, word):
    assert word in seed("import", write(tmp_path, text), code=FAILED)
    assert not shows_of(db)


def test_import_of_no_file(seed, tmp_path):
    assert "No such file" in seed("import", tmp_path / "nothing.json", code=FAILED)
    assert "directory" in seed("import", tmp_path, code=FAILED)


def test_import_blocks_seats(seed, db, tmp_path):
    seed("import", write(tmp_path, GOOD.replace('"totalSeats": 5', '"totalSeats": 5, "blocked": ["S5"]')))
    assert [show.get("blocked") for show in shows_of(db)] == [["S5"], None, None]


LIMITED = '"totalSeats": 5, "saleStart": "2026-11-01T10:00:00+01:00", "saleEnd": "2026-12-01T19:30Z", ' \
          '"maxHeldPerUser": 4, "maxOwnedPerUser": 0'


def test_import_of_what_a_seller_limits(seed, db, tmp_path):
    seed("import", write(tmp_path, GOOD.replace('"totalSeats": 5', LIMITED)))
    show, *others = shows_of(db)
    assert (show["saleStart"], show["saleEnd"]) == (datetime(2026, 11, 1, 9), datetime(2026, 12, 1, 19, 30))
    assert (show["maxHeldPerUser"], show["maxOwnedPerUser"]) == (4, 0)
    assert not any(name in other for other in others for name in ("saleStart", "saleEnd", "maxHeldPerUser", "maxOwnedPerUser"))


@pytest.mark.parametrize("old, new, field", [
    ('"2026-12-01T19:30Z"', '"2026-10-01T19:30Z"', "saleEnd"), ('"2026-12-01T19:30Z"', '"soon"', "saleEnd"),
    ('"maxHeldPerUser": 4', '"maxHeldPerUser": 0', "maxHeldPerUser"), ('"maxHeldPerUser": 4', '"maxHeldPerUser": 1001', "maxHeldPerUser"),
    ('"maxOwnedPerUser": 0', '"maxOwnedPerUser": -1', "maxOwnedPerUser"), ('"maxOwnedPerUser": 0', '"maxOwnedPerUser": "4"', "maxOwnedPerUser"),
    ('"saleStart"', '"salesStart"', "salesStart"),
])
def test_import_of_limits_that_cannot_be(seed, db, tmp_path, old, new, field):
    assert LIMITED.count(old) == 1
    path = write(tmp_path, GOOD.replace('"totalSeats": 5', LIMITED.replace(old, new)))
    text = seed("import", path, code=FAILED)
    assert text.startswith(f"boxoffice-seed: {path}:2: {field}: "), text
    assert not shows_of(db)


def test_show_with_what_a_seller_limits(seed, db):
    show = ("show", "--title", "T", "--seats", "3", "--start", "2027-01-01T20:00:00Z")
    seed(*show, "--sale-start", "2026-11-01T10:00Z", "--sale-end", "2027-01-01T19:00Z", "--max-held", "4", "--max-owned", "0")
    made, = shows_of(db)
    assert (made["saleStart"], made["saleEnd"]) == (datetime(2026, 11, 1, 10), datetime(2027, 1, 1, 19))
    assert (made["maxHeldPerUser"], made["maxOwnedPerUser"]) == (4, 0)
    for option, value, code, word in (("--sale-start", "soon", USAGE, "--sale-start"), ("--max-held", "many", USAGE, "--max-held"),
                                      ("--max-held", "0", FAILED, "maxHeldPerUser"), ("--max-owned", "1001", FAILED, "maxOwnedPerUser"),
                                      ("--sale-start", "2027-01-02T00:00Z", FAILED, "saleStart")):
        assert word in seed(*show, option, value, code=code)
    assert len(shows_of(db)) == 1


def many(count):
    return json.dumps([{"movieTitle": f"M{number}", "startTime": "2027-01-01T00:00:00Z", "totalSeats": 9}
                       for number in range(count)])


def test_import_of_many_with_progress_on_a_terminal(seed, db, tmp_path):
    path = write(tmp_path, many(1200))
    done = subprocess.run([seed.program, "import", path], env=seed.environment, capture_output=True, text=True,
                          check=True, timeout=60)
    assert done.stderr == "" and len(done.stdout.split()) == 1200
    leader, follower = pty.openpty()
    try:
        subprocess.run([seed.program, "import", path], env=seed.environment, stdout=subprocess.DEVNULL, stderr=follower,
                       check=True, timeout=60)
        shown = os.read(leader, 65536).decode()
    finally:
        os.close(leader)
        os.close(follower)
    assert "stored 1200 of 1200" in shown
    assert db.shows.count_documents({}) == 2400


def test_import_is_one_transaction(site, seed, db, mongo, tmp_path):
    """The second chunk fails: nothing of the first is there."""
    mongo.admin.command({"configureFailPoint": "failCommand", "mode": {"skip": 1},
                         "data": {"failCommands": ["insert"], "errorCode": 13, "appName": "boxoffice-seed"}})
    try:
        seed("import", write(tmp_path, many(1200)), code=MISCONFIGURED)
    finally:
        mongo.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    assert not shows_of(db)


@pytest.mark.parametrize("failure", [
    {"failCommands": ["insert"], "errorCode": 112, "errorLabels": ["TransientTransactionError"]},
    {"failCommands": ["insert"], "closeConnection": True},
    {"failCommands": ["commitTransaction"], "closeConnection": True},
    {"failCommands": ["commitTransaction"], "writeConcernError": {"code": 64, "errmsg": "slow"}},
])
def test_import_survives_a_passing_fault(seed, db, mongo, tmp_path, failure):
    mongo.admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1},
                         "data": {**failure, "appName": "boxoffice-seed"}})
    try:
        assert len(seed("import", write(tmp_path, GOOD)).split()) == 3
    finally:
        mongo.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    assert len(shows_of(db)) == 3


# -- init, and what is wrong with a deployment


def test_init_says_what_it_did(bare):
    seed, db = bare
    assert "init" in seed(code=MISCONFIGURED), "without the index nothing is added, and it says what to do"
    text = seed("init")
    assert "there already" in text and "created" in text
    index = db.bookings.index_information()["showId_1_seatNumber_1"]
    assert index["unique"] and index["key"] == [("showId", 1), ("seatNumber", 1)]
    assert "created" not in seed("init")


def test_init_refuses_seats_that_were_sold_twice(bare):
    seed, db = bare
    show = ObjectId()
    db.bookings.insert_many([{"showId": show, "seatNumber": seat, "userId": user}
                             for seat in ("S1", "S2", "S3") for user in ("u", "v") if (seat, user) != ("S3", "v")])
    text = seed("init", code=FAILED)
    assert f"show {show}, seat S1" in text and f"show {show}, seat S2" in text and "seat S3" not in text
    assert db.bookings.count_documents({}) == 5 and set(db.bookings.index_information()) == {"_id_"}


@pytest.mark.parametrize("options", [{}, {"unique": True, "partialFilterExpression": {"userId": "x"}},
                                     {"unique": True, "collation": {"locale": "en"}}])
def test_init_refuses_another_index_in_the_way(bare, options):
    seed, db = bare
    db.bookings.create_index([("showId", 1), ("seatNumber", 1)], **options)
    assert "index" in seed("init", code=MISCONFIGURED)


def test_mongo_is_not_there(site):
    seed = Seed(site, "mongodb://127.0.0.1:1/?replicaSet=boxoffice", "x")
    for words in ([], ["init"], ["list"], ["show", "--title", "T", "--seats", "1"]):
        assert "MongoDB" in seed(*words, code=UNREACHABLE)


@pytest.mark.parametrize("env", [{"MONGO_URI": "nonsense"}, {"MONGO_DB": "a.b"}, {"BOXOFFICE_NOTHING": "1"}])
def test_wrong_configuration(seed, env):
    name = next(iter(env))
    assert name in seed("list", code=MISCONFIGURED, **env)


def test_no_password_is_shown(site):
    for uri in ("mongodb://u:hushhush@127.0.0.1:1/", "mongodb://u:hush@hushhush:@127.0.0.1/"):
        done = subprocess.run([site.build_dir / "boxoffice-seed", "list"], capture_output=True, text=True, check=False,
                              env={**site.workers.environment(), "MONGO_URI": uri}, timeout=60)
        assert done.returncode in (UNREACHABLE, MISCONFIGURED) and "hush" not in done.stdout + done.stderr


def test_init_on_a_fresh_server(site, tmp_path):
    mongod = Mongod(tmp_path, True)
    mongod.start()
    try:
        seed = Seed(site, mongod.uri, "x")
        assert "boxoffice-seed init" in seed("list", code=MISCONFIGURED)
        assert json.loads(seed("init", "--json")) == {"replicaSet": "initiated", "uniqueIndex": "created", "otherIndexes": "created"}
        assert json.loads(seed("init", "--json")) == {"replicaSet": "present", "uniqueIndex": "present", "otherIndexes": "present"}
        with mongod.client() as client:
            config = client.admin.command("replSetGetConfig")["config"]
        assert [member["host"] for member in config["members"]] == [f"127.0.0.1:{mongod.port}"]
        assert re.fullmatch("[0-9a-f]{24}", seed().strip())
    finally:
        mongod.stop()


def test_init_on_a_stand_alone_server(site, tmp_path):
    mongod = Standalone(tmp_path, True)
    mongod.start()
    try:
        for uri in (mongod.uri, f"mongodb://127.0.0.1:{mongod.port}/"):
            seed = Seed(site, uri, "x")
            assert "--replSet" in seed("init", code=MISCONFIGURED)
            assert "--replSet" in seed("list", code=MISCONFIGURED)
    finally:
        mongod.stop()
