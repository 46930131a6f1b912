"""Figures from figures: percentiles of merged slices, and a median with an interval that assumes no distribution."""

import math
from collections import Counter
from dataclasses import dataclass, field

CONFIDENCE = 0.95


@dataclass
class Slice:
    """What one second or so of load gave. latency: microseconds -> how often."""

    count: int
    seconds: float
    size: int = 0  # bytes received
    latency: Counter = field(default_factory=Counter)
    errors: Counter = field(default_factory=Counter)  # reason -> how often
    statuses: Counter = field(default_factory=Counter)  # where they were asked for

    @property
    def rate(self):
        return self.count / self.seconds

    @property
    def byte_rate(self):
        return self.size / self.seconds


def percentile(latency, percent):
    """In milliseconds, of the nearest rank; None where nothing was measured."""
    total = sum(latency.values())
    rank, seen = max(1, math.ceil(total * percent / 100)), 0
    for value in sorted(latency):
        seen += latency[value]
        if seen >= rank:
            return value / 1000
    return None


def merged(counters):
    total = Counter()
    for counter in counters:
        total.update(counter)
    return total


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def median_interval(values):
    """(low, high) that holds the true median with 95 % confidence, or None where there are too few values.

    By order statistics: each value lies below the true median with probability 1/2, whatever the
    distribution, so the number of those that do is binomial. Of 15 values it is the 4th and the 12th.
    """
    ordered = sorted(values)
    n = len(ordered)
    tail, outside = 0.0, 0  # the chance that at most `outside` - 1 values lie below
    while True:
        tail += math.comb(n, outside) / 2 ** n
        if tail > (1 - CONFIDENCE) / 2 or outside >= n:
            break
        outside += 1
    if outside == 0:
        return None
    return ordered[outside - 1], ordered[n - outside]


def verdict(ratios, bar, at_most=False):
    """ok: the interval is on the good side of the bar; FAIL: wholly on the bad one; unclear: it holds the bar."""
    interval = median_interval(ratios)
    if bar is None or interval is None:
        return "-"
    low, high = interval
    if at_most:
        low, high, bar = -high, -low, -bar
    return "FAIL" if high < bar else "ok" if low >= bar else "unclear"
