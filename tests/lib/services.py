"""A box office whose workers are services of a real systemd, with the units as they are shipped.

systemd is process 1 of a namespace of its own (processes, mounts, cgroups, host name): it sees this machine's programs, but
/run, /etc and /usr/local/bin are the test's. Stores and nginx are outside. It takes root. All that is in there ends with
process 1, and that ends with whoever started it.
"""

import os
import pwd
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from boxsite import Site, StartError
from boxsite.process import Process, find_pids
from boxsite.waiting import came_true, free_port

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
# What the units ask for of the rest of a system; here there is none.
TARGETS = ("basic", "sysinit", "shutdown", "umount", "sockets", "network-online", "multi-user")
CGROUPS = next(path for path in map(Path, ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")) if path.is_dir())

OUTSIDE = """
mkdir -p "$CGROUP"; echo $$ >"$CGROUP/cgroup.procs"
exec unshare --cgroup --pid --fork --kill-child --mount-proc sh -e -c "$INSIDE"
"""
INSIDE = """
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --bind "$DIR/bin" /usr/local/bin
mount --bind "$DIR/etc" /etc
mount -t tmpfs -o mode=0755 tmpfs /run
mount --make-rshared /
exec env -i PATH=/usr/sbin:/usr/bin container=test SYSTEMD_UNIT_PATH=/etc/systemd/system \\
    /lib/systemd/systemd --system --unit=basic.target --log-target=null --show-status=0
"""


class Services(Process):
    """systemd, in the place of the Workers of a Site. unit: boxoffice.socket, the listener that stays, and an instance a
    worker; or boxoffice.service, spawn-fcgi with multiwatch."""

    name = "workers"

    def __init__(self, run_dir, tied, program, unit, count, settings):
        super().__init__(run_dir, tied)
        self.program, self.unit, self.count, self.settings = program, unit, count, settings
        self.cgroup = CGROUPS / run_dir.name
        self.units = run_dir / "etc/systemd/system"
        self.installed = run_dir / "bin" / "boxoffice-fcgi"

    @property
    def instances(self):
        return [f"boxoffice@{number}.service" for number in range(1, self.count + 1)]

    def command(self):
        for folder in ("bin", "etc/boxoffice", "etc/systemd/system"):
            (self.run_dir / folder).mkdir(parents=True, exist_ok=True)
        self.install(self.program.read_bytes())
        self._write_etc()
        self._write_units()
        return ["unshare", "--mount", "--uts", "--ipc", "--propagation", "private", "sh", "-e", "-c", OUTSIDE]

    def environment(self):
        return {**super().environment(), "CGROUP": str(self.cgroup), "DIR": str(self.run_dir), "INSIDE": INSIDE}

    def install(self, program):
        """As make and dpkg do: a new file under the old name, while the old one runs."""
        fresh = self.installed.with_suffix(".new")
        fresh.write_bytes(program)
        fresh.chmod(0o755)
        fresh.rename(self.installed)

    def _write_etc(self):
        etc = self.run_dir / "etc"
        for name in ("passwd", "group", "nsswitch.conf", "hosts", "ld.so.cache"):
            shutil.copy(Path("/etc") / name, etc / name)
        try:
            pwd.getpwnam("boxoffice")
        except KeyError:
            subprocess.run(["systemd-sysusers", f"--root={self.run_dir}", SYSTEMD / "boxoffice.sysusers"], check=True)
        # The passwords' way, for both: so what the workers can reach says that credentials arrive.
        settings = self.settings()
        for name, setting in (("redis_url", "REDIS_URL"), ("mongo_uri", "MONGO_URI")):
            (etc / "boxoffice" / name).write_text(settings.pop(setting) + "\n")
            (etc / "boxoffice" / name).chmod(0o600)
        settings.pop("BOXOFFICE_METRICS_FILE")  # the unit's own
        settings["WORKERS"] = str(self.count)
        (etc / "boxoffice/boxoffice.env").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))

    def _write_units(self):
        for target in TARGETS:
            (self.units / f"{target}.target").write_text("[Unit]\nDefaultDependencies=no\n")
        for unit in ("boxoffice.service", "boxoffice.socket", "boxoffice@.service"):
            shutil.copy(SYSTEMD / unit, self.units / unit)
        for unit in ("boxoffice.service", "boxoffice@.service"):
            self.add_dropin(unit, "credentials", (SYSTEMD / "credentials.conf").read_text())
            # There is no journald here.
            self.add_dropin(unit, "log", "[Service]\nStandardOutput=append:/run/workers.log\nStandardError=append:/run/workers.log\n")

    def add_dropin(self, unit, name, text):
        """systemd learns of it at its start, or by daemon-reload."""
        folder = self.units / f"{unit}.d"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.conf").write_text(text)
        return folder / f"{name}.conf"

    @contextmanager
    def changed(self, unit, text):
        """While the block lasts; what runs already takes notice at its restart."""
        dropin = self.add_dropin(unit, "changed", text)
        try:
            self.systemctl("daemon-reload")
            yield
        finally:
            dropin.unlink()
            self.systemctl("daemon-reload")

    def ready(self):
        """systemd takes commands."""
        return self._init() is not None and self.ask("is-active", "basic.target").returncode == 0

    def start(self):
        super().start()
        run = self.run_dir / "run"
        run.unlink(missing_ok=True)
        run.symlink_to(f"/proc/{self._init()}/root/run")
        try:
            self.serve(self.unit)
        except StartError:
            self.kill()
            raise
        return self

    def serve(self, unit):
        """By these units from now on, and not by the others."""
        self.unit = unit
        self.systemctl("start", unit, *(self.instances if unit == "boxoffice.socket" else []))
        if not came_true(lambda: len(self.pids()) == self.count, 20):
            raise StartError(f"there are no {self.count} workers:\n{self.log_tail()}")

    def roll(self):
        """Restarts the instances one after the other, as README says."""
        for instance in self.instances:
            self.systemctl("restart", instance)

    def _init(self):
        """systemd's pid, as it is called out here."""
        return next(iter(find_pids(lambda stat: stat[1] == self.pid)), None) if self.alive() else None

    def ask(self, *words):
        enter = ["nsenter", f"--target={self._init()}", "--mount", "--pid", "--cgroup", "systemctl", "--no-pager"]
        return subprocess.run([*enter, *words], capture_output=True, text=True, check=False, timeout=60,
                              env={"PATH": "/usr/bin:/bin"})

    def systemctl(self, *words):
        """What it prints; raises StartError where it fails."""
        done = self.ask(*words)
        if done.returncode:
            told = self.ask("status", "boxoffice*").stdout
            raise StartError(f"systemctl {' '.join(words)}: {done.stderr}{told}{self.log_tail()}")
        return done.stdout.strip()

    def pids(self):
        """The workers, as they are called out here."""
        listed = [pid for folder, _, _ in os.walk(self.cgroup / "system.slice") for pid in read(f"{folder}/cgroup.procs").split()]
        return sorted(int(pid) for pid in listed if read(f"/proc/{pid}/cmdline") == "boxoffice-fcgi\0")

    def stop(self):
        self.kill()

    def kill(self):
        super().kill()
        if not came_true(self._cgroup_is_gone, 10):
            raise StartError(f"{self.cgroup} is still in use")

    def _cgroup_is_gone(self):
        return all([removed(Path(folder)) for folder, _, _ in os.walk(self.cgroup, topdown=False)])

    def log(self):
        workers = self.run_dir / "run/workers.log"
        return super().log() + (workers.read_text(errors="replace") if workers.exists() else "")


def read(file):
    """Empty where it is gone."""
    try:
        return Path(file).read_text()
    except OSError:
        return ""


def removed(folder):
    try:
        folder.rmdir()
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


class ServicesSite(Site):
    """Redis is at an address that the workers' private /tmp does not hide."""

    def __init__(self, run_dir, *, unit="boxoffice.socket", workers=4, **options):
        super().__init__(run_dir, workers=workers, **options)
        self.redis_port = free_port()
        self.redis.options.update({"port": str(self.redis_port), "bind": "127.0.0.1"})
        self.fcgi_socket = self.nginx.fcgi_socket = self.run_dir / "run/boxoffice/fcgi.sock"
        self.workers = Services(self.run_dir, True, self.build_dir / "boxoffice-fcgi", unit, workers, self.environment)
        self.servers[2] = self.workers

    @property
    def redis_url(self):
        return f"redis://127.0.0.1:{self.redis_port}/0"
