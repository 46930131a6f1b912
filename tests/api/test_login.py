"""Users that nginx has authenticated: nginx/examples/, each in a site of its own before the session's workers."""

import base64
import http.server
import socket
import threading

import pytest

from lib.client import ORDERS, Client, new_user, order, wish
from lib.login import PASSWORD, example, nginx_with
from lib.problems import assert_problem
from lib.shows import unchanged

# Whatever a client may write: nothing of it is the user, alone or with a login of another.
FORGED = {"REMOTE_USER": "mallory", "Remote-User": "mallory", "Remote_User": "mallory", "X-Remote-User": "mallory",
          "HTTP_REMOTE_USER": "mallory", "HTTP-Remote-User": "mallory", "X-Login-User": "mallory",
          "X_Login_User": "mallory", "X-Forwarded-User": "mallory", "Proxy-Remote-User": "mallory"}


@pytest.fixture(scope="module")
def by_password(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("basic")
    passwords = folder / "htpasswd"
    passwords.write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in ("alice", "bob", "zo\u00eb")))
    with nginx_with(site, folder, example("login-basic.conf", ("/etc/nginx/boxoffice.htpasswd", str(passwords)))) as made:
        yield made


class LoginService(http.server.BaseHTTPRequestHandler):
    """Knows a cookie `login=NAME`, and nothing else."""

    def do_GET(self):
        name, found, user = self.headers.get("Cookie", "").partition("=")
        good = found and name == "login"
        self.send_response(204 if good else 401)
        if good:
            self.send_header("X-Login-User", user)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def by_request(site, tmp_path_factory):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), LoginService) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        lines = example("login-request.conf", ("127.0.0.1:9000", f"127.0.0.1:{service.server_port}"))
        with nginx_with(site, tmp_path_factory.mktemp("request"), lines) as made:
            yield made
        service.shutdown()


def basic(user, password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def cookie(user):
    return {"Cookie": f"login={user}"}


@pytest.fixture(params=["password", "request"])
def login(request):
    """(site, headers of a user)."""
    kind = request.param
    return request.getfixturevalue(f"by_{kind}"), {"password": basic, "request": cookie}[kind]


def order_without_user(show, *seats):
    return {"showId": show, "seatNumber": list(seats)}


def test_whoever_is_logged_in_needs_no_user_id(login, records, show):
    guarded, headers = login
    alice = Client(guarded, headers=headers("alice"))
    assert alice.post("/hold", order_without_user(show, "S1", "S2")).json()["userId"] == "alice"
    assert alice.hold(show, "S3", "alice").status_code == 200
    assert alice.post("/confirm", order_without_user(show, "S1", "S2")).status_code == 201
    records.assert_booked(show, ["S1", "S2"], "alice")


def test_nobody_acts_for_another(site, login, client, records, show):
    guarded, headers = login
    alice = Client(guarded, headers=headers("alice"))
    client.must_hold(show, "S1", "bob")
    booking = client.must_buy(show, "S2", "bob")
    with unchanged(site, client, records, show):
        for name in ("bob", "Alice", "alice ", "ALICE", "alice\u200b", "bob, alice"):
            for path in ORDERS:
                assert_problem(alice.post(path, order(show, "S1", name)), 403, "user_mismatch")
            assert_problem(alice.post("/best-available", wish(show, 1, name)), 403, "user_mismatch")
            assert_problem(alice.post("/cancel", {"bookingId": booking, "userId": name}), 403, "user_mismatch")
            assert_problem(alice.get(f"/bookings/{booking}", params={"userId": name}), 403, "user_mismatch")
        assert_problem(alice.post("/confirm", order_without_user(show, "S1")), 403, "held_by_another")
        assert_problem(alice.post("/cancel", {"bookingId": booking}), 404, "booking_not_found")
        assert_problem(alice.get(f"/bookings/{booking}"), 404, "booking_not_found")
    bob = Client(guarded, headers=headers("bob"))
    assert bob.get(f"/bookings/{booking}").json()["userId"] == "bob"
    assert bob.post("/cancel", {"bookingId": booking}).status_code == 200


def test_without_a_login_nothing_is_answered(site, login, client, records, show):
    guarded, _ = login
    nobody = Client(guarded, headers=FORGED)
    with unchanged(site, client, records, show):
        for answer in (nobody.hold(show, "S1", "alice"), nobody.post("/hold", order_without_user(show, "S1")),
                       nobody.confirm(show, "S1", "mallory"), nobody.status(show)):
            assert_problem(answer, 401, "unauthorized")


def test_a_wrong_password_is_nobody(site, by_password, client, records, show):
    with unchanged(site, client, records, show):
        for headers in (basic("alice", "wrong"), basic("mallory"), basic(""), {"Authorization": "Basic !"},
                        {"Authorization": "Bearer alice"}):
            answer = Client(by_password, headers=headers).post("/hold", order_without_user(show, "S1"))
            assert_problem(answer, 401, "unauthorized")
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("header", FORGED)
def test_no_header_outdoes_the_login(login, show, header):
    guarded, headers = login
    alice = Client(guarded, headers={**headers("alice"), header: "mallory"})
    assert alice.post("/hold", order_without_user(show, "S1")).json()["userId"] == "alice"
    assert_problem(alice.hold(show, "S2", "mallory"), 403, "user_mismatch")


@pytest.mark.parametrize("header", FORGED)
def test_no_header_is_a_login(site, show, header):
    """Where the site authenticates nobody, the body alone says who the user is."""
    client = Client(site, headers={header: "mallory"})
    assert client.must_hold(show, "S1", user := new_user())["userId"] == user
    assert_problem(client.post("/hold", order_without_user(show, "S2")), 400, "malformed")


@pytest.mark.parametrize("headers", [basic("mallory"), basic("mallory", ""), cookie("mallory")], ids=["basic", "empty", "cookie"])
def test_a_login_that_nobody_checked_is_none(site, show, headers):
    """$remote_user is the client's own word where there is no auth_basic: it must not become REMOTE_USER."""
    client = Client(site, headers=headers)
    assert client.must_hold(show, "S1", user := new_user())["userId"] == user
    assert_problem(client.post("/hold", order_without_user(show, "S2")), 400, "malformed")


@pytest.mark.parametrize("how", ["gone", pytest.param("hangs", marks=pytest.mark.long)])
def test_a_login_service_that_does_not_answer(site, tmp_path, client, records, show, how):
    """Nobody is let in, and everybody may try again."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if how == "hangs":
            listener.listen()
        lines = example("login-request.conf", ("127.0.0.1:9000", f"127.0.0.1:{listener.getsockname()[1]}"))
        with nginx_with(site, tmp_path, lines) as guarded, unchanged(site, client, records, show):
            for answer in (Client(guarded, headers=cookie("alice")).hold(show, "S1", "alice"), Client(guarded).status(show)):
                assert_problem(answer, 503, "unavailable")
            assert Client(guarded).get("/health/live").status_code == 200


def test_user_ids_beyond_ascii(by_password, show):
    zoe = Client(by_password, headers=basic("zo\u00eb"))
    assert zoe.post("/hold", order_without_user(show, "S1")).json()["userId"] == "zo\u00eb"
    assert zoe.hold(show, "S1", "zo\u00eb").status_code == 200
    assert_problem(zoe.hold(show, "S1", "zoe\u0308"), 403, "user_mismatch")  # looks the same, and is another


def test_health_asks_for_no_login(login):
    guarded, _ = login
    assert Client(guarded).get("/health/live").status_code == 200
