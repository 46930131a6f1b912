"""`./dev soak MINUTES`: rounds of load and faults until the time is up, each with servers of its own, each checked.

What a round does follows from its seed alone: settings, faults and their order, clients' choices. (When things meet is
up to the machine.) Ends at the first round in which something was found, with exit status 1.
"""

import argparse
import random
import sys
import time

from .faults import KINDS
from .play import LARGE, SMALL, USUAL, Plan, Table
from .rounds import run, wrong

SECONDS = 60
CROWD = Table((6, 10, 20), clients=8, users=6, width=3, budget=800)


def plan_of(seed, seconds=SECONDS):
    rng = random.Random(f"{seed}/plan")
    faults = [kind for kind in KINDS for _ in range(rng.choice((0, 0, 1, 2)))]
    tables = rng.choice((USUAL, USUAL, ((SMALL,), (SMALL,)), ((CROWD, LARGE), (SMALL, CROWD))))
    return Plan(seconds, tuple(faults), tables, hold_seconds=rng.choice((1, 2, 2, 2, 5, 600)),
                hold_max_seconds=rng.choice((1, 3, 5, 30, 1200)),
                board_seconds=rng.choice((0, 1, 5, 5, 60)), workers=rng.choice((3, 8, 8, 12)))


def main(words):
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__.split("\n\n")[0])
    parser.add_argument("minutes", type=float, metavar="MINUTES", help="at least one round is played, and none left unfinished")
    parser.add_argument("--seed", type=int, help="of the first round; the next has one more")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"of load in a round ({SECONDS})")
    options = parser.parse_args(words)
    first = random.SystemRandom().randrange(1 << 31) if options.seed is None else options.seed
    end, seed, operations = time.monotonic() + options.minutes * 60, first, 0
    while True:
        plan = plan_of(seed, options.seconds)
        again = f"./dev soak 0 --seed {seed} --seconds {options.seconds}"
        print(f"== round {seed - first + 1}, seed {seed} (again: {again})\n   {len(plan.faults)} faults: "
              f"{' '.join(plan.faults) or 'none'}; {plan.env}, {plan.workers} workers", flush=True)
        report = run(plan, seed, "soak")
        if report.findings:
            print(wrong(report, "soak", again), flush=True)
            return 1
        operations += report.counts.total()
        print(f"   {report.text()}", flush=True)
        if time.monotonic() >= end:
            print(f"{seed - first + 1} rounds, {operations} operations, nothing found")
            return 0
        seed += 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
