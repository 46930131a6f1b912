"""A box office, one of whose servers runs under valgrind."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from boxsite import Site


@contextmanager
def under_valgrind(name, options, **settings):
    """`options` may name {run_dir}. One worker."""
    run_dir = Path(tempfile.mkdtemp(prefix="bo-valgrind-", dir="/tmp"))
    try:
        site = Site(run_dir, workers=1, **settings)
        wrapper = run_dir / "under-valgrind"
        server = site.server(name)
        wrapper.write_text(f"#!/bin/sh\nexec valgrind {options.format(run_dir=run_dir)} {server.program}\n")
        wrapper.chmod(0o755)
        server.program = wrapper
        with site:
            yield site
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
