"""How much of src, seed and feed the tests run: builds with --coverage, runs suites, prints lines and branches by folder.

  coverage.py [SUITE...]     unit, board, api, feed, race, fault and torture; then build-coverage/report/index.html has it line by line
  coverage.py --report       of what ran before

What is left of the core is named, line by line: how many of its branches were not taken.
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
CORE = ("src/boxoffice", "src/store")
SUITES = ("unit", "board", "api", "feed", "race", "fault", "torture")
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
    filters = [word for folder in ("src", "seed", "feed") for word in ("--filter", f"{ROOT}/{folder}/")]
    subprocess.run(["gcovr", "--root", ROOT, "--object-directory", FOLDER, *filters, "--exclude", r".*\.def",
                    "--exclude-branches-by-pattern", NEVER, "--json-summary", summary, "--json", report / "lines.json",
                    "--html-details", report / "index.html", FOLDER], cwd=ROOT, check=True, capture_output=True)
    files = json.loads(summary.read_text())["files"]
    return {file["filename"]: (file["line_covered"], file["line_total"], file["branch_covered"], file["branch_total"])
            for file in files}


def left_of_core():
    """(file, line, its branches not taken, all of them, its text) of each line of the core that is not wholly covered."""
    for file in json.loads((FOLDER / "report/lines.json").read_text())["files"]:
        if str(Path(file["file"]).parent) in CORE:
            text = (ROOT / file["file"]).read_text().split("\n")
            for line in file["lines"]:
                missed = sum(branch["count"] == 0 for branch in line["branches"])
                if missed or (line["count"] == 0 and not line["gcovr/noncode"]):
                    yield file["file"], line["line_number"], missed, len(line["branches"]), text[line["line_number"] - 1].strip()


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
    print("\nWhat is left of the core: branches not taken of all, of which line")
    for name, number, missed, every, text in left_of_core():
        print(f"{name}:{number}: {f'{missed}/{every}' if every else 'not run'}  {text[:100]}")


def main(words):
    if words != ["--report"]:
        run_suites(words or SUITES)
    show(measure())


if __name__ == "__main__":
    main(sys.argv[1:])
