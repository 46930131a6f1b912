"""MongoDB's disk loses its power in the middle of sales: what was answered as sold is there when it is back."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import pytest
from boxsite import Site
from boxsite.mongo_set import MongoSet

from lib.client import Client
from lib.disk import Disk
from lib.shoppers import Shoppers
from lib.shows import Records
from lib.spoilt import AT_ONCE
from lib.threads import Background
from lib.waiting import wait_until

CLIENTS, SALES = 6, 150  # at least so many, between two cuts


class Sales(Shoppers):
    batches = 1000  # nobody needs another show while there is no power


@pytest.fixture
def site_and_disk():
    run_dir = Path(tempfile.mkdtemp(prefix="bo-power-", dir="/tmp"))
    try:
        with Disk(run_dir, run_dir / "mongod-1") as disk:
            site = Site(run_dir, mongo_set=partial(MongoSet, hosts=[("127.0.0.1", disk.enter)]))
            # The journal is written when somebody waits for it, or after so many ms: whoever does not wait shall be seen.
            site.mongod.members[0].parameters["journalCommitInterval"] = 300
            with site:
                yield site, disk
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def cut_in_the_middle(site, disk, records):
    """Returns the sales; MongoDB is back by then."""
    sales = Sales(site, records, CLIENTS)
    with Background(sales, count=CLIENTS):
        wait_until(lambda: sales.sold > SALES, 60, "some sales")
        disk.cut_power()
        site.mongod.kill()
        refused = len(sales.all)
        wait_until(lambda: len(sales.all) > refused + CLIENTS, 30, "refusals")
    disk.restore_power()
    site.mongod.start()
    return sales


def count_lost(sales):
    """(answered as sold, those of them that are not there, or not whole)."""
    sold = [one for one in sales.all if one[3][-1] == 201]
    lost = 0
    stored = {show: sales.records.bookings(show) for show in {one[0] for one in sold}}
    for show, seats, user, _ in sold:
        lost += any(seat not in stored[show] or stored[show][seat]["userId"] != user for seat in seats)
    return len(sold), lost


@pytest.mark.long
def test_power_cut(site_and_disk):
    site, disk = site_and_disk
    records = Records(site)
    for _ in range(3):
        sales = cut_in_the_middle(site, disk, records)
        sold, lost = count_lost(sales)
        print(f"{sold} sales were answered, {lost} of them are lost")
        assert lost == 0
        site.wait_ready()
        sales.check(Client(site))
    records.close()


@pytest.mark.long
def test_control(site_and_disk, copy):
    """Workers that are told "written" before it is on the disk."""
    site, disk = site_and_disk
    records = Records(site)
    with copy.spoilt(*AT_ONCE) as build:
        site.workers.program = build / "boxoffice-fcgi"
        site.workers.restart()
        site.wait_ready()
        sold, lost = count_lost(cut_in_the_middle(site, disk, records))
    print(f"{sold} sales were answered, {lost} of them are lost")
    assert lost > 0, "a cut that loses nothing shows nothing"
    records.close()
