"""Draws throughput and p99 over 1 to 256 clients, of the figures that `./dev bench --row clients --json FILE` left:

  PYTHONPATH=tests:tools python3 -m bench.plot FILE >doc/pictures/clients.svg

By hand: an SVG of a few lines needs no library.
"""

import json
import math
import sys
from html import escape

WIDTH, HEIGHT, LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT, GAP = 960, 420, 70, 50, 370, 290, 110
KINDS = {"live": ("GET /health/live (floor)", "#767676"), "status": ("status, 100 seats", "#0b62a4"),
         "hold": ("hold of one seat", "#c2410c")}


def text(x, y, words, anchor="middle", size=12, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, color="#dddddd"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def nice_step(most):
    """A round step of which four to eight make up `most`."""
    power = 10 ** math.floor(math.log10(most / 4))
    return next(step * power for step in (1, 2, 5, 10) if most / (step * power) <= 8)


class Panel:
    """One diagram; x is log2 of the clients, y linear from 0 or logarithmic."""

    def __init__(self, left, title, points, value, logarithmic):
        self.left, self.title, self.points, self.value, self.logarithmic = left, title, points, value, logarithmic
        values = [point[value] for point in points]
        self.most_x = math.log2(max(point["clients"] for point in points)) or 1
        if logarithmic:
            self.low, self.high = (math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))))
            self.high += self.low == self.high
            self.ticks = [(10 ** power, f"{10 ** power:g}") for power in range(self.low, self.high + 1)]
        else:
            step = nice_step(max(values))
            self.low, self.high = 0, step * math.ceil(max(values) / step)
            self.ticks = [(step * n, f"{step * n:,.0f}") for n in range(round(self.high / step) + 1)]

    def x(self, clients):
        return self.left + PANEL_WIDTH * math.log2(clients) / self.most_x

    def y(self, value):
        value = math.log10(value) if self.logarithmic else value
        return TOP + PANEL_HEIGHT * (1 - (value - self.low) / (self.high - self.low))

    def draw(self):
        parts = [text(self.left + PANEL_WIDTH / 2, TOP - 18, self.title, size=14),
                 text(self.left + PANEL_WIDTH / 2, TOP + PANEL_HEIGHT + 40, "clients")]
        for value, label in self.ticks:
            parts += [line(self.left, self.y(value), self.left + PANEL_WIDTH, self.y(value)),
                      text(self.left - 8, self.y(value) + 4, label, "end")]
        for clients in sorted({point["clients"] for point in self.points}):
            parts.append(text(self.x(clients), TOP + PANEL_HEIGHT + 20, str(clients)))
        for kind, (_, color) in KINDS.items():
            mine = [point for point in self.points if point["kind"] == kind]
            corners = " ".join(f"{self.x(point['clients']):.1f},{self.y(point[self.value]):.1f}" for point in mine)
            parts.append(f'<polyline points="{corners}" fill="none" stroke="{color}" stroke-width="2"/>')
            parts += [f'<circle cx="{self.x(point["clients"]):.1f}" cy="{self.y(point[self.value]):.1f}" r="3" '
                      f'fill="{color}"/>' for point in mine]
        return parts


def svg(figures):
    points = [point for check in figures["checks"] for point in check["figures"].get("points", [])]
    if not points:
        raise ValueError("no points: they are of `./dev bench --row clients`")
    made = figures["machine"]
    parts = Panel(LEFT, "requests a second", points, "rate", False).draw()
    parts += Panel(LEFT + PANEL_WIDTH + GAP, "p99, ms", points, "p99_ms", True).draw()
    for number, (label, color) in enumerate(KINDS.values()):
        x = LEFT + number * 220
        parts += [line(x, HEIGHT - 20, x + 24, HEIGHT - 20, color), text(x + 32, HEIGHT - 16, label, "start")]
    where = f"{made['cores']} cores, {made['processor']}, load {made['load'][0]}; everything on one machine"
    parts.append(text(WIDTH - 10, HEIGHT - 2, where, "end", 10, 'fill="#767676"'))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            f'role="img">\n<title>Throughput and p99 over the number of clients</title>\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


def main(words):
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with open(words[0], encoding="utf-8") as file:
        sys.stdout.write(svg(json.load(file)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
