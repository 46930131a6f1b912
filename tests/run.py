"""`./dev test`: builds, runs the suites, adds up. The last line is "N passed, N failed".

  run.py                     the suites of SUITES, in their short forms
  run.py all                 the same in their long forms, and MORE_SUITES
  run.py SUITE [ARGUMENT...] one suite; arguments go to pytest (or to make, for unit)

Most suites wait more than they work (for time-outs, for holds that lapse), so three run at a time, and four of the long
forms; what one of them printed is shown when it ends.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
SUITES = ("unit", "fault", "api", "page", "feed", "model", "history", "race", "board", "torture", "lint", "bench")
MORE_SUITES = ("fuzz", "analysis", "sanitizers", "monitoring", "package")  # by name, and in `all`
FIRST, LAST = "unit", "bench"  # alone: it keeps both cores busy, and it measures
LONGEST = ("sanitizers", "analysis", "fault", "api", "history", "model", "torture")  # in this order, and before the others
# Nothing may hang for ever; all together take less than so long.
LANES, LIMIT_SECONDS = {"short": 3, "long": 4}, {"short": 15 * 60, "long": 60 * 60}


class Runner:
    """Runs commands with a limit, and can end all that run."""

    def __init__(self):
        self.running = set()

    def run(self, command, limit, output=None, cwd=ROOT):
        """Exit status; at the limit the command's whole process group ends. `output`: a file, or ours."""
        with subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                              process_group=0) as process:
            self.running.add(process)
            try:
                return process.wait(limit)
            except subprocess.TimeoutExpired:
                print(f"{command[0]}: not done after {limit} s", file=sys.stderr)
                end(process, signal.SIGTERM)
                return 124
            except BaseException:
                end(process, signal.SIGINT)
                raise
            finally:
                self.running.discard(process)

    def end_all(self):
        for process in list(self.running):
            end(process, signal.SIGINT)


def end(process, signum):
    os.killpg(process.pid, signum)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


@dataclass
class Result:
    name: str
    passed: int
    failed: int
    seconds: float
    output: str = ""

    def __str__(self):
        return f"{self.name:8} {self.passed} passed, {self.failed} failed ({self.seconds:.0f} s)"


def unit(runner, limit, words, output):
    """make check. Each program of Check counts its checks; a test of another kind counts as one."""
    for old in BUILD.rglob("*.trs"):
        old.unlink()
    status = runner.run(["make", "-j2", "check", *words], limit, output, BUILD)
    passed = failed = 0
    for result in BUILD.rglob("*.trs"):
        good = ":test-result: PASS" in result.read_text(errors="replace")
        log = result.with_suffix(".log")
        text = log.read_text(errors="replace") if log.exists() else ""
        counts = re.findall(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", text, re.M)
        checks = sum(int(count[0]) for count in counts) or 1
        bad = sum(int(count[1]) + int(count[2]) for count in counts)
        if not good:
            bad = max(bad, 1)
            print(f"\n{result.stem} failed; the end of {log}:\n" + "\n".join(text.splitlines()[-40:]))
        passed += checks - bad
        failed += bad
    return passed, failed, status


def pytest_suite(runner, name, limit, words, long, output):
    report = BUILD / f"test-{name}.xml"
    report.unlink(missing_ok=True)
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-c", "tests/pytest.ini", f"--junitxml={report}",
               f"tests/{name}", *(["-m", ""] if long else []), *words]
    status = runner.run(command, limit, output)
    if not report.exists():
        return 0, 1, status
    total = skipped = failed = 0
    for suite in xml.etree.ElementTree.parse(report).iter("testsuite"):
        total += int(suite.get("tests"))
        skipped += int(suite.get("skipped"))
        failed += int(suite.get("failures")) + int(suite.get("errors"))
    return max(total - skipped - failed, 0), failed, status


def form(long):
    return "long" if long else "short"


def run_suite(runner, name, long, words=(), output=None):
    limit = LIMIT_SECONDS[form(long)]
    start = time.monotonic()
    if name == "unit":
        passed, failed, status = unit(runner, limit, words, output)
    else:
        passed, failed, status = pytest_suite(runner, name, limit, words, long, output)
    # A suite that ended badly without a failed test, or that has none, did not pass.
    return Result(name, passed, failed or int(status != 0 or passed == 0), time.monotonic() - start)


def run_quietly(runner, name, long):
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        result = run_suite(runner, name, long, output=output)
        output.seek(0)
        result.output = output.read()
    return result


def run_many(runner, names, long):
    """Results as they come: what runs alone in its place, the rest some at a time."""
    if FIRST in names:
        yield run_quietly(runner, FIRST, long)
    with ThreadPoolExecutor(LANES[form(long)]) as lanes:
        try:
            for done in as_completed([lanes.submit(run_quietly, runner, name, long)
                                      for name in names if name not in (FIRST, LAST)]):
                yield done.result()
        except BaseException:
            lanes.shutdown(wait=False, cancel_futures=True)
            runner.end_all()
            raise
    if LAST in names:
        yield run_quietly(runner, LAST, long)


def main(words):
    asked, more = (words[0], words[1:]) if words else ("", [])
    long = asked == "all"
    every = sorted(SUITES + MORE_SUITES, key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))
    names = {"": SUITES, "all": every}.get(asked, (asked,))
    if not set(names) <= set(every):
        print(f"test: no such suite: {asked}; there are all, {', '.join(every)}", file=sys.stderr)
        return 2
    if more and len(names) > 1:
        print("test: arguments go with the name of one suite", file=sys.stderr)
        return 2
    if subprocess.run([ROOT / "tools/build.sh"], check=False).returncode:
        print("0 passed, 1 failed")
        return 1

    runner, results = Runner(), []
    try:
        if len(names) == 1:
            results.append(run_suite(runner, names[0], long, more))
        else:
            for result in run_many(runner, names, long):
                print(f"\n== {result.name}\n{result.output.rstrip()}\n{result}", flush=True)
                results.append(result)
    except BaseException:
        runner.end_all()
        raise
    passed, failed = (sum(getattr(result, what) for result in results) for what in ("passed", "failed"))
    print("\n" + "\n".join(map(str, results)) + f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def interrupt(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    # Also where it was begun in the background, with SIGINT ignored; and whoever ends it by SIGTERM gets no orphans.
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
