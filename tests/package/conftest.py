import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

pytest.register_assert_rewrite("lib")

from lib.builds import ROOT  # noqa: E402
from lib.package import Installed  # noqa: E402
from lib.debian import make_root  # noqa: E402


def make_package(folder, **env):
    """./dev package, but for the unit tests, which other suites run; the path of the package, and what was said."""
    done = subprocess.run([ROOT / "tools/package.sh", folder], capture_output=True, text=True, check=False,
                          env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck", **env})
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(next(line for line in done.stdout.splitlines() if re.search(r"/boxoffice_[^/]*\.deb$", line))), done.stdout


@pytest.fixture(scope="session")
def package():
    """The package, and what lintian said."""
    return make_package(ROOT / "build/package")


@pytest.fixture(scope="session")
def installed(package):
    """A booted Debian with the package as it comes."""
    run_dir = Path(tempfile.mkdtemp(prefix="bo-", dir="/tmp"))
    try:
        make_root(run_dir / "root", package[0])
        with Installed(run_dir, package[0]) as debian:
            yield debian
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
