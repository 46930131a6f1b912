"""The workers' socket, spoken to directly: what nginx would hide, and what only nginx may say."""

import pytest

from lib import fcgi
from lib.client import ORDERS, Client, new_user, order, to_json
from lib.problems import assert_problem
from lib.shows import unchanged


def send(site, path, body, **more):
    return fcgi.call(site, "POST", path, to_json(body) if not isinstance(body, bytes) else body, **more)


def test_whole_answers(site, client, show):
    answer = send(site, "/hold", order(show, "S1", user := new_user()))
    assert answer.status_code == 200 and answer.json()["userId"] == user
    assert answer.headers["X-Request-ID"] == "raw-fastcgi-0123456789"
    answer = fcgi.call(site, "GET", f"/status/{show}")
    assert answer.status_code == 200 and answer.content == client.status(show).content


@pytest.mark.parametrize("path", ORDERS)
@pytest.mark.parametrize("length", [0, 1, -1, 10, 60000, "x", "99999999999999999999", "1x"], ids=str)
def test_content_length_that_lies(site, client, records, show, path, length):
    body = to_json(order(show, "S1", new_user()))
    said = len(body) + length if isinstance(length, int) and length else length
    with unchanged(site, client, records, show):
        assert_problem(fcgi.call(site, "POST", path, body, length=said), 400, "malformed")


def test_no_content_length_is_fine(site, show):
    body = to_json(order(show, "S1", new_user()))
    assert fcgi.call(site, "POST", "/hold", body, length="").status_code == 200


@pytest.mark.parametrize("size", [65537, 200_000])
def test_too_large_for_the_worker_too(site, client, records, show, size):
    body = to_json(order(show, "S1", new_user())).ljust(size)
    with unchanged(site, client, records, show):
        for length in (size, ""):
            assert_problem(fcgi.call(site, "POST", "/hold", body, length=length), 413, "too_large")


def test_paths_and_methods_that_nginx_never_sends(site, show):
    assert_problem(fcgi.call(site, "GET", "/nothing"), 404, "not_found")
    assert_problem(fcgi.call(site, "GET", ""), 404, "not_found")
    for method, path in (("GET", "/hold"), ("POST", f"/status/{show}"), ("", "/hold"), ("get", f"/status/{show}"),
                         ("DELETE", "/api/bookings/confirm")):
        assert_problem(fcgi.call(site, method, path), 405, "method_not_allowed")
    answer = fcgi.call(site, "OPTIONS", "/hold")
    assert answer.status_code == 204 and "POST" in answer.headers["Allow"]
    answer = fcgi.call(site, "HEAD", f"/status/{show}")
    assert answer.status_code == 200 and answer.content == b""


def test_request_id_is_not_trusted_blindly(site):
    for bad in ("", "x\r\nSet-Cookie: a=b", "a b c d e f g", "\u00e9" * 20, "x" * 5000):
        answer = fcgi.call(site, "GET", "/nothing", HTTP_X_REQUEST_ID=bad)
        problem = assert_problem(answer, 404, "not_found")
        assert problem["requestId"] != bad and "Set-Cookie" not in answer.headers


class TestUserOfNginx:
    """REMOTE_USER: the user that the site's nginx has authenticated."""

    def test_user_may_be_left_out(self, site, records, show):
        user = new_user()
        body = {"showId": show, "seatNumber": ["S1", "S2"]}
        answer = send(site, "/hold", body, REMOTE_USER=user)
        assert answer.status_code == 200 and answer.json()["userId"] == user
        answer = send(site, "/confirm", body, REMOTE_USER=user)
        assert answer.status_code == 201 and answer.json()["userId"] == user
        records.assert_booked(show, ["S1", "S2"], user)

    def test_user_may_be_said_again(self, site, show):
        user = new_user()
        assert send(site, "/hold", order(show, "S1", user), REMOTE_USER=user).status_code == 200

    @pytest.mark.parametrize("path", ORDERS)
    @pytest.mark.parametrize("said", ["mallory", "alic", "alice2", "ALICE", "alice "])
    def test_user_may_not_be_another(self, site, client, records, show, path, said):
        client.must_hold(show, "S1", said)
        with unchanged(site, client, records, show):
            assert_problem(send(site, path, order(show, "S1", said), REMOTE_USER="alice"), 403, "user_mismatch")

    def test_the_best_seats_are_for_who_is_signed_in(self, site, show):
        wish, user = {"showId": show, "quantity": 2}, new_user()
        assert send(site, "/best-available", wish, REMOTE_USER=user).json()["userId"] == user
        assert_problem(send(site, "/best-available", wish | {"userId": "mallory"}, REMOTE_USER=user), 403, "user_mismatch")

    def test_wrong_type_stays_wrong(self, site, show):
        for value in (None, 1, {}, []):
            assert_problem(send(site, "/hold", order(show, "S1", value), REMOTE_USER="alice"), 400, "malformed")

    @pytest.mark.parametrize("user", ["x" * 129, "a\nb", "\u00e9" * 65])
    def test_the_rules_of_a_user_hold_for_it(self, site, client, records, show, user):
        with unchanged(site, client, records, show):
            answer = send(site, "/hold", {"showId": show, "seatNumber": "S1"}, REMOTE_USER=user)
            assert_problem(answer, 422, "invalid_user")

    def test_empty_is_nobody(self, site, show):
        assert_problem(send(site, "/hold", {"showId": show, "seatNumber": "S1"}, REMOTE_USER=""), 400, "malformed")

    def test_no_header_can_forge_it(self, site, show):
        """nginx hands headers on as HTTP_*, so none of these is REMOTE_USER."""
        forged = {"Remote-User": "mallory", "Remote_User": "mallory", "X-Remote-User": "mallory", "REMOTE-USER": "mallory"}
        client = Client(site, headers=forged)
        assert client.must_hold(show, "S1", user := new_user())["userId"] == user
        assert_problem(client.post("/hold", {"showId": show, "seatNumber": "S2"}), 400, "malformed")
