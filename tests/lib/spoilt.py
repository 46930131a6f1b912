"""A copy of the tree and its build, for negative controls: with a bug put back there, a test must fail."""

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".dev", "build-[!a]*", "build-analyzer", "__pycache__", "corpus")

# MongoDB is not waited for: neither a majority nor the journal.
AT_ONCE = ("src/store/mongo.c", """BSON_APPEND_UTF8(&child, "w", "majority") &&
         BSON_APPEND_BOOL(&child, "j", true)""", """BSON_APPEND_INT32(&child, "w", 1) && BSON_APPEND_BOOL(&child, "j", false)""")


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr


class Copy:
    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="bo-control-", dir="/tmp"))
        shutil.copytree(ROOT, self.folder / "tree", symlinks=True, ignore=LEFT_OUT)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def altered(self, name, good, bad):
        """The tree with `bad` in the place of `good` in one file, which has it once."""
        source = self.folder / "tree" / name
        text = source.read_text()
        assert text.count(good) == 1, f"{name} has changed: the control needs another bug"
        source.write_text(text.replace(good, bad))
        try:
            yield self.folder / "tree"
        finally:
            source.write_text(text)

    @contextmanager
    def spoilt(self, name, good, bad):
        """The same, built."""
        with self.altered(name, good, bad) as tree:
            run("make", "-C", tree / "build", "boxoffice-fcgi", "CFLAGS=-O1 -Wno-error")
            yield tree / "build"
