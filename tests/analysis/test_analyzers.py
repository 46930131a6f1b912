"""Analyzers of both compilers have nothing to say. (cppcheck is quick, and among the lint.)"""

import os
import shlex
import subprocess

import pytest
from lib.builds import ROOT, build

SOURCES = sorted(str(path.relative_to(ROOT)) for folder in ("src", "feed", "seed") for path in ROOT.glob(f"{folder}/**/*.c"))

ANALYZE = ("-O2", "-g", "-fanalyzer")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_gcc_analyzer():
    """Warnings are errors there: that it builds is the proof."""
    build("analyzer", "--enable-werror", f"CFLAGS={' '.join(ANALYZE)}")


def compiler_flags():
    libraries = subprocess.run(["pkg-config", "--cflags", "libmongoc-1.0", "libbson-1.0", "json-c", "hiredis", "libcurl"],
                               capture_output=True, text=True, check=True).stdout
    return ["-std=gnu11", "-D_GNU_SOURCE=", "-Isrc", "-I.", '-DPACKAGE_VERSION="x"', *shlex.split(libraries)]


def tidy(source, root=ROOT):
    """What clang-tidy says; nothing, if it is content. .clang-tidy says which checks, clang's static analyzer among them."""
    done = subprocess.run(["nice", "clang-tidy-19", "--quiet", source, "--", *compiler_flags()], cwd=root, capture_output=True,
                          text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.stdout if done.returncode or "warning:" in done.stdout else ""


@pytest.mark.long
@pytest.mark.parametrize("source", SOURCES)
def test_clang_tidy(source):
    said = tidy(source)
    assert not said, said
