"""The micro-cache of seat maps (nginx/boxoffice/cache.conf), switched on in the site file as an operator would."""

import gzip
import json
import shutil
import time
from contextlib import contextmanager

import pytest

from lib.client import new_user
from lib.login import example
from lib.problems import assert_problem
from lib.production import CACHE, ROOT, production
from lib.shows import Records
from lib.threads import together
from lib.waiting import wait_until

SECOND = 1.0
LOCK = 0.05  # fastcgi_cache_lock_timeout


@pytest.fixture(scope="module")
def cached(site, tmp_path_factory):
    with production(site, tmp_path_factory.mktemp("cache"), switched_on=CACHE) as nginx:
        yield nginx


@pytest.fixture
def reader(cached):
    return cached.client()


def log_lines(nginx, count, word):
    """The last lines of the access log with this word, once there are so many."""
    def found():
        lines = [json.loads(line) for line in nginx.access_log.read_text().splitlines() if word in line]
        return len(lines) >= count and lines[-count:]
    return wait_until(found, 10, f"{count} lines of the access log with {word}")


def states_of_cache(nginx, count, word, last=None):
    """`last`: an answer whose line must be there first. Those of one connection come in order."""
    if last is not None:
        log_lines(nginx, 1, last.headers["X-Request-ID"])
    return [line["cache"] for line in log_lines(nginx, count, word)]


def in_one_second(turn):
    """turn() again and again until the whole of it happened within one second of the clock; then its value."""
    for _ in range(20):
        time.sleep(1.001 - time.time() % 1)
        second = int(time.time())
        value = turn()
        if int(time.time()) == second:
            return value
    raise AssertionError("never done within a second: the machine is too busy")


def test_one_request_a_second_goes_to_the_workers(cached, client, show):
    """A hundred readers of a show, in a hundred connections: all get the same map, and few of them cost a worker anything."""
    count = 100
    client.seat_map(show)  # the board is loaded: what is asked here is the map
    answers = together([lambda: cached.client().status(show)] * count)
    assert {answer.status_code for answer in answers} == {200} and len({answer.text for answer in answers}) == 1
    states = states_of_cache(cached, count, show)
    assert set(states) <= {"HIT", "MISS", "EXPIRED"}
    # A second has one first reader; more than one asked a worker only where the lock's time was over: a busy machine.
    assert states.count("HIT") >= count / 4 and states.count("MISS") >= 1


def test_a_change_is_seen_in_the_next_second(reader, client, show):
    for seat in ("S1", "S2"):
        assert reader.seat_map(show)[seat] == "available"
        client.must_hold(show, seat, new_user())
        held, asked = time.time(), 0
        while reader.seat_map(show)[seat] == "available":
            assert asked < held + SECOND + LOCK
            asked = time.time()


def test_after_a_lull_the_first_reader_gets_the_truth(reader, client, show):
    """What `use_stale updating` gets wrong: the map that it had, however old."""
    assert reader.seat_map(show)["S1"] == "available"
    client.must_hold(show, "S1", new_user())
    time.sleep(SECOND + LOCK)
    assert reader.seat_map(show)["S1"] == "held"


@contextmanager
def spoilt(site, folder, *changes):
    """The site with cache.conf as it must not be."""
    source = folder / "source"
    shutil.copytree(ROOT / "nginx", source)
    piece = source / "boxoffice/cache.conf"
    text = piece.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    piece.write_text(text)
    with production(site, folder, switched_on=CACHE, source=source) as nginx:
        yield nginx.client()


WITHOUT_SECOND = (" $boxoffice_second", "")


@pytest.mark.long
def test_control_a_stale_copy_is_found(site, client, show, tmp_path):
    stale = ("use_stale off", "use_stale updating error http_503"), ("background_update off", "background_update on")
    with spoilt(site, tmp_path, WITHOUT_SECOND, *stale) as reader:
        assert reader.seat_map(show)["S1"] == "available"
        client.must_hold(show, "S1", new_user())
        time.sleep(2 * SECOND + LOCK)
        assert reader.seat_map(show)["S1"] == "available", "or else the tests above prove nothing"


@pytest.mark.long
def test_control_a_map_of_the_second_before_is_found(site, client, show, tmp_path):
    with spoilt(site, tmp_path, WITHOUT_SECOND) as reader:
        def seen_too_late(seat):
            time.sleep(1.01 - time.time() % 1)
            assert reader.seat_map(show)[seat] == "available"
            client.must_hold(show, seat, new_user())
            time.sleep(SECOND + LOCK)
            return reader.seat_map(show)[seat] == "available"
        assert any(seen_too_late(f"S{turn + 1}") for turn in range(8)), "or else the tests above prove nothing"


@pytest.mark.site(workers=2)
@pytest.mark.parametrize("how", ["redis stopped", *(pytest.param(how, marks=pytest.mark.long) for how in ("redis hangs", "both stopped"))])
def test_no_map_while_the_stores_are_down(fresh_site, tmp_path, how):
    records = Records(fresh_site)
    shows = [records.show(), records.show()]
    with production(fresh_site, tmp_path, switched_on=CACHE) as nginx:
        reader = nginx.client()
        for show in shows:
            wait_until(lambda show=show: reader.status(show).status_code == 200, 10, "status 200")
        # Always one map in the cache, until the moment that the stores go.
        reader.status(shows[0])
        break_stores(fresh_site, how)
        gone, answers = time.time(), []
        while time.time() < gone + 3 * SECOND:
            asked = time.time()
            answers.append((asked - gone, reader.status(shows[0])))
        assert_problem(answers[-1][1], 503, {"redis_unavailable", "mongo_unavailable"})
        late = [seconds for seconds, answer in answers if answer.status_code == 200 and seconds > SECOND + LOCK]
        assert not late, f"a map was served to who asked {late} s after the stores went"
        assert_problem(reader.status(shows[1]), 503, {"redis_unavailable", "mongo_unavailable"})
        assert {answer.status_code for _, answer in answers} <= {200, 503}
        mend_stores(fresh_site, how)
        wait_until(lambda: reader.status(shows[0]).status_code == 200, 20, "status 200 again")
    records.close()


def break_stores(site, how):
    if how == "redis hangs":
        site.redis.pause()
        return
    site.redis.stop()
    if how == "both stopped":
        site.mongod.stop()


def mend_stores(site, how):
    if how == "redis hangs":
        site.redis.resume()
        return
    if how == "both stopped":
        site.mongod.start()
    site.redis.start()


def test_nothing_but_maps_is_kept(cached, reader, client, show):
    booking = client.must_buy(show, "S1", user := new_user())
    mark = "no-cache-" + user[-12:]
    for _ in range(2):
        answers = [reader.booking(booking, user), reader.get(f"/bookings/{booking}"), reader.summary(show), reader.get("/shows"),
                   reader.get(f"/shows/{show}"), reader.hold(show, "S2", user), reader.post("/cancel", b"{}"), reader.status("0" * 24),
                   reader.get("/status/x")]
        assert [answer.status_code for answer in answers] == [200, 400, 200, 200, 200, 200, 400, 404, 400]
    assert reader.get("/nothing", headers={"X-Request-ID": mark}).status_code == 404
    log_lines(cached, 1, mark)
    lines = [json.loads(line) for line in cached.access_log.read_text().splitlines()]
    of_maps = [line for line in lines if "/status/" in line["request"]]
    assert {line["cache"] for line in lines if line not in of_maps} == {""}
    assert not [line for line in of_maps if line["status"] >= 400 and line["cache"] == "HIT"], "no error is kept"
    for file in (cached.dir / "maps").rglob("*"):
        assert not file.is_file() or user.encode() not in file.read_bytes()


def test_each_show_and_method_has_its_own(cached, reader, records):
    shows = [records.show(seats=seats) for seats in (5, 7)]
    for _ in range(3):
        for show, seats in zip(shows, (5, 7)):
            head = reader.request("HEAD", f"/status/{show}")
            assert head.status_code == 200 and head.content == b"" and head.headers["ETag"]
            assert len(reader.seat_map(show)) == seats
            assert len(reader.get(f"/api/bookings/status/{show}").json()["seats"]) == seats
            assert reader.status(show, params={"userId": "x"}).json()["totalSeats"] == seats
    assert states_of_cache(cached, 1, shows[0])


def test_a_hit_has_its_own_id_and_the_same_tag(cached, reader, show):
    def turn():
        return [reader.status(show) for _ in range(3)]
    answers = in_one_second(turn)
    assert len({answer.headers["X-Request-ID"] for answer in answers}) == 3
    assert all(len(answer.raw.headers.getlist("X-Request-ID")) == 1 for answer in answers)
    assert len({(answer.headers["ETag"], answer.text) for answer in answers}) == 1
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-cache"}, "clients ask each time all the same"
    assert states_of_cache(cached, 2, show, answers[-1]) == ["HIT", "HIT"]


def test_not_modified_and_shrunk_out_of_the_cache(cached, reader, records):
    """nginx answers both itself: of one kept map come 200, 304, gzip and HEAD."""
    show = records.show(seats=300)

    def turn():
        whole = reader.status(show, headers={"Accept-Encoding": "identity"})
        shrunk = reader.get(f"/status/{show}", headers={"Accept-Encoding": "gzip"}, stream=True)
        raw = shrunk.raw.read(decode_content=False)
        same = [reader.status(show, headers={"If-None-Match": tag, "Accept-Encoding": coding})
                for tag in (whole.headers["ETag"], shrunk.headers["ETag"], '"x", ' + whole.headers["ETag"], "*")
                for coding in ("identity", "gzip")]
        other = reader.status(show, headers={"If-None-Match": '"another"', "Range": "bytes=0-9"})
        return whole, shrunk, raw, same, other
    whole, shrunk, raw, same, other = in_one_second(turn)
    assert whole.headers["ETag"].startswith('"') and shrunk.headers["ETag"] == "W/" + whole.headers["ETag"]
    assert "Content-Encoding" not in whole.headers and gzip.decompress(raw) == whole.content
    for answer in (whole, shrunk):
        assert "accept-encoding" in ", ".join(answer.raw.headers.getlist("Vary")).lower()
    assert {(answer.status_code, answer.content) for answer in same} == {(304, b"")}
    assert other.status_code == 200 and other.json() == whole.json()
    assert set(states_of_cache(cached, 9, show, other)) == {"HIT"}


def test_a_login_comes_before_the_cache(site, tmp_path, show):
    passwords = tmp_path / "htpasswd"
    passwords.write_text("alice:{PLAIN}open sesame\n")
    lines = example("login-basic.conf", ("/etc/nginx/boxoffice.htpasswd", str(passwords)))
    with production(site, tmp_path, switched_on=CACHE, lines=lines) as nginx:
        nobody, alice = nginx.client(), nginx.client()
        alice.session.auth = ("alice", "open sesame")
        for _ in range(5):
            assert alice.status(show).status_code == 200
            assert_problem(nobody.status(show), 401, "unauthorized")


def test_as_shipped_nothing_is_kept(site, tmp_path, show):
    with production(site, tmp_path) as nginx:
        reader = nginx.client()
        for _ in range(3):
            reader.status(show)
        assert states_of_cache(nginx, 3, show) == [""] * 3
