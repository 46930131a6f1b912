"""Builds beside the usual one, each in a folder of its own that git ignores: build-NAME."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD_DIR", ROOT / "build")).resolve()
UNIT_TESTS = " ".join(f"tests/unit/test_{path.name}" for path in sorted((ROOT / "tests/unit").iterdir()) if path.is_dir())
PROGRAMS = ("boxoffice-fcgi", "boxoffice-feed", "boxoffice-seed")


def run(log, *command, cwd):
    with open(log, "a", encoding="utf-8") as out:
        done = subprocess.run(["nice", *command], cwd=cwd, stdout=out, stderr=out, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"{command[0]} failed: {log}\n{Path(log).read_text()[-3000:]}"


def build(name, *options, targets=PROGRAMS, variables=()):
    """Configures build-NAME with the options, where that was not done, and makes the targets; returns its path. What was
    said is in build-NAME/build.log."""
    folder = ROOT / f"build-{name}"
    folder.mkdir(exist_ok=True)
    log = folder / "build.log"
    log.unlink(missing_ok=True)
    if not (ROOT / "configure").exists():
        run(log, "autoreconf", "--install", cwd=ROOT)
    if not (folder / "config.status").exists():
        run(log, "../configure", *options, cwd=folder)
    run(log, "make", "-k", "-j2", *variables, *targets, cwd=folder)
    return folder
