"""Twenty clients want the same: one wins, the others are told so."""

import random

from lib.client import Client, new_user
from lib.problems import assert_problem, seats_of
from lib.shows import held_keys
from lib.threads import together

CLIENTS = 20


def test_one_seat(site, client, records):
    clients = [Client(site) for _ in range(CLIENTS)]
    for _ in range(10):
        show, users = records.show(seats=3), [new_user() for _ in clients]
        answers = together(lambda c=c, u=u: c.hold(show, "S2", u) for c, u in zip(clients, users))
        winners = [user for user, answer in zip(users, answers) if answer.status_code == 200]
        assert len(winners) == 1, [answer.status_code for answer in answers]
        for user, answer in zip(users, answers):
            if user not in winners:
                assert seats_of(assert_problem(answer, 409, "seats_unavailable")) == {"S2": "held"}
            elif answer.json()["userId"] != user:
                raise AssertionError(f"{user} got the answer of {answer.json()}")
        assert client.seat_map(show) == {"S1": "available", "S2": "held", "S3": "available"}
        client.must_confirm(show, "S2", winners[0])
        records.assert_booked(show, ["S2"], winners[0])


def test_overlapping_batches(site, client, records):
    """Winners share no seat, losers hold nothing, and what is held is what was granted."""
    clients = [Client(site) for _ in range(CLIENTS)]
    for _ in range(8):
        show = records.show(seats=12)
        wanted = {new_user(): random.sample([f"S{i}" for i in range(1, 13)], 3) for _ in clients}
        answers = dict(zip(wanted, together(lambda c=c, u=u: c.hold(show, wanted[u], u)
                                            for c, u in zip(clients, wanted))))
        granted = {user: wanted[user] for user, answer in answers.items() if answer.status_code == 200}
        taken = [seat for seats in granted.values() for seat in seats]
        assert granted and len(taken) == len(set(taken)), f"two winners share a seat: {granted}"
        for user, answer in answers.items():
            if user in granted:
                assert answer.json()["userId"] == user and answer.json()["seatNumbers"] == wanted[user]
            else:
                named = set(seats_of(assert_problem(answer, 409, "seats_unavailable")))
                assert named and named <= set(taken) & set(wanted[user]), "refused because of a seat that is free"
        assert held_keys(site, show) == set(taken)
        assert {seat for seat, state in client.seat_map(show).items() if state == "held"} == set(taken)
        for user in wanted:
            if user in granted:
                client.must_confirm(show, wanted[user], user)
                records.assert_booked(show, wanted[user], user)
            else:
                assert_problem(client.confirm(show, wanted[user], user), {403, 409, 410}, None)
        assert set(records.bookings(show)) == set(taken)


def test_same_hold_twenty_times(site, client, records):
    """One user in a hurry: every answer is the same hold."""
    clients = [Client(site) for _ in range(CLIENTS)]
    for _ in range(5):
        show, user = records.show(), new_user()
        answers = together(lambda c=c: c.hold(show, ["S1", "S2", "S3"], user) for c in clients)
        assert {answer.status_code for answer in answers} == {200}
        assert len({(answer.json()["holdId"], answer.json()["expiresAt"]) for answer in answers}) == 1
        assert client.summary(show).json()["heldCount"] == 3


def test_cap_under_a_rush(site, client, records):
    """Twenty holds of one user at once never exceed the cap of ten seats."""
    clients = [Client(site) for _ in range(CLIENTS)]
    show, user = records.show(seats=60), new_user()
    wanted = [[f"S{3 * i + 1}", f"S{3 * i + 2}", f"S{3 * i + 3}"] for i in range(CLIENTS)]
    answers = together(lambda c=c, s=s: c.hold(show, s, user) for c, s in zip(clients, wanted))
    good = [answer for answer in answers if answer.status_code == 200]
    assert len(good) == 3
    for answer in answers:
        if answer.status_code != 200:
            assert_problem(answer, 409, "hold_limit")
    assert client.summary(show).json()["heldCount"] == 9


def test_answers_reach_those_who_asked(site, records):
    """Many workers, many users: nobody gets another's answer."""
    clients = [Client(site) for _ in range(CLIENTS)]
    shows = [records.show(seats=3, title=f"show {i}") for i in range(CLIENTS)]

    def run(number):
        mine, user = shows[number], new_user()
        for _ in range(8):
            assert clients[number].status(mine).json()["showTitle"] == f"show {number}"
            held = clients[number].must_hold(mine, ["S1", "S3"], user)
            assert (held["showId"], held["userId"]) == (mine, user)
            assert clients[number].summary(mine).json()["movieTitle"] == f"show {number}"
        assert clients[number].must_confirm(mine, ["S1", "S3"], user)["userId"] == user

    together(lambda n=n: run(n) for n in range(CLIENTS))
