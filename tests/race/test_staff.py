"""Staff take seats off sale and put them on sale again while clients want just these: all of it is logged, and read
afterwards. From the moment at which staff are told so nobody gets such a seat, and no map calls it free."""

import random
import time

import pytest

from lib.client import Client, new_user
from lib.seed import Seed
from lib.threads import Background
from lib.waiting import wait_until

SEATS, BLOCKED = 8, ("S1", "S2")
CLIENTS, ROUNDS, TURNS = 4, 4, 40


class Log:
    """What was granted: (call, ret, {seat: holdId}); what was shown: (call, ret, {seat: status}); and from when, until when the
    seats were off sale: (asked for, told; asked for the end, told). Times are ns of CLOCK_MONOTONIC."""

    def __init__(self):
        self.grants, self.maps, self.spans = [], [], []
        self.refused = 0  # for being blocked

    def findings(self):
        """What may not be."""
        first = {}  # {holdId: when it was asked for first}
        for call, _, seats in self.grants:
            for hold in seats.values():
                first[hold] = min(call, first.get(hold, call))
        for begin, told, end, over in self.spans:
            for call, ret, seats in self.grants:
                late = [seat for seat in BLOCKED if seat in seats and first[seats[seat]] > told]
                if told < call and ret < end and late:
                    yield f"{late} granted while off sale"
            for call, ret, states in self.maps:
                if told < call and ret < end and "available" in (states[seat] for seat in BLOCKED):
                    yield f"shown as free while off sale: {states}"
        for call, ret, states in self.maps:
            shown = {seat for seat, state in states.items() if state == "blocked"}
            if shown and not any(begin <= ret and call <= over for begin, _, _, over in self.spans):
                yield f"{shown} shown as off sale before they were, or after"
            if shown - set(BLOCKED):
                yield f"{shown} shown as off sale: nobody asked for that"


def shopper(site, show, log):
    """Asks for these seats mostly, gives back what it got, looks at the map."""
    clients = [Client(site) for _ in range(CLIENTS)]

    def get(client, user):
        if random.random() < 0.3:
            return client.best(show, random.randint(1, 2), user)
        return client.hold(show, random.sample([*BLOCKED, "S3", "S4"], random.randint(1, 2)), user)

    def step(number):
        client, user = clients[number], new_user()
        call = time.monotonic_ns()
        answer = get(client, user)
        ret = time.monotonic_ns()
        if answer.status_code == 200:
            seats = {seat["seatNumber"]: seat["holdId"] for seat in answer.json()["seats"]}
            log.grants.append((call, ret, seats))
            client.must_release(show, list(seats), user)
        else:
            assert answer.status_code == 409, answer.text
            log.refused += "blocked" in [seat["reason"] for seat in answer.json().get("seats", ())]
        call = time.monotonic_ns()
        states = Client.states(client.status(show))
        log.maps.append((call, time.monotonic_ns(), states))

    return step


def play(site, records):
    """A log of some rounds."""
    show, log = records.show(seats=SEATS), Log()
    seed = Seed(site, site.seed_uri, site.mongo_db)
    with Background(shopper(site, show, log), CLIENTS) as load:
        def more():
            turns = load.turns
            wait_until(lambda: load.turns > turns + TURNS, 30, "some operations")

        for _ in range(ROUNDS):
            more()
            begin = time.monotonic_ns()
            seed("block", show, *BLOCKED)
            told = time.monotonic_ns()
            more()
            end = time.monotonic_ns()
            seed("unblock", show, *BLOCKED)
            log.spans.append((begin, told, end, time.monotonic_ns()))
        more()
    return log


def test_nobody_gets_what_staff_took_off_sale(site, records):
    log = play(site, records)
    assert not list(log.findings())[:3]
    assert log.refused > ROUNDS and any(set(BLOCKED) & set(seats) for _, _, seats in log.grants), "nothing to check"


@pytest.mark.long
def test_control(site, records, copy):
    """A worker that does not look gets them, and the log tells."""
    with copy.spoilt("src/store/lua/hold.lua", "elseif not id and string.byte(ARGV[10], i) == 49 then", "elseif false then") as build:
        usual = site.workers.program
        try:
            site.workers.program = build / "boxoffice-fcgi"
            site.workers.restart()
            site.wait_ready()
            found = list(play(site, records).findings())
        finally:
            site.workers.program = usual
            site.workers.restart()
            site.wait_ready()
    assert any("granted while off sale" in text for text in found), found[:3]
