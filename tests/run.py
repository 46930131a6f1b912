"""`./dev test`: builds, runs the suites, adds up. The last line is "N passed, N failed".

  run.py                     unit, board, api, race, fault, lint
  run.py all                 the same with their long forms, and analysis, bench, fuzz, history, model, torture
  run.py SUITE [ARGUMENT...] one suite; arguments go to pytest (or to make, for unit)
"""

import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
SUITES = ("unit", "board", "api", "race", "fault", "lint")
MORE_SUITES = ("analysis", "bench", "fuzz", "history", "model", "torture")  # by name, and in `all`
# Nothing may hang for ever; all together take less than 15 minutes.
LIMIT_SECONDS = {"short": 15 * 60, "long": 4 * 3600}


def run(command, limit, cwd=ROOT):
    """Exit status of a command; at the limit, or on Ctrl-C, its whole process group ends."""
    with subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, process_group=0) as process:
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            print(f"{command[0]}: not done after {limit} s", file=sys.stderr)
            end(process, signal.SIGTERM)
            return 124
        except BaseException:
            end(process, signal.SIGINT)
            raise


def end(process, signum):
    os.killpg(process.pid, signum)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def unit(limit, words):
    """make check. Each program of Check counts its checks; a test of another kind counts as one."""
    for old in BUILD.rglob("*.trs"):
        old.unlink()
    status = run(["make", "-j2", "check", *words], limit, BUILD)
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


def pytest_suite(name, limit, words, long):
    report = BUILD / f"test-{name}.xml"
    report.unlink(missing_ok=True)
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-c", "tests/pytest.ini", f"--junitxml={report}",
               f"tests/{name}", *(["-m", ""] if long else []), *words]
    status = run(command, limit)
    if not report.exists():
        return 0, 1, status
    total = skipped = failed = 0
    for suite in xml.etree.ElementTree.parse(report).iter("testsuite"):
        total += int(suite.get("tests"))
        skipped += int(suite.get("skipped"))
        failed += int(suite.get("failures")) + int(suite.get("errors"))
    return max(total - skipped - failed, 0), failed, status


def main(words):
    asked, more = (words[0], words[1:]) if words else ("", [])
    long = asked == "all"
    every = SUITES + MORE_SUITES
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

    limit = LIMIT_SECONDS["long" if long else "short"]
    lines, passed, failed = [], 0, 0
    for name in names:
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        good, bad, status = unit(limit, more) if name == "unit" else pytest_suite(name, limit, more, long)
        # A suite that ended badly without a failed test, or that has none, did not pass.
        bad = bad or int(status != 0 or good == 0)
        lines.append(f"{name:6} {good} passed, {bad} failed ({time.monotonic() - start:.0f} s)")
        passed, failed = passed + good, failed + bad
    print("\n" + "\n".join(lines) + f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
