"""Users that prove by a certificate who they are (nginx/examples/login-certificate.conf), in the site file of production."""

import json
import re
import subprocess

import pytest
import requests
from boxsite.waiting import free_port

from lib.client import ORDERS, order
from lib.login import example
from lib.problems import assert_problem
from lib.production import HOST, ROOT, production
from lib.shows import unchanged

ALICE = "CN=alice,O=Example"
FORGED = {name: ALICE for name in ("REMOTE_USER", "X-Remote-User", "Remote-User", "SSL_CLIENT_S_DN", "X-SSL-Client-S-DN",
                                   "Ssl-Client-S-Dn", "X-Client-DN", "HTTP_REMOTE_USER", "SSL-Client-Verify", "X-Client-Cert")}


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-subj")


def openssl(*words):
    subprocess.run(["openssl", *words], capture_output=True, check=True)


def certificate(folder, name, subject, authority=None, days=2):
    """(file, key) made by openssl; without an authority it signs itself."""
    made, key, request = (folder / f"{name}.{kind}" for kind in ("crt", "key", "csr"))
    openssl("req", *KEY, subject, "-keyout", key, "-out", request)
    signer = ("-CA", folder / f"{authority}.crt", "-CAkey", folder / f"{authority}.key", "-CAcreateserial") if authority \
        else ("-signkey", key)
    openssl("x509", "-req", "-in", request, *signer, "-days", str(days), "-out", made)
    return str(made), str(key)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("certificates")
    for authority in ("authority", "other"):
        openssl("req", "-x509", *KEY, "/O=Example/CN=Authority", "-keyout", made / f"{authority}.key", "-out", made / f"{authority}.crt")
    return made


def monitoring(port):
    """The block for health that the example has as a comment."""
    block = re.search(r"^# (server \{\n.*?^# \})$", example("login-certificate.conf"), re.S | re.M).group(1)
    return re.sub(r"^# ?", "", block, flags=re.M).replace("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{port};")


@pytest.fixture(scope="module")
def guarded(site, folder):
    lines = example("login-certificate.conf", ("/etc/nginx/boxoffice-clients.pem", str(folder / "authority.crt")))
    port = free_port()
    with production(site, folder, lines=lines, blocks=monitoring(port)) as nginx:
        nginx.monitoring_url = f"http://127.0.0.1:{port}"
        yield nginx


@pytest.fixture
def user(guarded, folder):
    """A client with a certificate: name, subject, who signed it."""
    def make(name, subject, authority="authority", headers=None, **options):
        client = guarded.client(**(headers or {}))
        client.session.cert = certificate(folder, name, subject, authority, **options)
        return client
    return make


def test_the_subject_is_the_user(user, records, show):
    alice = user("alice", "/O=Example/CN=alice")
    assert alice.post("/hold", {"showId": show, "seatNumber": ["S1", "S2"]}).json()["userId"] == ALICE
    assert alice.hold(show, "S3", ALICE).status_code == 200
    assert alice.post("/confirm", {"showId": show, "seatNumber": ["S1", "S2"]}).status_code == 201
    records.assert_booked(show, ["S1", "S2"], ALICE)


def test_nobody_acts_for_another(user, site, client, records, show):
    mallory = user("mallory", "/O=Example/CN=mallory", headers=FORGED)
    client.must_hold(show, "S1", ALICE)
    booking = client.must_buy(show, "S2", ALICE)
    with unchanged(site, client, records, show):
        for path in ORDERS:
            assert_problem(mallory.post(path, order(show, "S1", ALICE)), 403, "user_mismatch")
        assert_problem(mallory.post("/cancel", {"bookingId": booking, "userId": ALICE}), 403, "user_mismatch")
        assert_problem(mallory.get(f"/bookings/{booking}"), 404, "booking_not_found")
        assert_problem(mallory.post("/confirm", {"showId": show, "seatNumber": "S1"}), 403, "held_by_another")
    assert user("alice", "/O=Example/CN=alice").get(f"/bookings/{booking}").json()["userId"] == ALICE


def test_no_header_outdoes_the_certificate(user, show):
    bob = user("bob", "/O=Example/CN=bob", headers=FORGED)
    assert bob.post("/hold", {"showId": show, "seatNumber": "S1"}).json()["userId"] == "CN=bob,O=Example"


@pytest.mark.parametrize("subject, name", [
    ("/O=x,CN=alice/CN=mallory", "CN=mallory,O=x\\,CN=alice"), ("/O=Example/CN=alice,O=Example", "CN=alice\\,O=Example,O=Example"),
    ("/CN=alice/O=Example", "O=Example,CN=alice"), ("/O=Example/CN=alice ", None), ("/O=Example/CN=Alice", "CN=Alice,O=Example"),
    ("/O=Example/CN=al\u0131ce", None)])
def test_a_subject_that_looks_like_another(user, client, show, subject, name):
    """The comma within a part is escaped, so that no part makes two."""
    client.must_hold(show, "S1", ALICE)
    answer = user("near", subject).post("/hold", {"showId": show, "seatNumber": "S2"})
    assert answer.status_code == 200 and answer.json()["userId"] != ALICE
    assert name is None or answer.json()["userId"] == name
    assert_problem(user("near", subject).post("/confirm", {"showId": show, "seatNumber": "S1"}), 403, "held_by_another")


def test_without_a_certificate_of_this_authority(guarded, user, site, client, records, show, folder):
    """None, one of another authority of the same name, one that signed itself, one that is over."""
    strangers = [guarded.client(), guarded.client(**FORGED), user("stranger", "/O=Example/CN=alice", "other"),
                 user("self", "/O=Example/CN=alice", None), user("over", "/O=Example/CN=alice", days=-1)]
    with unchanged(site, client, records, show):
        for stranger in strangers:
            for answer in (stranger.hold(show, "S1", ALICE), stranger.status(show), stranger.get("/health/live"), stranger.get("/"),
                           stranger.post("/confirm", {"showId": show, "seatNumber": "S1"})):
                assert_problem(answer, 403, "forbidden")


def test_a_subject_that_is_too_long_is_nobody_s(user, show):
    long = "/O=Example" + "".join(f"/OU={'x' * 60}{i}" for i in range(3)) + "/CN=alice"
    answer = user("long", long).post("/hold", {"showId": show, "seatNumber": "S1"})
    assert_problem(answer, {400, 422, 503}, {"invalid_user", "malformed", "misconfigured"})


def test_over_http2(guarded, folder, show):
    alice = certificate(folder, "h2", "/O=Example/CN=alice", "authority")
    body = json.dumps({"showId": show, "seatNumber": "S1"})
    done = subprocess.run(["curl", "-sS", "--http2", "--cacert", guarded.cert, "--cert", alice[0], "--key", alice[1], "-H",
                           "Content-Type: application/json", "-d", body, "-w", "\n%{http_version}", f"{guarded.tls_url}/hold"],
                          capture_output=True, text=True, timeout=20, check=False)
    answer, _, version = done.stdout.rpartition("\n")
    assert version == "2" and json.loads(answer)["userId"] == ALICE, done.stderr


def test_monitoring_beside_it_serves_nothing_else(guarded, show):
    def get(path, method="GET"):
        return requests.request(method, guarded.monitoring_url + path, timeout=10)
    assert get("/health/ready").json()["status"] == "pass" and get("/metrics").status_code == 200
    for path in (f"/status/{show}", "/shows", "/hold", "/api/bookings/hold", "/", "/healthy", "/health", "/api/bookings/health/live"):
        for method in ("GET", "POST", "OPTIONS"):
            assert_problem(get(path, method), 404, "not_found")


def test_plain_http_is_no_way_in(guarded, show):
    answer = requests.post(f"http://127.0.0.1:{guarded.http_port}/hold", json=order(show, "S1", ALICE), allow_redirects=False,
                           headers={"Host": HOST}, timeout=10)
    assert answer.status_code == 308 and answer.headers["Location"] == f"https://{HOST}/hold"


def test_the_example_asks_of_everybody():
    """`optional` would let anybody in who names a user in the body."""
    text = re.sub(r"#.*", "", (ROOT / "nginx/examples/login-certificate.conf").read_text())
    assert "ssl_verify_client on;" in text and "optional" not in text
