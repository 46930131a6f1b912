"""Cancellations against each other, against confirmations and loads; confirmations of one user against its limit."""

import json
import threading

import pytest

from lib.client import Client, new_user
from lib.problems import assert_problem
from lib.seed import DONE, UNREACHABLE, Seed
from lib.shows import keys_of, worker_settings
from lib.threads import Background, together
from lib.waiting import wait_until

CLIENTS = 10


def booked(client, show):
    return {seat for seat, state in client.seat_map(show).items() if state == "booked"}


def test_one_booking_cancelled_ten_times_at_once(site, client, records):
    clients = [Client(site) for _ in range(CLIENTS)]
    for seats in (["S1"], ["S1", "S2", "S3"]):
        show, user = records.show(), new_user()
        booking = client.must_buy(show, seats, user)
        answers = together(lambda c=c: c.cancel(booking, user) for c in clients)
        told = [answer.json()["alreadyCancelled"] for answer in answers if answer.status_code == 200]
        for answer in answers:
            assert answer.status_code == 200 or assert_problem(answer, 503, None), answer.text
        assert told.count(False) <= 1
        assert client.must_cancel(booking, user)["alreadyCancelled"]
        moved = records.cancellations(show)
        assert set(moved) == {(seat, booking) for seat in seats} and records.bookings(show) == {}
        assert len({document["cancellationId"] for document in moved.values()}) == 1, "each seat by one and the same"
        assert booked(client, show) == set()


def test_overlapping_parts(site, client, records):
    clients, readers = [Client(site) for _ in range(CLIENTS)], [Client(site) for _ in range(4)]
    for _ in range(8):
        show, user, seats = records.show(), new_user(), [f"S{i}" for i in range(1, 7)]
        booking = client.must_buy(show, seats, user)
        parts = [seats[i:i + 3] for i in range(4)] + [seats[:2], seats[::-1], seats[:1], seats[4:], seats[2:3], seats]
        gone = [set() for _ in readers]
        with Background(lambda n, b=booking, u=user, s=seats, g=gone: look(readers[n], b, u, s, g[n]), len(readers)) as looking:
            wait_until(lambda: looking.turns > 8, 10, "first looks")
            answers = together(lambda c=c, p=p: c.cancel(booking, user, p) for c, p in zip(clients, parts))
            turns = looking.turns
            wait_until(lambda: looking.turns > turns + 8, 10, "last looks")
        for part, answer in zip(parts, answers):
            if answer.status_code == 200:
                assert {seat["status"] for seat in answer.json()["seats"]} == {"cancelled"}
                assert answer.json()["seatNumbers"] == part
            else:
                assert_problem(answer, 503, None)
        client.must_cancel(booking, user)
        assert len(records.cancellations(show)) == 6 and records.bookings(show) == {} and booked(client, show) == set()


def look(reader, booking, user, seats, gone):
    """While parts of it go, each seat is told once, as booked or given back; what is given back stays so."""
    answer = reader.booking(booking, user)
    if answer.status_code == 503:
        assert_problem(answer, 503, None)
        return
    assert answer.status_code == 200, answer.text
    told = [(seat["seatNumber"], seat["status"]) for seat in answer.json()["seats"]]
    assert sorted(seat for seat, _ in told) == seats and {status for _, status in told} <= {"booked", "cancelled"}, told
    now_gone = {seat for seat, status in told if status == "cancelled"}
    assert gone <= now_gone, f"{gone} were given back: {told}"
    gone.update(now_gone)


def test_staff_cancels_seats_while_their_users_do(site, client, records):
    """`boxoffice-seed cancel --show` gives back one booking after the other, of each the first seat, while their users give back
    whole bookings, from the other end: each seat goes once, and none is lost."""
    show, seed, bought = records.show(seats=40), Seed(site, site.seed_uri, site.mongo_db), []
    for number in range(1, 41, 2):
        user = new_user()
        bought.append((client.must_buy(show, [f"S{number}", f"S{number + 1}"], user), user))
    firsts, staff = [f"S{number}" for number in range(1, 41, 2)], []
    thread = threading.Thread(target=lambda: staff.append(seed.run("cancel", "--show", show, *firsts, "--json")))
    thread.start()
    wait_until(lambda: records.cancellations(show), 20, "a first seat that staff has given back")
    refused = 0
    for each in [bought[::-1][at:at + 4] for at in range(0, 20, 4)]:
        for answer in together(lambda b=b, u=u: Client(site).cancel(b, u) for b, u in each):
            if answer.status_code != 200:
                assert_problem(answer, {409, 503}, None)
                refused += 1
    thread.join(60)
    assert staff[0].returncode in (DONE, UNREACHABLE), staff[0]
    moved = records.cancellations(show)
    assert len(moved) + len(records.bookings(show)) == 40, "none is lost"
    if not refused and staff[0].returncode == DONE:
        assert len(moved) == 40
    seed("cancel", "--show", show, *firsts)
    for booking, user in bought:
        assert client.must_cancel(booking, user)["seatNumbers"]
    assert json.loads(seed("cancel", "--show", show, *firsts, "--json"))["cancelled"] == 0
    assert set(records.cancellations(show)) == {(f"S{number + more}", booking) for number, (booking, _) in zip(range(1, 41, 2), bought)
                                                for more in (0, 1)}
    assert records.bookings(show) == {} and booked(client, show) == set()


def test_confirmations_repeated_while_it_is_cancelled(site, client, records):
    """No sale comes back: a seat is free, or sold anew to somebody who held it."""
    for _ in range(8):
        show, user = records.show(), new_user()
        client.must_hold(show, ["S1", "S2"], user)
        booking = client.must_confirm(show, ["S1", "S2"], user)["bookingId"]
        first, *rest = together([lambda: Client(site).cancel(booking, user)]
                                + [lambda: Client(site).confirm(show, ["S1", "S2"], user) for _ in range(6)])
        if first.status_code != 200:
            assert_problem(first, {409, 503}, None)
            client.must_cancel(booking, user)
        for answer in rest:
            if answer.status_code == 200:
                assert answer.json()["bookingId"] == booking
            else:
                assert_problem(answer, {410, 503}, None)
        assert records.bookings(show) == {} and booked(client, show) == set()


@pytest.mark.parametrize("board_seconds", [5, 0])
def test_bought_and_cancelled_while_boards_are_loaded(site, client, records, board_seconds):
    """Every load tells the truth once the answers are out: what is booked is shown so, and nothing else."""
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=board_seconds):
        show = records.show(seats=12)

        def churn(number):
            mine, user, seat = Client(site), new_user(), [f"S{2 * number + 1}", f"S{2 * number + 2}"]
            perhaps_sold = False
            for _ in range(10):
                assert mine.hold(show, seat, user).status_code in ((200, 409, 503) if perhaps_sold else (200, 503))
                answer = mine.confirm(show, seat, user)
                assert answer.status_code in (200, 201, 410, 503), answer.text
                perhaps_sold = answer.status_code == 503
                if answer.status_code in (200, 201):
                    wait_until(lambda: cancelled(mine, answer.json()["bookingId"], user), 20, "the seats to be given back", 0.005)

        def cancelled(mine, booking, user):
            """Where each load is overtaken by the others' changes, it is refused at times."""
            answer = mine.cancel(booking, user)
            return answer.status_code == 200 or assert_problem(answer, {409, 503}, None) is None

        def disturb(_):
            site.redis.client().hset(f"board:{{{show}}}", "until", 1)  # so that whoever comes next loads

        with Background(disturb):
            together(lambda n=n: churn(n) for n in range(6))
        assert booked(client, show) == set(records.bookings(show))
        assert not keys_of(site, show, "confirming")


def test_confirmations_of_one_user_at_once_never_pass_the_limit(site, client, records):
    """Two of the four seats are bought; of two confirmations of two seats, at once, the one that is announced later counts
    the earlier."""
    clients = [Client(site), Client(site)]
    for _ in range(15):
        show, user = records.show(maxOwnedPerUser=4), new_user()
        client.must_buy(show, ["S1", "S2"], user)
        client.must_hold(show, ["S3", "S4"], user)
        client.must_hold(show, ["S5", "S6"], user)
        answers = together(lambda c=c, s=s: c.confirm(show, s, user) for c, s in zip(clients, (["S3", "S4"], ["S5", "S6"])))
        for answer in answers:
            if answer.status_code != 201:
                assert_problem(answer, {409, 503}, {"owned_limit", "mongo_unavailable"})
        assert [answer.status_code for answer in answers].count(201) == 1, "one fits, and one alone"
        assert len(records.bookings(show)) == 4
