"""Workers are killed, stopped, told to leave: nothing is half done, and the pool comes back."""

import os
import signal

import pytest

from lib import fcgi
from lib.client import Client, new_user, order, to_json
from lib.faults import settle, stopped_process, timed
from lib.halls import real
from lib.problems import assert_problem
from lib.shoppers import Shoppers
from lib.shows import Records, held_keys
from lib.threads import Background
from lib.waiting import wait_until


def pool_is_whole(site):
    return len(site.workers.pids()) == site.workers.count


def replace_one(site, signum):
    """Ends one worker; returns its pid when it is gone and multiwatch has replaced it."""
    victim = site.workers.kill_one(signum)
    wait_until(lambda: victim not in site.workers.pids() and pool_is_whole(site), 10, "a whole pool")
    return victim


def test_killed_in_the_middle_of_load(site, client, records):
    shoppers = Shoppers(site, records, 4)
    killed = set()
    with Background(shoppers, count=4) as load:
        wait_until(lambda: load.turns > 12, 20, "some sales")
        while len(killed) < 25:
            turns = load.turns
            killed.add(replace_one(site, signal.SIGKILL))
            wait_until(lambda: load.turns > turns, 20, "one more sale")
    shoppers.check(client)
    unsure = [one for one in shoppers.all if one[3] == [200, 503]]
    for show, seats, user, _ in unsure[:3]:
        answer = settle(client, show, seats, user)
        assert answer.status_code in (200, 201), "the retry of a confirmation that a kill cut off"
        records.assert_booked(show, seats, user)


def test_the_best_seats_though_workers_are_killed(site, client, records):
    """Who gets no answer asks again with the same key: one hold for each, whatever was done for those that nobody heard of."""
    hall = real("cinema")
    show, done, killed = records.show(layout=hall.layout), {}, set()

    def answer_of(mine, user):
        def answers():
            answer = timed(lambda: mine.best(show, 1, user, requestKey=user))
            return [answer] if answer.status_code != 503 else []
        return wait_until(answers, 20, "an answer", interval=0.05)[0]

    def ask(number):
        mine, user = Client(site), new_user()
        answer = answer_of(mine, user)
        if answer.status_code == 200:
            done[user] = answer.json()["seatNumbers"]
            assert answer_of(mine, user).json()["seatNumbers"] == done[user]
        else:
            assert_problem(answer, 409, "not_enough_seats")

    with Background(ask, count=4) as load:
        wait_until(lambda: load.turns > 12, 20, "some holds")
        while len(killed) < 15:
            turns = load.turns
            killed.add(replace_one(site, signal.SIGKILL))
            wait_until(lambda: load.turns > turns, 20, "one more answer")
    seats = [seat for group in done.values() for seat in group]
    assert len(seats) == len(set(seats)) == len(done) and held_keys(site, show) == set(seats)


def test_told_to_leave_under_load(site, client, records):
    """SIGTERM ends the request in hand first: not one client notices."""
    shoppers = Shoppers(site, records, 4)
    with Background(shoppers, count=4) as load:
        wait_until(lambda: load.turns > 12, 20, "some sales")
        for _ in range(20):
            turns = load.turns
            replace_one(site, signal.SIGTERM)
            wait_until(lambda: load.turns > turns, 20, "one more sale")
    assert {tuple(one[3]) for one in shoppers.all} == {(200, 201)}, "a client was answered badly"
    shoppers.check(client)


LEAVE = [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1]


@pytest.mark.parametrize("signum", LEAVE)
@pytest.mark.parametrize("place", ["parameters", "body"])
def test_told_to_leave_in_the_middle_of_a_request(site, show, place, signum):
    """Half of it is there when the signal comes: the answer comes whole all the same."""
    user = new_user()
    body = to_json(order(show, ["S1", "S2"], user))
    params = fcgi.pairs(fcgi.params_of("POST", "/hold", len(body)))
    cut = {"parameters": (30, 0), "body": (len(params), 20)}[place]
    before = site.workers.pids()
    wait_until(lambda: all("epoll" in syscall_name(pid) for pid in before), 10, "that all wait for a connection")
    with fcgi.Connection(site) as connection:
        connection.begin_request()
        connection.record(fcgi.PARAMS, params[:cut[0]])
        if place == "body":
            connection.record(fcgi.PARAMS)
            connection.body(body[:cut[1]])
        # Who took the connection has no epoll_pwait to sit in any more: it waits for the rest. (The others look now and then.)
        busy = wait_until(lambda: [pid for pid in before if "unix_stream" in syscall_name(pid)], 5, "a worker that reads")
        for pid in before:
            os.kill(pid, signum)
        wait_until(lambda: set(site.workers.pids()) & set(before) <= set(busy), 5, "idle workers gone")
        assert set(busy) <= set(site.workers.pids()), "it left in the middle"
        if place == "parameters":
            connection.record(fcgi.PARAMS, params[cut[0]:])
            connection.record(fcgi.PARAMS)
        connection.body(body[cut[1]:])
        connection.end_body()
        answer = connection.answer()
    assert answer.status_code == 200 and answer.json()["userId"] == user
    wait_until(lambda: not set(before) & set(site.workers.pids()), 5, "the busy worker gone too")
    wait_until(lambda: pool_is_whole(site), 5, "a whole pool")


@pytest.mark.parametrize("signum", LEAVE)
def test_told_to_leave_while_the_answer_goes_out(site, records, signum):
    """To a peer that takes its time, and an answer that no buffer holds: it comes whole, and then the worker leaves."""
    show = records.show(seats=20_000)
    before = site.workers.pids()
    with fcgi.Connection(site) as connection:
        connection.begin(fcgi.params_of("GET", f"/status/{show}"))
        connection.end_body()
        busy = wait_until(lambda: [pid for pid in before if "sock_alloc_send" in syscall_name(pid)], 10, "a worker that writes")
        for pid in busy:
            os.kill(pid, signum)
        answer = connection.answer()
    assert answer.status_code == 200 and len(answer.json()["seats"]) == 20_000
    wait_until(lambda: not set(busy) & set(site.workers.pids()) and pool_is_whole(site), 10, "a whole pool, without it")


def syscall_name(pid):
    """What the process sleeps in, as the kernel calls it (epoll_wait, unix_stream_read, ...)."""
    try:
        with open(f"/proc/{pid}/wchan") as file:
            name = file.read()
        if name not in ("", "0"):
            return name
        with open(f"/proc/{pid}/syscall") as file:
            return "epoll" if file.read().split()[0] in ("281", "232", "22", "441") else "other"
    except OSError:
        return "gone: epoll"


def test_one_that_hangs_does_not_stop_the_others(site, client, show):
    with stopped_process(site.workers.pids()[0]):
        for _ in range(6):
            assert timed(lambda: client.status(show), 4).status_code == 200


def test_all_hang(site, client, show):
    """nginx gives up before a client does, and says so in our form."""
    client.status(show)
    pids = site.workers.pids()
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        assert_problem(timed(lambda: client.status(show, timeout=15), 12), 503, "unavailable")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: client.status(show).status_code == 200, 10, "status 200")


def test_leaving_after_so_many_requests(site, client, show):
    site.workers.restart(env={"BOXOFFICE_MAX_REQUESTS": "5"})
    site.wait_ready()
    before = set(site.workers.pids())
    assert {client.status(show).status_code for _ in range(80)} == {200}
    wait_until(lambda: not before & set(site.workers.pids()), 5, "new workers")
    wait_until(lambda: pool_is_whole(site), 5, "a whole pool")


def test_client_that_is_gone(site, client, records, show):
    """Nobody waits for the answer: what was asked is done all the same, and the worker lives."""
    pids, user = site.workers.pids(), new_user()
    for number in range(1, 9):
        body = to_json(order(show, f"S{number}", user))
        connection = fcgi.Connection(site)
        connection.begin(fcgi.params_of("POST", "/hold", len(body)))
        connection.body(body)
        connection.end_body()
        connection.socket.close()
    wait_until(lambda: client.summary(show).json()["heldCount"] == 8, 5, "eight holds")
    assert site.workers.pids() == pids


@pytest.mark.site(workers=3)
def test_start_while_the_stores_are_down(fresh_site):
    """Workers start, answer 503, and heal by themselves."""
    client, records = Client(fresh_site), Records(fresh_site)
    show = records.show()
    for server in (fresh_site.workers, fresh_site.redis, fresh_site.mongod):
        server.stop()
    fresh_site.workers.start()
    pids = fresh_site.workers.pids()
    for _ in range(6):
        assert_problem(timed(lambda: client.hold(show, "S1", new_user())), 503, {"redis_unavailable", "mongo_unavailable"})
        assert client.get("/health/live").status_code == 200
    fresh_site.redis.start()
    for _ in range(3):
        assert_problem(timed(lambda: client.status(show)), 503, {"redis_unavailable", "mongo_unavailable"})
    fresh_site.mongod.start()
    user = new_user()
    wait_until(lambda: client.hold(show, "S1", user).status_code == 200, 20, "the hold")
    assert settle(client, show, "S1", user).status_code in (200, 201)
    assert fresh_site.workers.pids() == pids
    records.close()
