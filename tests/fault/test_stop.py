"""The whole pool is told to leave, by its manager: requests in hand are finished."""

import os
import signal

import pytest
from lib import fcgi
from lib.client import Client, new_user, order, to_json
from lib.shows import Records
from lib.one_worker import sleeps
from lib.waiting import wait_until


@pytest.mark.site(workers=2)
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1])
def test_stop_of_the_manager(fresh_site, signum):
    """multiwatch 1.0.0 takes `-s TERM` for QUIT: whatever it sends, nobody notices."""
    site, user = fresh_site, new_user()
    records = Records(site)
    show = records.show()
    assert Client(site).status(show).status_code == 200
    body = to_json(order(show, ["S1", "S2"], user))
    with fcgi.Connection(site) as connection:
        connection.begin(fcgi.params_of("POST", "/hold", len(body)))
        connection.body(body[:20])
        wait_until(lambda: len(idle(site)) == 1, 5, "a worker that reads")
        os.kill(site.workers.pid, signum)
        wait_until(lambda: not idle(site), 5, "the idle worker gone")
        connection.body(body[20:])
        connection.end_body()
        answer = connection.answer()
    assert answer.status_code == 200 and answer.json()["userId"] == user
    wait_until(lambda: not site.workers.alive(), 5, "the end of the pool")
    assert site.workers.log().count("the worker leaves") == 2, site.workers.log_tail()
    records.close()


def idle(site):
    return [pid for pid in site.workers.pids() if sleeps(pid)]
