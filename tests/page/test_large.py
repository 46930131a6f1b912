"""A hall of 2,900 seats: usable on the smallest phone. How soon it is drawn is the benchmark's to say (`first_paint`)."""

import json
from pathlib import Path

import pytest
from lib.client import new_user
from lib.visitor import PHONE, axe

THEATRE = Path(__file__).resolve().parents[2] / "seed/layouts/theatre.json"


@pytest.fixture
def theatre(records):
    layout = json.loads(THEATRE.read_text())
    return records.show(title="The Marriage of Figaro", layout=layout)


def seats_of(theatre, client):
    return list(client.seat_map(theatre))


def middle(page):
    """Of what is in sight: which part of the hall's width, of its depth."""
    return page.evaluate("""() => {
        const view = document.getElementById('viewport');
        return [(view.scrollLeft + view.clientWidth / 2) / view.scrollWidth, (view.scrollTop + view.clientHeight / 2) / view.scrollHeight]; }""")


@pytest.mark.parametrize("size", [PHONE, (1280, 860)], ids=["phone", "desktop"])
def test_any_seat_can_be_reached(visit, client, theatre, size):
    """By the part of the hall, by the overview, by the keys; the page itself never moves sideways."""
    visitor = visit(theatre, size=size)
    page = visitor.page
    labels = seats_of(theatre, client)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.wait_for_selector("#overview:visible")
    parts = page.locator("#jumps button")
    parts.last.click()
    first = visitor.focused()
    assert labels.index(first) > len(labels) / 2, "in the last part of the hall"
    visitor.keys("Space")
    assert visitor.state(first) == "chosen"
    before = middle(page)
    place = page.locator("#overview-map").bounding_box()
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    visitor.until(lambda: middle(page) == pytest.approx([0.5, 0.5], abs=0.03), "the middle of the hall")
    assert abs(before[1] - 0.5) > 0.1, "it was elsewhere"
    box = page.evaluate("document.querySelector('#plan .seat').getBoundingClientRect().width")
    assert box >= 24
    visitor.seat(labels[0]).focus()
    visitor.keys("End", "PageDown", "ArrowDown", "Space")
    page.click("#do-hold")
    visitor.until_title("Held for you")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_events_in_a_large_hall_keep_the_focus(visit, client, theatre):
    visitor = visit(theatre)
    labels = seats_of(theatre, client)
    visitor.seat(labels[1500]).focus()
    client.must_hold(theatre, labels[1495:1505], new_user())
    visitor.until_state(labels[1500], "held")
    assert visitor.focused() == labels[1500]


@pytest.mark.long
@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark", "size": PHONE}], ids=["light", "phone"])
def test_axe(visit, theatre, look):
    assert axe(visit(theatre, **look)) == []
