"""Releases against confirmations, against holds, and against each other."""

from lib.client import Client, new_user
from lib.faults import settle
from lib.problems import assert_problem
from lib.shows import held_keys, keys_of
from lib.threads import Background, together

CLIENTS = 20


def test_release_against_confirm(site, client, records):
    """Who gives seats back while they are confirmed has bought them or lost them, whole; never both."""
    clients = [Client(site) for _ in range(8)]
    seen = set()
    for turn in range(200):
        show, user = records.show(), new_user()
        seats = ["S1", "S2", "S3"][: turn % 3 + 1]
        client.must_hold(show, seats, user)
        sold, *others = together([lambda: clients[0].confirm(show, seats, user)]
                                 + [lambda c=c: c.release(show, seats, user) for c in clients[1:]])
        for answer in others:
            if answer.status_code != 200:
                assert_problem(answer, 409, {"confirming", "seats_sold"})
        given_back = any(answer.status_code == 200 for answer in others)
        if sold.status_code == 503:
            sold = settle(client, show, seats, user)
        assert given_back == (sold.status_code == 410), [answer.text for answer in (sold, *others)]
        if given_back:
            assert records.bookings(show) == {} and held_keys(site, show) == set()
            client.must_hold(show, seats, new_user())
        else:
            records.assert_booked(show, seats, user)
        seen.add(given_back)
        if turn >= 24 and len(seen) == 2:
            break
    assert seen == {True, False}, "the race always went the same way: it shows nothing"


def test_release_against_holds_of_others(site, client, records):
    """Of those who wait for a seat one gets it, whole, and no release of its old holder takes it away again."""
    clients = [Client(site) for _ in range(CLIENTS)]
    for _ in range(8):
        show, owner, users = records.show(), new_user("owner"), [new_user() for _ in clients[4:]]
        client.must_hold(show, ["S1", "S2"], owner)

        def wait_for_it(c, user):
            for _ in range(40):
                if (answer := c.hold(show, ["S1", "S2"], user)).status_code == 200:
                    return answer
            return answer

        answers = together([lambda c=c: c.release(show, ["S2", "S1"], owner) for c in clients[:4]]
                           + [lambda c=c, u=u: wait_for_it(c, u) for c, u in zip(clients[4:], users)])
        for answer in answers[:4]:
            assert answer.status_code == 200 or assert_problem(answer, 403, "held_by_another")
        winners = [user for user, answer in zip(users, answers[4:]) if answer.status_code == 200]
        assert len(winners) == 1, [answer.status_code for answer in answers]
        assert_problem(client.release(show, ["S1", "S2"], owner), 403, "held_by_another")
        client.must_confirm(show, ["S1", "S2"], winners[0])
        records.assert_booked(show, ["S1", "S2"], winners[0])


def test_twenty_releases_of_one_hold(site, client, records):
    """One of them gives the seats back, all of them are answered alike."""
    clients = [Client(site) for _ in range(CLIENTS)]
    for _ in range(5):
        show, user = records.show(), new_user()
        client.must_hold(show, ["S1", "S2", "S3"], user)
        answers = together(lambda c=c: c.release(show, ["S1", "S2", "S3"], user) for c in clients)
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(answer.json()["releasedCount"] for answer in answers) == [0] * (CLIENTS - 1) + [3]
        assert client.summary(show).json()["heldCount"] == 0 and not keys_of(site, show, "user")


def test_overlapping_releases(site, client, records):
    """Each seat is given back once; what was not asked for stays."""
    clients = [Client(site) for _ in range(9)]
    show, user = records.show(), new_user()
    seats = [f"S{i}" for i in range(1, 11)]
    for _ in range(5):
        client.must_hold(show, seats, user)
        answers = together(lambda c=c, i=i: c.release(show, seats[i:i + 2], user) for i, c in enumerate(clients[:8]))
        assert sum(answer.json()["releasedCount"] for answer in answers) == 9
        assert held_keys(site, show) == {"S10"}


def test_readers_see_whole_batches_go(site, client, records):
    show, user, batch = records.show(seats=6), new_user(), ["S1", "S3", "S5"]
    readers = [Client(site) for _ in range(4)]

    def look(number):
        states = readers[number].seat_map(show)
        assert len({states[seat] for seat in batch}) == 1, f"part of a batch: {states}"
        assert readers[number].summary(show).json()["heldCount"] in (0, 3)

    with Background(look, count=4) as load:
        for _ in range(60):
            client.must_hold(show, batch, user)
            client.must_release(show, batch, user)
    assert load.turns >= 20
