"""What an extension promises: one's own, all or nothing, never shorter, never revived, never past its bound."""

from datetime import datetime

import pytest

from lib.client import new_user
from lib.problems import assert_problem, seats_of
from lib.shows import announce, unchanged, worker_settings
from lib.waiting import wait_until


@pytest.fixture(scope="class")
def longer(site):
    """Holds of a minute that may become ten."""
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=60, BOXOFFICE_HOLD_MAX_SECONDS=600):
        yield


class TestWhereItIsAllowed:
    @pytest.fixture(autouse=True)
    def allowed(self, longer):
        pass

    def test_the_end_moves_and_is_told_from_then_on(self, client, show):
        user = new_user()
        held = client.must_hold(show, ["S1", "S2"], user)
        told = wait_until(lambda: later(client.must_extend(show, ["S1", "S2"], user), held), 5)
        assert told["holdId"] == held["holdId"] and 59 <= told["expiresInSeconds"] <= 60
        assert {seat["expiresAt"] for seat in told["seats"]} == {told["expiresAt"]}
        again = client.must_hold(show, ["S1", "S2"], user)
        assert (again["holdId"], again["expiresAt"]) == (held["holdId"], told["expiresAt"])
        client.must_confirm(show, ["S1", "S2"], user)

    def test_nobody_else_sees_it(self, client, show):
        user = new_user()
        client.must_hold(show, "S1", user)
        etag = client.status(show).headers["ETag"]
        client.must_extend(show, "S1", user)
        assert client.status(show, headers={"If-None-Match": etag}).status_code == 304

    def test_a_part_of_a_hold(self, client, show):
        user = new_user()
        held = client.must_hold(show, ["S1", "S2"], user)
        wait_until(lambda: later(client.must_extend(show, "S2", user), held), 5)
        one, two = client.must_hold(show, ["S1", "S2"], user)["seats"]
        assert one["expiresAt"] == held["expiresAt"] < two["expiresAt"] and one["holdId"] == two["holdId"]

    @pytest.mark.parametrize("seats, status, code, named", [
        (["S1", "S2"], 403, "held_by_another", {"S2": "held"}),
        (["S1", "S3", "S2"], 409, "seats_sold", {"S3": "booked"}),
        (["S1", "S4"], 409, "confirming", {"S4": "confirming"}),
        (["S5", "S1", "S6"], 410, "hold_expired", {"S5": "expired", "S6": "expired"}),
        (["S1", "S99"], 422, "unknown_seat", {"S99": "unknown"}),
    ], ids=str)
    def test_a_refusal_names_the_seats_and_changes_nothing(self, site, client, records, show, seats, status, code, named):
        user, other = new_user(), new_user("other")
        client.must_hold(show, "S3", user)
        client.must_confirm(show, "S3", user)
        held = client.must_hold(show, ["S1", "S4"], user)
        client.must_hold(show, "S2", other)
        announce(site, show, "S4")
        with unchanged(site, client, records, show):
            problem = assert_problem(client.extend(show, seats, user), status, code)
            assert seats_of(problem) == named and other not in str(problem)
            assert client.must_hold(show, "S1", user)["expiresAt"] == held["expiresAt"]


def later(told, than):
    return told if told["expiresAt"] > than["expiresAt"] else None


def moment(text):
    return datetime.fromisoformat(text).timestamp() * 1000


def test_by_default_nothing_is_lengthened(client, show):
    user = new_user()
    held = client.must_hold(show, ["S1", "S2"], user)
    for _ in range(3):
        told = client.must_extend(show, ["S1", "S2"], user)
        assert [told[name] for name in ("holdId", "expiresAt", "seats")] == [held[name] for name in ("holdId", "expiresAt", "seats")]


def test_extending_again_and_again_ends_at_the_bound(site, client, show):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=2, BOXOFFICE_HOLD_MAX_SECONDS=4):
        user = new_user()
        held, ends = client.must_hold(show, "S1", user), set()

        def over():
            answer = client.extend(show, "S1", user)
            if answer.status_code == 200:
                ends.add(answer.json()["expiresAt"])
            return answer.status_code == 410

        wait_until(over, 10, "the end of the hold", interval=0.02)
        assert moment(max(ends)) - moment(held["expiresAt"]) == pytest.approx(2000, abs=1)
        assert_problem(client.extend(show, "S1", user), 410, "hold_expired")
        client.must_hold(show, "S1", new_user())


def test_a_smaller_bound_takes_nothing_away(site, client, show):
    user = new_user()
    held = client.must_hold(show, "S1", user)
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=5, BOXOFFICE_HOLD_MAX_SECONDS=1):
        assert client.must_extend(show, "S1", user)["expiresAt"] == held["expiresAt"]


def test_a_hold_past_its_end_that_a_confirmation_keeps(site, client, show):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=2, BOXOFFICE_HOLD_MAX_SECONDS=600):
        user = new_user()
        client.must_hold(show, "S1", user)
        site.redis.client().pexpire(f"hold:{{{show}}}:S1", 15000)  # as confirm_begin.lua lengthens it
        wait_until(lambda: client.hold(show, "S1", user).status_code == 409, 8, "its first end")
        assert_problem(client.extend(show, "S1", user), 410, "hold_expired")
