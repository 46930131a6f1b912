"""cppcheck has nothing to say of our C. What it says by mistake is suppressed where it stands, with the reason."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("src", "feed", "seed", "tests/unit", "tests/fuzz", "tests/torture", "tests/bench")


@pytest.mark.parametrize("part", PARTS)
def test_cppcheck_is_content(part):
    done = subprocess.run(
        ["cppcheck", "--quiet", "--enable=warning,style,performance,portability", "--inline-suppr", "--std=c11",
         "-D_GNU_SOURCE", "-I", "src", "-I", ".", "--max-configs=2", "--error-exitcode=1",
         "--suppress=missingIncludeSystem", part],
        cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
