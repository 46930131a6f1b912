"""A part of the machine for some servers alone: what is made in it goes with the processes in it, however they end."""

import os
import subprocess

from boxsite import StartError
from boxsite.process import Process


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartError(f"{' '.join(map(str, words))}: {done.stderr.strip()}\n(it takes root, and a kernel that has it)")
    return done.stdout


class Namespace(Process):
    """Somebody who sits in it, so that it stays. kind: ("net", "net") or ("mount", "mnt"), as unshare and /proc call it."""

    def __init__(self, run_dir, name, kind):
        self.name = name
        self.option, self.file = kind
        super().__init__(run_dir, tied=True)

    def command(self):
        return ["unshare", f"--{self.option}", "sleep", "infinity"]

    def ready(self):
        return os.readlink(f"/proc/{self.pid}/ns/{self.file}") != os.readlink(f"/proc/self/ns/{self.file}")

    @property
    def enter(self):
        """Words that put a command there."""
        return ["nsenter", f"--{self.option}=/proc/{self.pid}/ns/{self.file}"]

    def run(self, *words):
        run(*self.enter, *words)
