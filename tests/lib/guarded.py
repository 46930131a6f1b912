"""Stores whose users may do what stores/ grants them: what an operator is told to set up, as it is shipped.

Tests look and break as administrators; workers and boxoffice-seed are the users of stores/.
"""

import json
import re
from pathlib import Path

from boxsite import Site
from boxsite.stores import REPLICA_SET, Mongod, RedisServer

from .waiting import wait_until

STORES = Path(__file__).resolve().parents[2] / "stores"
PASSWORD = "only-for-tests"


def redis_users():
    """The file as an operator writes it: with passwords."""
    return (STORES / "redis-users.conf").read_text().replace("CHANGE-ME-TOO", PASSWORD).replace("CHANGE-ME", PASSWORD)


def mongodb_roles():
    """[{role, privileges}] of the script, which says it in JSON."""
    text = (STORES / "mongodb-roles.js").read_text()
    return json.loads(re.search(r"^const roles = (\[.*?^\]);", text, re.S | re.M).group(1))


def for_any_database(privileges):
    """The same collections, whatever the database is called."""
    return [{**privilege, "resource": {**privilege["resource"], "db": ""} if "db" in privilege["resource"]
             else privilege["resource"]} for privilege in privileges]


class GuardedRedis(RedisServer):
    login = {"username": "admin", "password": PASSWORD}

    @property
    def url(self):
        return f"unix://boxoffice:{PASSWORD}@{self.socket}"

    @property
    def feed_url(self):
        return f"unix://boxoffice-feed:{PASSWORD}@{self.socket}"

    def command(self):
        words = super().command()
        with open(words[-1], "a", encoding="utf-8") as config:
            config.write(redis_users())
        return words

    def worker_client(self, **options):
        return self.client(username="boxoffice", password=PASSWORD, **options)


class GuardedMongod(Mongod):
    rights = staticmethod(for_any_database)  # of the suites: tests of boxoffice-seed use many databases

    def __init__(self, *words):
        super().__init__(*words)
        self.key = self.run_dir / "mongod.key"

    def command(self):
        if not self.key.exists():
            self.key.touch(mode=0o600)
            self.key.write_text("of a set of one member")
        return [*super().command(), "--keyFile", self.key]  # which asks for a login, too

    def uri_of(self, user):
        return f"mongodb://{user}:{PASSWORD}@{self.address}/?replicaSet={REPLICA_SET}&authSource=admin"

    @property
    def uri(self):
        return self.uri_of("admin") if self.login else super().uri

    def ready(self):
        return super().ready() if self.login else self.says_hello()

    def says_hello(self):
        try:
            with self.direct_client(500) as client:
                return bool(client.admin.command("isMaster"))
        except Exception:
            return False

    def _keep_address(self):
        if self.login:
            super()._keep_address()

    def make_users(self):
        """Once: until there is a user, whoever comes from this machine may make the first."""
        with self.direct_client() as client:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": self.address}]})
            wait_until(self.is_primary, 30, "a primary")
            client.admin.command("createUser", "admin", pwd=PASSWORD, roles=["root"])
        self.login = {"username": "admin", "password": PASSWORD}
        with self.client() as client:
            for role in mongodb_roles():
                client.admin.command("createRole", role["role"], privileges=self.rights(role["privileges"]), roles=[])
            client.admin.command("createUser", "boxoffice", pwd=PASSWORD, roles=["boxofficeWorker"])
            client.admin.command("createUser", "boxoffice-seed", pwd=PASSWORD, roles=["boxofficeSeed"])


class GuardedSite(Site):
    redis_server, mongo_server = GuardedRedis, GuardedMongod

    @property
    def mongo_uri(self):
        return self.mongod.uri_of("boxoffice")

    @property
    def seed_uri(self):
        return self.mongod.uri_of("boxoffice-seed")

    def _init_database(self):
        if not self.mongod.login:
            self.mongod.make_users()
        super()._init_database()


class ShippedMongod(GuardedMongod):
    rights = staticmethod(lambda privileges: privileges)


class ShippedSite(GuardedSite):
    """With the roles as they are, of the one database."""

    mongo_server = ShippedMongod
