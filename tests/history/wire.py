"""A client of a few hundred bytes of HTTP: a general one would take more of the machine than the box office does."""

import json
import socket
import time
from datetime import datetime
from urllib.parse import quote

from .log import Op

ANSWER_SECONDS = 12  # nginx gives a worker 10
LETTERS = {"available": "a", "held": "h", "booked": "b"}


class Connection:
    """Keep-alive to nginx, made again where it is lost. Not for two threads."""

    def __init__(self, port):
        self.port = port
        self.socket = None

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def exchange(self, request):
        """(status, head, body) of one request; OSError where no whole answer came."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.sendall(request)
            data = self._more(b"")
            while (end := data.find(b"\r\n\r\n")) < 0:
                data = self._more(data)
            head, status = data[:end], int(data[9:12])
            body = b"" if status == 304 else self._body(head, data[end + 4:])
        except BaseException:
            self.close()
            raise
        if b"\r\nConnection: close" in head:
            self.close()
        return status, head, body

    def _more(self, data):
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionResetError("closed before the whole answer")
        return data + part

    def _body(self, head, data):
        length = field(head, b"Content-Length")
        if length is not None:
            while len(data) < int(length):
                data = self._more(data)
            return data
        body = b""  # in chunks: nginx does not know how much will come
        while True:
            while (end := data.find(b"\r\n")) < 0:
                data = self._more(data)
            size = int(data[:end], 16)
            while len(data) < end + size + 4:
                data = self._more(data)
            if size == 0:
                return body
            body, data = body + data[end + 2:end + 2 + size], data[end + size + 4:]


def field(head, name):
    at = head.find(b"\r\n" + name + b": ")
    if at < 0:
        return None
    at += len(name) + 4
    end = head.find(b"\r\n", at)
    return head[at:end if end > 0 else len(head)]


def post(path, body):
    body = json.dumps(body).encode()
    return b"POST /%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        path.encode(), len(body), body)


def get(path, which, etag=None):
    which = which if which.startswith("?") else f"/{which}"
    known = b'If-None-Match: "%s"\r\n' % etag.encode() if etag else b""
    return b"GET /%s%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (path.encode(), which.encode(), known)


def listed(show, begins_ms):
    """The list that begins with this show: behind the id before its own, of those that begin with it."""
    return get("shows", f"?limit=1&after={begins_ms}-{int(show, 16) - 1:024x}")


def perform(connection, client, show, op, user="", seats=(), etag=None, wish=None, begins_ms=0):
    """One operation, from call to logged answer. wish: of best, its quantity and, perhaps, its requestKey."""
    seats = list(seats)
    if op == "best":
        request = post("best-available", {"showId": show, "userId": user, **wish})
    elif op == "cancel":
        order = {"bookingId": seats[0], "userId": user}
        request = post("cancel", order | ({"seatNumber": seats[1:]} if seats[1:] else {}))
    elif op == "listed":
        request = listed(show, begins_ms)
    elif op == "booking":
        request = get("bookings", f"{seats[0]}?userId={quote(user)}")
    else:
        request = post(op, {"showId": show, "seatNumber": seats, "userId": user}) if user else get(op, show, etag)
    call = time.monotonic_ns()
    try:
        status, head, body = connection.exchange(request)
    except (OSError, ValueError) as error:
        return Op(show, client, user, op, seats, call, time.monotonic_ns(), 0,
                  "timeout" if isinstance(error, TimeoutError) else "reset", wish and [wish["quantity"], None])
    ret = time.monotonic_ns()
    try:
        if op == "best":
            code, answer, seats = read_best(show, user, wish, status, head, body)
        else:
            code, answer = read_answer(op, show, user, seats, status, head, body)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        code, answer = "misshapen", f"{error!r}: {body[:200]!r}"
    return Op(show, client, user, op, seats, call, ret, status, code, answer)


def read_best(show, user, wish, status, head, body):
    """(code, answer, seats)"""
    data = json.loads(body)
    if status != 200:
        return data["code"], [wish["quantity"], data.get("seatsLeft")], []
    seats = data["seatNumbers"]
    # Of a repeated one there may be less by now.
    if not 0 < len(seats) <= wish["quantity"] or len(seats) < wish["quantity"] and "requestKey" not in wish:
        return "misshapen", seats, []
    return *read_answer("hold", show, user, seats, status, head, body), seats


def read_answer(op, show, user, seats, status, head, body):
    """(code, answer) as Op has them. A misshapen answer lacks something; a misaddressed one is somebody else's."""
    if status == 304:
        return "", [field(head, b"ETag").strip(b'"').decode(), None]
    data = json.loads(body)
    if status not in (200, 201):
        return data["code"], {seat["seatNumber"]: seat["reason"] for seat in data.get("seats", ())}
    if op == "cancel":
        told = data["bookingId"], data["showId"], data["userId"]
        if told != (seats[0], show, user) or seats[1:] not in ([], data["seatNumbers"]):
            return "misaddressed", list(told)
        return "", [data["alreadyCancelled"], [[seat["seatNumber"], seat["cancellationId"]] for seat in data["seats"]]]
    if op == "booking":
        told = data["bookingId"], data["showId"], data["userId"], data["seatNumbers"]
        if told != (seats[0], show, user, [seat["seatNumber"] for seat in data["seats"]]):
            return "misaddressed", list(told)
        return "", [[seat["seatNumber"], seat["status"], seat.get("cancellationId")] for seat in data["seats"]]
    if op == "listed":
        data, = data["shows"]
        if data["showId"] != show:
            return "misaddressed", [data["showId"]]
        if data["heldCount"] is None:
            return "", []
        if data["blockedCount"]:
            return "misshapen", data["blockedCount"]
    if op in ("summary", "listed"):
        return "", [data["totalSeats"], data["bookedCount"], data["heldCount"], data["availableCount"]]
    if op == "status":
        order = [seat["seatNumber"] for seat in data["seats"]]
        if order != [f"S{i}" for i in range(1, data["totalSeats"] + 1)]:
            return "misshapen", order[:20]
        return "", [field(head, b"ETag").strip(b'"').decode(), "".join([LETTERS[seat["status"]] for seat in data["seats"]])]
    listed = data["bookings" if op == "confirm" else "seats"] if op != "release" else [{"seatNumber": seat} for seat in seats]
    told = data["showId"], data["userId"], data["seatNumbers"], [seat["seatNumber"] for seat in listed]
    if told != (show, user, seats, seats):
        return "misaddressed", list(told)
    if op == "release":
        return "", [data["releasedCount"]]
    if op in ("hold", "extend"):
        return "", [data["holdId"], ms_of(data["expiresAt"]), [[seat["holdId"], ms_of(seat["expiresAt"])] for seat in listed]]
    if data["alreadyBooked"] is not (status == 200):
        return "misshapen", data["alreadyBooked"]
    return "", [data["bookingId"], [seat["bookingId"] for seat in listed]]


def ms_of(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)
