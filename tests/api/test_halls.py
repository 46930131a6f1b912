"""The halls of seed/layouts/: plausible, as their script writes them, and sold by the workers."""

import json
import subprocess
import sys
from math import hypot
from pathlib import Path

import pytest
from bson import ObjectId

from lib.client import Client, new_user
from lib.problems import assert_problem, seats_of
from lib.seed import Seed

LAYOUTS = Path(__file__).parents[2] / "seed/layouts"
SEATS = {"studio": 60, "cinema": 312, "theatre": 2900}


@pytest.fixture(params=SEATS)
def name(request):
    return request.param


@pytest.fixture
def hall(name):
    return json.loads((LAYOUTS / f"{name}.json").read_text())


def seats_in(hall):
    return [seat for section in hall["sections"] for row in section["rows"] for seat in row["seats"]]


def distance(one, other):
    return hypot(one["x"] - other["x"], one["y"] - other["y"])


def test_they_are_what_their_script_writes(tmp_path):
    subprocess.run([sys.executable, LAYOUTS / "halls.py", tmp_path], check=True)
    for name in SEATS:
        assert (tmp_path / f"{name}.json").read_text() == (LAYOUTS / f"{name}.json").read_text(), name


def test_nobody_sits_on_anothers_lap(hall):
    cells = {}
    for seat in seats_in(hall):
        cells.setdefault((int(seat["x"] // 2), int(seat["y"] // 2)), []).append(seat)
    for (x, y), here in cells.items():
        near = [seat for i in (-1, 0, 1) for j in (-1, 0, 1) for seat in cells.get((x + i, y + j), [])]
        for seat in here:
            assert all(other is seat or distance(seat, other) > 0.95 for other in near), seat


def test_companions_sit_beside_whom_they_came_with(hall):
    seats = {seat["label"]: seat for seat in seats_in(hall)}
    accessible = {label for label, seat in seats.items() if seat.get("accessible")}
    companions = {label: seat["companionOf"] for label, seat in seats.items() if "companionOf" in seat}
    assert accessible and set(companions.values()) == accessible and not accessible & set(companions)
    assert all(distance(seats[label], seats[other]) < 1.5 for label, other in companions.items())


def test_rows_run_from_left_to_right_and_backwards(hall):
    for section in hall["sections"]:
        if section["name"].startswith("Boxes"):
            continue
        for row in section["rows"]:
            places = [seat["x"] for seat in row["seats"]]
            assert places == sorted(places), row["name"]
        depths = [max(seat["y"] for seat in row["seats"]) for row in section["rows"]]
        assert depths == sorted(depths), section["name"]


def test_it_is_sold_by_the_workers(site, records, name, hall):
    seed = Seed(site, site.seed_uri, site.mongo_db)
    show = seed("show", "--title", name, "--layout", LAYOUTS / f"{name}.json").strip()
    client, seats = Client(site), seats_in(hall)
    states = client.seat_map(show)
    assert list(states) == [seat["label"] for seat in seats] and len(states) == SEATS[name]
    assert records.db.shows.find_one({"_id": ObjectId(show)})["totalSeats"] == SEATS[name]
    blocked = [seat["label"] for seat in seats if seat.get("blocked")]
    assert {label for label, status in states.items() if status == "blocked"} == set(blocked)

    described = client.get(f"/shows/{show}").json()["layout"]
    shown = seats_in(described)
    assert [(seat["seatNumber"], seat["x"], seat["y"]) for seat in shown] == [
        (seat["label"], seat["x"], seat["y"]) for seat in seats]
    assert [section["name"] for section in described["sections"]] == [section["name"] for section in hall["sections"]]
    prices = {category["name"] for category in hall.get("categories", [])}
    assert {seat.get("category") for seat in shown} == (prices or {None})

    user = new_user()
    wheelchair = next(seat for seat in seats if "companionOf" in seat)
    pair = [wheelchair["label"], wheelchair["companionOf"]]
    client.must_hold(show, pair, user)
    client.must_confirm(show, pair, user)
    if blocked:
        problem = assert_problem(client.hold(show, [blocked[0], seats[0]["label"]], user), 409, "seats_unavailable")
        assert seats_of(problem) == {blocked[0]: "blocked"}
    assert client.summary(show).json()["availableCount"] == SEATS[name] - len(blocked) - 2
