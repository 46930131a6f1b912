"""holdToken: the client's own or the server's, told once, kept nowhere; a wrong one is refused, none only where one is required."""

import re

import pytest

from lib.client import Client, new_user
from lib.problems import assert_problem, seats_of
from lib.shows import unchanged, worker_settings
from lib.threads import together
from lib.waiting import wait_until

OWN, OTHER = "my-own_secret-of-22-chars", "another-secret-of-22-chars"
CALLS = ["hold", "extend", "release", "confirm"]


def assert_token_refused(answer, *seats):
    assert seats_of(assert_problem(answer, 409, "hold_token")) == dict.fromkeys(seats, "token")


def test_the_servers_token_is_told_once(client, show):
    user = new_user()
    told = client.must_hold(show, ["S1", "S2"], user)
    assert re.fullmatch(r"[0-9a-f]{32}", told["holdToken"])
    assert "holdToken" not in client.must_hold(show, ["S1", "S2"], user)
    assert "holdToken" not in client.must_hold(show, ["S1", "S2"], user, told["holdToken"])
    assert "holdToken" not in client.must_extend(show, ["S1", "S2"], user, told["holdToken"])
    assert "holdToken" not in client.must_confirm(show, ["S1", "S2"], user, token=told["holdToken"])


def test_a_clients_own_is_never_told(client, show):
    user = new_user()
    assert "holdToken" not in client.must_hold(show, "S1", user, OWN)
    assert "holdToken" not in client.must_hold(show, ["S1", "S2"], user, OWN)
    for call in ("release", "confirm"):
        assert OWN not in getattr(client, call)(show, "S1", user, OTHER).text


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_one_is_refused_always(site, client, records, show, call):
    user = new_user()
    token = client.must_hold(show, "S1", user)["holdToken"]
    client.must_hold(show, "S2", user, OWN)
    with unchanged(site, client, records, show):
        for wrong in (OWN, token[:-1] + ("0" if token[-1] != "0" else "1"), token.upper(), token + "0", "x" * 128):
            assert_token_refused(getattr(client, call)(show, "S1", user, wrong), "S1")
        assert_token_refused(getattr(client, call)(show, ["S1", "S2"], user, OWN), "S1")
    assert getattr(client, call)(show, "S1", user, token).status_code in (200, 201)


@pytest.mark.parametrize("call", CALLS)
def test_the_right_one_is_no_right_to_anothers(site, client, records, show, call):
    owner, other = new_user("owner"), new_user("other")
    token = client.must_hold(show, "S1", owner)["holdToken"]
    with unchanged(site, client, records, show):
        assert_problem(getattr(client, call)(show, "S1", other, token), {403, 409}, {"held_by_another", "seats_unavailable"})


def test_seats_that_are_added_get_the_token_that_was_sent(client, show):
    user = new_user()
    client.must_hold(show, "S1", user, OWN)
    client.must_hold(show, ["S1", "S2"], user, OWN)
    client.must_hold(show, "S3", user, OWN)
    client.must_confirm(show, ["S1", "S2", "S3"], user, token=OWN)


def test_or_a_new_one_of_the_servers(client, show):
    user = new_user()
    first = client.must_hold(show, "S1", user)
    second = client.must_hold(show, ["S1", "S2"], user)
    assert second["holdToken"] != first["holdToken"]
    assert [seat["holdId"] for seat in second["seats"]] == [first["holdId"], second["holdId"]]
    assert_token_refused(client.confirm(show, ["S1", "S2"], user, second["holdToken"]), "S1")
    client.must_release(show, "S2", user, second["holdToken"])
    client.must_release(show, "S1", user, first["holdToken"])


def test_a_token_ends_with_its_hold(client, show):
    user = new_user()
    client.must_hold(show, "S1", user, OWN)
    client.must_release(show, "S1", user, OWN)
    client.must_hold(show, "S1", user, OTHER)
    assert_token_refused(client.confirm(show, "S1", user, OWN), "S1")
    client.must_confirm(show, "S1", user, token=OTHER)


def test_of_two_clients_with_one_name_one_has_the_seats(site, client, records):
    clients = [Client(site) for _ in range(12)]
    for _ in range(5):
        show, user = records.show(), new_user()
        tokens = [f"token-of-client-number-{i:02}" for i in range(len(clients))]
        clients[0].seat_map(show)  # the board is loaded: no crowd waits for MongoDB
        answers = together(lambda c=c, t=t: c.hold(show, ["S1", "S2"], user, t) for c, t in zip(clients, tokens))
        holders = [token for token, answer in zip(tokens, answers) if answer.status_code == 200]
        assert len(holders) == 1
        for token, answer in zip(tokens, answers):
            if token not in holders:
                assert_token_refused(answer, "S1", "S2")
        client.must_confirm(show, ["S1", "S2"], user, token=holders[0])


def test_the_best_seats_have_one_too(client, show):
    user = new_user()
    first = client.must_best(show, 2, user, requestKey="key-of-the-first")
    assert re.fullmatch(r"[0-9a-f]{32}", first["holdToken"])
    for token in ({}, {"holdToken": first["holdToken"]}):
        again = client.must_best(show, 2, user, requestKey="key-of-the-first", **token)
        assert again["seatNumbers"] == first["seatNumbers"] and "holdToken" not in again
    own = client.must_best(show, 2, user, holdToken=OWN)
    assert "holdToken" not in own
    assert_token_refused(client.best(show, 2, user, requestKey="key-of-the-first", holdToken=OWN), *first["seatNumbers"])
    assert_token_refused(client.confirm(show, own["seatNumbers"], user, first["holdToken"]), *own["seatNumbers"])
    client.must_confirm(show, own["seatNumbers"], user, token=OWN)


class TestWhereItIsRequired:
    @pytest.fixture(scope="class", autouse=True)
    def required(self, site):
        with worker_settings(site, BOXOFFICE_REQUIRE_HOLD_TOKEN=1, BOXOFFICE_HOLD_MAX_SECONDS=3600):
            yield

    @pytest.mark.parametrize("call", CALLS)
    def test_without_it_nothing_is_done(self, site, client, records, show, call):
        user = new_user()
        token = client.must_hold(show, ["S1", "S2"], user)["holdToken"]
        with unchanged(site, client, records, show):
            assert_token_refused(getattr(client, call)(show, ["S2", "S1"], user), "S1", "S2")
            assert_token_refused(getattr(client, call)(show, "S1", user, OWN), "S1")
        assert getattr(client, call)(show, ["S1", "S2"], user, token).status_code in (200, 201)

    def test_a_hold_whose_answer_was_lost_is_repeated_with_ones_own(self, client, show):
        user = new_user()
        first = client.must_hold(show, "S1", user, OWN)
        assert client.must_hold(show, "S1", user, OWN)["holdId"] == first["holdId"]
        client.must_confirm(show, "S1", user, token=OWN)

    def test_more_seats_need_it_only_where_some_are_held_already(self, client, show):
        user = new_user()
        client.must_hold(show, "S1", user, OWN)
        assert_token_refused(client.hold(show, ["S1", "S2"], user), "S1")
        assert "holdToken" in client.must_hold(show, "S2", user)
        client.must_hold(show, ["S1", "S3"], user, OWN)

    def test_the_best_seats_again(self, site, client, records, show):
        user, wish = new_user(), {"requestKey": "key-of-this-wish"}
        first = client.must_best(show, 2, user, holdToken=OWN, **wish)
        with unchanged(site, client, records, show):
            for token in ({}, {"holdToken": OTHER}):
                assert_token_refused(client.best(show, 2, user, **wish, **token), *first["seatNumbers"])
            assert client.must_best(show, 2, user, holdToken=OWN, **wish)["holdId"] == first["holdId"]

    def test_what_is_booked_is_told_without(self, client, show):
        user = new_user()
        client.must_hold(show, "S1", user, OWN)
        client.must_confirm(show, "S1", user, token=OWN)
        for token in (None, OWN, OTHER):
            client.must_confirm(show, "S1", user, status=200, token=token)

    def test_seats_of_nobody_need_none(self, client, show):
        user = new_user()
        assert client.must_release(show, "S1", user)["releasedCount"] == 0
        for call in (client.extend, client.confirm):
            assert_problem(call(show, "S1", user), 410, "hold_expired")


@pytest.mark.parametrize("level", ["info", "debug"])
def test_no_token_reaches_a_log_or_redis(site, client, show, level):
    user, redis = new_user(), site.redis.client()
    with worker_settings(site, BOXOFFICE_LOG_LEVEL=level), redis.monitor() as monitor:
        tokens = [OWN, OTHER, client.must_hold(show, "S1", user)["holdToken"]]
        client.must_hold(show, "S2", user, OWN)
        for call in (client.hold, client.extend, client.release, client.confirm):
            assert_token_refused(call(show, "S2", user, OTHER), "S2")
            assert call(show, "S1", user, tokens[2]).status_code in (200, 410)
        client.must_confirm(show, "S2", user, token=OWN)
        redis.echo("that is all")
        heard = []
        wait_until(lambda: heard.append(monitor.next_command()["command"]) or "that is all" in heard[-1], 10, interval=0)
    assert any("EVALSHA" in command for command in heard)
    everything = "".join(heard) + site.log("workers") + site.log("nginx") + site.log("redis")
    assert not [token for token in tokens if token in everything]
