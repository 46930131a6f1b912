"""boxoffice-fcgi -t: 0 all is right, 1 configuration or deployment is wrong, 2 a store does not answer."""

import subprocess

import pytest

from lib.client import new_user
from lib.standalone import Standalone


def check(site, *flags, **env):
    """(exit status, output) of the program with the site's settings and these; None leaves one out."""
    settings = {**site.workers.environment(), **{name: str(value) for name, value in env.items() if value is not None}}
    for name, value in env.items():
        if value is None:
            settings.pop(name, None)
    done = subprocess.run([site.build_dir / "boxoffice-fcgi", *(flags or ("-t",))], env=settings, timeout=20,
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def test_all_is_right(site):
    status, text = check(site)
    assert status == 0, text
    assert check(site, "--test")[0] == 0


@pytest.mark.parametrize("name, value", [
    ("BOXOFFICE_HOLD_SECONDS", "0"), ("BOXOFFICE_HOLD_SECONDS", "43201"), ("BOXOFFICE_HOLD_SECONDS", "ten"),
    ("BOXOFFICE_HOLD_SECONDS", "10s"), ("BOXOFFICE_HOLD_SECONDS", " 10"),
    ("BOXOFFICE_HOLD_SECONDS", "0x10"), ("BOXOFFICE_HOLD_SECONDS", "99999999999999999999"),
    ("BOXOFFICE_BOARD_SECONDS", "-1"), ("BOXOFFICE_BOARD_SECONDS", "3601"), ("BOXOFFICE_MAX_SEATS", "101"),
    ("BOXOFFICE_MAX_SEATS", "1.5"), ("BOXOFFICE_MAX_HELD", "0"), ("BOXOFFICE_CACHE_BYTES", "1"),
    ("BOXOFFICE_LOG_LEVEL", "loud"), ("BOXOFFICE_HOLD_SECOND", "10"), ("BOXOFFICE_", "1"), ("BOXOFFICE_hold_seconds", "9"),
    ("REDIS_URL", "http://127.0.0.1/"), ("REDIS_URL", "127.0.0.1:6379"), ("MONGO_URI", "nonsense"),
    ("MONGO_URI", "mongodb://"), ("REDIS_URL_FILE", "/nonexistent/secret"),
])
def test_bad_setting(site, name, value):
    env = {name: value}
    if name.endswith("_FILE"):
        env[name[:-5]] = None
    status, text = check(site, **env)
    assert status == 1, text
    assert name in text, "the message names the setting"


def test_an_empty_value_is_the_default(site):
    status, text = check(site, BOXOFFICE_HOLD_SECONDS="", BOXOFFICE_MAX_SEATS="", BOXOFFICE_LOG_LEVEL="", REDIS_URL_FILE="")
    assert status == 0, text


def test_secrets_from_files(site, tmp_path):
    (tmp_path / "redis").write_text(site.redis_url + "\n")
    (tmp_path / "mongo").write_text(site.mongo_uri)
    status, text = check(site, REDIS_URL=None, REDIS_URL_FILE=tmp_path / "redis",
                         MONGO_URI=None, MONGO_URI_FILE=tmp_path / "mongo")
    assert status == 0, text


def test_no_secret_is_shown(site):
    for env in ({"REDIS_URL": "redis://:hushhush@127.0.0.1:1/0"},
                {"MONGO_URI": "mongodb://u:hushhush@127.0.0.1:1/?replicaSet=boxoffice"}):
        status, text = check(site, **env)
        assert status == 2, text
        assert "hushhush" not in text


def test_redis_is_down(site, tmp_path):
    status, text = check(site, REDIS_URL=f"unix://{tmp_path}/nobody.sock")
    assert status == 2 and "redis" in text.lower(), text
    assert check(site, REDIS_URL="redis://127.0.0.1:1/0")[0] == 2


def test_mongo_is_down(site):
    status, text = check(site, MONGO_URI="mongodb://127.0.0.1:1/?replicaSet=boxoffice")
    assert status == 2 and "mongo" in text.lower(), text


def test_without_the_unique_index(site, records):
    database = records.mongo[new_user("noindex")]
    database.bookings.create_index([("showId", 1), ("seatNumber", 1)])  # there, but not unique
    try:
        status, text = check(site, MONGO_DB=database.name)
        assert status == 1 and "index" in text and "boxoffice-seed init" in text, text
        assert check(site, MONGO_DB=database.name + "x")[0] == 1, "a database that is not there"
    finally:
        records.mongo.drop_database(database.name)


def test_evicting_redis(site):
    redis = site.redis.client()
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        status, text = check(site)
        assert status == 1 and "noeviction" in text, text
    finally:
        redis.config_set("maxmemory-policy", "noeviction")


def test_mongod_that_stands_alone(site, tmp_path):
    server = Standalone(tmp_path, True)
    try:
        server.start()
        for uri in (f"mongodb://127.0.0.1:{server.port}/", f"mongodb://127.0.0.1:{server.port}/?replicaSet=boxoffice"):
            status, text = check(site, MONGO_URI=uri)
            assert status == 1, text
            assert "replica set" in text or "--replSet" in text, text
    finally:
        server.stop()


def test_both_wrong_and_down_is_wrong(site, tmp_path):
    assert check(site, MONGO_DB="no-such-database", REDIS_URL=f"unix://{tmp_path}/nobody.sock")[0] == 1


def test_other_flags(site):
    status, text = check(site, "-h")
    assert status == 0 and "BOXOFFICE_HOLD_SECONDS" in text and "600" in text
    status, text = check(site, "-V")
    assert status == 0 and text.startswith("boxoffice-fcgi ")
    for flags in (("-x",), ("--nonsense",), ("-t", "more")):
        assert check(site, *flags)[0] not in (0, 1, 2)


def test_without_a_socket(site):
    """By hand, without spawn-fcgi, it says what to do and ends."""
    status, text = check(site, "--")
    assert status == 1 and "spawn-fcgi" in text, text
