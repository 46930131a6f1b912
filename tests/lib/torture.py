"""A worker whose calls fail: tests/torture/failing.c, and what must hold whatever fails."""

import mmap
import os
import struct
import subprocess
from dataclasses import dataclass

from boxsite import StartError

from .one_worker import OneWorker
from .problems import assert_problem
from .waiting import wait_until

LIBRARY = "tests/torture/failing.so"
KINDS = {"memory": 1, "stores": 2, "street": 3}
# struct control of failing.c
LAYOUT = struct.Struct("=iiqiiqq512s256s")
ORDER = struct.Struct("=iiqiiq")  # its beginning: what is to fail
KIND_OFFSET, TEXTS_OFFSET = 4, LAYOUT.size - 512 - 256
# Libraries that end the process by themselves where memory is out, and those that fall over then: hiredis 0.14 reads on in
# a reply that it had no memory for, json-c 0.16 takes a key that it could not copy.
MAY_ABORT, MAY_FALL = ("libmongoc", "libbson", "libfcgi", "libhiredis"), ("libhiredis", "libjson-c")
# So many allocations some lose where one of their own fails: hiredis a command, json-c a member's value (a list of two).
MAY_LOSE = {"libhiredis": 1, "libjson-c": 5}


@dataclass
class State:
    pid: int
    kind: int
    nth: int
    for_ever: int
    fired: int
    counted: int
    live: int
    where: str  # the call that failed first
    ended: str  # how the process ended itself


class Failing(OneWorker):
    """With the library preloaded."""

    def __init__(self, site, **env):
        super().__init__(site)
        built = subprocess.run(["make", "-C", site.build_dir, LIBRARY], capture_output=True, text=True, check=False)
        if built.returncode:
            raise StartError(f"{LIBRARY}: {built.stderr}")
        path = site.run_dir / "torture"
        path.write_bytes(bytes(LAYOUT.size))
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), LAYOUT.size)
        site.workers.restart(env={"LD_PRELOAD": str(site.build_dir / LIBRARY), "TORTURE_CONTROL": str(path),
                                  **{name: str(value) for name, value in env.items()}})

    def close(self):
        self.map.close()
        self.file.close()

    def read(self):
        *numbers, where, ended = LAYOUT.unpack(self.map[:])
        return State(*numbers, where.split(b"\0")[0].decode(), ended.split(b"\0")[0].decode())

    def arm(self, kind, nth, for_ever=False):
        self.map[:ORDER.size] = ORDER.pack(self.pid, 0, nth, for_ever, 0, 0)
        self.map[TEXTS_OFFSET:] = bytes(LAYOUT.size - TEXTS_OFFSET)
        self.map[KIND_OFFSET:KIND_OFFSET + 4] = struct.pack("=i", KINDS[kind])

    def disarm(self):
        """Nothing fails any more; what was until now."""
        self.map[KIND_OFFSET:KIND_OFFSET + 4] = struct.pack("=i", 0)
        return self.read()

    def steady(self):
        """(pid, allocations not freed, open files) of the worker when it waits for a request."""
        pid = self.idle()
        return pid, self.read().live, len(os.listdir(f"/proc/{pid}/fd"))


def library_of(chain):
    """Who made a call, or ended the process: "libhiredis.so..." or "boxoffice-fcgi"; the C library acts for others."""
    return next(caller for caller in chain.split(" < ")[1:] if not caller.startswith("libc."))


def is_loss(state, grown):
    """Is it more than the library that had no memory is known to lose?"""
    by = library_of(state.where)
    return grown > max((count for name, count in MAY_LOSE.items() if by.startswith(name)), default=0)


def assert_ended_well(pid, failing, state):
    """The process that failed is still there, or ended as a library does that has no memory; then another has come."""
    if not state.ended:
        assert failing.pid == pid, f"the worker is gone and has not said why; what failed: {state.where}"
        return
    may = MAY_FALL if state.ended.startswith("signal") else MAY_ABORT
    assert library_of(state.ended).startswith(may), \
        f"the worker ended itself: {state.ended}\nwhat failed: {state.where}"
    wait_until(lambda: pid not in failing.site.workers.pids() and failing.site.workers.pids(), 10, "another worker")


def assert_acceptable(answer, state, statuses):
    """No answer only where the way to the client failed, or the worker ended; else it is correct or an honest 5xx."""
    of_the_way = "libfcgi" in state.where
    if answer is None:
        assert state.ended or of_the_way, "no answer"
    elif answer.status_code in statuses:
        answer.json()
    elif of_the_way and answer.status_code in (400, 404):
        # What did not arrive whole, or not at all; and there is nobody left to read this.
        assert_problem(answer, {400, 404}, {"malformed", "not_found"})
    else:
        assert_problem(answer, {500, 503}, None)
