"""The drill of doc/operations.md: all of MongoDB's data are lost, and a backup is put back.

Whatever was answered before the backup is there, and no such seat is sold again. What was sold after it is for sale again:
no backup can know of it."""

import shutil
import tempfile
from pathlib import Path

import pymongo
import pytest
from boxsite import Site
from boxsite.mongo_set import MongoSet

from lib import manual
from lib.backup import back_up, forget_the_set, lose, put_back, wait_joined
from lib.client import Client, new_user
from lib.faults import same_workers
from lib.problems import assert_problem, seats_of
from lib.shoppers import Shoppers
from lib.shows import Records, wait_answers
from lib.threads import Background
from lib.waiting import wait_until


class Drill:
    """What is sold, cancelled and held before the backup; and what is sold after it."""

    def __init__(self, site):
        self.site, self.client, self.records = site, Client(site), Records(site)
        self.show = self.records.show()
        self.ann, self.bob, self.holder, self.late = map(new_user, ("ann", "bob", "holder", "late"))

    def before(self):
        self.sold = {("S1", "S2", "S3"): self.ann, ("S4",): self.bob}
        self.ids = {seats: self.client.must_buy(self.show, list(seats), user) for seats, user in self.sold.items()}
        self.client.must_cancel(self.client.must_buy(self.show, "S5", self.bob), self.bob)
        self.held = self.client.must_hold(self.show, ["S6", "S7"], self.holder)

    def after(self):
        self.client.must_buy(self.show, ["S8", "S9"], self.late)

    def states(self):
        return self.client.seat_map(self.show)

    def check(self, held=True):
        wait_answers(self.client, self.show)
        states = wait_until(lambda: (seen := self.states())["S8"] == "available" and seen, 10, "the board as in the backup")
        assert {seat for seat, state in states.items() if state == "booked"} == {"S1", "S2", "S3", "S4"}
        self._check_sold()
        assert len(self.records.cancellations(self.show)) == 1 and states["S5"] == "available"
        self._check_held(states, held)
        # Sold after the backup, and forgotten: whoever bought it is told so, and it can be bought.
        assert_problem(self.client.confirm(self.show, ["S8", "S9"], self.late), 410, "hold_expired")
        self.client.must_buy(self.show, ["S8", "S9"], new_user())
        assert set(self.records.bookings(self.show)) >= {"S1", "S2", "S3", "S4", "S8", "S9"}

    def _check_sold(self):
        for seats, user in self.sold.items():
            refused = assert_problem(self.client.hold(self.show, [*seats, "S20"], new_user()), 409, "seats_unavailable")
            assert seats_of(refused) == dict.fromkeys(seats, "booked")
            assert self.client.must_confirm(self.show, list(seats), user, status=200)["bookingId"] == self.ids[seats]
            assert self.records.assert_booked(self.show, seats, user) == self.ids[seats]
        with pytest.raises(pymongo.errors.DuplicateKeyError):  # the index that all rests on
            self.records.book(self.show, "S1", new_user())

    def _check_held(self, states, held):
        if held:
            again = self.client.must_hold(self.show, ["S6", "S7"], self.holder)
            assert (again["holdId"], again["expiresAt"]) == (self.held["holdId"], self.held["expiresAt"])
            self.client.must_confirm(self.show, ["S6", "S7"], self.holder)
        else:
            assert states["S6"] == "available"
            assert_problem(self.client.confirm(self.show, ["S6", "S7"], self.holder), 410, "hold_expired")


@pytest.mark.site(workers=2, env={"BOXOFFICE_BOARD_SECONDS": "3600"})
def test_restored(fresh_site, tmp_path):
    """By the book: the workers are stopped, and Redis, with its append-only file, is started anew before they are."""
    site, drill = fresh_site, Drill(fresh_site)
    site.redis.durable = True
    site.redis.restart()
    site.workers.restart()
    site.wait_ready()
    drill.before()
    command, = manual.blocks("Back up")
    manual.run(site, command, backup=tmp_path / "backup")
    drill.after()
    lose(site.mongod)
    site.workers.stop()
    put_back(site.mongod, tmp_path / "backup")
    site.mongod.start()
    site.redis.restart()
    site.workers.start()
    site.wait_ready()
    drill.check()


@pytest.mark.long
@pytest.mark.site(workers=2, env={"BOXOFFICE_BOARD_SECONDS": "3600"})
def test_restored_under_the_workers(fresh_site, tmp_path):
    """Nothing else is stopped. A board that was trusted for an hour says what it knows, and sells nothing twice, until
    Redis is another; and a Redis that was emptied costs the holds."""
    site, drill = fresh_site, Drill(fresh_site)
    drill.before()
    back_up(site.mongod, tmp_path / "backup")
    drill.after()
    with same_workers(site):
        lose(site.mongod)
        put_back(site.mongod, tmp_path / "backup")
        site.mongod.start()
        assert drill.states()["S8"] == "booked", "the board was read again: the step is not needed"
        site.redis.restart()  # it keeps nothing here
        drill.check(held=False)


class Sales(Shoppers):
    batches = 100


@pytest.fixture
def set_of_three():
    run_dir = Path(tempfile.mkdtemp(prefix="bo-restore-", dir="/tmp"))
    try:
        with Site(run_dir, workers=4, mongo_set=MongoSet) as site:
            yield site
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


@pytest.mark.long
def test_set_restored(set_of_three, tmp_path):
    """The copy is taken of a secondary while seats are sold, and not one sale fails; then all three members are lost."""
    site, drill = set_of_three, Drill(set_of_three)
    drill.before()
    wait_joined(*site.mongod.members)
    secondary = site.mongod.others(site.mongod.primary())[0]
    sales = Sales(site, drill.records, 2, refusals=())
    with Background(sales, count=2):
        wait_until(lambda: sales.sold > 10, 30, "some sales")
        sold = [one for one in sales.all if one[3][-1] == 201]
        wait_until(lambda: _has_all(secondary, site.mongo_db, sold), 30, "the secondary with what was sold")
        back_up(secondary, tmp_path / "backup")
        some = sales.sold
        wait_until(lambda: sales.sold > some + 10, 30, "sales after the backup")
    drill.after()
    lose(*site.mongod.members)
    site.workers.stop()
    first = site.mongod.members[0]
    put_back(first, tmp_path / "backup")
    forget_the_set(first)
    site.mongod.start()
    wait_joined(*site.mongod.members)
    site.workers.start()
    site.wait_ready()
    drill.check()
    for show, seats, user, _ in sold:
        drill.records.assert_booked(show, seats, user)


def _has_all(member, database, sold):
    with member.direct_client() as client:
        bookings = client.get_database(database, read_preference=pymongo.ReadPreference.SECONDARY_PREFERRED).bookings
        return bookings.count_documents({"userId": {"$in": [user for _, _, user, _ in sold]}}) == 3 * len(sold)
