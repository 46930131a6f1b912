"""A MongoDB replica set of several members, for tests: in the place of the Mongod of a Site."""

from concurrent.futures import ThreadPoolExecutor

import pymongo

from .process import StartError
from .stores import NOT_YET_INITIALIZED, REPLICA_SET, MongodServer
from .waiting import came_true, free_port

SETTINGS = {"electionTimeoutMillis": 5000, "heartbeatIntervalMillis": 500,
            "catchUpTimeoutMillis": 0}  # a new primary does not wait for one that it cannot reach


class Member(MongodServer):
    def __init__(self, run_dir, tied, number, host, enter):
        self.name = f"mongod-{number}"
        super().__init__(run_dir, tied, host, free_port())
        self.enter = enter
        # How much longer than asked for it waits for the next entry from a member that cannot be reached any more.
        self.parameters["oplogNetworkTimeoutBufferSeconds"] = 1

    def command(self):
        return [*self.enter, *super().command()]

    def ready(self):
        return self.hello(500) is not None

    def hello(self, timeout_ms=2000):
        """What it says of itself, or None where it does not answer."""
        try:
            with self.direct_client(timeout_ms) as client:
                return client.admin.command("hello", maxTimeMS=timeout_ms)
        except pymongo.errors.PyMongoError:
            return None


class MongoSet:
    """hosts: (address, words before the command that put it where that address is), one a member."""

    name = "mongod"

    def __init__(self, run_dir, tied, hosts=(("127.0.0.1", ()),) * 3):
        self.members = [Member(run_dir, tied, number, host, enter) for number, (host, enter) in enumerate(hosts, 1)]

    @property
    def uri(self):
        return f"mongodb://{','.join(member.address for member in self.members)}/?replicaSet={REPLICA_SET}"

    def client(self, **options):
        return pymongo.MongoClient(self.uri, **{"serverSelectionTimeoutMS": 30000, "socketTimeoutMS": 30000, **options})

    def start(self):
        """Starts those that do not run, and waits for a primary."""
        with ThreadPoolExecutor(len(self.members)) as pool:
            list(pool.map(Member.start, self.members))
        self._initiate()
        if not came_true(self.primary, 60, interval=0.1):
            raise StartError(f"no member became primary:\n{self.log_tail()}")
        return self

    def _initiate(self):
        config = {"_id": REPLICA_SET, "settings": SETTINGS, "members": [
            {"_id": number, "host": member.address} for number, member in enumerate(self.members)]}
        with self.members[0].direct_client() as client:
            try:
                client.admin.command("replSetGetStatus")
            except pymongo.errors.OperationFailure as error:
                if error.code != NOT_YET_INITIALIZED:
                    raise
                client.admin.command("replSetInitiate", config)

    def reconfigure(self, **settings):
        """Again and again where the primary moves meanwhile."""
        def done():
            try:
                with self.client() as client:
                    config = client.admin.command("replSetGetConfig")["config"]
                    config["settings"].update(settings)
                    config["version"] += 1
                    client.admin.command("replSetReconfig", config)
                    return True
            except pymongo.errors.PyMongoError:
                return False
        if not came_true(done, 60, interval=0.2):
            raise StartError(f"the settings could not be changed:\n{self.log_tail()}")

    def primary(self):
        """The member that is primary, of the latest election where two say so; or None."""
        said = [(hello["electionId"], number) for number, hello in enumerate(member.hello() for member in self.members)
                if hello and hello.get("isWritablePrimary")]
        return self.members[max(said)[1]] if said else None

    def is_primary(self):
        return self.primary() is not None

    def others(self, member):
        return [other for other in self.members if other is not member]

    def alive(self):
        return all(member.alive() for member in self.members)

    def stop(self):
        for member in self.members:
            member.kill()  # together they would wait for each other to take over

    kill = stop

    def log(self):
        return "\n".join(member.log() for member in self.members)

    def log_tail(self, lines=25):
        return "\n".join(f"{member.name}:\n{member.log_tail(lines)}" for member in self.members)
