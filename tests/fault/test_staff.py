"""MongoDB fails under boxoffice-seed: it says so and by its exit code, nothing is half done, and a repeat settles it."""

import json

import pytest
from bson import ObjectId

from lib.client import new_user
from lib.faults import fail_point, same_workers
from lib.seed import DONE, UNREACHABLE, Seed
from lib.waiting import wait_until

# A command of MongoDB that fails, and how often. 0: always; boxoffice-seed gives up after 30 s.
ONCE_OR_ALWAYS = [("first", 1), ("commitTransaction", 1), ("first", 0),
                  pytest.param("commitTransaction", 0, marks=pytest.mark.long)]


@pytest.fixture
def seed(site):
    return Seed(site, site.seed_uri, site.mongo_db)


def run(site, seed, command, times, *words):
    """Returns whether it says that it is done. Its connection is closed under each of the commands that is to fail."""
    with same_workers(site), fail_point(site, [command], {"times": times} if times else "alwaysOn", closeConnection=True):
        done = seed.run(*words, "--json")
    assert done.returncode == (DONE if times else UNREACHABLE), done
    if not times:
        assert "MongoDB" in done.stderr or "not settled" in done.stderr or "outcome" in done.stderr, done
        assert done.stderr.startswith("boxoffice-seed: "), done
        assert done.stdout == "" or json.loads(done.stdout)["cancelled"] == 0, done
    return done.returncode == DONE


@pytest.mark.parametrize("command, times", ONCE_OR_ALWAYS)
def test_block(site, seed, client, records, show, command, times):
    def blocked():
        return {seat for seat, state in client.seat_map(show).items() if state == "blocked"}

    done = run(site, seed, {"first": "update"}.get(command, command), times, "block", show, "S1", "S2")
    found = records.db.shows.find_one({"_id": ObjectId(show)}).get("blocked", [])
    assert found in ([], ["S1", "S2"]) and (found or not done), "half of it, or told and not stored"
    assert not done or blocked() == {"S1", "S2"}, "every worker goes by it at once"
    told = json.loads(seed("block", show, "S1", "S2", "--json"))
    assert told["changed"] == (0 if found else 2)
    assert records.db.shows.find_one({"_id": ObjectId(show)})["blocked"] == ["S1", "S2"] and blocked() == {"S1", "S2"}


@pytest.mark.parametrize("command, times", ONCE_OR_ALWAYS)
def test_cancel(site, seed, client, records, show, command, times):
    """Two bookings, of which the seats named are parts: each part goes whole or not at all."""
    bookings = [client.must_buy(show, seats, new_user()) for seats in (["S1", "S2", "S3"], ["S4", "S5"])]
    parts = [{"S1", "S3"}, {"S4"}]
    words = ["cancel", "--show", show, "S1", "S3", "S4", "S9"]
    done = run(site, seed, {"first": "insert"}.get(command, command), times, *words)
    moved = {booking: {seat for seat, of in records.cancellations(show) if of == booking} for booking in bookings}
    for booking, part in zip(bookings, parts):
        assert moved[booking] in (set(), part) and (moved[booking] or not done), moved
    assert len(records.cancellations(show)) + len(records.bookings(show)) == 5, "none is lost"
    assert json.loads(seed(*words, "--json"))["cancelled"] == 3 - sum(map(len, moved.values()))
    assert set(records.bookings(show)) == {"S2", "S5"}
    wait_until(lambda: {seat for seat, state in client.seat_map(show).items() if state == "booked"} == {"S2", "S5"}, 10,
               "the map to tell")
    client.must_buy(show, ["S1", "S3", "S4"], new_user("next"))
