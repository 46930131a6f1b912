"""GET /shows and GET /shows/{showId}: what there is to be sold, and the hall it is in."""

import json
from datetime import datetime, timedelta, timezone
from time import monotonic

import pytest
from bson import ObjectId

from lib.client import Client, new_user
from lib.problems import assert_problem
from lib.shows import forget, now, unchanged, worker_settings
from lib.waiting import wait_until

COUNTS = ("totalSeats", "bookedCount", "heldCount", "blockedCount", "availableCount")
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def alone(records):
    """No shows but the test's own."""
    others = list(records.db.shows.find({"startTime": {"$gt": now()}}, {"startTime": 1}))
    for other in others:
        records.db.shows.update_one({"_id": other["_id"]}, {"$set": {"startTime": datetime(2000, 1, 1)}})
    yield
    for other in others:
        records.db.shows.update_one({"_id": other["_id"]}, {"$set": {"startTime": other["startTime"]}})


def page(client, query=""):
    answer = client.get("/shows" + query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json" and answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def titles(client, query=""):
    return [show["movieTitle"] for show in page(client, query)["shows"]]


def counts(show):
    return [show[name] for name in COUNTS]


def text_of(time):
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def later(**time):
    return now().replace(microsecond=0) + timedelta(**time)


# -- the list


def test_upcoming_shows_by_start(client, records, alone):
    start = later(days=2)
    show = records.show(title="Later", seats=7, startTime=start)
    records.show(title="Sooner", startTime=later(hours=1))
    records.show(title="Begun", startTime=later(hours=-1))
    records.show(title="Without a time", startTime=None)
    records.show(title="With a strange time", startTime="tomorrow")
    body = page(client)
    assert [entry["movieTitle"] for entry in body["shows"]] == ["Sooner", "Later"] and body["next"] is None
    last = body["shows"][1]
    assert last["showId"] == show and counts(last) == [7, 0, 0, 0, 7]
    assert last["startTime"] == last["saleEnd"] == text_of(start) and last["saleStart"] is None


def test_nothing_is_on(client, alone):
    assert page(client) == {"shows": [], "next": None}


def test_counts(client, records, alone):
    show = records.show(seats=10, blocked=["S9", "S10"])
    records.book(show, ["S1", "S10"], new_user())
    client.must_hold(show, ["S2", "S3", "S4"], new_user())
    entry, = page(client)["shows"]
    assert counts(entry) == [10, 2, 3, 1, 4] == counts(client.summary(show).json())


def test_counts_of_boards_that_nobody_loaded(site, client, records, alone):
    shows = [records.show(seats=5, title=str(i), startTime=later(hours=i + 1)) for i in range(5)]
    records.book(shows[3], ["S1", "S2"], new_user())
    seen = [counts(show) for show in page(client)["shows"]]
    assert seen[0] == [5, 0, 0, 0, 5]
    assert all(known in ([5, 0, 0, 0, 5], [5, 2, 0, 0, 3], [5, None, None, None, None]) for known in seen)
    wait_until(lambda: counts(page(client)["shows"][4]) == [5, 0, 0, 0, 5], 10, "the last one's")
    assert counts(page(client)["shows"][3]) == [5, 2, 0, 0, 3]
    forget(site, shows[3])
    assert counts(page(client)["shows"][3]) == [5, 2, 0, 0, 3]


def test_boards_are_asked_for_their_counts_for_a_while_only(client, records, alone):
    """One that is not loaded takes a tenth of a second. Each request gets further; none makes anybody wait for all."""
    for i in range(30):
        records.show(seats=5, title=str(i), startTime=later(hours=1))
    started = monotonic()
    first = [show["heldCount"] for show in page(client, "?limit=30")["shows"]]
    assert monotonic() - started < 3
    known = first.index(None)
    assert known >= 1 and set(first[known:]) == {None}
    wait_until(lambda: page(client, "?limit=30")["shows"][-1]["heldCount"] == 0, 30, "all of them")


def test_a_layout_knows_better_than_total_seats(client, records, alone):
    records.show(layout=["A1", "A2"], totalSeats=100)
    entry, = page(client)["shows"]
    assert counts(entry) == [2, 0, 0, 0, 2]


def test_a_show_that_cannot_be_sold_costs_the_list_nothing(site, client, records, alone):
    pids = site.workers.pids()
    for i, fields in enumerate(({"totalSeats": 0}, {"layout": ["<"]}, {"totalSeats": "x"}, {"title": "Good"},
                                {"movieTitle": ""}, {"movieTitle": 7})):
        records.show(startTime=later(hours=i + 1), **{"title": f"Bad {i}", **fields})
    shows = page(client)["shows"]
    assert [show["movieTitle"] for show in shows] == ["Bad 0", "Bad 1", "Bad 2", "Good"]
    assert [show["availableCount"] for show in shows] == [None, None, None, 20]
    assert shows[0]["totalSeats"] is None and shows[2]["totalSeats"] is None
    assert site.workers.pids() == pids


def test_pages(client, records, alone):
    """Each show once, in order, also where many begin at once, and where one goes in between."""
    starts = [later(hours=1 + i // 4) for i in range(11)]
    ids = sorted(((start, records.show(title="M", startTime=start)) for start in starts), key=lambda pair: (pair[0], pair[1]))
    seen, query = [], "?limit=3"
    for number in range(4):
        body = page(client, query)
        seen += [show["showId"] for show in body["shows"]]
        assert len(body["shows"]) == (3 if number < 3 else 2)
        assert (body["next"] is None) == (number == 3)
        query = f"?limit=3&after={body['next']}"
        if number == 1:
            records.db.shows.delete_one({"_id": ObjectId(seen[-1])})
    assert seen == [show for _, show in ids]


def test_twenty_unless_asked(client, records, alone):
    for i in range(21):
        records.show(seats=1, startTime=later(hours=1), title=str(i))
    assert len(page(client)["shows"]) == 20
    assert len(page(client, "?limit=100")["shows"]) == 21
    assert len(page(client, "?limit=21")["shows"]) == 21 and page(client, "?limit=21")["next"] is None


def test_the_index_of_init_is_used(client, records, alone):
    """By MongoDB's own word: no look at each show, and no sorting."""
    for i in range(20):
        records.show(seats=1, startTime=later(hours=1 + i))
    next_page = page(client, "?limit=5")["next"]
    records.db.command("profile", 2)
    try:
        page(client, "?limit=5")
        page(client, f"?limit=5&after={next_page}")
    finally:
        records.db.command("profile", 0)
    reads = list(records.db["system.profile"].find({"command.find": "shows", "command.sort": {"$exists": True}}))
    records.db["system.profile"].drop()
    assert len(reads) == 2
    for read in reads:
        assert read["planSummary"] == "IXSCAN { startTime: 1, _id: 1 }" and not read.get("hasSortStage"), read
        assert read["docsExamined"] <= 7, read["docsExamined"]


def test_a_first_look_reads_the_document_once(client, records, alone):
    """It may have megabytes: whether the show is there, and whether the server is primary, needs its _id alone."""
    show = records.show()
    records.db.command("profile", 2)
    try:
        client.seat_map(show)
    finally:
        records.db.command("profile", 0)
    reads = list(records.db["system.profile"].find({"command.find": "shows", "command.filter._id": ObjectId(show)}))
    records.db["system.profile"].drop()
    assert sorted("projection" in read["command"] for read in reads) == [False, True, True], reads


@pytest.mark.parametrize("query", [
    "limit=0", "limit=101", "limit=", "limit=x", "limit=-1", "limit=+1", "limit=1.0", "limit=5%00", "limit=5&limit=5",
    "limit=99999999999999999999", "after=", "after=x", "after=1", "after=1-", "after=1-0123", "after=-1-" + "0" * 24,
    "after=1-" + "0" * 25, "after=1%2d" + "0" * 23, "after=1-" + "g" * 24, "after=9999999999999999-" + "0" * 24, "limit=%zz",
])
def test_bad_queries(site, client, records, show, query):
    with unchanged(site, client, records, show):
        assert_problem(client.get("/shows?" + query), 400, "malformed")


def test_counts_are_given_up_where_redis_is_away(fresh_site):
    client = Client(fresh_site)
    with fresh_site.mongod.client() as mongo:
        mongo[fresh_site.mongo_db].shows.insert_one({"movieTitle": "M", "startTime": now() + timedelta(days=1),
                                                     "totalSeats": 4})
    assert counts(page(client)["shows"][0]) == [4, 0, 0, 0, 4]
    fresh_site.redis.stop()
    assert counts(page(client)["shows"][0]) == [4, None, None, None, None]
    fresh_site.redis.start()
    wait_until(lambda: counts(page(client)["shows"][0]) == [4, 0, 0, 0, 4], 10, "the counts")
    fresh_site.mongod.stop()
    assert_problem(client.get("/shows"), 503, "mongo_unavailable")


# -- one show


HALL = {
    "categories": [{"name": "Parkett", "price": 12.5, "currency": "EUR"}, {"name": "Rang \u00e9\""}],
    "focus": {"x": 1.5, "y": -3}, "front": "screen",
    "sections": [
        {"name": "Stalls", "category": "Parkett", "rows": [
            {"name": "A", "seats": [{"label": "A1", "companionOf": "A2"}, {"label": "A2", "accessible": True, "x": 1.125},
                                    {"label": "A3", "x": -0.05, "y": 1 / 3, "blocked": True, "category": "Rang \u00e9\""}]}]},
        {"rows": [{"seats": [{"label": "B1"}]}]}],
}


def test_the_hall_as_it_is(client, records):
    start = later(days=1)
    show = records.show(title="M \"\u00e9\"", layout=HALL, startTime=start, blocked=["B1"])
    body = client.get(f"/shows/{show}").json()
    assert body == {
        "showId": show, "movieTitle": "M \"\u00e9\"", "totalSeats": 4,
        "startTime": text_of(start), "saleStart": None, "saleEnd": text_of(start),
        "layout": {
            "grid": False, "focus": {"x": 1.5, "y": -3}, "front": "screen", "categories": HALL["categories"],
            "sections": [
                {"name": "Stalls", "rows": [{"name": "A", "seats": [
                    {"seatNumber": "A1", "x": 0, "y": 0, "category": "Parkett", "companionOf": "A2"},
                    {"seatNumber": "A2", "x": 1.125, "y": 0, "category": "Parkett", "accessible": True},
                    {"seatNumber": "A3", "x": -0.05, "y": 0.333, "category": "Rang \u00e9\"", "blocked": True}]}]},
                {"name": "", "rows": [{"name": "", "seats": [{"seatNumber": "B1", "x": 0, "y": 2.333, "blocked": True}]}]}],
        }}


def test_when_it_is_sold(client, records, alone):
    opens, closes = later(hours=-1), later(hours=2)
    show = records.show(saleStart=opens, saleEnd=closes)
    for told in (client.get(f"/shows/{show}").json(), page(client)["shows"][0]):
        assert (told["saleStart"], told["saleEnd"]) == (text_of(opens), text_of(closes))


def test_a_numbered_show_is_a_grid(client, records):
    body = client.get(f"/shows/{records.show(seats=25, startTime=None)}").json()
    assert body["startTime"] is body["saleStart"] is body["saleEnd"] is None
    assert body["layout"]["grid"] is True and body["layout"]["categories"] == []
    section, = body["layout"]["sections"]
    assert [len(row["seats"]) for row in section["rows"]] == [10, 10, 5]
    assert section["rows"][1]["seats"][2] == {"seatNumber": "S13", "x": 2, "y": 1}


def test_seats_are_those_of_the_map(client, records):
    for show in (records.show(layout=HALL), records.show(seats=31), records.show(layout=["Z", "A", "M"])):
        sections = client.get(f"/shows/{show}").json()["layout"]["sections"]
        labels = [seat["seatNumber"] for section in sections for row in section["rows"] for seat in row["seats"]]
        assert labels == list(client.seat_map(show))


def test_it_is_kept_and_asked_for_again(client, records, show):
    answer = client.get(f"/shows/{show}", headers=PLAIN)
    assert answer.headers["Cache-Control"] == "no-cache"
    etag = answer.headers["ETag"]
    assert etag == f"\"{client.status(show).json()['showETag']}\""
    client.must_hold(show, "S1", new_user())
    for form in (etag, f"W/{etag}", "*", f'"x", {etag}'):
        again = client.get(f"/shows/{show}", headers={"If-None-Match": form})
        assert again.status_code == 304 and again.content == b"" and again.headers["ETag"] == etag
    assert client.get(f"/shows/{show}", headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_change_is_another_answer(site, client, records, show):
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        before = client.get(f"/shows/{show}", headers=PLAIN)
        records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": {"blocked": ["S1"]}})
        after = client.get(f"/shows/{show}", headers={**PLAIN, "If-None-Match": before.headers["ETag"]})
        assert after.status_code == 200 and after.headers["ETag"] != before.headers["ETag"]
        assert after.json()["layout"]["sections"][0]["rows"][0]["seats"][0]["blocked"] is True


def test_of_no_show(client):
    assert_problem(client.get(f"/shows/{ObjectId()}"), 404, "show_not_found")
    assert_problem(client.get("/shows/x"), 400, "malformed")
    assert_problem(client.get("/shows/"), 404, "not_found")


def test_a_large_hall(client, records):
    show = records.show(seats=20000)
    answer = client.get(f"/shows/{show.upper()}")
    assert answer.json()["totalSeats"] == 20000 and json.loads(answer.content) == answer.json()
