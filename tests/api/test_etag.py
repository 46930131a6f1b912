"""The ETag of a seat map names one state: equal as long as nothing changes, another after each change."""

import pytest
from bson import ObjectId

from lib.client import new_user
from lib.problems import assert_problem
from lib.shows import worker_settings
from lib.waiting import wait_until

PLAIN = {"Accept-Encoding": "identity"}


def tag(client, show):
    answer = client.status(show, headers=PLAIN)
    assert answer.status_code == 200
    etag = answer.headers["ETag"]
    assert etag.startswith('"') and etag.endswith('"') and len(etag) > 2, f"not a strong ETag: {etag}"
    return etag


def test_changes_with_each_change(client, show):
    user, other = new_user(), new_user()
    tags = [tag(client, show)]
    for change in (lambda: client.must_hold(show, "S1", user),
                   lambda: client.must_hold(show, "S2", user),
                   lambda: client.must_hold(show, ["S3", "S4"], other),
                   lambda: client.must_confirm(show, "S1", user),
                   lambda: client.must_confirm(show, ["S3", "S4"], other)):
        change()
        tags.append(tag(client, show))
        assert tag(client, show) == tags[-1], "nothing changed since"
    assert len(set(tags)) == len(tags), tags


def test_stays_where_nothing_changes(client, show):
    user, other = new_user(), new_user()
    client.must_hold(show, ["S1", "S2"], user)
    client.must_confirm(show, "S1", user)
    before = tag(client, show)
    client.must_hold(show, "S2", user)
    client.must_confirm(show, "S1", user, status=200)
    assert_problem(client.hold(show, "S2", other), 409, "seats_unavailable")
    assert_problem(client.confirm(show, "S3", other), 410, "hold_expired")
    assert_problem(client.hold(show, "S99", other), 422, "unknown_seat")
    assert tag(client, show) == before


def test_same_from_every_worker(client, show):
    client.must_hold(show, ["S1", "S2"], new_user())
    answers = {(tag(client, show), client.status(show).text) for _ in range(40)}
    assert len(answers) == 1, answers


def test_differs_between_shows(client, records):
    assert tag(client, records.show()) != tag(client, records.show())


@pytest.mark.parametrize("form", ["{0}", "W/{0}", "*", '"x", {0}', 'W/"y",{0}, "z"'])
def test_not_modified(client, show, form):
    client.must_hold(show, "S1", new_user())
    etag = tag(client, show)
    answer = client.status(show, headers={"If-None-Match": form.format(etag), **PLAIN})
    assert answer.status_code == 304 and answer.content == b""
    assert answer.headers["ETag"] == etag
    assert "no-cache" in answer.headers["Cache-Control"]
    assert answer.headers["X-Request-ID"]


def test_modified(client, show):
    old = tag(client, show)
    client.must_hold(show, "S1", new_user())
    answer = client.status(show, headers={"If-None-Match": old, **PLAIN})
    assert answer.status_code == 200
    assert answer.json()["seats"][0]["status"] == "held"


@pytest.mark.parametrize("form", ['"nonsense"', "", "W/", '"', "x" * 3000, '"a" "b"', "\u00ff"])
def test_tags_that_match_nothing(client, show, form):
    answer = client.status(show, headers={"If-None-Match": form.encode("latin-1")})
    assert answer.status_code == 200 and answer.json()["totalSeats"] == 20


def test_weak_when_shrunk(client, records):
    show = records.show(seats=300)
    answer = client.status(show, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["ETag"] == "W/" + tag(client, show)
    for coding in ("gzip", "identity"):
        assert "Accept-Encoding" in client.status(show, headers={"Accept-Encoding": coding}).headers["Vary"]
    assert len(answer.json()["seats"]) == 300
    again = client.status(show, headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_changes_when_a_hold_ends(site, client, show):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=2):
        free = tag(client, show)
        client.must_hold(show, "S1", new_user())
        held = tag(client, show)
        wait_until(lambda: client.seat_map(show)["S1"] == "available", 8, "the end of the hold")
        assert client.status(show, headers={"If-None-Match": held, **PLAIN}).status_code == 200
        assert len({free, held, tag(client, show)}) >= 2


def test_changes_when_another_program_sells(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        before = tag(client, show)
        records.book(show, "S1", new_user())
        sold = client.status(show, headers={"If-None-Match": before, **PLAIN})
        assert sold.status_code == 200 and sold.json()["seats"][0]["status"] == "booked"
        records.cancel(show, "S1")
        freed = client.status(show, headers={"If-None-Match": sold.headers["ETag"], **PLAIN})
        assert freed.status_code == 200 and freed.json()["seats"][0]["status"] == "available"


def test_changes_when_the_show_is_renamed(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        before = tag(client, show)
        records.db.shows.update_one({"_id": ObjectId(show)},
                                    {"$set": {"movieTitle": "Nosferatu"}})
        answer = client.status(show, headers={"If-None-Match": before, **PLAIN})
        assert answer.status_code == 200 and answer.json()["showTitle"] == "Nosferatu"
        assert client.summary(show).json()["movieTitle"] == "Nosferatu"
