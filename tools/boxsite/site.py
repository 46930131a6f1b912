"""Site: all servers of one box office, wired to each other."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

from .feed import Feed
from .process import StartError
from .stores import Mongod, RedisServer
from .waiting import came_true
from .web import Nginx, Workers, http_status

ROOT = Path(__file__).resolve().parents[2]
SOCKET_PATH_MAX = 107  # bytes, sun_path of unix(7)


class Site:
    """Redis, MongoDB, workers and nginx below run_dir; as a context manager, started and stopped.

    Ports of 0 mean a free one. env: environment variables for workers and seed tool (BOXOFFICE_*).
    tied: the servers end with this program, and take test commands; `dev up` says False, and keeps
    what Redis knows across restarts. mongo_set: called with run_dir and tied, it makes a MongoSet, to be used
    instead of the set of one member.
    """

    redis_server, mongo_server = RedisServer, Mongod

    def __init__(self, run_dir, *, workers=4, http_port=0, https_port=0, mongo_port=0, env=None, tied=True,
                 mongo_set=None):
        self.run_dir = Path(run_dir).resolve()
        self.run_dir.mkdir(parents=True, exist_ok=True)
        # Another build (with sanitizers, say) may be named; its programs must exist.
        self.build_dir = Path(os.environ.get("BUILD_DIR", ROOT / "build")).resolve()
        self.env = dict(env or {})
        self.mongo_db = "boxoffice"
        sockets = short_dir(self.run_dir)
        self.fcgi_socket = sockets / "fcgi.sock"
        self.redis = self.redis_server(self.run_dir, tied, sockets, durable=not tied)
        self.mongod = mongo_set(self.run_dir, tied) if mongo_set else self.mongo_server(self.run_dir, tied, mongo_port)
        self.workers = Workers(self.run_dir, tied, self.build_dir / "boxoffice-fcgi", self.fcgi_socket,
                               workers, self.environment)
        self.nginx = Nginx(self.run_dir, tied, ROOT / "nginx", self.fcgi_socket, http_port, https_port)
        self.feed = Feed(self.run_dir, tied, self.build_dir / "boxoffice-feed",
                         lambda: {**self.environment(), "REDIS_URL": self.redis.feed_url,
                                  "BOXOFFICE_PUBLISH_SOCKET": str(self.nginx.publish_socket)})
        # In the order of their start.
        self.servers = [self.redis, self.mongod, self.workers, self.nginx, *([self.feed] if self.nginx.has_nchan() else [])]

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.nginx.http_port}"

    @property
    def tls_url(self):
        return f"https://127.0.0.1:{self.nginx.https_port}"

    @property
    def redis_url(self):
        return self.redis.url

    @property
    def mongo_uri(self):
        return self.mongod.uri

    @property
    def seed_uri(self):
        """boxoffice-seed may be another user of MongoDB than the workers."""
        return self.mongo_uri

    @property
    def ca_file(self):
        """The certificate signs itself: clients trust it by this file."""
        return self.nginx.cert

    def environment(self):
        """What workers and seed tool are told."""
        return {"REDIS_URL": self.redis_url, "MONGO_URI": self.mongo_uri, "MONGO_DB": self.mongo_db,
                "BOXOFFICE_METRICS_FILE": str(self.run_dir / "metrics"), **self.env}

    def start(self):
        """Starts what does not run; when it returns, the workers answer and both stores are reached."""
        try:
            self.redis.start()
            self.mongod.start()
            self._init_database()
            self.workers.start()
            for server in self.servers[3:]:
                server.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def _init_database(self):
        done = self.seed("init")
        if done.returncode:
            raise StartError(f"boxoffice-seed init: exit {done.returncode}\n{done.stdout}{done.stderr}")
        if not came_true(self.mongod.is_primary, 30):
            raise StartError(f"mongod did not become primary:\n{self.mongod.log_tail()}")

    def wait_ready(self, seconds=30):
        """Until a worker says that it reaches both stores."""
        url = self.base_url + "/health/ready"
        if not came_true(lambda: http_status(url) == 200, seconds, interval=0.1):
            raise StartError(f"the workers are not ready: GET /health/ready says {http_status(url)}; "
                             f"the end of their log:\n{self.workers.log_tail()}")

    def seed(self, *words, stdin=None, timeout=60):
        """Runs boxoffice-seed against this site; the result has returncode, stdout and stderr (text)."""
        program = self.build_dir / "boxoffice-seed"
        try:
            return subprocess.run(
                [program, *words], capture_output=True, text=True, input=stdin, timeout=timeout, check=False,
                env={**self.workers.environment(), **self.environment(), "MONGO_URI": self.seed_uri})
        except OSError as error:
            raise StartError(f"cannot run {program}: {error.strerror} (./dev build makes it)") from error

    def stop(self):
        for server in reversed(self.servers):
            server.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def server(self, name):
        return {server.name: server for server in self.servers}[name]

    def log(self, name):
        """The log of redis, mongod, workers, nginx or feed so far."""
        return self.server(name).log()


def short_dir(run_dir):
    """Where sockets go: run_dir, or, where its path is too long or has odd bytes, a private folder in /tmp."""
    path = str(run_dir)
    if len(os.fsencode(path)) + len("/feed-65535.sock") <= SOCKET_PATH_MAX and re.fullmatch(r"[A-Za-z0-9/._-]+", path):
        return run_dir
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    short = Path(f"/tmp/bo-{os.geteuid()}-{name}")
    short.mkdir(mode=0o700, exist_ok=True)
    owner = short.lstat()
    if owner.st_uid != os.geteuid() or not short.is_dir() or short.is_symlink() or owner.st_mode & 0o077:
        raise StartError(f"{short} is not a private folder of this user")
    return short
