"""How much of src, seed and feed the tests run: builds with --coverage, runs suites, prints lines and branches by folder.

  coverage.py [SUITE...]     unit, api, feed, fault and torture; then build-coverage/report/index.html has it line by line
  coverage.py --report       of what ran before

What is left of the core stands in uncovered.md, with its reason. The report ends with what is left and does not stand there.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from lib.builds import build  # noqa: E402

# Branches that nothing can take: a document that grows past 2 GB, an option that the driver refuses, an assertion that fails.
NEVER = r".*\b(BSON_APPEND\w*|bson_append\w*|mongo_append_oid|mongo_array_begin|mongoc_uri_set\w*|bound_option|assert)\b.*"
CORE = ("src/boxoffice", "src/store")
SUITES = ("unit", "api", "feed", "fault", "torture")  # the others run no line of the core that these do not
FOLDER = ROOT / "build-coverage"
NAMED = Path(__file__).with_name("uncovered.md")
BY_CHANCE = ("race", "fault")  # run where something is left that was not: threads race for it
SEED = "1"  # of what the suites leave to chance: the same is left each time


def build_anew():
    # Without optimisation each line is what it says. A worker writes down what it ran when it leaves, and where
    # tests/torture/failing.c tells it to.
    exported = "".join(f" -Wl,-u,{name},--export-dynamic-symbol={name}" for name in ("__gcov_dump", "__gcov_reset"))
    build("coverage", "CFLAGS=-O0 -g --coverage", "LDFLAGS=--coverage" + exported)
    for old in FOLDER.rglob("*.gcda"):
        old.unlink()


def run_suites(suites, seed=SEED):
    """What they run is added to what ran before."""
    environment = {**os.environ, "BUILD_DIR": str(FOLDER), "BOXOFFICE_TEST_SEED": seed}
    for suite in suites:
        print(f"== {suite}", flush=True)
        command = ["make", "-j2", "check"] if suite == "unit" else \
            ["/usr/bin/python3", "-m", "pytest", "-q", "-c", "tests/pytest.ini", "-p", "no:cacheprovider", f"tests/{suite}"]
        with open(FOLDER / f"coverage-{suite}-{seed}.log", "wb") as log:
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


def function_at(text, number):
    """The function whose body has the line: in this tree its head alone begins at the left, with its type."""
    heads = (re.match(r"[a-z_].*?(\w+)\(", line) for line in reversed(text[:number]))
    return next((head[1] for head in heads if head), "")


def left_of_core():
    """{(file, function, text of the line): how many of its branches were not taken}; 1 for a function that was not called."""
    left = Counter()
    for file in json.loads((FOLDER / "report/lines.json").read_text())["files"]:
        if str(Path(file["file"]).parent) not in CORE:
            continue
        text = (ROOT / file["file"]).read_text().split("\n")
        for line in file["lines"]:
            here, number = text[line["line_number"] - 1], line["line_number"]
            missed = sum(branch["count"] == 0 for branch in line["branches"])
            never_called = line["count"] == 0 and not line["gcovr/noncode"] and here[:1].isalpha()
            if missed or never_called:
                left[file["file"], function_at(text, number), here.strip()] += missed or 1
    return left


def named():
    """The same as uncovered.md has it, and its reasons."""
    found, file = Counter(), None
    for line in NAMED.read_text().splitlines():
        if head := re.fullmatch(r"## `(.+)`", line):
            file = head[1]
        elif entry := re.fullmatch(r"- `(\w+)`, (\d+): `(.+)`: (.+)", line):
            found[file, entry[1], entry[3]] += int(entry[2])
        else:
            assert not line.startswith("- `"), f"{NAMED.name}: {line}"
    return found


def not_named():
    """Lines for uncovered.md, the reason to be found: of what is left, and of what is named and is not in the code."""
    known = named()
    for (file, function, text), missed in sorted(left_of_core().items()):
        if missed > known[file, function, text]:
            yield f"{file}: - `{function}`, {missed}: `{text}`: "
    for file, function, text in known:
        lines = (ROOT / file).read_text().split("\n")
        if not any(line.strip() == text and function_at(lines, number) == function for number, line in enumerate(lines, 1)):
            yield f"{file}: `{function}` has no line `{text}`"


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
    print(f"\nWhat is left of the core, and not named in {NAMED.name}: function, branches not taken, line", *not_named(), sep="\n")


def main(words):
    if words != ["--report"]:
        build_anew()
        run_suites(words or SUITES)
    show(measure())


if __name__ == "__main__":
    main(sys.argv[1:])
