"""Limits by client address, as they are shipped: 127.0.0.2 and its like are counted, 127.0.0.1 is exempt (dev.conf.in)."""

import itertools
import json
import re
import select
import subprocess
from pathlib import Path

import pytest
from boxsite.web import Nginx

from lib.client import new_user, order, to_json
from lib.problems import assert_problem
from lib.rawhttp import connect, exchange, message, pipelined, receive
from lib.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
NEVER = "x"  # no id of a show: a worker says 400, and asks no store
RATE = {"reads": 50, "writes": 10}
BURST = {"reads": 200, "writes": 100}
AT_ONCE = 100
_last = itertools.count(2)


@pytest.fixture
def address():
    """An address of this machine that no test has used."""
    number = next(_last)
    return f"127.0.{number // 250}.{number % 250 + 2}"


def read(path="/status/"):
    return message("GET", path + NEVER, Connection="keep-alive")


def write(path="/hold"):
    return message("POST", path, to_json(order(NEVER, "S1", "flood")), Connection="keep-alive")


def test_the_values_are_those_that_are_shipped():
    http = (ROOT / "nginx/boxoffice/http.conf").read_text()
    assert {name: int(rate) for name, rate in re.findall(r"zone=boxoffice_(\w+):10m rate=(\d+)r/s;", http)} == RATE
    locations = "".join((ROOT / f"nginx/boxoffice/{piece}.conf").read_text() for piece in ("locations", "read"))
    assert {(name, int(burst)) for name, burst in re.findall(r"limit_req zone=boxoffice_(\w+) burst=(\d+) nodelay;", locations)} \
        == set(BURST.items())
    assert f"limit_conn boxoffice_requests {AT_ONCE};" in (ROOT / "nginx/boxoffice/fastcgi.conf").read_text()


def statuses(site, requests, source="127.0.0.1"):
    return [answer.status_code for answer in pipelined(site, requests, source)]


@pytest.mark.parametrize("kind, one", [("reads", read()), ("reads", read("/api/bookings/summary/")),
                                       ("writes", write()), ("writes", write("/api/bookings/confirm"))],
                         ids=["status", "summary", "hold", "confirm"])
def test_a_flood_is_refused(site, address, kind, one):
    pids = site.workers.pids()
    answers = pipelined(site, [one] * 600, address)
    found = [answer.status_code for answer in answers]
    assert set(found) == {400, 429}
    assert found[:BURST[kind]] == [400] * BURST[kind], "the burst is let through, and at once"
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert_problem(refused, 429, "too_many_requests")
    assert refused.headers["Retry-After"] == "1" and refused.headers["Cache-Control"] == "no-store"
    assert site.workers.pids() == pids


def test_a_flood_over_http2_is_told_in_the_same_form(site, address):
    """All requests of a flood in one connection, each a stream of its own."""
    urls = [f"{site.tls_url}/status/{NEVER}"] * 800
    done = subprocess.run(["curl", "-sS", "--http2", "--parallel", "--parallel-max", "50", "--interface", address, "--cacert",
                           site.ca_file, "-D", "-", *urls], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "HTTP/2 400" in done.stdout and "HTTP/2 429" in done.stdout and "retry-after: 1" in done.stdout
    assert '"code":"too_many_requests"' in done.stdout


def test_whoever_floods_with_one_kind_may_do_the_other(site, address):
    found = statuses(site, [write()] * 600 + [read()] * 390, address)
    assert 429 in found[:600] and 429 in found[600:]
    assert found[600:600 + BURST["reads"]] == [400] * BURST["reads"]


def test_others_are_not_affected(site, client, show, address):
    """In the middle of a flood; a refused hold holds nothing, and is good once the flood is over."""
    bodies = [to_json(order(show, f"S{i}", new_user())) for i in (1, 2)]
    with connect(site, address) as flooding:
        flooding.sendall(write() * 5000)
        other = address.replace("127.0.", "127.1.")
        assert exchange(site, message("POST", "/hold", bodies[0]), source=other).status_code == 200
        client.must_hold(show, "S2", new_user())
    assert 429 in statuses(site, [write()] * 600, address)


def test_the_exempt_are_never_refused(site):
    assert set(statuses(site, [write()] * 900)) == {400}


def test_a_page_that_polls_never_notices(site, address):
    """A hundred readers behind one address, each with a map each two seconds, who all come in one instant: twice."""
    assert set(statuses(site, [read()] * 200, address)) == {400}


def test_too_many_at_once(site, address):
    """Bodies that never end: each counts from its head on, and none costs a worker."""
    opened, closing = [], message("GET", f"/status/{NEVER}")
    try:
        for _ in range(AT_ONCE + 10):
            opened.append(connect(site, address))
            opened[-1].sendall(message("POST", "/hold", b"{", Content_Length=10))
        # A head that was sent is counted once nginx has read it: the next one is refused, sooner or later. One that is read
        # while a request of ours is in hand may be refused itself: hence some more.
        answer = receive_until(429, lambda: exchange(site, closing, source=address))
        assert_problem(answer, 429, "too_many_requests")
        assert exchange(site, closing).status_code == 400, "others are not affected"
        answered = select.select(opened, [], [], 0)[0]
        next(connection for connection in opened if connection not in answered).close()
        receive_until(400, lambda: exchange(site, closing, source=address))
    finally:
        for connection in opened:
            connection.close()


def receive_until(status, ask):
    """Asked in calm, so that the limit of requests is not what answers."""
    def answers():
        answer = ask()
        return [answer] if answer.status_code == status else []
    return wait_until(answers, 20, f"an answer of {status}", interval=0.1)[0]


def test_a_body_that_does_not_come(site, client, show):
    """nginx gives it 10 s and then closes: it has no word for the client here, but its log says 408. No worker waits."""
    with connect(site, timeout=30) as slow:
        slow.sendall(message("POST", "/hold", b"{", Content_Length=10, X_Request_ID="slow-body-0123456789"))
        assert client.hold(show, "S1", new_user()).status_code == 200
        assert receive(slow) is None
    line = wait_until(lambda: log_line(site, "slow-body-0123456789"), 10, "the line of the access log")
    assert line["status"] == 408 and line["workerStatus"] == ""


def log_line(site, request_id):
    lines = (site.nginx.dir / "access.log").read_text().splitlines()
    return next((json.loads(line) for line in lines if request_id in line), None)


@pytest.fixture(scope="module")
def behind_a_proxy(site, tmp_path_factory):
    """A second nginx before the same workers, which takes the client's address from a proxy's header."""
    nginx = Nginx(tmp_path_factory.mktemp("proxied"), True, ROOT / "nginx", site.fcgi_socket, 0, 0)
    shipped = re.findall(r"^    # ((?:set_real_ip_from|real_ip_header) .*;)$", (ROOT / "nginx/boxoffice.conf").read_text(), re.M)
    assert len(shipped) == 2
    nginx.server_lines = " ".join(shipped).replace("192.0.2.0/24", "127.0.0.1")
    nginx.start()
    yield type("Proxied", (), {"base_url": f"http://127.0.0.1:{nginx.http_port}", "nginx": nginx})
    nginx.stop()


def forwarded(client):
    return message("GET", f"/status/{NEVER}", Connection="keep-alive", X_Forwarded_For=client)


def test_behind_a_proxy_the_client_is_counted(behind_a_proxy):
    found = statuses(behind_a_proxy, [forwarded("192.0.2.1")] * 600 + [forwarded("192.0.2.2")])
    assert 429 in found[:600] and found[600] == 400


def test_only_the_proxy_may_say_who_the_client_is(behind_a_proxy):
    """A client that is not the proxy cannot change its address with each request."""
    assert 429 in statuses(behind_a_proxy, [forwarded(f"198.51.100.{i % 250}") for i in range(600)], "127.0.8.1")


def test_what_a_client_writes_before_the_proxy_s_own_word_is_ignored(behind_a_proxy):
    """Proxies add the address they saw to what came: the last one counts."""
    assert 429 in statuses(behind_a_proxy, [forwarded(f"198.51.100.{i % 250}, 192.0.2.3") for i in range(600)])


def test_the_log_has_the_client_and_not_the_proxy(behind_a_proxy):
    for source, sent, seen in (("127.0.0.1", "192.0.2.4", "192.0.2.4"), ("127.0.8.2", "192.0.2.4", "127.0.8.2"),
                               ("127.0.0.1", "nonsense", "127.0.0.1"), ("127.0.0.1", "192.0.2.5, 192.0.2.6", "192.0.2.6")):
        mark = f"real-{seen}-{len(sent)}"
        exchange(behind_a_proxy, message("GET", f"/status/{NEVER}", X_Forwarded_For=sent, X_Request_ID=mark), source=source)
        assert wait_until(lambda mark=mark: log_line(behind_a_proxy, mark), 10, "the line of the access log")["remote"] == seen


def test_an_ipv6_network_counts_as_one(behind_a_proxy):
    others = ("2001:db8:1:3::1", "2001:db8:1::1", "2001:db8::1:2:0:1", "::1", "fe80::1")
    found = statuses(behind_a_proxy, [forwarded(f"2001:db8:1:2::{i:x}") for i in range(1, 601)]
                     + [forwarded(other) for other in others])
    assert 429 in found[:600] and found[600:] == [400] * len(others)
