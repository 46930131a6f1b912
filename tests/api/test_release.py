"""What a release promises: one's own, all or nothing, safe to repeat, and never from under a confirmation."""

import pytest

from lib.client import new_user
from lib.problems import assert_problem, seats_of
from lib.shows import announce, held_keys, keys_of, unchanged, worker_settings
from lib.waiting import wait_until


def test_released_seats_are_anybodys(site, client, show):
    user, other = new_user(), new_user()
    client.must_hold(show, ["S1", "S2"], user)
    assert client.must_release(show, ["S1", "S2"], user)["releasedCount"] == 2
    assert held_keys(site, show) == set() and not keys_of(site, show, "user")
    client.must_hold(show, ["S2", "S3"], other)
    client.must_confirm(show, ["S2", "S3"], other)
    assert_problem(client.confirm(show, "S1", user), 410, "hold_expired")


def test_a_part_of_a_hold(client, show):
    user = new_user()
    held = client.must_hold(show, ["S1", "S2", "S3"], user)
    client.must_release(show, "S2", user)
    assert client.must_hold(show, ["S1", "S3"], user)["holdId"] == held["holdId"]
    assert client.seat_map(show)["S2"] == "available"
    client.must_confirm(show, ["S1", "S3"], user)


def test_held_again_after_a_release_is_another_hold(client, show):
    user = new_user()
    first = client.must_hold(show, "S1", user)
    client.must_release(show, "S1", user)
    assert client.must_hold(show, "S1", user)["holdId"] != first["holdId"]


def test_seats_of_nobody_count_as_given_back(client, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    assert client.must_release(show, ["S5", "S1", "S6"], user)["releasedCount"] == 1
    assert client.must_release(show, ["S5", "S1", "S6"], new_user())["releasedCount"] == 0


def test_seats_given_back_leave_the_cap(client, show):
    user = new_user()
    client.must_hold(show, [f"S{i}" for i in range(1, 11)], user)
    client.must_release(show, ["S1", "S2"], user)
    client.must_hold(show, ["S11", "S12"], user)


def test_it_is_seen_at_once(client, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    etag = client.status(show).headers["ETag"]
    client.must_release(show, "S1", user)
    answer = client.status(show, headers={"If-None-Match": etag})
    assert client.states(answer)["S1"] == "available" and answer.headers["ETag"] != etag
    assert client.summary(show).json()["heldCount"] == 0


@pytest.mark.parametrize("seats", ["S2", ["S1", "S2"], ["S2", "S1"]], ids=str)
def test_anothers_hold_is_refused_and_nothing_given_back(site, client, records, show, seats):
    user, other = new_user(), new_user("other")
    client.must_hold(show, "S1", user)
    client.must_hold(show, "S2", other)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.release(show, seats, user), 403, "held_by_another")
        assert seats_of(problem) == {"S2": "held"} and other not in str(problem)


@pytest.mark.parametrize("buyer_asks", [True, False])
def test_what_is_sold_is_not_given_back(site, client, records, show, buyer_asks):
    buyer, user = new_user(), new_user()
    client.must_hold(show, "S1", buyer)
    client.must_confirm(show, "S1", buyer)
    client.must_hold(show, "S2", buyer if buyer_asks else user)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.release(show, ["S2", "S1"], buyer if buyer_asks else user), 409, "seats_sold")
        assert seats_of(problem) == {"S1": "booked"}


def test_while_a_confirmation_is_under_way(site, client, records, show):
    """And after it: a deadline that is past makes the board stale, and the truth is read."""
    user = new_user()
    client.must_hold(show, ["S1", "S2"], user)
    announce(site, show, "S2", life_ms=4000)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.release(show, ["S1", "S2"], user), 409, "confirming")
        assert seats_of(problem) == {"S2": "confirming"}
    client.must_release(show, "S1", user)
    wait_until(lambda: client.release(show, ["S1", "S2"], user).status_code == 200, 15, "the release")
    assert held_keys(site, show) == set()


def test_a_hold_past_its_end_that_a_confirmation_keeps(site, client, show):
    user = new_user()
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=2):
        client.must_hold(show, "S1", user)
        redis = site.redis.client()
        redis.pexpire(f"hold:{{{show}}}:S1", 15000)  # as confirm_begin.lua lengthens it
        wait_until(lambda: client.hold(show, "S1", user).status_code == 409, 8, "its first end")
        assert_problem(client.release(show, "S1", new_user()), 403, "held_by_another")
        assert client.must_release(show, "S1", user)["releasedCount"] == 1
        client.must_hold(show, "S1", new_user())


def test_a_seat_that_the_show_lacks(site, client, records, show):
    user = new_user()
    client.must_hold(show, "S1", user)
    with unchanged(site, client, records, show):
        assert seats_of(assert_problem(client.release(show, ["S1", "S99"], user), 422, "unknown_seat")) == {"S99": "unknown"}
