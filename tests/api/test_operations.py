"""doc/operations.md: its commands run, and show the figures that it tells."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib import manual
from lib.client import Client, new_user
from lib.mongosh import evaluate
from lib.tables import table
from lib.waiting import wait_until


@pytest.fixture
def warm(site, records):
    """Every worker has met both stores: they are asked until each has its connection to MongoDB."""
    _, of_mongo = manual.blocks("Connections")
    with site.mongod.client() as mongo:
        def sold_by_all():
            with ThreadPoolExecutor(8) as clients:
                list(clients.map(lambda _: Client(site).must_buy(records.show(), ["S1", "S2"], new_user()), range(8)))
            found = evaluate(mongo, re.search("mongo '(.*)'", of_mongo)[1])
            return found and found[0]["connections"] >= len(site.workers.pids())
        wait_until(sold_by_all, 30, "a connection of each worker")


def told(what):
    """The figure of the manual's table of sizes."""
    return {row[0]: row[1] for row in table("doc/operations.md", "| of each worker ")}[what]


def test_connections(site, warm):
    of_redis, of_mongo = manual.blocks("Connections")
    workers = len(site.workers.pids())
    of_the_feed = 2  # of the same name
    expected = workers * int(told("connections to Redis")) + of_the_feed
    wait_until(lambda: int(manual.run(site, of_redis)) == expected, 10, f"{expected} connections to Redis")
    found = json.loads(manual.run(site, of_mongo))
    assert found == [{"connections": workers * int(told("connections to each member of MongoDB's set"))}]


def test_memory(site, request):
    """Of workers that have met few shows yet."""
    site.workers.restart()
    site.wait_ready()
    request.getfixturevalue("warm")
    sizes = [int(line) for line in manual.run(site, manual.blocks("Memory")[0]).split()]
    most = float(re.match(r"([\d.]+) MiB", told("the same, after a million requests, at most"))[1])
    assert len(sizes) == len(site.workers.pids()) and min(sizes) > 500
    if b"__asan_init" not in site.workers.program.read_bytes():  # which needs memory of its own
        assert max(sizes) < most * 1024, sizes


def test_processor_time(site, warm):
    assert re.fullmatch(r"\d+ us of a worker's processor a request\n", manual.run(site, manual.blocks("Processor time")[0]))


def test_every_other_command(site, warm, tmp_path):
    """Those that show a state; what changes one is in tests/fault/test_restore.py and test_passwords.py."""
    shown = [block for heading in ("Redis", "MongoDB") for block in manual.blocks(heading)]
    assert len(shown) >= 2
    for block in shown:
        assert manual.run(site, block).strip()


def test_each_block_is_run_by_a_test():
    """By heading: here, and in tests/fault/."""
    headings = ("Connections", "Memory", "Processor time", "Redis", "MongoDB", "Back up", "Rotate a password")
    assert sorted(manual.all_blocks()) == sorted(block for heading in headings for block in manual.blocks(heading))
