"""Halls with a shape, and what can be seen of seats in them."""

import json
from pathlib import Path

LAYOUTS = Path(__file__).resolve().parents[2] / "seed" / "layouts"
BESIDE = 1.5  # widths between the middles of neighbours at most (src/boxoffice/best.c)


class Hall:
    """Of a layout in which every seat has its `x`, and a `y` where its row has none."""

    def __init__(self, layout):
        self.layout, self.labels, self.wheelchairs, self.neighbours = layout, [], set(), {}
        for section in layout["sections"]:
            for row in section["rows"]:
                self._add(row["seats"])

    def _add(self, seats):
        for seat in seats:
            self.labels.append(seat["label"])
            self.neighbours[seat["label"]] = set()
            if seat.get("accessible"):
                self.wheelchairs.add(seat["label"])
        for one, other in zip(seats, seats[1:]):
            if (one["x"] - other["x"]) ** 2 + (one.get("y", 0) - other.get("y", 0)) ** 2 <= BESIDE ** 2:
                self.neighbours[one["label"]].add(other["label"])
                self.neighbours[other["label"]].add(one["label"])

    def parts(self, labels):
        """How many stretches of neighbours they are."""
        return len(labels) - sum(len(self.neighbours[label] & set(labels)) for label in labels) // 2

    def orphans(self, free):
        """Single free seats with none beside them, but wheelchairs' places."""
        return {label for label in free if label not in self.wheelchairs and not self.neighbours[label] & free}

    def in_order(self, labels):
        return sorted(labels, key=self.labels.index)


def drawn(*rows, **fields):
    """A row is a text: '.' a seat, ' ' an aisle, '#' a blocked seat, 'W' a wheelchair's place, 'w' the companion of the
    last one, 'b' a seat of the category "box". A seat is called by its row and its place: A1, A2 ..."""
    made = []
    for number, text in enumerate(rows):
        seats, wheelchair = [], None
        for place, kind in enumerate(text):
            if kind == " ":
                continue
            seat = {"label": f"{chr(ord('A') + number)}{place + 1}", "x": place, "category": "box" if kind == "b" else "stalls"}
            if kind == "W":
                seat["accessible"], wheelchair = True, seat["label"]
            elif kind == "w":
                seat["companionOf"] = wheelchair
            elif kind == "#":
                seat["blocked"] = True
            seats.append(seat)
        made.append({"name": chr(ord("A") + number), "seats": seats})
    return Hall({"sections": [{"name": "Stalls", "rows": made}], "categories": [{"name": "box"}, {"name": "stalls"}], **fields})


def real(name):
    """Of seed/layouts: studio (60 seats), cinema (312), theatre (2,900)."""
    return Hall(json.loads((LAYOUTS / f"{name}.json").read_text()))
