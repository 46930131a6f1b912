"""What each row is measured against: the same stack with nothing to do, or the store alone."""

import subprocess
import tempfile
from array import array
from collections import Counter
from pathlib import Path

from boxsite.web import Nginx, Workers

from . import wrk
from .house import WORKERS
from .stats import Slice

LIVE = "/health/live"


class LiveFloor:
    """nginx and the same workers, which answer without a store."""

    name = "live"

    def __init__(self, house):
        self.house = house

    def slice(self, seconds, clients=wrk.CLIENTS):
        return wrk.run(wrk.Traffic(self.house.url, [wrk.get(LIVE)], clients=clients), seconds)

    def close(self):
        pass


class BodyFloor:
    """nginx with the same configuration, which passes one body from workers that do nothing else."""

    name = "body"

    def __init__(self, house, path, body, encoding=None):
        site, folder = house.site, Path(tempfile.mkdtemp(prefix="floor-", dir=house.run_dir))
        (folder / "body").write_bytes(body)
        socket = site.fcgi_socket.with_name(f"{folder.name}.sock")
        self.path = path
        self.size = len(body)
        self.workers = Workers(folder, True, site.build_dir / "tests/bench/floor_fcgi", socket, WORKERS,
                               lambda: {"FLOOR_BODY": str(folder / "body"),
                                        **({"FLOOR_ENCODING": encoding} if encoding else {})})
        self.nginx = Nginx(folder, True, site.nginx.source_dir, socket, 0, 0)
        try:
            self.workers.start()
            self.nginx.start()
        except BaseException:
            self.close()
            raise

    @property
    def url(self):
        return f"http://127.0.0.1:{self.nginx.http_port}"

    def slice(self, seconds):
        return wrk.run(wrk.Traffic(self.url, [wrk.get(self.path)], size=(self.size, float("inf"))), seconds)

    def close(self):
        self.nginx.stop()
        self.workers.stop()


class InsertFloor:
    """Clients of libmongoc, as many as workers, that insert the same documents with the same promise."""

    DATABASE = "boxoffice_floor"

    def __init__(self, house, seats):
        self.name = f"insert {seats}"
        self.seats = seats
        self.uri = house.site.mongo_uri
        self.program = house.site.build_dir / "tests/bench/insert_floor"
        database = house.records.mongo[self.DATABASE]
        database.bookings.create_index([("showId", 1), ("seatNumber", 1)], unique=True)

    def slice(self, seconds):
        done = subprocess.run([self.program, self.uri, self.DATABASE, str(WORKERS), str(self.seats), str(seconds)],
                              capture_output=True, check=False, timeout=seconds + 60)
        if done.returncode:
            raise wrk.LoadError(f"insert_floor failed: {done.stderr.decode(errors='replace')}")
        latency = array("I", done.stdout)
        return Slice(len(latency), seconds, latency=Counter(latency))

    def close(self):
        pass
