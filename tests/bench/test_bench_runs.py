"""The benchmark runs, a second a row: every row measures something, and nothing goes wrong. No bar is asserted here but one:
that of the page's first paint."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench import __main__ as bench
from bench import plot, stats

ROOT = Path(__file__).resolve().parents[2]
TESTS_PYTHON = {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'tools'}", "PYTHONDONTWRITEBYTECODE": "1"}
LIMIT_SECONDS = 600


def run(*words):
    return subprocess.run([ROOT / "dev", "bench", *map(str, words)], capture_output=True, text=True, check=False,
                          timeout=LIMIT_SECONDS)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """(process, figures) of one quick run."""
    file = tmp_path_factory.mktemp("bench") / "figures.json"
    done = run("--quick", "--json", file)
    return done, json.loads(file.read_text()) if file.exists() else None


@pytest.mark.timeout(LIMIT_SECONDS)
def test_a_quick_run_fails_nothing(quick):
    done, _ = quick
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_row_has_its_figures(quick):
    done, figures = quick
    assert figures, done.stdout + done.stderr
    rows = {row["name"]: row for row in figures["rows"]}
    assert list(rows) == [row.name for row in bench.ROWS]
    for name, row in rows.items():
        assert row["median"] > 0 and row["floor_median"] > 0 and row["ratio"] > 0, name
        assert 0 < row["p50_ms"] <= row["p99_ms"] <= row["p99_9_ms"], name
        assert row["errors"] == {}, name
        assert f"\n{name} " in done.stdout


def test_every_check_says_what_it_found(quick):
    done, figures = quick
    assert len(figures["checks"]) >= len(bench.CHECKS)
    for check in figures["checks"]:
        assert check["found"] and check["errors"] == {}, check
        assert check["name"] in done.stdout


def test_the_plot_is_drawn_from_these_figures(quick, tmp_path):
    _, figures = quick
    drawn = plot.svg(figures)
    assert drawn.startswith("<svg") and drawn.count("<polyline") == 6


def test_a_large_hall_is_drawn_within_a_second():
    """The median of five visits. This suite runs alone, but neighbours may load the machine: one of three medians."""
    runs = []
    while len(runs) < 3 and not (runs and runs[-1].returncode == 0):
        runs.append(run("--row", "first_paint"))
        print(runs[-1].stdout + runs[-1].stderr)
    assert runs[-1].returncode == 0
    assert "2,900 seats is drawn" in runs[-1].stdout


def test_an_unknown_row_is_refused():
    done = run("--row", "no such row")
    assert done.returncode == 2 and "no such row" in done.stderr


def test_plot_needs_figures():
    done = subprocess.run([sys.executable, "-m", "bench.plot"], capture_output=True, text=True, check=False,
                          env=TESTS_PYTHON)
    assert done.returncode == 2


@pytest.mark.parametrize("values, interval", [
    (range(1, 16), (4, 12)),  # tables of the sign test: n = 15, 96.5 %
    (range(1, 7), (1, 6)),  # n = 6, 96.9 %
    (range(1, 6), None),  # five values never reach 95 %
    ([1], None)])
def test_interval_of_a_median(values, interval):
    assert stats.median_interval(list(values)) == interval


@pytest.mark.parametrize("low, high, bar, verdict", [
    (0.50, 0.55, 0.60, "FAIL"), (0.55, 0.65, 0.60, "unclear"), (0.60, 0.65, 0.60, "ok"), (0.5, 0.9, None, "-")])
def test_a_row_fails_only_where_its_interval_lies_wholly_below(low, high, bar, verdict):
    ratios = [low] * 4 + [(low + high) / 2] * 7 + [high] * 4
    assert stats.verdict(ratios, bar) == verdict


def test_a_limit_fails_only_where_the_interval_lies_wholly_above():
    assert stats.verdict([1.06] * 15, 1.05, at_most=True) == "FAIL"
    assert stats.verdict([1.0] * 8 + [1.06] * 7, 1.05, at_most=True) == "unclear"
    assert stats.verdict([1.05] * 15, 1.05, at_most=True) == "ok"


def test_percentiles_are_of_the_nearest_rank():
    latency = stats.Counter({1000: 98, 5000: 1, 9000: 1})
    assert [stats.percentile(latency, percent) for percent in (50, 98, 99, 99.9)] == [1, 1, 5, 9]
    assert stats.percentile(stats.Counter(), 50) is None
