"""Which server the processor worked for."""

import os
import resource
from collections import Counter
from pathlib import Path

from boxsite.process import find_pids

TICK = os.sysconf("SC_CLK_TCK")


class CpuMeter:
    """CPU seconds of each server since it was made, and of the programs that this one ran and awaited (the load)."""

    def __init__(self, site):
        self.site = site
        self.begin = self._now()

    def spent(self):
        now = self._now()
        now.subtract(self.begin)
        return now

    def _now(self):
        used = Counter({server.name: sum(map(_used, pids_of(server))) for server in self.site.servers})
        load = resource.getrusage(resource.RUSAGE_CHILDREN)
        used["load"] = load.ru_utime + load.ru_stime
        return used


def pids_of(server):
    """All processes of a server: each has a session of its own."""
    session = server.pid
    return find_pids(lambda stat: stat[2] == session) if session else []


def _used(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / TICK
