"""Rows of what only reads: seat maps and summaries. A quarter of each house is held, half of it sold."""

import time

from lib.client import Client

from .floors import BodyFloor
from .row import Row
from .wrk import Traffic, get

HEAD_MAX = 700  # bytes of an answer's head


class Status(Row):
    """An unchanged map, again and again: rendered once a worker."""

    seats = 100

    def prepare(self):
        self.show = self.house.show_with_map(self.seats)
        self.path = f"/status/{self.show}"
        self.answer = Client(self.house.site).get(self.path)
        assert self.answer.status_code == 200, self.answer.text

    def size(self):
        length = len(self.answer.content)
        # A seat's word may change, as where holds end.
        return length * 0.98, length * 1.02 + HEAD_MAX

    def traffic(self):
        return Traffic(self.house.url, [get(self.path)], size=self.size())


class Status100(Status):
    name = "status of 100 seats, unchanged"
    bar = 0.65


class NotModified(Status):
    name = "the same, If-None-Match: 304"
    bar = 0.70

    def traffic(self):
        return Traffic(self.house.url, [get(self.path, If_None_Match=self.answer.headers["ETag"])], size=(50, HEAD_MAX))


class Status1000(Status):
    name = "status of 1,000 seats, unchanged"
    bar = 0.45
    seats = 1000


class Status1000Changing(Status):
    """Before each read one seat changes hands in Redis, as by a hold that is taken and lapses."""

    name = "status of 1,000 seats, a change between reads"
    bar = 0.20
    seats = 1000

    def prepare(self):
        super().prepare()
        seat, end = f"S{self.seats}", int(time.time() * 1000) + 7200_000
        taken, board = f"taken:{{{self.show}}}", f"board:{{{self.show}}}"
        version = f"HINCRBY {board} version 1\r\n"
        self.pokes = [f"{version}ZADD {taken} {end} {seat}\r\n".encode(), f"{version}ZREM {taken} {seat}\r\n".encode()]
        self.wire = self.house.silent_redis()

    def traffic(self):
        self.version = self._version()
        return Traffic(self.house.url, [get(self.path)], size=self.size(), pokes=self.pokes, poke_fd=self.wire.fileno())

    def after(self, measured):
        missed = measured.count - (self._version() - self.version)
        if missed > 0:
            measured.errors["reads without a change before"] = missed

    def _version(self):
        return int(self.house.redis.hget(f"board:{{{self.show}}}", "version"))


class Status5000(Status):
    name = "status of 5,000 seats, unchanged"
    bar = 0.70
    unit = "bytes/s"
    seats = 5000

    def floor(self):
        return BodyFloor(self.house, self.path, self.answer.content)


class Summary5000(Status):
    name = "summary of 5,000 seats"
    bar = 0.70
    seats = 5000

    def prepare(self):
        super().prepare()
        self.path = f"/summary/{self.show}"

    def size(self):
        return 100, HEAD_MAX + 300


ROWS = [Status100, NotModified, Status1000, Status1000Changing, Status5000, Summary5000]
