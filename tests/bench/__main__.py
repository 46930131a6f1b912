"""The command line of `./dev bench`. Rows (measured against a floor) are in rows_*.py, checks (with bars of their own)
in checks_*.py; stats.py says how a ratio is judged."""

import argparse
import resource
import sys
from contextlib import contextmanager

from boxsite import StartError

from . import checks_cold, checks_cost, checks_faults, checks_gzip, checks_live, checks_memory, checks_overload, checks_page
from . import report, rows_read, rows_sell, sweep
from .check import Plan
from .house import WORKERS, House
from .pipeline import Unexpected
from .profile import Profile
from .row import measure
from .wrk import LoadError

ROWS = [*rows_sell.ROWS[:2], *rows_read.ROWS, *rows_sell.ROWS[2:]]
CHECKS = [check for module in (checks_cost, checks_cold, checks_memory, checks_gzip, checks_live, checks_page, checks_faults,
                             checks_overload, sweep)
          for check in module.CHECKS]
OPEN_FILES = 20000  # the crowd of checks_overload.py, and as many in nginx


def arguments(words):
    parser = argparse.ArgumentParser(
        prog="./dev bench", description="Measure a box office of its own against the floors of its stack. Exit 1: a "
        "row's interval lies wholly below its bar, or something went wrong.",
        epilog="rows: " + "; ".join(row.name for row in ROWS) + ". checks: " +
        ", ".join(check.__name__ for check in CHECKS))
    parser.add_argument("--seconds", type=positive, default=1, metavar="N", help="of a slice (1)")
    parser.add_argument("--slices", type=positive, default=15, metavar="N", help="of a row, and of its floor (15)")
    parser.add_argument("--row", action="append", nargs="+", default=[], metavar="NAME",
                        help="only rows and checks whose names hold one of these")
    parser.add_argument("--quick", action="store_true", help="one second a row; nothing but errors fails")
    parser.add_argument("--json", metavar="FILE", help="all figures")
    parser.add_argument("--csv", metavar="FILE", help="the rows' slices")
    parser.add_argument("--profile", metavar="DIR",
                        help="keep perf data, stacks, system calls and Redis's counts of each row")
    return parser, parser.parse_args(words)


def positive(text):
    number = int(text)
    if not 1 <= number <= 3600:
        raise argparse.ArgumentTypeError("must be 1 to 3600")
    return number


def chosen(parser, options):
    """(rows, checks) whose names were asked for; all where none was."""
    words = [word.lower() for group in options.row for word in group]
    names = [row.name for row in ROWS] + [check.__name__ for check in CHECKS]
    for word in words:
        if not any(word in name.lower() for name in names):
            parser.error(f"no row or check has {word!r} in its name")

    def wanted(name):
        return not words or any(word in name.lower() for word in words)
    return [row for row in ROWS if wanted(row.name)], [check for check in CHECKS if wanted(check.__name__)]


def run(house, rows, checks, plan, options, made):
    """Names of what failed."""
    results, found, failed = [], [], []
    profile = Profile(options.profile) if options.profile else None
    floors = {} if plan.quick else None
    if rows:
        report.print_row_head()
    for row in rows:
        with counted(row.name, failed, house):
            results.append(measure(row(house), plan.slices, plan.seconds, floors, profile))
            report.print_row(results[-1])
    for check in checks:
        with counted(check.__name__, failed, house):
            for one in check(house, plan):
                found.append(one)
                report.print_check(one)
    if options.json:
        report.write_json(options.json, made, results, found)
    if options.csv:
        report.write_csv(options.csv, results)
    return failed + [each.name for each in [*results, *found]
                     if each.errors or (each.verdict == "FAIL" and not plan.quick)]


@contextmanager
def counted(name, failed, house):
    """What cannot be measured is a failure, but no reason to measure nothing else."""
    house.fresh_start()
    try:
        yield
    except (LoadError, Unexpected, OSError, AssertionError, StartError) as error:
        failed.append(name)
        print(f"{name}: {error}\n  the workers' last faults:\n{house.faults()}", flush=True)


def main(words):
    parser, options = arguments(words)
    rows, checks = chosen(parser, options)
    plan = Plan(1, 1, True) if options.quick else Plan(options.seconds, options.slices)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most if most < OPEN_FILES else OPEN_FILES, most))
    made = report.machine()
    with House() as house:
        made["versions"] = report.versions(house.site)
        report.print_head(made, plan, WORKERS)
        bad = run(house, rows, checks, plan, options, made)
    if bad:
        print(f"\nfailed: {'; '.join(bad)}")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StartError as failure:
        print(f"bench: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
