"""Extensions against the end of the hold, against confirmations and releases, and against each other."""

from datetime import datetime, timedelta

import pytest

from lib.client import Client, new_user
from lib.faults import settle
from lib.problems import assert_problem
from lib.shows import held_keys, now, worker_settings
from lib.threads import together
from lib.waiting import wait_until


HOLD_SECONDS = 2


@pytest.fixture(scope="module", autouse=True)
def long_life(site):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=HOLD_SECONDS, BOXOFFICE_HOLD_MAX_SECONDS=600):
        yield


OFFSETS_MS = (-300, -40, -10, -5, -3, -2, -1, 0, 1, 20)


def wait_for(held, offset_ms):
    """Until so long after the hold's end, by this machine's clock, which is Redis's too."""
    moment = datetime.fromisoformat(held["expiresAt"]) + timedelta(milliseconds=offset_ms)
    wait_until(lambda: now() >= moment, 3 * HOLD_SECONDS, interval=0.0005)


def test_extend_against_its_end(site, records):
    """In the ms in which a hold lapses its user either has it for longer, or another may have it: never both."""
    pairs = [(Client(site), Client(site), offset) for offset in OFFSETS_MS]
    outcomes = set()

    def keep(mine, show, held, offset):
        wait_for(held, offset)
        return mine.extend(show, ["S1", "S2"], held["userId"])

    def snatch(mine, show, held, offset):
        wait_for(held, offset)
        answers = [mine.hold(show, ["S2", "S3"], "rival") for _ in range(4)]
        return next((answer for answer in answers if answer.status_code == 200), answers[-1])

    for _ in range(4):
        shows = [records.show() for _ in pairs]
        helds = together(lambda p=p, s=s: p[0].must_hold(s, ["S1", "S2"], new_user()) for p, s in zip(pairs, shows))
        calls = [(keep, p[0], s, h, p[2]) for p, s, h in zip(pairs, shows, helds)]
        calls += [(snatch, p[1], s, h, p[2]) for p, s, h in zip(pairs, shows, helds)]
        answers = together(lambda do=do, more=more: do(*more) for do, *more in calls)
        for kept, got, first in zip(answers, answers[len(pairs):], helds):
            outcomes.add(kept.status_code)
            if kept.status_code == 200:
                if got.status_code == 200:  # granted after the extension was over too, where threads had to wait
                    granted = datetime.fromisoformat(got.json()["expiresAt"]) - timedelta(seconds=HOLD_SECONDS)
                    assert granted >= datetime.fromisoformat(kept.json()["expiresAt"])
                else:
                    assert_problem(got, 409, "seats_unavailable")
                assert kept.json()["expiresAt"] > first["expiresAt"]
            else:
                assert_problem(kept, {403, 410}, {"held_by_another", "hold_expired"})
    assert outcomes & {403, 410} and 200 in outcomes, f"the end was never met: {outcomes}"


def test_extend_against_confirm(site, client, records):
    """Both succeed, in whatever order; an extension that meets the confirmation is told so, or that it is sold."""
    clients = [Client(site) for _ in range(8)]
    for turn in range(12):
        show, user = records.show(), new_user()
        seats = ["S1", "S2", "S3"][: turn % 3 + 1]
        client.must_hold(show, seats, user)
        sold, *others = together([lambda: clients[0].confirm(show, seats, user)]
                                 + [lambda c=c: c.extend(show, seats, user) for c in clients[1:]])
        for answer in others:
            assert answer.status_code == 200 or assert_problem(answer, 409, {"confirming", "seats_sold"})
        assert (sold if sold.status_code != 503 else settle(client, show, seats, user)).status_code in (200, 201)
        records.assert_booked(show, seats, user)
        assert held_keys(site, show) == set(), "an extension brought a hold back"


def test_extend_against_release(site, client, records):
    """Whoever comes last finds nothing, or gives all of it back."""
    clients = [Client(site) for _ in range(8)]
    for _ in range(12):
        show, user = records.show(), new_user()
        client.must_hold(show, ["S1", "S2"], user)
        given, *others = together([lambda: clients[0].release(show, ["S1", "S2"], user)]
                                  + [lambda c=c: c.extend(show, ["S2", "S1"], user) for c in clients[1:]])
        assert given.status_code == 200 and given.json()["releasedCount"] == 2
        for answer in others:
            assert answer.status_code == 200 or assert_problem(answer, 410, "hold_expired")
        assert held_keys(site, show) == set()


def test_extensions_of_one_hold_agree(site, client, records):
    """Each answer is the end at its moment; the last of them is the hold's."""
    clients = [Client(site) for _ in range(10)]
    show, user = records.show(), new_user()
    client.must_hold(show, ["S1", "S2", "S3"], user)
    for _ in range(5):
        answers = together(lambda c=c: c.extend(show, ["S1", "S2", "S3"], user) for c in clients)
        told = [answer.json() for answer in answers]
        for one in told:
            assert len({seat["expiresAt"] for seat in one["seats"]}) == 1
        assert client.must_hold(show, ["S1", "S2", "S3"], user)["expiresAt"] == max(one["expiresAt"] for one in told)
