"""The stores' passwords are exchanged by the steps of doc/operations.md, and each step leaves a box office that sells."""

import pytest
from pymongo.errors import OperationFailure

from lib import manual
from lib.client import Client, new_user
from lib.guarded import PASSWORD, GuardedSite
from lib.shows import Records
from lib.temporary import temporary_site

NEW = "another-one"


@pytest.fixture
def guarded_site():
    with temporary_site(GuardedSite, workers=2) as made:
        yield made


def restart_with(site, name, url):
    """As the operator writes it into the file that the workers read."""
    site.workers.restart(env={**site.workers.extra, name: url})
    site.wait_ready()


def refuses(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.long
def test_passwords_are_exchanged(guarded_site):
    site, records = guarded_site, Records(guarded_site)
    show, client, seats = records.show(), Client(guarded_site), iter(range(1, 21))

    def sells():
        client.must_buy(show, f"S{next(seats)}", new_user())

    def run(command):
        manual.run(site, f"new={NEW} old={PASSWORD}\n{command}")

    add, take_away, second_user, first_user = manual.blocks("Rotate a password")
    run(add)
    sells()
    restart_with(site, "REDIS_URL", site.redis_url.replace(PASSWORD, NEW))
    sells()
    run(take_away)
    sells()
    site.redis.client().execute_command("CLIENT", "KILL", "USER", "boxoffice")  # whoever comes again must know the new one
    site.wait_ready()
    refuses(lambda: site.redis.client(username="boxoffice", password=PASSWORD).ping(), Exception, "WRONGPASS")

    run(second_user)
    sells()
    restart_with(site, "MONGO_URI", site.mongo_uri.replace(f"boxoffice:{PASSWORD}", f"boxoffice-2:{NEW}"))
    sells()
    run(first_user)
    sells()
    with site.mongod.client(username="boxoffice", password=PASSWORD, authSource="admin") as old:
        refuses(lambda: old.admin.command("ping"), OperationFailure, "Authentication failed")
    records.close()
