"""HTTP as bytes, for what no HTTP library would send."""

import json
import re
import socket
from email.parser import Parser
from urllib.parse import urlsplit


LENGTH = re.compile(rb"\r\nContent-Length: *([0-9]+)", re.I)


class RawAnswer:
    """Looks enough like requests.Response for assert_problem()."""

    def __init__(self, data):
        head, _, self.content = data.partition(b"\r\n\r\n")
        status_line, _, headers = head.decode("latin-1").partition("\r\n")
        self.status_code = int(status_line.split()[1])
        self.headers = Parser().parsestr(headers)
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            self.content = dechunk(self.content)
        elif "Content-Length" in self.headers:
            self.content = self.content[:int(self.headers["Content-Length"])]

    @property
    def text(self):
        return self.content.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.content)


def dechunk(data):
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if length == 0:
            return body
        body, data = body + data[:length], data[length + 2:]


def connect(site, source="127.0.0.1", timeout=12):
    """A connection to nginx from an address of this machine: 127.0.0.2 is another client than 127.0.0.1."""
    address = urlsplit(site.base_url)
    return socket.create_connection((address.hostname, address.port), timeout=timeout, source_address=(source, 0))


def exchange(site, data, shut=False, timeout=12, source="127.0.0.1"):
    """Sends the bytes to nginx and returns the first answer, or None where it closes without one.

    shut: says after the bytes that no more will come. The bytes should ask for `Connection: close`.
    """
    with connect(site, source, timeout) as connection:
        connection.sendall(data)
        if shut:
            connection.shutdown(socket.SHUT_WR)
        return receive(connection)


def receive(connection):
    """One whole answer, or None where nginx closes without one."""
    received = b""
    while not is_whole(received):
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        received += part
    return RawAnswer(received) if received else None


def pipelined(site, requests, source="127.0.0.1"):
    """Sends these requests over one connection without waiting, and returns the answers in order."""
    count = len(requests)
    with connect(site, source, timeout=30) as connection:
        connection.sendall(b"".join(requests))
        received, answers = b"", []
        while len(answers) < count:
            part = connection.recv(1 << 20)
            assert part, f"closed after {len(answers)} answers"
            received += part
            while is_whole(received):
                head, _, rest = received.partition(b"\r\n\r\n")
                length = int(LENGTH.search(head)[1])
                answers.append(RawAnswer(head + b"\r\n\r\n" + rest[:length]))
                received = rest[length:]
        return answers


def is_whole(data):
    """Nothing more need be waited for: nginx lingers after a refusal, to let the rest of the request arrive."""
    head, found, body = data.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    return bool(found and length and len(body) >= int(length[1]))


def message(method, path, body=b"", **headers):
    """A request as bytes. Headers by name with `_` for `-`; a value of None leaves the header out."""
    fields = {"Host": "localhost", "Connection": "close"}
    if method == "POST":
        fields.update({"Content-Type": "application/json", "Content-Length": len(body)})
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    lines = [f"{method} {path} HTTP/1.1"] + [f"{k}: {v}" for k, v in fields.items() if v is not None]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
