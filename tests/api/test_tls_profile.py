"""TLS as production serves it: Mozilla's intermediate profile and nothing else; HSTS; port 80, which only leads here."""

import socket
import ssl
import subprocess

import pytest
import requests

from lib.problems import assert_problem
from lib.production import HOST, production
from lib.rawhttp import exchange

CIPHERS = {f"ECDHE-{key}-{rest}" for key in ("ECDSA", "RSA")
           for rest in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")}
SUITES = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}  # of TLS 1.3
OTHER_SUITES = {"TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"}
CURVES = {"X25519", "prime256v1", "secp384r1"}
OTHER_CURVES = {"secp521r1", "X448", "secp256k1", "brainpoolP256r1", "ffdhe2048"}
TWO_YEARS = "max-age=63072000"


@pytest.fixture(scope="module")
def tls(site, tmp_path_factory):
    """With a certificate of each kind, as the profile has it; within Debian's nginx.conf, which allows TLS 1.0."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}", "-keyout", folder / "rsa.key",
                    "-out", folder / "rsa.crt"], capture_output=True, check=True)
    lines = f"ssl_certificate {folder}/rsa.crt; ssl_certificate_key {folder}/rsa.key;"
    with production(site, folder, lines=lines, stock=True) as nginx:
        yield nginx


def client_context(version, ciphers="ALL"):
    """A client that takes anything, of one version of TLS: what is refused, the server refuses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


def handshake(nginx, context, session=None):
    """(version, cipher, session, was it resumed, protocol on top), or None where the server refuses."""
    with socket.create_connection(("127.0.0.1", nginx.https_port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=HOST, session=session) as made:
                return made.version(), made.cipher()[0], made.session, made.session_reused, made.selected_alpn_protocol()
        except ssl.SSLError:
            return None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions(tls):
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        assert handshake(tls, client_context(version)) is None
    assert handshake(tls, client_context(ssl.TLSVersion.TLSv1_2))[0] == "TLSv1.2"
    assert handshake(tls, client_context(ssl.TLSVersion.TLSv1_3))[0] == "TLSv1.3"


def test_ciphers_of_tls_1_2(tls):
    """Each that this machine's OpenSSL knows is offered alone."""
    known = subprocess.run(["openssl", "ciphers", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], capture_output=True, text=True,
                           check=True).stdout.strip().split(":")
    known = [name for name in known if not name.startswith("TLS_")]
    assert CIPHERS < set(known) and len(known) > 50
    taken = {name for name in known if handshake(tls, client_context(ssl.TLSVersion.TLSv1_2, name))}
    assert taken == CIPHERS


def test_the_client_s_favourite_is_taken(tls):
    for name in ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"):
        others = ":".join(sorted(CIPHERS - {name}))
        assert handshake(tls, client_context(ssl.TLSVersion.TLSv1_2, f"{name}:{others}"))[1] == name


def s_client(nginx, *words):
    """Does openssl's client get through?"""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{nginx.https_port}", *words], input="", capture_output=True,
                          text=True, timeout=20, check=False)
    assert "CONNECTED" in done.stdout, done.stderr
    return done.returncode == 0 and "Cipher is (NONE)" not in done.stdout


def test_ciphers_of_tls_1_3(tls):
    assert {name for name in SUITES | OTHER_SUITES if s_client(tls, "-tls1_3", "-ciphersuites", name)} == SUITES


def test_curves(tls):
    for version in ("-tls1_2", "-tls1_3"):
        # Those that OpenSSL has no name of in TLS 1.3 are refused by the client itself.
        assert {name for name in CURVES | OTHER_CURVES if s_client(tls, version, "-cipher", "ECDHE:@SECLEVEL=0", "-groups", name)} == CURVES


def test_sessions_are_resumed_without_tickets(tls):
    context = client_context(ssl.TLSVersion.TLSv1_2)
    _, _, session, resumed, _ = handshake(tls, context)
    assert session.id and not session.has_ticket and not resumed
    assert handshake(tls, context, session)[3]


def test_http2_is_offered(tls):
    context = client_context(ssl.TLSVersion.TLSv1_3)
    context.set_alpn_protocols(["http/1.1", "h2"])
    assert handshake(tls, context)[4] == "h2"


def test_hsts_is_in_every_answer(tls, show):
    client = tls.client()
    answers = [client.get("/"), client.get("/shows"), client.status(show), client.get("/nothing"), client.get("/hold"),
               client.request("OPTIONS", "/hold"), client.post("/hold", b"no JSON"), client.post("/hold", b" " * 70000)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 405, 204, 400, 413]
    for answer in answers:
        assert answer.headers["Strict-Transport-Security"] == TWO_YEARS


def test_development_is_no_hsts_site(site):
    """A browser would ask for TLS on every port of localhost for two years."""
    for url in (site.base_url, site.tls_url):
        answer = requests.get(url + "/shows", verify=str(site.ca_file), timeout=10)
        assert answer.status_code == 200 and "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/shows?limit=1&x=%2F", "/nothing", "/health/ready", "//evil.example/", "/%0d%0aX-Evil:1"])
def test_port_80_leads_to_tls(tls, path):
    for method, status in (("GET", 301), ("HEAD", 301), ("POST", 308), ("PUT", 308)):
        answer = exchange(plain(tls), f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        assert answer.status_code == status and answer.headers["Location"] == f"https://{HOST}{path}"
        assert "Strict-Transport-Security" not in answer.headers, "over plain HTTP anybody may have written it"
        assert "X-Evil" not in answer.headers


def plain(nginx):
    return type("Plain", (), {"base_url": f"http://127.0.0.1:{nginx.http_port}"})


def test_errors_of_port_80_have_the_form_of_all(tls):
    assert_problem(exchange(plain(tls), b"nonsense\r\n\r\n"), 400, "malformed")
    assert_problem(exchange(plain(tls), b"GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 400, "malformed")
