"""TLS and HTTP/2, with curl, and plain HTTP spoken to the TLS port."""

import json
import subprocess

import requests

from lib.client import new_user, order


def curl(site, path, *words):
    """(status, HTTP version, headers, body) as curl saw it."""
    done = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", site.ca_file, "-D", "-", "-w", "\n%{http_code} %{http_version}",
         site.tls_url + path, *words], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    text, _, last = done.stdout.rpartition("\n")
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    headers = dict(line.lower().split(": ", 1) for line in head.split("\n")[1:] if ": " in line)
    status, version = last.split()
    return int(status), version, headers, body


def test_http2(site, records):
    show, user = records.show(), new_user()
    body = json.dumps(order(show, ["S1", "S2"], user))
    post = ["-H", "Content-Type: application/json", "-d", body]
    status, version, headers, answer = curl(site, "/hold", *post)
    assert (status, version) == (200, "2"), answer
    assert json.loads(answer)["userId"] == user and headers["x-request-id"]
    assert curl(site, "/api/bookings/confirm", *post)[0] == 201
    status, version, headers, answer = curl(site, f"/status/{show}")
    assert (status, version) == (200, "2") and json.loads(answer)["seats"][1]["status"] == "booked"
    assert headers["etag"]
    status, _, headers, answer = curl(site, "/nothing")
    assert status == 404 and headers["content-type"].startswith("application/problem+json")
    assert json.loads(answer)["requestId"] == headers["x-request-id"]


def test_errors_in_http2(site):
    status, version, headers, answer = curl(site, "/hold", "-X", "DELETE")
    assert (status, version, headers["allow"]) == (405, "2", "post, options")  # curl() lowers headers
    status, _, _, answer = curl(site, "/hold", "-H", "Content-Type: application/json", "-d", "x" * 70000)
    assert status == 413 and json.loads(answer)["code"] == "too_large"


def test_http_1_over_tls(site):
    status, version, _, answer = curl(site, "/health/live", "--http1.1")
    assert (status, version) == (200, "1.1"), answer


def test_old_tls_is_refused(site):
    done = subprocess.run(["curl", "-sS", "--cacert", site.ca_file, "--tls-max", "1.1", site.tls_url + "/health/live"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 35, done.stdout + done.stderr


def test_plain_http_on_the_tls_port(site):
    plain = site.tls_url.replace("https:", "http:")
    answer = requests.get(plain + "/health/live?x=1", allow_redirects=False, timeout=10)
    assert answer.status_code in (301, 308) and answer.headers["Location"] == site.tls_url + "/health/live?x=1"
    answer = requests.post(plain + "/hold", data="{}", allow_redirects=False, timeout=10)
    assert answer.status_code == 308, "a POST must stay a POST"
    assert answer.headers["Location"] == site.tls_url + "/hold"
