"""The access log: one line of JSON a request, strictly so, whatever the client sends; and no secret of a query."""

import json
import socket
import ssl
from contextlib import ExitStack

import pytest

from lib.client import new_user, order, to_json
from lib.faults import stopped_process
from lib.rawhttp import connect, exchange, message
from lib.waiting import wait_until

FIELDS = {"time": str, "requestId": str, "traceId": str, "remote": str, "request": str, "status": int, "bytes": int, "seconds": float,
          "workerSeconds": str, "workerStatus": str, "cache": str, "userAgent": str}
AGENTS = [b'quote " and \\ backslash', b'"}\n{"requestId":"forged"}'.replace(b"\n", b" "), b"\xff\xfe not UTF-8", b"cut \xe2\x82",
          b"\xc0\xaf overlong", b"\xed\xa0\x80 surrogate", "Zo\u00eb \u20ac \U0001f3ad".encode(), b"\x7f\x1b[31m red", b"\t tab \x01 \x0b",
          b"", b"-", b"\\", b'"', b"\\u0000", b"</script>", b"a" * 4000, b"%s%n%00", b"${jndi:ldap://x}"]
PATHS = [b'/"quote"', b"/back\\slash", b"/\xff\xfe", b"/cut\xe2\x82", b"/zo\xc3\xab", b"/%00", b"/%22%5c%0a%0d", b"/\x7f\x01", b"/a\tb",
         b"/?q=\xff", b"/\xff?userId=secret-name", b"/x?userId=secret-name\xff", b"//", b"/..%2f..%2f", b"/" + b"x" * 7000, b'/{"a":1}',
         b"/status/'or'1'='1", b"*", b"http://[::1]/\xff", b"/#\xff"]


def lines_of(site):
    """Each is JSON by the letter: UTF-8, no name twice, no NaN."""
    def once(pairs):
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    def never(constant):
        raise ValueError(constant)
    data = (site.nginx.dir / "access.log").read_bytes()
    return [json.loads(line.decode("utf-8"), object_pairs_hook=once, parse_constant=never) for line in data.split(b"\n")[:-1]]


def logged(site, mark):
    """The line of the request that carried this X-Request-ID. nginx buffers its log for a moment."""
    return wait_until(lambda: next((line for line in lines_of(site) if line["requestId"] == mark), None), 10, f"the line of {mark}")


def mark_all(kind, count):
    return [f"{kind}-0123456789-{number}" for number in range(count)]


def test_hostile_agents(site):
    for mark, agent in zip(mark_all("agent", len(AGENTS)), AGENTS):
        head = b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-ID: " + mark.encode() + b"\r\nUser-Agent: "
        assert exchange(site, head + agent + b"\r\n\r\n").status_code == 404
    for mark, agent in zip(mark_all("agent", len(AGENTS)), AGENTS):
        line = logged(site, mark)
        assert {name: type(value) for name, value in line.items()}.items() >= FIELDS.items()
        plain = agent.strip(b" ")
        if plain.isascii():
            assert line["userAgent"] == plain.decode() or plain in (b"", b"-")
        else:
            assert line["userAgent"] == plain[:next(i for i, byte in enumerate(plain) if byte > 127)].decode() + "..."


def test_hostile_paths(site):
    marks = mark_all("path", len(PATHS))
    for mark, path in zip(marks, PATHS):
        head = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-ID: " + mark.encode() + b"\r\n\r\n"
        answer = exchange(site, head)
        assert answer is None or 200 <= answer.status_code < 500
    last = exchange(site, message("GET", "/nothing", X_Request_ID="last-of-the-paths"))
    assert last.status_code == 404
    logged(site, "last-of-the-paths")
    text = (site.nginx.dir / "access.log").read_text()
    assert "secret-name" not in text
    found = {line["requestId"]: line["request"] for line in lines_of(site)}
    assert found[marks[2]] == "GET /..." and found[marks[0]] == 'GET /"quote" HTTP/1.1' and found[marks[9]] == "GET /?..."
    assert found[marks[10]] == "GET /..." and found[marks[11]] == "GET /x?..."


def test_a_head_that_is_no_request(site):
    """It never gets so far as to have an id: the lines are counted."""
    heads = [b"\xff\xfe\xfd\r\n\r\n", b'"quoted"\r\n\r\n', b"GET /\xff\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\t/\xff HTTP/1.1\r\n\r\n",
             b"GET / HTTP/\xff\r\n\r\n", b"GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /hold\r\n"]
    before = len(lines_of(site))
    for head in heads:
        with connect(site) as connection:  # one of HTTP/0.9 gets an answer that has no head itself
            connection.sendall(head)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    wait_until(lambda: len(lines_of(site)) >= before + len(heads), 10, "their lines")
    assert all(isinstance(line["status"], int) for line in lines_of(site))


@pytest.mark.parametrize("head", [b"", b"GET / HT", b"POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"],
                         ids=["nothing", "half a head", "half a body"])
def test_a_client_that_goes_away(site, head):
    mark = f"gone-{len(head)}-0123456789"
    with connect(site) as connection:
        connection.sendall(head.replace(b"Host: x", b"Host: x\r\nX-Request-ID: " + mark.encode()))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # by a reset
    if b"\r\n\r\n" in head:
        assert logged(site, mark)["status"] in (400, 499)
    exchange(site, message("GET", "/nothing", X_Request_ID=f"after-{mark}"))
    logged(site, f"after-{mark}")


def test_a_client_that_does_not_wait_for_the_answer(site, client, show):
    """Of a read nginx lets go (499); an order is done all the same, and the log tells what came of it."""
    body, marks = to_json(order(show, "S1", new_user())), {"GET": "left-the-map-0123456789", "POST": "left-the-order-0123456789"}
    with ExitStack() as stopped:
        for pid in site.workers.pids():
            stopped.enter_context(stopped_process(pid))
        for data in (message("GET", f"/status/{show}", X_Request_ID=marks["GET"]), message("POST", "/hold", body, X_Request_ID=marks["POST"])):
            with connect(site) as connection:
                connection.sendall(data)
        assert logged(site, marks["GET"])["status"] == 499
    assert logged(site, marks["POST"])["status"] == 200
    assert client.seat_map(show)["S1"] == "held"


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


SETTINGS, HEADERS, RST_STREAM = 4, 1, 3
GET = bytes([0x82, 0x87, 0x84]) + b"\x41\x01x"  # method, scheme and path out of HPACK's table; an authority
CANCEL = (8).to_bytes(4, "big")


@pytest.mark.parametrize("frames", [frame(HEADERS, 0, 1, GET), frame(HEADERS, 0, 1, GET) + frame(RST_STREAM, 0, 1, CANCEL),
                                    frame(HEADERS, 5, 1, b"\xff" * 6), frame(HEADERS, 5, 1, b"\x82"),
                                    frame(HEADERS, 4, 1, GET) + frame(RST_STREAM, 0, 1, CANCEL)],
                         ids=["half a head", "half a head given up", "no HPACK", "a method alone", "no end"])
def test_streams_of_http2_that_are_given_up(site, frames):
    """nginx logs 000 for what never was a request: as a number of JSON that is no number."""
    context = ssl.create_default_context(cafile=site.ca_file)
    context.set_alpn_protocols(["h2"])
    before = len(lines_of(site))
    with context.wrap_socket(socket.create_connection(("127.0.0.1", site.nginx.https_port), timeout=10), server_hostname="localhost") as tls:
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + frames)
        tls.recv(65536)  # its own settings: it has read ours
    wait_until(lambda: len(lines_of(site)) > before, 10, "the line of the stream")
