"""Spans of time on one seat, asked in O(log n): which one certainly, which ones possibly lies over a moment?

Times are ns of CLOCK_MONOTONIC. A *lease* is a hold as its user may rely on it: from the return of the grant to its
end less EPS. A *window* is a hold as others may meet it: from the call of what may have made it to its end plus EPS,
and longer where a confirmation may have lengthened it.
"""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

EPS = 5_000_000  # Redis counts in ms, and two clocks of one machine are compared
GRACE = 15_000_000_000  # BO_HOLD_GRACE_MS


class Lease(NamedTuple):
    start: int
    end: int
    user: str
    hold: str  # its id


class Leases:
    """Of one seat, in order. Were they ever to overlap, leases_overlap() of rules_holds.py says so."""

    def __init__(self, leases):
        self.all = sorted(leases)
        self.starts = [lease.start for lease in self.all]

    def over(self, begin, end):
        """The lease that lasted from before `begin` until after `end`, or None."""
        at = bisect_left(self.starts, begin) - 1
        if at >= 0 and self.all[at].end > end:
            return self.all[at]
        return None


class Window(NamedTuple):
    start: int
    end: int
    user: str
    hold: str  # its id; of a hold that nobody was told of: "?" and a number
    seats: tuple  # all of the hold
    first_end: int  # where it ends if it is not lengthened


class Windows:
    """Of one seat. Those that begin before a moment are a prefix; of each prefix the ends that reach furthest are kept."""

    def __init__(self, windows):
        self.all = sorted(windows, key=lambda window: window.start)
        self.starts = [window.start for window in self.all]
        self.by_hold = list(furthest_two(self.all, lambda window: window.hold))
        self.by_user = list(furthest_two(self.all, lambda window: window.user))

    def _before(self, end):
        return bisect_right(self.starts, end) - 1

    def possible(self, begin, end, but=None):
        """Whether a hold of somebody (but of this user) may have been there at some moment from begin to end."""
        at = self._before(end)
        if at < 0:
            return False
        for window in self.by_user[at]:
            if window and window.end >= begin and window.user != but:
                return True
        return False

    def near(self, begin, end):
        """Those that overlap begin..end. Ends where no earlier one reaches so far."""
        at = self._before(end)
        while at >= 0 and self.by_hold[at][0].end >= begin:
            if self.all[at].end >= begin:
                yield self.all[at]
            at -= 1

    def only(self, begin, end):
        """The one hold that can explain that the seat was held, or None where there are more, or none."""
        at = self._before(end)
        if at < 0:
            return None
        first, second = self.by_hold[at]
        return first if first.end >= begin and not (second and second.end >= begin) else None

    def merged(self):
        """[(start, end)] without overlaps: when the seat may have been held, by whomever."""
        spans = []
        for window in self.all:
            if spans and window.start <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], window.end)
            else:
                spans.append([window.start, window.end])
        return spans


def furthest_two(windows, key):
    """For each prefix, the window that ends last, and the one that ends last of those with another key."""
    first = second = None
    for window in windows:
        if first is None or key(window) == key(first):
            if first is None or window.end > first.end:
                first = window
        elif window.end > first.end:
            first, second = window, first
        elif second is None or window.end > second.end:
            second = window
        yield first, second
