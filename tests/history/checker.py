"""Reads a round's log and stores, and names what is wrong. O(n log n) in the operations, show by show.

  python3 -m history.checker FOLDER...
"""

import sys
import time
from collections import Counter
from typing import NamedTuple

from . import rules_answers, rules_holds, rules_maps, rules_refusals, rules_sales, rules_stores
from .ledger import Ledger
from .log import Round
from .spans import EPS

RULES = [rule for module in (rules_answers, rules_sales, rules_holds, rules_maps, rules_refusals, rules_stores)
         for rule in module.RULES]
SHOWN = 5  # findings of a rule that are told in full


class Finding(NamedTuple):
    rule: str
    show: str
    text: str
    ops: tuple


class Report:
    """findings: what is wrong. counts: what there was to check, by (op, status, code)."""

    def __init__(self, history):
        self.history, self.findings, self.counts = history, [], Counter()
        self.seconds = 0.0
        self.folder = None  # where the log is kept

    @property
    def rules(self):
        """Names of the rules that were broken."""
        return {finding.rule for finding in self.findings}

    def of(self, op, *statuses):
        return sum(n for (name, status, _), n in self.counts.items() if name == op and (not statuses or status in statuses))

    @property
    def unknown(self):
        return sum(n for (_, status, _), n in self.counts.items() if status == 0 or status >= 500)

    def text(self):
        lines = [f"{self.counts.total()} operations in {len(self.history.seen)} shows, "
                 f"{sum(map(len, self.history.bookings.values()))} seats sold, {self.unknown} answers unknown; "
                 f"checked in {self.seconds:.1f} s (seed {self.history.seed})"]
        told = Counter()
        for finding in self.findings:
            told[finding.rule] += 1
            if told[finding.rule] <= SHOWN:
                lines.append(f"{finding.rule}: show {finding.show}: {finding.text}")
                lines += ["    " + op.brief(self.history.origin) for op in finding.ops[:4]]
        lines += [f"{rule}: {count} in all" for rule, count in told.items() if count > SHOWN]
        return "\n".join(lines)


def check(history):
    report = Report(history)
    begin = time.monotonic()
    drift = [offset - history.offset_ns for _, offset in history.clock]
    if drift and max(drift) - min(drift) > EPS // 2:
        report.findings.append(Finding("clock_moved", "-", f"by {(max(drift) - min(drift)) / 1e6:.3f} ms: check nothing", ()))
    for show in history.seen:
        ledger = Ledger(history, show)
        report.counts.update((op.op, op.status, op.code) for op in ledger.ops)
        for rule in RULES:
            report.findings += [Finding(rule.__name__, show, text, tuple(ops)) for text, *ops in rule(ledger)]
    report.seconds = time.monotonic() - begin
    return report


def main(folders):
    wrong = 0
    for folder in folders:
        report = check(Round.read(folder))
        print(report.text())
        wrong += bool(report.findings)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
