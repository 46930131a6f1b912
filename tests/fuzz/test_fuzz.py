"""Ten minutes of libFuzzer for each target, all at once; `make check` replays what was found before. FUZZ_SECONDS: another
time."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("fuzz_run", Path(__file__).with_name("run.py"))
fuzz_run = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fuzz_run)
SECONDS = int(os.environ.get("FUZZ_SECONDS", "600"))


@pytest.fixture(scope="session")
def results():
    """All at once, on what the other suites leave of the processors."""
    fuzz_run.build()
    with fuzz_run.ThreadPoolExecutor(len(fuzz_run.TARGETS)) as pool:
        yield dict(zip(fuzz_run.TARGETS, pool.map(lambda name: fuzz_run.fuzz(name, SECONDS), fuzz_run.TARGETS)))


def test_make_check_replays_every_corpus():
    makefile = (fuzz_run.ROOT / "Makefile.am").read_text()
    assert set(re.findall(r"^\ttests/fuzz/(\w+)(?: \\)?$", makefile, re.M)) == set(fuzz_run.TARGETS)
    for name in fuzz_run.TARGETS:
        assert len(list((fuzz_run.HERE / "corpus" / name).iterdir())) >= 24, name
        assert (fuzz_run.HERE / f"fuzz_{name}.c").exists()


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 900)
@pytest.mark.parametrize("name", fuzz_run.TARGETS)
def test_nothing_is_found(results, name):
    well, line = results[name]
    print(line)
    assert well, line
