"""The two stores: a Redis on a Unix socket, a MongoDB replica set of one member on loopback."""

import subprocess
from pathlib import Path

import pymongo
import redis

from .process import Process, StartError
from .waiting import free_port, port_problem, wait_until

FIND_MONGOD = Path(__file__).resolve().parent.parent / "mongod.sh"
REPLICA_SET = "boxoffice"
NOT_YET_INITIALIZED = 94


class RedisServer(Process):
    name = "redis"

    def __init__(self, run_dir, tied, socket_dir, durable):
        super().__init__(run_dir, tied)
        self.socket = socket_dir / "redis.sock"
        self.durable = durable  # keeps its data across a restart; may be changed before start()
        self.options = {}  # more of redis.conf, before start()

    @property
    def url(self):
        return f"unix://{self.socket}"

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
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=10, **options)

    def ready(self):
        try:
            return self.client().ping()
        except redis.RedisError:
            return False


class Mongod(Process):
    name = "mongod"
    start_seconds = 60

    def __init__(self, run_dir, tied, port=0):
        super().__init__(run_dir, tied)
        self.port = port or free_port()
        self.parameters = {  # before start()
            # A killed worker's open transaction blocks its seats up to 1.5 times as long.
            "transactionLifetimeLimitSeconds": 10,
            # Nobody else is there to take over: no grace for them.
            "shutdownTimeoutMillisForSignaledShutdown": 100,
            "diagnosticDataCollectionEnabled": "false",
            "enableTestCommands": int(tied)}  # fail points

    @property
    def uri(self):
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={REPLICA_SET}"

    def command(self):
        found = subprocess.run([FIND_MONGOD], capture_output=True, text=True, check=False)
        if found.returncode:
            raise StartError(f"mongod: {found.stderr.strip()}")
        data = self.run_dir / "mongod"
        data.mkdir(exist_ok=True)
        parameters = [word for pair in self.parameters.items() for word in ("--setParameter", "%s=%s" % pair)]
        return [found.stdout.strip(), "--dbpath", data, "--port", self.port, "--bind_ip", "127.0.0.1",
                "--nounixsocket", "--replSet", REPLICA_SET, "--oplogSize", "128",
                "--wiredTigerCacheSizeGB", "0.25", "--quiet", *parameters]

    def start(self):
        if not self.alive() and port_problem(self.port):
            self.port = free_port()
        super().start()
        self._keep_address()
        return self

    def direct_client(self, timeout_ms=5000):
        """To this server alone, whatever its state in the replica set."""
        return pymongo.MongoClient("127.0.0.1", self.port, directConnection=True,
                                   serverSelectionTimeoutMS=timeout_ms)

    def client(self, **options):
        return pymongo.MongoClient(self.uri, **{"serverSelectionTimeoutMS": 10000, **options})

    def is_primary(self, timeout_ms=5000):
        try:
            with self.direct_client(timeout_ms) as client:
                return client.admin.command("isMaster")["ismaster"]
        except pymongo.errors.PyMongoError:
            return False

    def ready(self):
        """It answers, and is primary where its replica set was made already."""
        if self.is_primary(500):
            return True
        try:
            with self.direct_client(500) as client:
                config = self._config(client)
        except pymongo.errors.PyMongoError:
            return False
        return not config or config["members"][0]["host"] != self._address

    @property
    def _address(self):
        return f"127.0.0.1:{self.port}"

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
            if not config or config["members"][0]["host"] == self._address:
                return
            config["members"][0]["host"] = self._address
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)
        if not wait_until(self.is_primary, 30):
            raise StartError(f"mongod did not become primary at its new port:\n{self.log_tail()}")
