"""A minimal FastCGI client: what nginx would hide or never send."""

import socket
import struct
import time

from .rawhttp import RawAnswer

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7
RESPONDER, KEEP_CONN = 1, 1


class Connection:
    """One connection to the workers' socket, with one request at a time."""

    def __init__(self, site, timeout=12):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(site.fcgi_socket))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def record(self, kind, content=b""):
        self.socket.sendall(record(kind, content))

    def begin(self, params, keep=False):
        """In one piece, as nginx does: so the number of a worker's reads does not depend on chance."""
        self.socket.sendall(first_record(keep) + record(PARAMS, pairs(params)) + record(PARAMS))

    def begin_request(self, keep=False):
        self.socket.sendall(first_record(keep))

    def body(self, data):
        if data:
            self.record(STDIN, data)

    def end_body(self):
        self.record(STDIN)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the worker closed in the middle")
            data += part
        return data

    def answer(self):
        """Reads a whole answer: END must come, nothing may stand in FCGI_STDERR."""
        out = b""
        while True:
            _, kind, _, length, padding = struct.unpack("!BBHHBx", self._exactly(8))
            content = self._exactly(length + padding)[:length]
            if kind == STDOUT:
                out += content
            elif kind == STDERR:
                assert not content, f"written to FCGI_STDERR: {content!r}"
            elif kind == END:
                assert struct.unpack("!IB3x", content) == (0, 0), content
                return as_http(out)


def record(kind, content=b""):
    """Content that is too long for one becomes several."""
    part, rest = content[:65528], content[65528:]
    return struct.pack("!BBHHBx", 1, kind, 1, len(part), 0) + part + (record(kind, rest) if rest else b"")


def first_record(keep):
    return record(BEGIN, struct.pack("!HB5x", RESPONDER, KEEP_CONN if keep else 0))


def pairs(params):
    return b"".join(pair(name.encode(), str(value).encode()) for name, value in params.items())


def pair(name, value):
    def size(data):
        return bytes([len(data)]) if len(data) < 128 else struct.pack("!I", len(data) | 0x80000000)
    return size(name) + size(value) + name + value


def as_http(data):
    """CGI's `Status:` header becomes a status line; 200 where there is none."""
    head, _, body = data.partition(b"\r\n\r\n")
    status, headers = b"200 OK", []
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"status:"):
            status = line.split(b":", 1)[1].strip()
        else:
            headers.append(line)
    return RawAnswer(b"\r\n".join([b"HTTP/1.1 " + status] + headers) + b"\r\n\r\n" + body)


def params_of(method, path, length=None, **more):
    """What nginx/boxoffice/fastcgi.conf sends."""
    path, _, query = path.partition("?")
    params = {"REQUEST_METHOD": method, "DOCUMENT_URI": path, "SCRIPT_NAME": path, "QUERY_STRING": query,
              "CONTENT_TYPE": "application/json" if method == "POST" else "",
              "CONTENT_LENGTH": "" if length is None else length,
              "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1",
              "HTTP_X_REQUEST_ID": "raw-fastcgi-0123456789", "REMOTE_USER": ""}
    params.update(more)
    return params


def call(site, method, path, body=b"", length=None, timeout=12, between=0, **more):
    """One request on a connection of its own. length: CONTENT_LENGTH, the body's own by default. between: seconds from each of
    its parts (parameters, body, end) to the next, so that a worker reads them one by one."""
    with Connection(site, timeout) as connection:
        if length is None and method == "POST":
            length = len(body)
        connection.begin(params_of(method, path, length, **more))
        time.sleep(between)
        connection.body(body)
        time.sleep(between)
        connection.end_body()
        return connection.answer()
