"""AddressSanitizer (with its search for leaks) and UndefinedBehaviorSanitizer over the suites that run servers, faults
included, and over the unit tests and the fuzz corpora. Of the faults the whole matrix of mongod's fail points, too, and a kill
before each system call: the worker that comes after is looked at, and what the others leave.

Left out: `torture`, whose library takes malloc's place as AddressSanitizer does; `bench` and `monitoring`, which measure the
usual build; `model` and `lint`, which run none of it.
"""

import os
import subprocess

import pytest
from lib.builds import ROOT, build

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def sanitized():
    return build("sanitizers", "--with-sanitizers=address,undefined", "CFLAGS=-O1 -g")


@pytest.fixture
def environment(sanitized, tmp_path):
    """Each report becomes a file, whatever becomes of the process."""
    yield {**os.environ, "BUILD_DIR": str(sanitized), "ASAN_OPTIONS": f"log_path={tmp_path}/asan:detect_leaks=1",
           "UBSAN_OPTIONS": f"log_path={tmp_path}/ubsan:print_stacktrace=1"}
    reports = [report.read_text(errors="replace") for report in sorted(tmp_path.glob("*san.*"))]
    bad = [text for text in reports if "ERROR:" in text or "runtime error:" in text]  # a warning alone is none
    assert not bad, "\n".join(text[:4000] for text in bad[:5])


def test_unit_tests_and_corpora(sanitized, environment):
    done = subprocess.run(["nice", "make", "-j2", "check"], cwd=sanitized, env=environment, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def run_tests(environment, *words):
    done = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-c", "tests/pytest.ini", "-p", "no:cacheprovider", *words],
                          cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.mark.parametrize("suite", ["board", "api", "feed", "race", "fault", "history", "page"])
def test_suite(suite, environment):
    run_tests(environment, f"tests/{suite}")


@pytest.mark.parametrize("file, test", [("test_mongo_fail_points.py", "test_every_other_cell"),
                                        ("test_killed_anywhere.py", "test_killed_at_every_call")])
def test_faults_in_full(file, test, environment):
    run_tests(environment, f"tests/fault/{file}", "-m", "", "-k", test)
