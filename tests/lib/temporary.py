"""A box office for the length of a test, a module or a session."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary_site(kind, **options):
    # Short, since socket paths are limited to 107 bytes: pytest's own tmp_path may be longer.
    run_dir = Path(tempfile.mkdtemp(prefix="bo-", dir="/tmp"))
    try:
        with kind(run_dir, **options) as site:
            yield site
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
