"""Writes the halls beside it: studio.json, cinema.json, theatre.json. They are kept in the tree; whoever changes a hall
changes it here and runs this once more. Positions are in widths of a seat: x to the right, y away from the stage or screen.

  python3 seed/layouts/halls.py [FOLDER]
"""

import json
import sys
from math import cos, sin
from pathlib import Path

LETTERS = list("ABCDEFGHJKLMNPQRSTUVWXYZ")  # no I and no O, which look like numbers
PITCH = 1.4  # from row to row


def seat(label, x, y, **more):
    return {"label": label, "x": round(x, 2), "y": round(y, 2), **more}


def spread(count, *aisles, width=1.3):
    """Where `count` seats of a row stand, its middle at 0; an aisle before each seat of these numbers (from 0)."""
    at, places = 0.0, []
    for number in range(count):
        at += width if number in aisles else 0
        places.append(at)
        at += 1
    return [place - places[-1] / 2 for place in places]


def thirds(count):
    """Two aisles, the middle block the widest."""
    side = count * 3 // 10
    return side, count - side


def curved(places, radius, first):
    """The row bent around the stage; `first` is the radius of the first row, whose middle is at y = 0."""
    return [(radius * sin(place / radius), radius * cos(place / radius) - first) for place in places]


# -- a studio: 60 seats on one level, wheelchairs at both ends of the front row, with room to turn


def studio():
    front = [("A1", 0), ("A2", 1.4), ("A3", 3), ("A4", 4), ("A5", 5), ("A6", 6), ("A7", 7.6), ("A8", 9)]
    marks = {"A1": {"accessible": True}, "A2": {"companionOf": "A1"}, "A7": {"companionOf": "A8"}, "A8": {"accessible": True}}
    rows = [{"name": "A", "seats": [seat(label, x, 0, **marks.get(label, {})) for label, x in front]}]
    for number, (name, count) in enumerate(zip("BCDEF", (10, 10, 10, 10, 12)), 1):
        rows.append({"name": name, "seats": [seat(f"{name}{i + 1}", i - (count - 10) / 2, number * PITCH) for i in range(count)]})
    return {"focus": {"x": 4.5, "y": round(3 * PITCH, 2)}, "front": "stage", "sections": [{"name": "Studio", "rows": rows}]}


# -- a cinema: 312 seats, thirteen rows, two aisles; the widest rows behind


CINEMA = dict(zip("ABCDEFGHJKLMN", (16, 22, 22, 24, 24, 24, 24, 26, 26, 26, 26, 26, 26)))
CINEMA_FRONT = ("A1", "A4", "A13", "A16")  # wheelchairs, each with the seat beside it


def cinema():
    categories = [{"name": "Front", "price": 8.5, "currency": "EUR"}, {"name": "Standard", "price": 11, "currency": "EUR"},
                  {"name": "Premium", "price": 14.5, "currency": "EUR"}]
    companions = {"A2": "A1", "A3": "A4", "A14": "A13", "A15": "A16"}
    rows = []
    for number, (name, count) in enumerate(CINEMA.items()):
        aisles = (4, 12) if name == "A" else (count // 4, count - count // 4)
        seats = []
        for i, (x, y) in enumerate(curved(spread(count, *aisles), 60 + number * PITCH, 60), 1):
            label = f"{name}{i}"
            marks = {"accessible": True} if label in CINEMA_FRONT else {}
            if label in companions:
                marks["companionOf"] = companions[label]
            seats.append(seat(label, x, y, **marks))
        rows.append({"name": name, "category": "Front" if name < "D" else "Standard" if name < "J" else "Premium", "seats": seats})
    return {"categories": categories, "focus": {"x": 0, "y": round(8 * PITCH, 2)}, "front": "screen",
            "sections": [{"name": "Saal 1", "rows": rows}]}


# -- a theatre: 2,900 seats: stalls, dress circle, upper circle, balcony, boxes. The levels, which hang over each other, are
# drawn one behind the other.


FIRST = 22  # the radius of the first row of the stalls
PRICES = {"Premium": 95, "A": 75, "B": 55, "C": 38, "D": 24, "Box": 60}


def level(name, prefix, names, sizes, radius, category, special=None):
    """Concentric rows with two aisles; `special(row, number, count)` gives what more there is to say of a seat."""
    rows = []
    for index, (row, count) in enumerate(zip(names, sizes)):
        places = curved(spread(count, *thirds(count), width=1.5), radius + index * PITCH, FIRST)
        seats = [seat(f"{prefix}{row}{number}", x, y, **(special(row, number, count) if special else {}))
                 for number, (x, y) in enumerate(places, 1)]
        rows.append({"name": row, "category": category(index), "seats": seats})
    return {"name": name, "rows": rows}


def stalls_special(row, number, count):
    """In the last row wheelchairs, each beside a companion; in the three rows before it the sound desk, right in the middle."""
    middle = (count + 1) // 2
    if row == "BB" and number in (1, 4, 7, 10, count - 9, count - 6, count - 3, count):
        return {"accessible": True}
    if row == "BB" and number in (2, 5, 8, 11):
        return {"companionOf": f"BB{number - 1}"}
    if row == "BB" and number in (count - 10, count - 7, count - 4, count - 1):
        return {"companionOf": f"BB{number + 1}"}
    if row in ("Y", "Z", "AA") and middle - 2 < number <= middle + 2:
        return {"blocked": True}
    return {}


def circle_special(row, number, count):
    """At both ends of the last row of the dress circle, where the lift arrives."""
    marks = {1: {"accessible": True}, 2: {"companionOf": "DC K1"}, count - 1: {"companionOf": f"DC K{count}"},
             count: {"accessible": True}}
    return marks.get(number, {}) if row == "K" else {}


def boxes(name, letters, side):
    rows = []
    for index, letter in enumerate(letters):
        x, y = side * 36, index * 7.0
        places = [(x, y), (x, y + 1.1), (x, y + 2.2), (x + side * 1.2, y + 0.55), (x + side * 1.2, y + 1.65)]
        rows.append({"name": f"Box {letter}", "category": "Box",
                     "seats": [seat(f"Box {letter}-{number}", *place) for number, place in enumerate(places, 1)]})
    return {"name": name, "rows": rows}


def theatre():
    names = LETTERS + ["AA", "BB"]
    stalls = level("Stalls", "", names, [32 + i for i in range(26)], FIRST,
                   lambda i: "A" if i < 2 else "Premium" if i < 13 else "A" if i < 20 else "B", stalls_special)
    behind = FIRST + 25 * PITCH
    dress = level("Dress Circle", "DC ", names, [50 + 2 * i for i in range(10)], behind + 4,
                  lambda i: "Premium" if i < 3 else "A" if i < 7 else "B", circle_special)
    upper = level("Upper Circle", "UC ", names, [59 + 2 * i for i in range(9)], behind + 4 + 9 * PITCH + 4,
                  lambda i: "B" if i < 4 else "C")
    balcony = level("Balcony", "BAL ", names, [64 + 2 * i for i in range(7)], behind + 8 + 17 * PITCH + 4,
                    lambda i: "C" if i < 2 else "D")
    return {"categories": [{"name": name, "price": price, "currency": "EUR"} for name, price in PRICES.items()],
            "focus": {"x": 0, "y": round(7 * PITCH, 2)}, "front": "stage",
            "sections": [stalls, boxes("Boxes left", "ABCDEF", -1), boxes("Boxes right", "GHJKLM", 1), dress, upper, balcony]}


def written(hall):
    """As people can read it: a few seats a line."""
    text = json.dumps({key: value for key, value in hall.items() if key != "sections"})[:-1] + ', "sections": ['
    sections = []
    for section in hall["sections"]:
        rows = []
        for row in section["rows"]:
            head = json.dumps({key: value for key, value in row.items() if key != "seats"})[:-1]
            seats = [json.dumps(place) for place in row["seats"]]
            lines = [", ".join(seats[first:first + 3]) for first in range(0, len(seats), 3)]
            rows.append(f'    {head}, "seats": [\n      ' + ",\n      ".join(lines) + "]}")
        sections.append(f'  {{"name": {json.dumps(section["name"])}, "rows": [\n' + ",\n".join(rows) + "]}")
    return text + "\n" + ",\n".join(sections) + "]}\n"


HALLS = {"studio": studio, "cinema": cinema, "theatre": theatre}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for hall_name, make in HALLS.items():
        (folder / f"{hall_name}.json").write_text(written(make()))
