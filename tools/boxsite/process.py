"""One server process: started in the foreground in a session of its own, known again by its pid file."""

import ctypes
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .waiting import came_true

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)  # loaded here: the child between fork and exec must not import
# The kernel ties a child to the thread that made it. This one lives as long as the program, so that
# a test may start a server from any thread.
STARTER = ThreadPoolExecutor(max_workers=1)


class StartError(Exception):
    """A server did not start, or does not end; the text says why, and ends with its log's tail where it tells."""


def stat_of(pid):
    """(state, parent, session, start time) of a process, or None."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], int(fields[1]), int(fields[3]), int(fields[19])


def find_pids(matches):
    """Living processes whose stat_of() satisfies matches()."""
    stats = ((int(name), stat_of(name)) for name in os.listdir("/proc") if name.isdigit())
    return sorted(pid for pid, stat in stats if stat and stat[0] not in "ZX" and matches(stat))


class Process:
    """Subclasses give name and command(), and say in ready() when the server serves."""

    name = ""
    start_seconds = 30
    stop_seconds = 20
    death_signal = signal.SIGKILL

    def __init__(self, run_dir, tied):
        """tied: ends with the program that started it (tests); otherwise it outlives it (`dev up`)."""
        self.run_dir = run_dir
        self.tied = tied
        self.log_file = run_dir / "log" / f"{self.name}.log"
        self.pid_file = run_dir / "pid" / self.name
        self._child = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        # A known one: no setting of the caller's shell leaks in. Sanitizers and malloc checks may be steered.
        kept = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS") or k.startswith("MALLOC_")}
        return {"PATH": os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8",
                "HOME": os.environ.get("HOME", "/"), "MONGOC_DISABLE_SHM": "1", **kept}

    def ready(self):
        return True

    def _recorded(self):
        """(pid, start time) of the pid file; a pid alone may be another process by now."""
        try:
            pid, start_time = self.pid_file.read_text().split()
            return int(pid), int(start_time)
        except (OSError, ValueError):
            return None

    @property
    def pid(self):
        """The living process's pid, or None."""
        if self._child and self._child.poll() is not None:
            self._child = None
        recorded = self._recorded()
        stat = stat_of(recorded[0]) if recorded else None
        return recorded[0] if stat and stat[0] not in "ZX" and stat[3] == recorded[1] else None

    def alive(self):
        return self.pid is not None

    def start(self):
        """Starts and waits until ready(); does nothing where it runs."""
        if self.alive():
            return self
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        command = [str(word) for word in self.command()]
        with open(self.log_file, "ab") as log:
            try:
                self._child = STARTER.submit(
                    subprocess.Popen, command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    cwd=self.run_dir, env=self.environment(), start_new_session=True,
                    preexec_fn=self._die_with_program if self.tied else None).result()
            except OSError as error:
                raise StartError(f"{self.name}: cannot run {command[0]}: {error.strerror}") from error
        self.pid_file.write_text(f"{self._child.pid} {stat_of(self._child.pid)[3]}\n")
        if not came_true(lambda: not self.alive() or self.ready(), self.start_seconds) or not self.alive():
            reason = "is not ready after %d s" % self.start_seconds if self.alive() else "ended at its start"
            self.kill()
            raise StartError(f"{self.name} {reason}; the end of {self.log_file}:\n{self.log_tail()}")
        return self

    def _die_with_program(self):
        LIBC.prctl(PR_SET_PDEATHSIG, self.death_signal)

    def stop(self):
        """Asks it to end, and makes it end when it does not in time. Repeatable."""
        pid = self.pid
        if pid:
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGCONT)  # a paused one must be able to obey
            came_true(lambda: not self.alive(), self.stop_seconds)  # else the next line ends it
        self.kill()

    def kill(self):
        """SIGKILL to it and to all that it started. Repeatable."""
        recorded = self._recorded()
        if not recorded:
            return
        stat = stat_of(recorded[0])
        if stat is None or stat[3] == recorded[1]:
            # No new process gets this pid while its session has members: whoever is in it is ours.
            if not came_true(lambda: not self._kill_session(recorded[0]), 30):
                raise StartError(f"{self.name} does not end")
        if self._child:
            self._child.wait(timeout=10)
        self.pid_file.unlink(missing_ok=True)

    @staticmethod
    def _kill_session(session):
        members = find_pids(lambda stat: stat[2] == session)
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return members

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)
        if not came_true(lambda: stat_of(self.pid)[0] == "T", 30):
            raise StartError(f"{self.name} does not pause")

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def restart(self):
        self.stop()
        return self.start()

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_tail(self, lines=25, width=300):
        return "\n".join(line[:width] for line in self.log().splitlines()[-lines:]) or "(empty)"
