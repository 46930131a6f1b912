"""Requests made up by Schemathesis from doc/openapi.yaml: no answer that the document does not promise, no 5xx, no worker
lost. SCHEMATHESIS_SECONDS makes it longer."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINNED = Path(__file__).with_name("schemathesis.txt")
TOOLS = ROOT / ".dev" / "schemathesis"
SECONDS = int(os.environ.get("SCHEMATHESIS_SECONDS", "240"))


@pytest.fixture(scope="session")
def schemathesis():
    """Downloaded once, into the ignored folder .dev."""
    done = TOOLS / "done"
    if not done.exists() or done.read_text() != PINNED.read_text():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                        "--require-hashes", "--only-binary=:all:", "--upgrade", "--target", TOOLS, "-r", PINNED], check=True)
        done.write_text(PINNED.read_text())
    return [sys.executable, "-P", str(TOOLS / "bin" / "st")], {**os.environ, "PYTHONPATH": str(TOOLS)}


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 300)
def test_the_document_is_kept(site, records, schemathesis, tmp_path):
    command, environment = schemathesis
    seed = str(random.randrange(2**32))
    pids = site.workers.pids()
    records.show()
    done = subprocess.run(
        [*command, "run", str(ROOT / "doc/openapi.yaml"), "--url", site.base_url, "--checks", "all",
         # A good order may be refused all the same: no such show, a seat taken.
         "--exclude-checks", "positive_data_acceptance", "--phases", "examples,coverage,fuzzing", "--seed", seed,
         "--exclude-path-regex", "/events/",  # a stream has no end
         "--max-time", str(SECONDS), "--continue-on-failure", "--no-color", "--warnings", "off"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"its seed: {seed}\n{done.stdout[-6000:]}{done.stderr[-2000:]}"
    assert site.workers.pids() == pids, f"a worker was replaced; its seed: {seed}"
