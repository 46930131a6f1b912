"""Rows with a bar of their own, rather than a floor beside them."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Plan:
    """How long a run may take."""

    seconds: int = 1
    slices: int = 15
    quick: bool = False

    def times(self, full, quick):
        return quick if self.quick else full


@dataclass
class Check:
    name: str
    found: str  # what was measured, for people
    bar: str = ""  # what it must be; empty where the figure is only printed
    verdict: str = "-"  # ok, unclear, FAIL; "-": nothing is asserted
    figures: dict = field(default_factory=dict)
    errors: Counter = field(default_factory=Counter)


def judged(name, found, bar, good, **more):
    """A check of one figure."""
    return Check(name, found, bar, "ok" if good else "FAIL", **more)
