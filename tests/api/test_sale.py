"""When a show is on sale, and how many of its seats one user may hold and own."""

from datetime import timedelta

import pytest
from bson import ObjectId

from lib.client import new_user
from lib.problems import assert_problem, seats_of
from lib.shows import now, unchanged, worker_settings
from lib.waiting import wait_until


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def in_(**span):
    time = now() + timedelta(**span)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def best(client, show, user):
    return client.post("/best-available", {"showId": show, "quantity": 2, "userId": user})


@pytest.mark.parametrize("start, end", [(in_(hours=1), None), (in_(hours=1), in_(hours=2)), (in_(hours=-2), in_(hours=-1)),
                                        (None, in_(seconds=-1))], ids=["not yet", "later", "over", "just over"])
def test_outside_of_its_sale(site, client, records, start, end):
    fields = {name: time for name, time in (("saleStart", start), ("saleEnd", end)) if time}
    show, user = records.show(**fields), new_user()
    with unchanged(site, client, records, show):
        for answer in (client.hold(show, ["S1", "S2"], user), best(client, show, user)):
            problem = assert_problem(answer, 403, "sale_closed")
            assert problem.get("saleStart") == (iso(start) if start else None)
            assert problem["saleEnd"] == iso(end or records.db.shows.find_one({"_id": ObjectId(show)})["startTime"])
        assert_problem(client.confirm(show, "S1", user), 410, "hold_expired")


def test_the_sale_ends_when_the_show_starts(client, records):
    began = in_(seconds=-1)
    problem = assert_problem(client.hold(records.show(startTime=began), "S1", new_user()), 403, "sale_closed")
    assert problem["saleEnd"] == iso(began) and "saleStart" not in problem
    client.must_buy(records.show(startTime=began, saleEnd=in_(hours=1)), "S1", new_user())
    client.must_buy(records.show(startTime=None), "S1", new_user())
    client.must_buy(records.show(saleStart=in_(hours=-1), saleEnd=in_(hours=1)), "S1", new_user())


def test_what_was_held_before_the_end_is_sold_after_it(client, records):
    show, user = records.show(), new_user()
    held = client.must_hold(show, ["S1", "S2"], user)
    records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": {"saleEnd": in_(seconds=-1)}})
    wait_until(lambda: client.hold(show, "S3", new_user()).status_code == 403, 15, "the end of the sale")
    again = client.must_hold(show, ["S1", "S2"], user)
    assert (again["holdId"], again["expiresAt"]) == (held["holdId"], held["expiresAt"])
    client.must_confirm(show, ["S1", "S2"], user)


def test_after_the_end_no_hold_is_lengthened(site, client, records):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=60, BOXOFFICE_HOLD_MAX_SECONDS=600):
        show, user = records.show(), new_user()
        client.must_hold(show, ["S1", "S2"], user)
        held = client.must_extend(show, ["S1", "S2"], user)
        end = in_(seconds=-1)
        records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": {"saleEnd": end}})
        wait_until(lambda: client.hold(show, "S3", new_user()).status_code == 403, 15, "the end of the sale")
        with unchanged(site, client, records, show):
            assert assert_problem(client.extend(show, ["S1", "S2"], user), 403, "sale_closed")["saleEnd"] == iso(end)
            assert client.must_hold(show, ["S1", "S2"], user)["expiresAt"] == held["expiresAt"]
        client.must_confirm(show, ["S1", "S2"], user)


@pytest.mark.parametrize("fields", [
    {"saleStart": "soon"}, {"saleEnd": 5}, {"saleStart": in_(hours=2), "saleEnd": in_(hours=1)}, {"saleStart": in_(days=3)},
    {"maxHeldPerUser": 0}, {"maxHeldPerUser": 1001}, {"maxHeldPerUser": "4"}, {"maxHeldPerUser": 1.5},
    {"maxOwnedPerUser": -1}, {"maxOwnedPerUser": 1001},
], ids=str)
def test_a_show_that_cannot_be_sold(client, records, fields):
    problem = assert_problem(client.status(records.show(**fields)), 500, "internal")
    assert any(name in problem["detail"] for name in fields), problem["detail"]


def test_the_shows_own_limit_of_holds(client, records):
    show, user = records.show(maxHeldPerUser=2), new_user()
    assert "2 seats" in assert_problem(client.hold(show, ["S1", "S2", "S3"], user), 409, "hold_limit")["detail"]
    client.must_hold(show, ["S1", "S2"], user)
    assert_problem(client.hold(show, "S3", user), 409, "hold_limit")
    larger = records.show(maxHeldPerUser=12.0, seats=20)
    client.must_hold(larger, [f"S{i}" for i in range(1, 11)], user)
    client.must_hold(larger, ["S11", "S12"], user)
    assert_problem(client.hold(larger, "S13", user), 409, "hold_limit")


def test_the_shows_own_limit_of_seats_owned(site, client, records):
    show, user = records.show(maxOwnedPerUser=3), new_user()
    assert_problem(client.hold(show, ["S1", "S2", "S3", "S4"], user), 409, "hold_limit")
    booking = client.must_buy(show, ["S1", "S2"], user)
    client.must_hold(show, ["S3", "S4"], user)
    with unchanged(site, client, records, show):
        problem = assert_problem(client.confirm(show, ["S3", "S4"], user), 409, "owned_limit")
        assert seats_of(problem) == {"S3": "limit", "S4": "limit"} and "3 seats" in problem["detail"]
    client.must_confirm(show, "S3", user)
    assert_problem(client.confirm(show, "S4", user), 409, "owned_limit")
    assert client.must_confirm(show, ["S1", "S3"], user, status=200)["alreadyBooked"]
    client.must_cancel(booking, user, "S1")
    client.must_confirm(show, "S4", user)
    client.must_buy(show, ["S5", "S6", "S7"], new_user())


def test_the_sites_limit_of_seats_owned(site, client, records):
    with worker_settings(site, BOXOFFICE_MAX_OWNED=2):
        show, user = records.show(), new_user()
        client.must_buy(show, ["S1", "S2"], user)
        client.must_hold(show, "S3", user)
        assert_problem(client.confirm(show, "S3", user), 409, "owned_limit")
        client.must_buy(records.show(), "S1", user)
        without = records.show(maxOwnedPerUser=0)
        for seats in (["S1", "S2"], ["S3", "S4"]):
            client.must_buy(without, seats, user)


def test_seats_bought_from_another_program_count(client, records):
    show, user = records.show(maxOwnedPerUser=3), new_user()
    records.book(show, ["S1", "S2", "S3", "S4"], user)
    client.must_hold(show, "S5", user)
    assert_problem(client.confirm(show, "S5", user), 409, "owned_limit")


def test_without_the_index_only_the_limit_fails(client, records, site):
    limited, free, user = records.show(maxOwnedPerUser=3), records.show(), new_user()
    for show in (limited, free):
        client.must_hold(show, "S1", user)
    records.db.bookings.drop_index("userId_1_showId_1")
    try:
        assert "boxoffice-seed init" in assert_problem(client.confirm(limited, "S1", user), 503, "misconfigured")["detail"]
        client.must_confirm(free, "S1", user)
    finally:
        records.db.bookings.create_index([("userId", 1), ("showId", 1)])
    client.must_confirm(limited, "S1", user)
