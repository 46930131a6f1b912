"""Shell of the tree: shellcheck has nothing to say."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [ROOT / "dev", ROOT / ".ci/run", *sorted(ROOT.glob("tools/*.sh"))]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_is_content(script):
    done = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_run(script):
    assert script.stat().st_mode & 0o111


def test_an_unknown_command_is_refused_with_the_usage():
    done = subprocess.run([ROOT / "dev", "frobnicate"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "frobnicate" in done.stderr and "usage:" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_names_every_command(word):
    done = subprocess.run([ROOT / "dev", word], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for command in ("up", "down", "status", "logs", "env", "seed", "build", "test"):
        assert f"  {command}" in done.stdout
