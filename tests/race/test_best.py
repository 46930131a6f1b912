"""A hundred clients ask for the best seats at once: each gets its own, and none is refused while enough are left."""

import random

from lib.client import Client, new_user
from lib.halls import drawn, real
from lib.problems import assert_problem
from lib.shows import held_keys
from lib.threads import together

CLIENTS = 100
TURNS = 6


def rush(clients, show, quantities, users=None):
    users = users or [new_user() for _ in quantities]
    return together(lambda c=c, q=q, u=u: c.best(show, q, u) for c, q, u in zip(clients, quantities, users))


def granted(answers):
    """The groups of those who got one; no two may have a seat in common."""
    groups = [answer.json()["seatNumbers"] for answer in answers if answer.status_code == 200]
    seats = [seat for group in groups for seat in group]
    assert len(seats) == len(set(seats)), "two clients were given one seat"
    return groups


def test_a_hundred_clients_to_the_last_seat(site, client, records):
    clients, hall = [Client(site) for _ in range(CLIENTS)], real("cinema")
    show = records.show(layout=hall.layout)
    answers = rush(clients, show, [3] * CLIENTS)
    assert {answer.status_code for answer in answers} == {200}
    first = granted(answers)
    assert len({tuple(group) for group in first}) == CLIENTS
    # The rows are of several lengths, and four of its seats are for wheelchairs: the last groups are in pieces.
    assert sum(hall.parts(group) == 1 for group in first) >= 75
    answers = rush(clients, show, [1 + i % 4 for i in range(CLIENTS)])
    late = granted(answers)
    taken = {seat for group in first + late for seat in group}
    for quantity, answer in zip([1 + i % 4 for i in range(CLIENTS)], answers):
        if answer.status_code != 200:
            assert assert_problem(answer, 409, "not_enough_seats")["seatsLeft"] < quantity
    assert len(taken) == 312 and taken == set(hall.labels) == held_keys(site, show), "refused while seats were left"
    assert client.summary(show).json()["availableCount"] == 0


def test_pairs_leave_no_orphan(site, client, records):
    """Were one pair to leave a single seat, the last ones could not sit side by side."""
    clients = [Client(site) for _ in range(CLIENTS)]
    hall = drawn(*["........ .......... ........"] * 11, "Ww...... Ww......Ww ......Ww")  # 312 seats
    show = records.show(layout=hall.layout)
    groups = granted(rush(clients, show, [2] * CLIENTS)) + granted(rush(clients[:56], show, [2] * 56))
    assert len(groups) == 156 and {hall.parts(group) for group in groups} == {1}
    assert_problem(client.best(show, 1, new_user()), 409, "not_enough_seats")


def test_others_in_between_make_no_orphan(site, client, records):
    """Groups of different sizes, half of the house: another choice there always is. Whoever chose by what was free before
    the others came would leave single seats."""
    clients, hall = [Client(site) for _ in range(50)], real("cinema")
    for _ in range(4):
        show = records.show(layout=hall.layout)
        groups = granted(rush(clients, show, [2 + i % 3 for i in range(50)]))
        assert len(groups) == 50 and {hall.parts(group) for group in groups} == {1}
        assert not hall.orphans(set(hall.labels) - {seat for group in groups for seat in group})


def test_against_holds_releases_and_confirmations(site, client, records):
    """Some ask for the best seats, others name theirs, give them back or buy them: what each holds is its own."""
    clients, hall = [Client(site) for _ in range(20)], real("cinema")
    show, labels = records.show(layout=hall.layout), list(hall.labels)
    mine = [{} for _ in clients]  # {seat: user}

    def take(number):
        rng, own, best = random.Random(number), mine[number], number % 2 == 0
        for _ in range(TURNS):
            user, quantity = new_user(), rng.randint(1, 4)
            if best:
                answer = clients[number].best(show, quantity, user)
                assert answer.status_code == 200, "enough seats are left all the time"
            else:
                answer = clients[number].hold(show, rng.sample(labels, quantity), user)
            if answer.status_code != 200:
                assert_problem(answer, 409, "seats_unavailable")
                continue
            seats = answer.json()["seatNumbers"]
            assert len(seats) == quantity
            end = rng.randrange(3)
            if end == 0:
                clients[number].must_release(show, seats, user)
                continue
            if end == 1:
                clients[number].must_confirm(show, seats, user)
            own.update(dict.fromkeys(seats, user))

    together(lambda n=n: take(n) for n in range(len(clients)))
    everybodys = [seat for own in mine for seat in own]
    assert len(everybodys) == len(set(everybodys)), "a seat was given to two"
    taken = {seat for seat, state in client.seat_map(show).items() if state != "available"}
    assert taken == set(everybodys)
    owners = {seat: user for own in mine for seat, user in own.items()}
    assert {seat: document["userId"] for seat, document in records.bookings(show).items()}.items() <= owners.items()


def test_the_same_request_twenty_times(site, client, records):
    clients, user = [Client(site) for _ in range(20)], new_user()
    show = records.show()
    answers = together(lambda c=c: c.best(show, 3, user, requestKey="once-and-again") for c in clients)
    assert {answer.status_code for answer in answers} == {200}
    assert len({(answer.json()["holdId"], tuple(answer.json()["seatNumbers"])) for answer in answers}) == 1
    assert client.summary(show).json()["heldCount"] == 3


def test_the_cap_under_a_rush(site, client, records):
    """Twenty requests of one user at once never exceed the cap of ten seats."""
    clients, user = [Client(site) for _ in range(20)], new_user()
    show = records.show(seats=200)
    answers = rush(clients, show, [3] * 20, [user] * 20)
    assert len(granted(answers)) == 3
    for answer in answers:
        if answer.status_code != 200:
            assert_problem(answer, 409, "hold_limit")
    assert client.summary(show).json()["heldCount"] == 9
