"""The two stores: a Redis on a Unix socket, a MongoDB replica set of one member on loopback (of several: mongo_set.py)."""

import subprocess
from pathlib import Path

import pymongo
import redis

from .process import Process, StartError
from .waiting import came_true, free_port, port_problem

FIND_MONGOD = Path(__file__).resolve().parent.parent / "mongod.sh"
REPLICA_SET = "boxoffice"
NOT_YET_INITIALIZED = 94


class RedisServer(Process):
    name = "redis"
    login = {}  # of this program; the URL has that of the workers

    def __init__(self, run_dir, tied, socket_dir, durable):
        super().__init__(run_dir, tied)
        self.socket = socket_dir / "redis.sock"
        self.durable = durable  # keeps its data across a restart; may be changed before start()
        self.options = {}  # more of redis.conf, before start()

    @property
    def url(self):
        return f"unix://{self.socket}"

    @property
    def feed_url(self):
        return self.url

    def command(self):
        data = self.run_dir / "redis"
        data.mkdir(exist_ok=True)
        options = {
            "port": "0", "unixsocket": f'"{self.socket}"', "unixsocketperm": "700", "dir": f'"{data}"',
            "save": '""', "appendonly": "yes" if self.durable else "no", "appendfsync": "everysec",
            # A hold must end by time only, never for want of memory.
            "maxmemory-policy": "noeviction",
            "enable-debug-command": "yes" if self.tied else "no", **self.options}
        config = self.run_dir / "redis.conf"
        config.write_text("".join(f"{key} {value}\n" for key, value in options.items()))
        return ["redis-server", config]

    def client(self, **options):
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=10, **{**self.login, **options})

    def worker_client(self, **options):
        """With the rights of a worker."""
        return self.client(**options)

    def ready(self):
        try:
            return self.client().ping()
        except redis.RedisError:
            return False


class MongodServer(Process):
    """One mongod at host:port, whatever it is in its replica set."""

    start_seconds = 60

    def __init__(self, run_dir, tied, host, port):
        super().__init__(run_dir, tied)
        self.host, self.port = host, port
        self.parameters = {  # before start()
            # A killed worker's open transaction blocks its seats up to 1.5 times as long.
            "transactionLifetimeLimitSeconds": 10,
            # Nobody else is there to take over: no grace for them.
            "shutdownTimeoutMillisForSignaledShutdown": 100,
            "diagnosticDataCollectionEnabled": "false",
            "enableTestCommands": int(tied)}  # fail points
        self.login = {}  # of this program, where the server asks for one

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def command(self):
        found = subprocess.run([FIND_MONGOD], capture_output=True, text=True, check=False)
        if found.returncode:
            raise StartError(f"mongod: {found.stderr.strip()}")
        data = self.run_dir / self.name
        data.mkdir(exist_ok=True)
        parameters = [word for pair in self.parameters.items() for word in ("--setParameter", "%s=%s" % pair)]
        return [found.stdout.strip(), "--dbpath", data, "--port", self.port, "--bind_ip", self.host,
                "--nounixsocket", "--replSet", REPLICA_SET, "--oplogSize", "128",
                "--wiredTigerCacheSizeGB", "0.25", "--quiet", *parameters]

    def direct_client(self, timeout_ms=5000):
        """To this server alone, whatever its state in the replica set."""
        return pymongo.MongoClient(self.host, self.port, directConnection=True,
                                   serverSelectionTimeoutMS=timeout_ms, **self.login)

    def is_primary(self, timeout_ms=5000):
        try:
            with self.direct_client(timeout_ms) as client:
                return client.admin.command("isMaster")["ismaster"]
        except pymongo.errors.PyMongoError:
            return False


class Mongod(MongodServer):
    """The only member of its set."""

    name = "mongod"

    def __init__(self, run_dir, tied, port=0):
        super().__init__(run_dir, tied, "127.0.0.1", port or free_port())

    @property
    def uri(self):
        return f"mongodb://{self.address}/?replicaSet={REPLICA_SET}"

    def start(self):
        if not self.alive() and port_problem(self.port):
            self.port = free_port()
        super().start()
        self._keep_address()
        return self

    def client(self, **options):
        # A mongod that is paused keeps nobody for ever: not even close(), which tells it of the sessions' end.
        return pymongo.MongoClient(self.uri, **{"serverSelectionTimeoutMS": 10000, "socketTimeoutMS": 30000, **options})

    def ready(self):
        """It answers, and is primary where its replica set was made already."""
        if self.is_primary(500):
            return True
        try:
            with self.direct_client(500) as client:
                config = self._config(client)
        except pymongo.errors.PyMongoError:
            return False
        return not config or config["members"][0]["host"] != self.address

    @staticmethod
    def _config(client):
        try:
            return client.admin.command("replSetGetConfig")["config"]
        except pymongo.errors.OperationFailure as error:
            if error.code == NOT_YET_INITIALIZED:
                return None
            raise

    def _keep_address(self):
        """Data made under another port, which is somebody else's by now: the set's only member moves."""
        with self.direct_client() as client:
            config = self._config(client)
            if not config or config["members"][0]["host"] == self.address:
                return
            config["members"][0]["host"] = self.address
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)
        if not came_true(self.is_primary, 30):
            raise StartError(f"mongod did not become primary at its new port:\n{self.log_tail()}")
