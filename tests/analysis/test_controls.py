"""Negative controls: each of these tools names the bug that it is there for, put into a copy of the tree."""

import os
import subprocess

import pytest
from analysis import test_analyzers, test_valgrind
from boxsite import Site
from lib.builds import PROGRAMS, ROOT
from lib.client import Client
from lib.spoilt import run
from lib.temporary import temporary_site
from lib.valgrind import under_valgrind

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

OVERRUN = "src/boxoffice/id.c", "out[length] = '\\0';", "out[length + 1] = '\\0';"
LOST_FREE = "src/store/redis.c", "if (redis->context) redisFree(redis->context);", ""
# file, what stands there, the bug; what gcc calls it, and clang
ANALYZED = {
    "NULL dereference": ("src/util/arena.c", "  if (arena == NULL)\n    return NULL;\n  arena->newest = block_new",
                         "  if (arena == NULL)\n    arena->newest = NULL;\n  arena->newest = block_new",
                         "analyzer-null-dereference", "core.NullDereference"),
    "use of freed memory": ("src/http/fcgi_io.c", "  free(fcgi);\n}", "  free(fcgi);\n  fcgi->in_hand = false;\n}",
                            "analyzer-use-after-free", "unix.Malloc"),
}


@pytest.fixture(scope="module")
def overrun(copy):
    """A build with both sanitizers and the bug."""
    with copy.altered(*OVERRUN) as tree:
        folder = tree / "build-sanitizers"
        folder.mkdir()
        run("../configure", "--with-sanitizers=address,undefined", "CFLAGS=-O1 -g", cwd=folder)
        run("make", "-j2", *PROGRAMS, "tests/fuzz/request", cwd=folder)
        yield folder


def test_an_overrun_in_a_worker(overrun, tmp_path, monkeypatch):
    monkeypatch.setenv("BUILD_DIR", str(overrun))
    monkeypatch.setenv("ASAN_OPTIONS", f"log_path={tmp_path}/asan")
    with temporary_site(Site, workers=1) as site:
        Client(site).booking("0" * 24, "ann")
    said = "".join(report.read_text() for report in tmp_path.glob("asan.*"))
    assert "stack-buffer-overflow" in said and "bo_id_parse" in said, said


def test_an_overrun_that_the_corpus_meets(overrun):
    done = subprocess.run([overrun / "tests/fuzz/request"], env={**os.environ, "FUZZ_CORPUS": str(ROOT / "tests/fuzz/corpus")},
                          capture_output=True, text=True, check=False)
    assert done.returncode and "stack-buffer-overflow" in done.stderr and "bo_id_parse" in done.stderr, done.stderr[-3000:]


def test_a_lost_free(copy, monkeypatch):
    with copy.spoilt(*LOST_FREE) as build:
        monkeypatch.setenv("BUILD_DIR", str(build))
        with under_valgrind("workers", test_valgrind.OPTIONS) as site, pytest.raises(AssertionError, match="definitely lost"):
            test_valgrind.test_no_error_and_no_leak(site)


@pytest.mark.parametrize("name", ANALYZED)
def test_what_the_analyzers_see(copy, name):
    *bug, gcc, clang = ANALYZED[name]
    with copy.altered(*bug) as tree:
        done = subprocess.run(["gcc", *test_analyzers.ANALYZE, "-Werror", *test_analyzers.compiler_flags(), "-c", "-o", os.devnull,
                               bug[0]], cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode and gcc in done.stderr, done.stderr
        assert clang in test_analyzers.tidy(bug[0], tree)
