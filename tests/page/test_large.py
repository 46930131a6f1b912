"""A hall of 2,900 seats: drawn within a second, and usable on the smallest phone."""

import json
from pathlib import Path

import pytest
from lib.client import new_user
from lib.visitor import PHONE, axe

THEATRE = Path(__file__).resolve().parents[2] / "seed/layouts/theatre.json"
FIRST_PAINT_MS = 1000
TRIES = 20

# The frame after the one in which the seats are there has been drawn.
WATCH = """
    const look = () => document.querySelector('#plan .seat')
        ? requestAnimationFrame(() => setTimeout(() => { window.drawn = performance.now(); })) : requestAnimationFrame(look);
    look();
"""


@pytest.fixture
def theatre(records):
    layout = json.loads(THEATRE.read_text())
    return records.show(title="The Marriage of Figaro", layout=layout)


def seats_of(theatre, client):
    return list(client.seat_map(theatre))


def test_first_paint_within_a_second(visit, client, theatre):
    """From the address to the drawn hall, with nothing in the browser's cache. A machine that is busy may take more tries."""
    assert len(seats_of(theatre, client)) >= 2900
    times = []
    for _ in range(TRIES):
        visitor = visit()
        visitor.page.add_init_script(WATCH)
        visitor.page.goto("about:blank")
        visitor.open(theatre)
        visitor.until(lambda: visitor.page.evaluate("window.drawn"), "drawn")
        times.append(round(visitor.page.evaluate("window.drawn")))
        visitor.close()
        if times[-1] < FIRST_PAINT_MS:
            break
    print("ms:", times)
    assert times[-1] < FIRST_PAINT_MS, times


@pytest.mark.parametrize("size", [PHONE, (1280, 860)], ids=["phone", "desktop"])
def test_any_seat_can_be_reached(visit, client, theatre, size):
    """By the part of the hall, by the overview, by the keys; the page itself never moves sideways."""
    visitor = visit(theatre, size=size)
    page = visitor.page
    labels = seats_of(theatre, client)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.locator("#overview").is_visible()
    parts = page.locator("#jumps button")
    parts.last.click()
    first = visitor.focused()
    assert labels.index(first) > len(labels) / 2, "in the last part of the hall"
    visitor.keys("Space")
    assert visitor.state(first) == "chosen"
    place = page.locator("#overview-map").bounding_box()
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
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
