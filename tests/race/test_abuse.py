"""Abuses by many requests at once: the bound of a user's seats, and a hold's whole life."""

import itertools
import random
import time

import pytest

from lib.attempts import attempt
from lib.client import Client, new_user, order, wish
from lib.problems import assert_problem
from lib.shows import held_keys, worker_settings
from lib.threads import Background
from lib.waiting import wait_until

CAP = 10
GRACE_MS = 15000
SEATS = 120


def spellings(client, show, seats, user):
    """One order in all the ways in which it may be written."""
    path = random.choice(("/hold", "/api/bookings/hold"))
    key = random.choice(("seatNumber", "seatNumbers"))
    return client.post(path, {"showId": random.choice((show, show.upper(), show.title())), key: seats, "userId": user})


def test_exceeding_the_quota_by_parallel_requests(site, records):
    """Holds, best seats, extensions and releases of one user, spelled in every way: never more than ten seats at a time."""
    show, user = records.show(seats=SEATS), new_user()

    def rush(number):
        mine, rng = Client(site), random.Random(number)
        for _ in range(30):
            seats = rng.sample([f"S{i}" for i in range(1, SEATS + 1)], rng.randint(1, 5))
            answer = rng.choice((
                lambda: spellings(mine, show, seats, user), lambda: spellings(mine, show, seats, user),
                lambda: mine.post("/best-available", wish(show, rng.randint(1, 5), user)),
                lambda: mine.post("/release", order(show, seats[:1], user))))()
            if answer.status_code not in (200, 409):
                assert_problem(answer, 503, None)

    redis = site.redis.client()

    def watch(_):
        held = redis.eval("return #redis.call('KEYS', ARGV[1])", 0, f"hold:{{{show}}}:*")
        assert held <= CAP, f"{held} seats of one user"

    with Background(watch) as watching:
        attempt(site, [lambda _, n=n: rush(n) for n in range(12)], at_once=12)
    assert watching.turns > 50
    assert 0 < len(held_keys(site, show)) <= CAP


def test_exceeding_the_quota_of_each_request_alone(site, client, records):
    """Three hundred requests for another seat each, sent at once: ten are granted."""
    show, user = records.show(seats=300), new_user()
    answers = attempt(site, [lambda client, n=n: client.hold(show, f"S{n}", user) for n in range(1, 301)], at_once=20)
    assert [answer.status_code for answer in answers].count(200) == CAP
    for answer in answers:
        if answer.status_code != 200:
            assert_problem(answer, 409, "hold_limit")
    assert client.summary(show).json()["heldCount"] == CAP


@pytest.mark.parametrize("tries", ["one seat is not held", "one seat is another's", "one seat is sold", "one seat was sold by another program"])
def test_outliving_the_cap_by_confirmations_that_fail(site, client, records, tries):
    """Confirm with one bad seat, hold, extend, again and again and at once: no end in Redis is ever past the first + 15 s, and
    what the user is told never moves."""
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=6, BOXOFFICE_HOLD_MAX_SECONDS=6):
        show, user, other = records.show(), new_user(), new_user("other")
        held = client.must_hold(show, "S1", user)
        if tries == "one seat is another's":
            client.must_hold(show, "S2", other)
        elif tries == "one seat is sold":
            client.must_buy(show, "S2", other)
        elif tries == "one seat was sold by another program":
            client.must_hold(show, "S2", user)
            records.book(show, "S2", other)
        redis, key = site.redis.client(), f"hold:{{{show}}}:S1"
        first_end = int(redis.get(key).split(b":")[1])
        ends = set()

        def one(client, path):
            answer = client.post(path, order(show, ["S1", "S2"] if path == "/confirm" else "S1", user))
            assert answer.status_code != 201
            ends.add(redis.execute_command("PEXPIRETIME", key))
            return answer

        start, answers = time.monotonic(), []
        while time.monotonic() - start < 2.5:  # within its life: what lengthens it must be tried while it lasts
            answers += attempt(site, [lambda client, path=path: one(client, path) for path in
                                      itertools.islice(itertools.cycle(("/confirm", "/confirm", "/extend", "/hold")), 40)])
        assert len(answers) >= 80
        assert {answer.json()["expiresAt"] for answer in answers if answer.status_code == 200} <= {held["expiresAt"]}
        assert max(ends) <= first_end + GRACE_MS
        assert records.bookings(show).get("S1") is None
        assert (max(ends) > first_end) is (tries == "one seat was sold by another program"), "only what reached MongoDB takes longer"


def test_outliving_the_cap_past_the_first_end(site, client, records):
    """Each confirmation meets a seat that another program has just sold, and so fails after it has lengthened the others:
    however often, and past the end that the user was told, the bound of the first one stays."""
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=2, BOXOFFICE_HOLD_MAX_SECONDS=2):
        show, user, redis = records.show(), new_user(), site.redis.client()
        seats = [f"S{i}" for i in range(1, CAP + 1)]
        client.must_hold(show, seats, user)
        key = f"hold:{{{show}}}:S1"
        first_end = int(redis.get(key).split(b":")[1])

        def now():
            seconds, micros = redis.time()
            return seconds * 1000 + micros // 1000

        for past in (-1900, 500, 1000, 2000, 3000):
            wait_until(lambda: now() > first_end + past, 10, "the next attempt's time")
            records.book(show, seats.pop(), "of-another-program")
            answer = client.confirm(show, [*seats, f"S{len(seats) + 1}"], user)
            assert_problem(answer, {409, 503}, None)
            assert first_end < redis.execute_command("PEXPIRETIME", key) <= first_end + GRACE_MS
        assert redis.execute_command("PEXPIRETIME", key) == first_end + GRACE_MS, "the bound was reached"
        assert_problem(client.hold(show, "S1", user), 409, "seats_unavailable")
        assert_problem(client.extend(show, "S1", user), {409, 410}, None)
