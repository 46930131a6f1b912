"""nginx's workers are killed, and nginx is told to read its configuration again, while seats are sold: who gets no answer
asks again, and nobody loses a sale or buys twice."""

import os
import random
import signal
import time

import pytest
import requests
from boxsite.process import find_pids

from lib.client import Client
from lib.shoppers import Shoppers
from lib.threads import Background
from lib.waiting import wait_until


class Patient(Client):
    """Asks again where the connection ends without an answer."""

    broken = 0

    def request(self, method, path, **options):
        deadline, again = time.monotonic() + 20, False
        while True:
            try:
                answer = super().request(method, path, **options)
                if not again or answer.status_code != 503:
                    return answer
                assert time.monotonic() < deadline, answer.text
                time.sleep(0.1)  # the request of before is not settled yet
            except requests.ConnectionError:
                again = True
                Patient.broken += 1
                assert time.monotonic() < deadline, "no connection for 20 s"


class PatientShoppers(Shoppers):
    new_client = Patient


def nginx_workers(site):
    return find_pids(lambda stat: stat[1] == site.nginx.pid)


def kill_one(site):
    victim = random.choice(nginx_workers(site))
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: nginx_workers(site) and victim not in nginx_workers(site), 10, "another worker of nginx")


def reload(site):
    before = set(nginx_workers(site))
    os.kill(site.nginx.pid, signal.SIGHUP)
    wait_until(lambda: set(nginx_workers(site)) - before, 10, "new workers of nginx")


def sell_through(site, records, fault, times):
    shoppers = PatientShoppers(site, records, 4, refusals=())
    pids = site.workers.pids()
    with Background(shoppers, count=4) as load:
        wait_until(lambda: load.turns > 8, 20, "some sales")
        for _ in range(times):
            turns = load.turns
            fault(site)
            wait_until(lambda turns=turns: load.turns > turns + 4, 20, "sales after it")
    assert site.workers.pids() == pids
    for show, seats, user, statuses in shoppers.all:
        assert statuses[0] == 200 and statuses[1] in (200, 201), statuses
        records.assert_booked(show, seats, user)
    shoppers.check(Client(site))


def test_killed_under_load(site, records):
    Patient.broken = 0
    sell_through(site, records, kill_one, 12)
    print(f"{Patient.broken} connections were broken")


def test_reloaded_under_load(site, records):
    sell_through(site, records, reload, 3)


@pytest.mark.long
def test_control_a_repeat_is_refused(site, records, copy):
    """A hold whose answer was lost cannot be had again."""
    with copy.spoilt("src/store/lua/hold.lua", "if id and (user ~= me or ends <= now) then", "if id then") as build:
        site.workers.program = build / "boxoffice-fcgi"
        site.workers.restart()
        site.wait_ready()
        with pytest.raises(AssertionError, match="409"):
            sell_through(site, records, kill_one, 100)
