"""Confirmations against each other and against holds."""

from lib.client import Client, new_user
from lib.faults import settle
from lib.problems import assert_problem
from lib.shows import forget, keys_of
from lib.threads import together

CLIENTS = 20


def test_one_user_confirms_twenty_times_at_once(site, client, records):
    clients = [Client(site) for _ in range(CLIENTS)]
    for seats in (["S1"], ["S1", "S2", "S3"], ["S4", "S2"], ["S5"]):
        show, user = records.show(), new_user()
        client.must_hold(show, seats, user)
        answers = together(lambda c=c: c.confirm(show, seats, user) for c in clients)
        ids = set()
        for answer in answers:
            if answer.status_code == 503:
                assert_problem(answer, 503, None)
                continue
            assert answer.status_code in (200, 201), answer.text
            assert answer.json()["alreadyBooked"] is (answer.status_code == 200)
            ids.add(answer.json()["bookingId"])
        assert [answer.status_code for answer in answers].count(201) <= 1
        final = settle(client, show, seats, user).json()
        assert ids <= {final["bookingId"]}, "one sale, several ids"
        assert records.assert_booked(show, seats, user) == final["bookingId"]
        assert set(records.bookings(show)) == set(seats)
        assert client.summary(show).json()["bookedCount"] == len(seats)


def test_overlapping_confirms_of_one_user(site, client, records):
    """Different parts of one hold at once: every seat is sold once, to the user, and every answer is true."""
    clients = [Client(site) for _ in range(10)]
    seats = [f"S{i}" for i in range(1, 7)]
    show, user = records.show(), new_user()
    client.must_hold(show, seats, user)
    parts = [seats[i:i + 3] for i in range(4)] + [seats, seats[:2], seats[::-1], seats[:1], seats[2:3], seats[4:]]
    answers = together(lambda c=c, p=p: c.confirm(show, p, user) for c, p in zip(clients, parts))
    found = records.bookings(show)
    for part, answer in zip(parts, answers):
        if answer.status_code == 503:
            assert_problem(answer, 503, None)
            continue
        assert answer.status_code in (200, 201), answer.text
        for booking in answer.json()["bookings"]:
            assert str(found[booking["seatNumber"]]["bookingId"]) == booking["bookingId"]
        assert [booking["seatNumber"] for booking in answer.json()["bookings"]] == part
    assert settle(client, show, seats, user).status_code in (200, 201)
    assert {document["userId"] for document in records.bookings(show).values()} == {user}
    assert set(records.bookings(show)) == set(seats)


def test_twenty_users_with_stale_holds(site, client, records):
    """Each held the seats once, Redis forgot all but the last: only that one may buy."""
    clients = [Client(site) for _ in range(CLIENTS)]
    for seats in (["S1"], ["S1", "S2"]):
        show, users = records.show(), [new_user() for _ in clients]
        for user in users:
            forget(site, show)
            client.must_hold(show, seats, user)
        answers = dict(zip(users, together(lambda c=c, u=u: c.confirm(show, seats, u)
                                           for c, u in zip(clients, users))))
        last = users[-1]
        for user in users[:-1]:
            assert_problem(answers[user], {403, 409}, {"held_by_another", "seats_sold"})
        assert answers[last].status_code == 201, answers[last].text
        assert records.assert_booked(show, seats, last) == answers[last].json()["bookingId"]
        assert set(records.bookings(show)) == set(seats)


def test_confirm_against_holds(site, client, records):
    """Between hold and sale there is no gap through which another can slip."""
    clients = [Client(site) for _ in range(CLIENTS)]
    for _ in range(6):
        show, owner = records.show(), new_user("owner")
        client.must_hold(show, ["S1", "S2"], owner)

        def rival(c):
            answers = []
            for _ in range(5):
                answers.append(c.hold(show, ["S2", "S3"], new_user("rival")))
            return answers

        sold, *others = together([lambda: clients[0].confirm(show, ["S1", "S2"], owner)]
                                 + [lambda c=c: rival(c) for c in clients[1:]])
        assert sold.status_code == 201, sold.text
        for answer in (answer for answers in others for answer in answers):
            assert_problem(answer, 409, "seats_unavailable")
        records.assert_booked(show, ["S1", "S2"], owner)
        assert client.seat_map(show)["S3"] == "available"


def test_rivals_whose_holds_were_forgotten(site, client, records):
    """The index decides between two who each had a hold (Redis was emptied in between): one sale, one refusal."""
    for _ in range(5):
        show, first, second = records.show(), new_user(), new_user()
        client.must_hold(show, ["S1", "S2"], first)
        forget(site, show)
        client.must_hold(show, ["S2", "S3"], second)
        one, two = together([lambda: Client(site).confirm(show, ["S1", "S2"], first),
                             lambda: Client(site).confirm(show, ["S2", "S3"], second)])
        assert_problem(one, {403, 409, 410}, {"held_by_another", "seats_sold", "hold_expired"})
        assert two.status_code == 201
        records.assert_booked(show, ["S2", "S3"], second)
        assert "S1" not in records.bookings(show)


def test_nothing_is_left_announced(site, client, records):
    show = records.show(seats=40)
    users = [new_user() for _ in range(CLIENTS)]
    clients = [Client(site) for _ in users]

    def buy(c, user, seats):
        c.must_hold(show, seats, user)
        assert c.confirm(show, seats, user).status_code in (201, 503)
        return settle(c, show, seats, user)

    together(lambda c=c, u=u, s=[f"S{2 * i + 1}", f"S{2 * i + 2}"]: buy(c, u, s)
             for i, (c, u) in enumerate(zip(clients, users)))
    assert client.summary(show).json()["bookedCount"] == 40 == len(records.bookings(show))
    assert not keys_of(site, show, "confirming") and not keys_of(site, show, "user")
