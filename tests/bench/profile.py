"""`--profile DIR`: where the time goes while a row runs. A slice of its own, since looking costs time."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from . import wrk
from .cpu import pids_of

SECONDS = 2


class Profile:
    """Keeps of each row: perf's data, folded stacks (flame-graph input), a worker's system calls, Redis's counts."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tools = {}
        for name, package in (("perf", "linux-perf"), ("strace", "strace")):
            self.tools[name] = shutil.which(name)
            if not self.tools[name]:
                print(f"profile: {name} is not installed (Debian: {package}), so nothing of it is kept")

    def row(self, row, floor_slice):
        """After the row's own slices; before() is called again for each."""
        name = "".join(letter if letter.isalnum() else "-" for letter in row.name)
        site, redis = row.house.site, row.house.redis
        redis.config_resetstat()
        if self.tools["perf"]:
            data = self.folder / f"{name}.perf.data"
            pids = [pid for server in site.servers for pid in pids_of(server)]
            self._beside(row, floor_slice, ["perf", "record", "-q", "-F", "999", "-g", "-o", data,
                                            "-p", ",".join(map(str, pids))])
            self._fold(data, self.folder / f"{name}.folded")
        (self.folder / f"{name}.commandstats.json").write_text(json.dumps(redis.info("commandstats"), indent=1))
        if self.tools["strace"]:
            self._beside(row, floor_slice, ["strace", "-c", "-f", "-o", self.folder / f"{name}.strace.txt", "-p",
                               str(site.workers.pids()[0])])

    @staticmethod
    def _beside(row, floor_slice, command):
        """Runs the tool while the row does."""
        row.before(SECONDS, floor_slice)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as tool:
            try:
                wrk.run(row.traffic(), SECONDS)
            finally:
                tool.send_signal(2)  # both write what they have at SIGINT

    @staticmethod
    def _fold(data, folded):
        """perf's stacks, one a line: program;outer;...;inner count."""
        done = subprocess.run(["perf", "script", "-i", data, "-F", "comm,ip,sym"], capture_output=True, text=True,
                              check=False, timeout=300)
        stacks = Counter()
        for block in done.stdout.split("\n\n"):
            program, *frames = block.strip().split("\n")
            names = [frame.split(None, 1)[1] for frame in reversed(frames) if len(frame.split(None, 1)) == 2]
            if names:
                stacks[";".join([program.strip(), *names])] += 1
        folded.write_text("".join(f"{stack} {count}\n" for stack, count in stacks.most_common()))
