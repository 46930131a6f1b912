"""What /metrics says."""

import re

SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="[^"\\]*",?)*)\})? ([0-9.]+(?:e[+-]?\d+)?)')


def parse(text):
    """{(name, frozenset of (label, value)): number}, of text in which every line must be understood."""
    found, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name not in types, f"the family {name} comes twice"
            types[name] = kind
        elif not line.startswith("# HELP "):
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, number = match.groups()
            family = re.sub(r"_(?:bucket|sum|count)$", "", name) if name not in types else name
            assert family in types, f"{line}: of no family"
            key = (name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels or "")))
            assert key not in found, f"{line}: comes twice"
            found[key] = float(number)
    return found


def total(found, name, **labels):
    """The sum of the samples of this name that have these labels."""
    return sum(number for (other, given), number in found.items() if other == name and set(labels.items()) <= given)
