"""A round from nothing to its report: servers of its own, the load, the check."""

import shutil
import tempfile
from pathlib import Path

from boxsite import Site

from .checker import check
from .log import Round
from .play import play

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "history"  # rounds in which something was found


def run(plan, seed, name, keep=False):
    """Plays and checks. The log stays in build/history/NAME where the check found something, or never took place; or to
    be looked at once more (keep)."""
    folder = KEPT / name
    shutil.rmtree(folder, ignore_errors=True)
    # Short, since paths of sockets are.
    run_dir = Path(tempfile.mkdtemp(prefix="bo-history-", dir="/tmp"))
    try:
        with Site(run_dir, workers=plan.workers, env=plan.env) as site:
            play(site, folder, plan, seed)
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
    report = check(Round.read(folder))
    report.folder = folder
    if not report.findings and not keep:
        shutil.rmtree(folder)
    return report


def wrong(report, name, again):
    """What to print where something was found: all that it takes to look again, and to run it again."""
    return (f"{report.text()}\nThis log again: cd tests && python3 -m history.checker ../build/history/{name}\n"
            f"Such a round again (seed {report.history.seed}): {again}")
