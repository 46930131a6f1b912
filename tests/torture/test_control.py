"""Negative controls: with a check of ours taken out, the sweep must fail, and say why."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from boxsite import Site
from lib.shows import Records
from lib.sweep import REQUESTS, sweep
from lib.torture import Failing

ROOT = Path(__file__).resolve().parents[2]
# file, what stands there, what stands there with the bug; a request, a kind of call; what the sweep says
BUGS = {
    "no look at malloc": ("src/store/redis.c", "if (!argv || !lengths)", "if (false)",
                          "summary", "memory", "signal 11 < boxoffice-fcgi"),
    "lost on failure": ("src/store/redis.c", "  free(lengths);", "  if (reply) free(lengths);",
                        "summary", "memory", "memory is lost"),
    "text with a hole": ("src/http/response.c", "text == NULL || errno == ENOMEM", "text == NULL",
                         "hold", "memory", "delimiter"),
    "no look at a reply": ("src/store/redis.c", "if (reply) return accept_reply(redis, reply, problem);",
                           "return accept_reply(redis, reply, problem);",
                           "summary", "stores", "signal 11 < boxoffice-fcgi"),
}


@pytest.fixture(scope="module")
def copy():
    """A copy of the tree and its build, to be spoilt."""
    folder = Path(tempfile.mkdtemp(prefix="bo-control-", dir="/tmp"))
    try:
        shutil.copytree(ROOT, folder / "tree", symlinks=True,
                        ignore=shutil.ignore_patterns(".git", ".dev", "build-[!a]*", "build-analyzer", "__pycache__", "corpus"))
        yield folder / "tree"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def spoilt(copy, request):
    name, good, bad = request.param
    source = copy / name
    text = source.read_text()
    assert text.count(good) == 1, f"{name} has changed: the control needs another bug"
    source.write_text(text.replace(good, bad))
    try:
        subprocess.run(["make", "-C", copy / "build", "boxoffice-fcgi", "CFLAGS=-O1 -Wno-error"], check=True,
                       capture_output=True)
        yield copy / "build"
    finally:
        source.write_text(text)


@pytest.mark.parametrize("spoilt, name, kind, says", [(bug[:3], *bug[3:]) for bug in BUGS.values()], ids=list(BUGS),
                         indirect=["spoilt"])
def test_a_bug_is_caught(spoilt, name, kind, says, monkeypatch):
    monkeypatch.setenv("BUILD_DIR", str(spoilt))
    run_dir = Path(tempfile.mkdtemp(prefix="bo-control-", dir="/tmp"))
    try:
        with Site(run_dir, workers=1, env={"BOXOFFICE_BOARD_SECONDS": "3600"}) as site:
            failing, records = Failing(site), Records(site)
            with pytest.raises(AssertionError, match=says):
                sweep(REQUESTS[name](failing, records), kind, range(1, 150))
            failing.close()
            records.close()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
