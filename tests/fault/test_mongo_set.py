"""MongoDB as a set of three whose primary steps down, is killed, hangs or is cut off while seats are sold.

No sale that was answered is lost, no hold is granted on a seat whose sale was, every answer is in time, and sales go on."""

import random
import shutil
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pymongo
import pytest
from boxsite import Site
from boxsite.mongo_set import SETTINGS, MongoSet
from bson import ObjectId

from lib.client import Client, new_user
from lib.faults import ALLOWED_SECONDS, let_cooldowns_end, same_workers, settle, timed
from lib.network import Network
from lib.problems import assert_problem
from lib.shoppers import Shoppers
from lib.shows import Records
from lib.spoilt import AT_ONCE
from lib.threads import Background
from lib.waiting import Stopwatch, wait_until

BACK_SECONDS = 30  # an election after 5 s of silence, a driver that looks around each 10 s, and a busy machine


class Sales(Shoppers):
    """After each sale that was answered somebody else tries to get one of its seats."""

    limit, batches = ALLOWED_SECONDS, 100

    def __init__(self, site, records, count, refusals):
        self.ahead = [records.show(seats=300) for _ in range(40)]  # while there is a primary to write them to
        super().__init__(site, records, count, refusals)

    def new_show(self):
        return self.ahead.pop()

    def __call__(self, number):
        super().__call__(number)
        show, seats, _, statuses = self.done[number][-1]
        if statuses[-1] == 503:
            time.sleep(0.05)  # a store that failed is not asked for a second: so many refusals tell nothing
        if statuses[-1] == 201:
            rival = timed(lambda: Client(self.site).hold(show, random.choice(seats), new_user("rival")), self.limit)
            assert_problem(rival, {409, 503}, None)


def let_stand(member):
    """For election, though it may have been told to step down a moment ago."""
    with member.direct_client() as client:
        client.admin.command("replSetFreeze", 0)


def step_down(site, member):
    for other in site.mongod.others(member):
        let_stand(other)
    with member.direct_client() as client:
        client.admin.command("replSetStepDown", 20, secondaryCatchUpPeriodSecs=10)


def go_through(site, sales, fault):
    """One fault of the primary, and sales after it."""
    primary = wait_until(site.mongod.primary, BACK_SECONDS, "a primary")
    fault(site, primary)
    wait_until(lambda: site.mongod.primary() not in (None, primary), BACK_SECONDS, "another primary")
    with Stopwatch() as watch:
        sold = sales.sold
        wait_until(lambda: sales.sold > sold, BACK_SECONDS, "a sale after the election", interval=0.01)
    wait_until(lambda: sales.sold > sold + 10, BACK_SECONDS, "sales after the election")
    print(f"{watch.seconds:.2f} s from the election to the first sale; {sales.sold} sales")


def sell_through(site, records, fault, refusals=(503,), meanwhile=lambda _: None, times=1):
    """Sales while `fault` happens to the primary."""
    sales = Sales(site, records, 3, refusals)
    with same_workers(site):
        with Background(meanwhile), Background(sales, count=3):
            wait_until(lambda: sales.sold > 10, 30, "some sales")
            for _ in range(times):
                go_through(site, sales, fault)
    return sales


def check(site, sales, unsure=(200, 201)):
    """unsure: how the repeat of a confirmation ends that was answered by 503."""
    client = Client(site)
    let_cooldowns_end()
    for show, seats, user, statuses in sales.all:
        if statuses == [200, 503]:
            answer = settle(client, show, seats, user)
            assert answer.status_code in unsure, answer.text
            if answer.status_code in (200, 201):
                sales.records.assert_booked(show, seats, user)
    sales.check(client)


@contextmanager
def folder():
    run_dir = Path(tempfile.mkdtemp(prefix="bo-set-", dir="/tmp"))
    try:
        yield run_dir
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def test_stepped_down():
    with folder() as run_dir, Site(run_dir, mongo_set=MongoSet) as site:
        records = Records(site)
        check(site, sell_through(site, records, step_down))
        records.close()


# -- in a network of their own, so that they can be cut off ------------------------------------------------


@pytest.fixture(scope="module")
def network_site():
    with folder() as run_dir, Network(run_dir, 3) as network:
        with Site(run_dir, mongo_set=partial(MongoSet, hosts=network.hosts)) as site:
            yield site, network


@pytest.fixture
def network(network_site):
    return network_site[1]


@pytest.fixture
def site(network_site):
    """It hides the `site` of the other files."""
    site, network = network_site
    yield site
    site.workers.stop()
    network.join_all()
    for member in site.mongod.members:
        if member.alive():
            member.resume()
    site.mongod.start()
    for member in site.mongod.members:
        wait_until(member.hello, 30, "an answer of each member")
    site.mongod.reconfigure(**SETTINGS)
    site.redis.client().flushall()
    site.workers.program, site.workers.count = site.build_dir / "boxoffice-fcgi", 4
    site.workers.restart(env={})
    site.wait_ready()


def kill(site, member):
    member.kill()


def stop(site, member):
    member.pause()


FAULTS = {"stepped down": step_down, "killed": kill, "stopped": stop}


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_primary_is_gone(site, records, fault):
    check(site, sell_through(site, records, fault))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_many_elections(site, records):
    check(site, sell_through(site, records, step_down, times=20))


@pytest.mark.long
def test_primary_goes_on_after_it_was_replaced(site, records):
    """SIGCONT: for a moment it believes that it is the primary still."""
    def stop_and_continue(site, member):
        member.pause()
        wait_until(site.mongod.primary, BACK_SECONDS, "another primary")
        member.resume()

    check(site, sell_through(site, records, stop_and_continue))


@pytest.mark.long
@pytest.mark.parametrize("forgets", [False, True], ids=["", "and Redis forgets"])
def test_primary_is_cut_off(site, network, records, forgets):
    """It still has its clients. Where Redis forgets, each board is founded again: by the proof, or not at all."""
    def cut(site, member):
        network.cut(site.mongod.members.index(member))

    def forget(_):
        let_cooldowns_end()
        site.redis.client().flushall()

    if forgets:
        sales = sell_through(site, records, cut, refusals=(503, 410), meanwhile=forget)
        check(site, sales, unsure=(200, 201, 410))
    else:
        check(site, sell_through(site, records, cut))


def cut_off(site, network, member):
    network.cut(site.mongod.members.index(member))


def stop_copying(site, primary, mode):
    for other in site.mongod.others(primary):
        with other.direct_client() as client:
            client.admin.command("configureFailPoint", "stopReplProducer", mode=mode)


def lose_ahead(site, primary, fault):
    """The primary alone has what was sold last, and another takes over."""
    stop_copying(site, primary, "alwaysOn")
    try:
        time.sleep(1)  # of sales
        fault()
        wait_until(lambda: site.mongod.primary() not in (None, primary), BACK_SECONDS, "another primary")
    finally:
        stop_copying(site, primary, "off")


def kill_ahead(site, _, member):
    lose_ahead(site, member, member.kill)


def step_down_ahead(site, _, member):
    def force():
        with member.direct_client() as client:
            client.admin.command("replSetStepDown", 20, secondaryCatchUpPeriodSecs=0, force=True)
    lose_ahead(site, member, force)


AHEAD = {"cut off": cut_off, "killed": kill_ahead, "stepped down": step_down_ahead}


@pytest.mark.long
@pytest.mark.parametrize("fault", AHEAD.values(), ids=AHEAD)
def test_control_at_once(site, network, records, copy, fault):
    """Sales that the primary alone has, when it is lost, are lost."""
    with copy.spoilt(*AT_ONCE) as build:
        site.workers.program = build / "boxoffice-fcgi"
        site.workers.restart()
        site.wait_ready()
        sales = sell_through(site, records, lambda site, member: fault(site, network, member))
        with pytest.raises(AssertionError, match="answered as sold"):
            sales.check(Client(site))


# -- a primary that does not know yet that it is none -------------------------------------------------------


def depose(site, network):
    """(deposed, new): two primaries, for half a minute. The deposed one still has its clients."""
    deposed = site.mongod.primary()
    new, third = site.mongod.others(deposed)
    site.mongod.reconfigure(electionTimeoutMillis=30000)
    network.cut(site.mongod.members.index(deposed))
    let_stand(new)

    def elected():
        if not new.hello()["isWritablePrimary"]:
            with new.direct_client() as client:
                client.admin.command("replSetStepUp")
        return new.hello()["isWritablePrimary"]

    wait_until(elected, 15, "the other primary", interval=0.3)
    third.kill()  # it would wait for the deposed one's next entry, and then follow the new one
    third.start()
    return deposed, new


def sell_at(site, member, show, seat):
    """Another program's sale, of which the boards know nothing."""
    with member.direct_client() as client:
        bookings = client[site.mongo_db].bookings.with_options(write_concern=pymongo.WriteConcern("majority", j=True))
        bookings.insert_one({"showId": ObjectId(show), "seatNumber": seat, "userId": "other program",
                             "createdAt": datetime.now(), "updatedAt": datetime.now()})


def one_worker(site, build):
    """It stays where it is: by itself the driver looks around each ten seconds."""
    site.workers.program, site.workers.count = build / "boxoffice-fcgi", 1
    site.workers.restart(env={"MONGO_URI": f"{site.mongo_uri}&heartbeatFrequencyMS=60000"})
    site.wait_ready()


def assert_not_granted(site, member, show, seat):
    """By a worker that is to found the show's board, while `member` still believes that it is the primary."""
    answer = timed(lambda: Client(site).hold(show, seat, new_user()))
    assert member.hello()["isWritablePrimary"], "it learnt too soon for this to show anything"
    assert_problem(answer, {409, 503}, None)


def ask_the_deposed(site, network, records, build):
    """The worker is connected to it already."""
    show, other = records.show(), records.show()
    one_worker(site, build)
    assert Client(site).status(other).status_code == 200
    deposed, new = depose(site, network)
    sell_at(site, new, show, "S1")
    assert_not_granted(site, deposed, show, "S1")


def prove_at_one_and_read_at_the_other(site, network, records, build):
    """After its proof the new primary cannot be reached any more, and the deposed one can."""
    show, other = records.show(), records.show()
    deposed, new = depose(site, network)
    sell_at(site, new, show, "S1")
    one_worker(site, build)
    assert Client(site).status(other).status_code == 200
    with new.direct_client() as client:
        # Two finds of the show, the second the proof, and then no more.
        client.admin.command("configureFailPoint", "failCommand", mode={"skip": 2}, data={
            "failCommands": ["find", "hello", "isMaster", "ismaster"], "appName": "boxoffice-fcgi", "closeConnection": True})
        try:
            assert_not_granted(site, deposed, show, "S1")
        finally:
            client.admin.command("configureFailPoint", "failCommand", mode="off")


TWO_PRIMARIES = {
    # with the bug that each must show: file, what stands there, what stood there
    "ask the deposed": (ask_the_deposed, "src/boxoffice/loader.c", "read_record(visit, prove, &record,",
                         "read_record(visit, false, &record,"),
    "prove at one and read at the other": (prove_at_one_and_read_at_the_other, "src/store/mongo.c",
                                           "mongo->staying = true;", "mongo->staying = false;"),
}


@pytest.mark.long
@pytest.mark.parametrize("story", [story for story, *_ in TWO_PRIMARIES.values()], ids=TWO_PRIMARIES)
def test_two_primaries(site, network, client, records, story):
    story(site, network, records, site.build_dir)
    network.join_all()
    show = records.show()
    wait_until(lambda: timed(lambda: client.hold(show, "S1", "someone")).status_code == 200, BACK_SECONDS, "a hold")


@pytest.mark.long
@pytest.mark.parametrize("story, name, good, bad", TWO_PRIMARIES.values(), ids=TWO_PRIMARIES)
def test_control_two_primaries(site, network, records, copy, story, name, good, bad):
    with copy.spoilt(name, good, bad) as build:
        with pytest.raises(AssertionError, match="expected .*409.*: 200 "):
            story(site, network, records, build)
