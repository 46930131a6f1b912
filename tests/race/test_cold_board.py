"""Holds that race while nobody knows the board yet: each worker loads it, one user wins."""

import random
import time

from lib.client import Client, new_user
from lib.problems import assert_problem, seats_of
from lib.shows import forget, held_keys, worker_settings
from lib.threads import Background, together

CLIENTS = 20


def race_for_one_seat(clients, show, seats, users):
    answers = together(lambda c=c, u=u: c.hold(show, seats, u) for c, u in zip(clients, users))
    winners = [user for user, answer in zip(users, answers) if answer.status_code == 200]
    assert len(winners) == 1, [answer.text for answer in answers]
    for answer in answers:
        if answer.status_code != 200:
            assert_problem(answer, 409, "seats_unavailable")
    return winners[0]


def test_first_holds_of_a_new_show(site, records):
    clients = [Client(site) for _ in range(CLIENTS)]
    for _ in range(10):
        show = records.show()
        race_for_one_seat(clients, show, ["S1", "S2"], [new_user() for _ in clients])
        assert held_keys(site, show) == {"S1", "S2"}


def test_after_redis_forgot(site, client, records):
    """What was sold stays sold though only MongoDB knows it."""
    clients = [Client(site) for _ in range(CLIENTS)]
    show, owner = records.show(), new_user("owner")
    client.must_hold(show, ["S1", "S2"], owner)
    client.must_confirm(show, ["S1", "S2"], owner)
    for number in range(3, 11):
        forget(site, show)
        seat = f"S{number}"
        wanted = [[seat], ["S1", seat]] * (CLIENTS // 2)
        answers = together(lambda c=c, w=w: c.hold(show, w, new_user()) for c, w in zip(clients, wanted))
        assert [answer.status_code for answer in answers].count(200) == 1
        for want, answer in zip(wanted, answers):
            if "S1" in want:
                assert seats_of(assert_problem(answer, 409, "seats_unavailable"))["S1"] == "booked"
        assert client.seat_map(show)["S1"] == "booked"


def test_while_redis_is_emptied_all_the_time(site, client, records):
    """The board vanishes between any two steps: an answer may be a refusal, but never two sales or half a one."""
    shows = [records.show(seats=3) for _ in range(8)]
    seats = ["S1", "S3"]

    def buy(show):
        mine, user = Client(site), new_user()
        for _ in range(8):
            held = mine.hold(show, seats, user)
            assert held.status_code in (200, 409, 503), held.text
            answer = mine.confirm(show, seats, user)
            if answer.status_code in (200, 201):
                return user
            assert_problem(answer, {403, 409, 410, 503}, None)
            if answer.json()["code"] == "seats_sold":
                return None
        return None

    def flush(_):
        site.redis.client().flushall()
        time.sleep(random.uniform(0, 0.15))  # some sales fit in between, some do not

    with Background(flush) as wreck:
        for show in shows:
            buyers = [user for user in together(lambda: buy(show) for _ in range(4)) if user]
            assert len(buyers) <= 1, "two were told that they have bought the same"
            found = records.bookings(show)
            assert set(found) in (set(), set(seats)), f"half a sale: {found}"
            if buyers:
                records.assert_booked(show, seats, buyers[0])
    assert wreck.turns > 10
    for show in shows:
        sold = {seat for seat, state in client.seat_map(show).items() if state == "booked"}
        assert sold == set(records.bookings(show))


def test_boards_that_are_never_trusted(site, records):
    """BOARD_SECONDS = 0: each operation loads; the rules are the same."""
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        clients = [Client(site) for _ in range(CLIENTS)]
        for _ in range(3):
            show = records.show()
            winner = race_for_one_seat(clients, show, "S1", [new_user() for _ in clients])
            clients[0].must_confirm(show, "S1", winner)
            records.assert_booked(show, ["S1"], winner)


def test_new_workers_at_once(site, records):
    """Every worker has just started: it knows neither scripts nor shows."""
    clients = [Client(site) for _ in range(CLIENTS)]
    show = records.show()
    site.redis.client().script_flush()
    site.workers.restart()
    race_for_one_seat(clients, show, ["S1", "S2"], [new_user() for _ in clients])
