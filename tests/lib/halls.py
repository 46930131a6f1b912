"""Halls with a shape, and what can be seen of seats in them. A row is a text: '.' a seat, ' ' an aisle, '#' a blocked seat,
'W' a wheelchair's place, 'w' the companion of the last one, 'b' a seat of the category "box"."""


class Hall:
    def __init__(self, *rows, **fields):
        self.places = {}  # {label: (row, place)}
        self.kinds = {}
        self.layout = {"sections": [{"name": "Stalls", "rows": [self._row(i, row) for i, row in enumerate(rows)]}],
                       "categories": [{"name": "box"}, {"name": "stalls"}], **fields}

    def _row(self, number, text):
        name, seats, wheelchair = chr(ord("A") + number), [], None
        for place, kind in enumerate(text):
            if kind == " ":
                continue
            label = f"{name}{place + 1}"
            self.places[label], self.kinds[label] = (number, place), kind
            seat = {"label": label, "x": place, "category": "box" if kind == "b" else "stalls"}
            if kind == "W":
                seat["accessible"], wheelchair = True, label
            elif kind == "w":
                seat["companionOf"] = wheelchair
            elif kind == "#":
                seat["blocked"] = True
            seats.append(seat)
        return {"name": name, "seats": seats}

    def beside(self, label):
        """The seats on its left and right."""
        row, place = self.places[label]
        return {other for other, at in self.places.items() if at in ((row, place - 1), (row, place + 1))}

    def parts(self, labels):
        """How many stretches of neighbours they are."""
        return len(labels) - sum(len(self.beside(label) & set(labels)) for label in labels) // 2

    def orphans(self, free):
        """Single free seats with none beside them, but wheelchairs' places."""
        return {label for label in free if self.kinds[label] != "W" and not self.beside(label) & free}

    def in_order(self, labels):
        return sorted(labels, key=list(self.places).index)


def cinema():
    """312 seats in 12 rows of 26, two aisles in each; in the last but one four wheelchairs' places, a companion beside each."""
    rows = ["........ .......... ........"] * 12
    rows[10] = "Ww...... Ww......wW ......wW".replace("wW", "Ww")
    return Hall(*rows)
