"""What the suites run of the code does not shrink below what was promised, and what of the core they do not is named."""

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("coverage_of_tests", Path(__file__).with_name("coverage.py"))
coverage = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(coverage)
LEAST = 90  # per cent


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_lines_overall_and_branches_of_the_core():
    coverage.build_anew()
    coverage.run_suites(coverage.SUITES)
    files = coverage.measure()
    if list(coverage.not_named()):
        coverage.run_suites(coverage.BY_CHANCE, seed="2")
        files = coverage.measure()
    coverage.show(files)
    folders = coverage.by_folder(files)
    lines, all_lines, _, _ = folders["all"]
    assert coverage.percent(lines, all_lines) >= LEAST
    for core in coverage.CORE:
        _, _, branches, all_branches = folders[core]
        assert coverage.percent(branches, all_branches) >= LEAST, core
    assert not list(coverage.not_named()), "left, and without a reason in uncovered.md (printed above)"
