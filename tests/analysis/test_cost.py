"""What a worker spends on watching itself: its own instructions for a hold, counted by callgrind. `-s` shows the table."""

import re
import subprocess

import pytest
from lib.client import Client, new_user
from lib.shows import Records
from lib.valgrind import under_valgrind

HOLDS = 400
CALLGRIND = "--quiet --tool=callgrind --toggle-collect=bo_worker_run --callgrind-out-file={run_dir}/callgrind.%p"
COUNTING = ("bo_metrics_request", "bo_metrics_redis", "bo_metrics_add")
# Of times and traces: waits are measured for the metrics anyway.
TELLING = ("bo_waits_add", "bo_waits_take", "bo_trace_parse")


@pytest.fixture(scope="module")
def spent():
    """{function: instructions in it and below}, and in all, of many holds and next to nothing else."""
    with under_valgrind("workers", CALLGRIND, env={"BOXOFFICE_BOARD_SECONDS": "3600"}) as site:
        client, records = Client(site), Records(site)
        show = records.show(seats=HOLDS)
        for number in range(HOLDS):
            client.must_hold(show, f"S{number + 1}", new_user())
        records.close()
        site.workers.stop()
        [file] = [path for path in site.run_dir.glob("callgrind.*") if path.stat().st_size > 10000]
        done = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--auto=no", file], capture_output=True,
                              text=True, check=True)
    found = {}
    for number, function in re.findall(r"^ *([\d,]+) \([ \d.]+%\)  \S*?:(\w+)", done.stdout, re.M):
        found[function] = max(found.get(function, 0), int(number.replace(",", "")))
    found["all"] = found["bo_worker_run"]
    assert found["bo_hold"] > found["all"] / 10, "other work than holds was measured"
    return found


def share(spent, functions):
    for function in functions:
        print(f"{function:20} {spent[function] / HOLDS:9.0f} instructions a hold of {spent['all'] / HOLDS:.0f}")
    return sum(spent[function] for function in functions) / spent["all"]


def test_counting_costs_a_hold_less_than_a_hundredth(spent):
    assert 0 < share(spent, COUNTING) < 0.01


def test_so_does_telling_where_the_time_went(spent):
    assert 0 < share(spent, TELLING) < 0.01
