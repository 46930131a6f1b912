"""How much of src and seed the tests run: builds with --coverage, runs suites, prints lines and branches by folder.

  coverage.py [SUITE...]     unit, board, api, race, fault and torture; then build-coverage/report/index.html has it line by line
  coverage.py --report       of what ran before
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from lib.builds import build  # noqa: E402

# Branches that nothing can take: a document that grows past 2 GB, an option that the driver refuses, an assertion that fails.
NEVER = r".*\b(BSON_APPEND\w*|bson_append\w*|mongo_append_oid|mongoc_uri_set\w*|bound_option|assert)\b.*"
SUITES = ("unit", "board", "api", "race", "fault", "torture")
FOLDER = ROOT / "build-coverage"


def run_suites(suites):
    # Without optimisation each line is what it says. A worker writes down what it ran when it leaves.
    build("coverage", "CFLAGS=-O0 -g --coverage", "LDFLAGS=--coverage")
    for old in FOLDER.rglob("*.gcda"):
        old.unlink()
    environment = {**os.environ, "BUILD_DIR": str(FOLDER)}
    for suite in suites:
        print(f"== {suite}", flush=True)
        command = ["make", "-j2", "check"] if suite == "unit" else \
            ["/usr/bin/python3", "-m", "pytest", "-q", "-c", "tests/pytest.ini", "-p", "no:cacheprovider", f"tests/{suite}"]
        with open(FOLDER / f"coverage-{suite}.log", "wb") as log:
            done = subprocess.run(["nice", *command], cwd=FOLDER if suite == "unit" else ROOT, env=environment, stdout=log,
                                  stderr=log, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            print(f"{suite}: exit {done.returncode}: {log.name}", flush=True)


def measure():
    """{file: (lines run, lines, branches taken, branches)}"""
    report = FOLDER / "report"
    report.mkdir(exist_ok=True)
    summary = report / "summary.json"
    subprocess.run(["gcovr", "--root", ROOT, "--object-directory", FOLDER, "--filter", f"{ROOT}/src/", "--filter", f"{ROOT}/seed/",
                    "--exclude", r".*\.def", "--exclude-branches-by-pattern", NEVER, "--json-summary", summary, "--html-details", report / "index.html", FOLDER],
                   cwd=ROOT, check=True, capture_output=True)
    files = json.loads(summary.read_text())["files"]
    return {file["filename"]: (file["line_covered"], file["line_total"], file["branch_covered"], file["branch_total"])
            for file in files}


def by_folder(files):
    """The same for each folder, and for "all"."""
    sums = defaultdict(lambda: (0, 0, 0, 0))
    for name, counts in files.items():
        for key in (str(Path(name).parent), "all"):
            sums[key] = tuple(a + b for a, b in zip(sums[key], counts))
    return dict(sums)


def percent(part, whole):
    return 100 * part / whole if whole else 100.0


def show(files):
    print(f"\n{'':32} {'lines':>14} {'branches':>16}")
    for name, (lines, all_lines, branches, all_branches) in [*sorted(by_folder(files).items()), *sorted(files.items())]:
        print(f"{name:32} {percent(lines, all_lines):5.1f} % of {all_lines:4} {percent(branches, all_branches):5.1f} % of {all_branches:5}")


def main(words):
    if words != ["--report"]:
        run_suites(words or SUITES)
    show(measure())


if __name__ == "__main__":
    main(sys.argv[1:])
