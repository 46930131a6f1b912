"""A page's live map: follows GET /events by the rules of doc/api.md, and may be compared with /status."""

import itertools
import json
import socket
import threading
import time
from dataclasses import dataclass, field

import requests

from .client import Client
from .waiting import wait_until

HELLO = b": hi\n\n"  # nginx's, once the subscription stands


class StreamEnded(Exception):
    pass


@dataclass
class Event:
    kind: str
    id: str
    data: object  # as JSON


class Stream:
    """One stream of server-sent events; `raw` is all that came behind the head."""

    def __init__(self, site, show, last_id=None, headers=(), prefix=""):
        self.socket = socket.create_connection(("127.0.0.1", site.nginx.http_port), timeout=10)
        lines = [f"GET {prefix}/events/{show} HTTP/1.1", "Host: localhost", "Accept: text/event-stream",
                 *([f"Last-Event-ID: {last_id}"] if last_id else []), *headers]
        self.raw = self._unread = b""
        try:
            self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            while b"\r\n\r\n" not in self._unread:
                self._receive()
            self.head, _, self._unread = self._unread.partition(b"\r\n\r\n")
            if not self.head.startswith(b"HTTP/1.1 200 "):
                raise StreamEnded(self.head)
            self.raw = self._unread
            while len(self.raw) < len(HELLO):
                self._receive()
            assert self.raw.startswith(HELLO), self.raw
            self._unread = self._unread[len(HELLO):]
        except BaseException:
            self.close()
            raise

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise StreamEnded()
        self._unread += data
        self.raw += data

    def next(self, timeout=10):
        """The next event, or None where none comes in time."""
        deadline = time.monotonic() + timeout
        while b"\n\n" not in self._unread:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                self._receive()
            except TimeoutError:
                return None
        text, _, self._unread = self._unread.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in text.decode().split("\n"))
        if "data" not in fields:  # a comment: ":410: 410 Gone" before the end
            return self.next(timeout)
        return Event(fields.get("event", "message"), fields["id"], json.loads(fields["data"]))

    def take(self, kind, timeout=10):
        """The data of the next event of a kind; others are passed over."""
        deadline = time.monotonic() + timeout
        while True:
            event = self.next(max(deadline - time.monotonic(), 0))
            assert event, f"no event {kind} in {timeout} s: {self.raw}"
            if event.kind == kind:
                return event.data

    def close(self):
        self.socket.close()


def past_the_new_board(site, show, stream):
    """A new board is told as "read the map", and what happens in the same tenth of a second is not told: waits until a mark is."""
    Client(site).seat_map(show)
    redis, marks = site.redis.client(), itertools.count(1)

    def told():
        mark = str(next(marks))
        redis.publish(f"seats:{{{show}}}", f"{mark}|nothing||")
        while event := stream.next(0.5):
            if event.kind == "seats" and event.data["version"] == mark:
                return True
        return False
    wait_until(told, 20, "a mark is told as such")


@dataclass
class Counts:
    events: int = 0
    gaps: int = 0
    resyncs: int = 0
    streams: int = 0
    maps: int = 0
    dropped: int = 0
    problems: list = field(default_factory=list)


class LiveMap:
    """As a context manager: a thread that keeps `map` ({seat: status}) by the events.

    drop(data): which events of kind seats it is to miss, as if the network had lost them. blind: it looks for no gaps.
    """

    def __init__(self, site, show, drop=lambda data: False, blind=False):
        self.site, self.show, self.drop, self.blind = site, show, drop, blind
        self.counts = Counts()
        self.map, self.version = {}, 0
        self._ready = threading.Event()  # a stream stands, and a map was read after it
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(20), self.counts
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the stream does not end"
        for problem in self.counts.problems:
            if not isinstance(problem, StreamEnded | OSError | requests.RequestException):
                raise problem

    def _run(self):
        while not self._over.is_set():
            try:
                self._follow()
            except Exception as problem:  # a page tries again; what is no trouble of the network is raised at the end
                self.counts.problems.append(problem)
            self._over.wait(0.1)

    def _follow(self):
        stream = Stream(self.site, self.show)
        self.counts.streams += 1
        try:
            self._read_map()
            self._ready.set()
            while not self._over.is_set():
                event = stream.next(0.2)
                if event:
                    self._take(event)
        finally:
            stream.close()

    def _take(self, event):
        if event.kind == "resync":
            self.counts.resyncs += 1
            self._read_map()
        elif event.kind == "seats":
            if self.drop(event.data):
                self.counts.dropped += 1
            else:
                self._apply(event.data)

    def _apply(self, data):
        first, last = int(data["from"]), int(data["version"])
        assert first <= last, data
        if last < self.version:
            return
        if first > self.version and not self.blind:
            self.counts.gaps += 1
            self._read_map()
            return
        for change in data["changes"]:
            assert set(change["seats"]) <= set(self.map), change
            self.map.update(dict.fromkeys(change["seats"], change["status"]))
        self.version = last
        self.counts.events += 1

    def _read_map(self):
        """Until there is one: while a store is down, there is none."""
        client = Client(self.site)
        while not self._over.is_set():
            answer = client.status(self.show)
            if answer.status_code == 200:
                self.map, self.version = Client.states(answer), int(answer.json()["version"])
                self.counts.maps += 1
                return
            assert answer.status_code in (429, 503), answer.text
            self._over.wait(0.1)
