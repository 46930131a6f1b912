"""SECURITY.md: each abuse of its table is tried by a test that is there, and each test of abuse has its row."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def rows():
    """(abuse, [(file, test)]) of the table."""
    text = (ROOT / "SECURITY.md").read_text()
    table = re.search(r"^\| abuse .*?\n\|[-|]+\n(.*?)\n\n", text, re.S | re.M).group(1)
    cells = [line.strip("|").rsplit("|", 1) for line in table.splitlines()]
    return [(first.split("|")[0].strip(), re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", last)) for first, last in cells]


def defined_in(path):
    return set(re.findall(r"^ *def (test_\w+)\(", (ROOT / path).read_text(), re.M))


def test_each_abuse_is_tried():
    found = rows()
    assert len(found) > 30
    for abuse, tests in found:
        assert tests, f"{abuse}: no test"
        for path, name in tests:
            assert name in defined_in(path), f"{abuse}: {path} has no {name}"


def test_each_test_of_abuse_has_its_row():
    named = {test for _, tests in rows() for test in tests}
    for path in ("tests/api/test_abuse.py", "tests/race/test_abuse.py"):
        assert {(path, name) for name in defined_in(path)} <= named
