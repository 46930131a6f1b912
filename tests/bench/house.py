"""The servers that are measured, and shows to sell in them."""

import json
import os
import shutil
import socket
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bson import ObjectId
from boxsite import Site
from lib.shows import Records, now, worker_settings

from . import pipeline, wrk

WORKERS = 8
LOG_MAX = 64 << 20
# The longest of rows must not outlive its holds; a hold costs the same whatever its length.
SETTINGS = {"BOXOFFICE_HOLD_SECONDS": "7200"}


class House:
    """A running box office of its own; as a context manager, begun and ended."""

    def __init__(self):
        # Short, since paths of sockets are.
        self.run_dir = Path(tempfile.mkdtemp(prefix="bo-bench-", dir="/tmp"))
        self.site = Site(self.run_dir, workers=WORKERS, env=SETTINGS)
        self.records = None
        self.redis = None
        self.orders_made = 0

    def __enter__(self):
        try:
            self.site.start()
            self.records = Records(self.site)
            self.redis = self.site.redis.client(decode_responses=True)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.records:
            self.records.close()
        self.site.stop()
        shutil.rmtree(self.run_dir, ignore_errors=True)

    @property
    def url(self):
        return self.site.base_url

    @contextmanager
    def settings(self, env):
        """Workers with other settings while the block lasts."""
        if not env:
            yield
            return
        with worker_settings(self.site, **env):
            yield

    def fresh_start(self):
        """What one row left in Redis is no burden of the next."""
        self.redis.flushall()
        self.trim_logs()

    def faults(self, lines=12):
        """The end of what the workers complained about."""
        told = [line for line in self.site.workers.log().splitlines() if line.startswith(("<3>", "<4>"))]
        return "\n".join(line[:300] for line in told[-lines:])

    def trim_logs(self):
        """Hundreds of MB of request lines are of no use to anybody. Servers append, so their files may be cut."""
        for path in (self.site.workers.log_file, self.site.nginx.dir / "access.log"):
            if path.exists() and path.stat().st_size > LOG_MAX:
                os.truncate(path, 0)

    def shows(self, count, seats, title="Metropolis"):
        """Ids of new shows."""
        documents = [{"_id": ObjectId(), "movieTitle": title, "startTime": now() + timedelta(days=1), "totalSeats": seats,
                      "createdAt": now(), "updatedAt": now()} for _ in range(count)]
        self.records.db.shows.insert_many(documents)
        return [str(document["_id"]) for document in documents]

    def sell(self, shows, seats):
        """Sells these seat numbers of each show, by hand in MongoDB; boards that know better are forgotten."""
        for show in shows:
            self.records.db.bookings.insert_many(
                [{"showId": ObjectId(show), "seatNumber": f"S{seat}", "userId": "earlier", "bookingId": str(ObjectId()),
                  "createdAt": now(), "updatedAt": now()} for seat in seats], ordered=False)

    def silent_redis(self):
        """A connection to Redis that answers nothing, for writers that never read."""
        wire = socket.socket(socket.AF_UNIX)
        wire.connect(str(self.site.redis.socket))
        wire.sendall(b"CLIENT REPLY OFF\r\n")
        return wire

    def send_all(self, requests, **options):
        return pipeline.send_all(self.url, requests, **options)

    def warm(self, shows):
        """Loads the boards of these shows, and has each worker make its copy of each show: it is missed once in 1,000."""
        self.send_all([wrk.get(f"/summary/{show}") for show in shows] * (7 * WORKERS))

    def show_with_map(self, seats):
        """A show with a quarter of its seats held and half of them sold."""
        (show,) = self.shows(1, seats)
        self.sell([show], range(1, seats // 2 + 1))
        self.send_all(bodies("/hold", self.orders([show], seats // 4, 1, first=seats // 2 + 1)))
        return show

    def orders(self, shows, count, size, first=1):
        """`count` orders of `size` fresh seats, each by another user, over the shows in turn: (show, seats, user)."""
        made = []
        for number in range(count):
            show, place = shows[number % len(shows)], first + number // len(shows) * size
            self.orders_made += 1
            made.append((show, [f"S{place + i}" for i in range(size)], f"user-{self.orders_made:08d}"))
        return made

    def fresh_shows(self, orders, size, shows=50):
        """Warm shows with seats enough for so many orders."""
        made = self.shows(shows, (orders // shows + 1) * size)
        self.warm(made)
        return made


def order_body(show, seats, user):
    return json.dumps({"showId": show, "seatNumber": seats[0] if len(seats) == 1 else seats, "userId": user},
                      separators=(",", ":"))


def bodies(path, orders):
    """The requests that hold (or confirm) these orders."""
    return [wrk.post(path, order_body(*order)) for order in orders]
