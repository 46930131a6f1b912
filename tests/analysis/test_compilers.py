"""Warnings are errors there: that it builds is the proof. gcc's two are elsewhere: `./dev build` optimises, and distcheck
(tests/lint/test_install.py) does not."""

import pytest
from lib.builds import build


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_clang(level):
    build(f"clang{level}", "CC=clang-19", "--enable-werror", f"CFLAGS={level}")
