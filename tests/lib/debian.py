"""A Debian of its own to install the package in: made by mmdebstrap from where this machine's apt gets its packages, booted
by systemd-nspawn with systemd as process 1. It has no network but its own loopback. It takes root."""

import os
import subprocess
from pathlib import Path

from boxsite.process import Process, find_pids

SOURCES = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*.sources")),
           *sorted(Path("/etc/apt/sources.list.d").glob("*.list"))]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def code_name():
    text = Path("/etc/os-release").read_text()
    return next(line.partition("=")[2] for line in text.splitlines() if line.startswith("VERSION_CODENAME="))


def mmdebstrap(root, suite, packages, *options, sources=SOURCES):
    """Lists that nobody has renewed for long will do."""
    done = subprocess.run(
        ["nice", "mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}",
         "--aptopt=Acquire::Check-Valid-Until \"false\"", "--dpkgopt=path-exclude=/usr/share/locale/*",
         "--dpkgopt=force-unsafe-io", *options, suite, root, *[path for path in sources if Path(path).exists() or " " in str(path)]],
        capture_output=True, text=True, check=False, env={"PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def make_root(root, *debs):
    """Installs the packages as an administrator would, by apt and with what they recommend."""
    install = (f'cp {" ".join(map(str, debs))} "$1/tmp/" && chroot "$1" sh -c '
               '"unset APT_CONFIG; apt-get -o APT::Install-Recommends=true install -y /tmp/*.deb && rm /tmp/*.deb"')
    mmdebstrap(root, code_name(), ("systemd-sysv", "dbus", "curl", "openssl"), f"--customize-hook={install}")


def sources_of(suite):
    """Another Debian, from where this machine's comes."""
    said = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
                           f"Codename: {code_name()}"], capture_output=True, text=True, check=True).stdout
    return [f"deb {said.split()[0]} {suite} main"]


def run_in(root, script):
    """A shell script in it, as root and with a /proc; what was said."""
    done = subprocess.run(["nice", "unshare", "--pid", "--fork", f"--mount-proc={root}/proc", "chroot", root, "sh", "-ec", script],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          check=False, env={"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": "/root"})
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-60:])
    return done.stdout


class Debian(Process):
    name = "debian"
    start_seconds = 60

    def __init__(self, run_dir, root, bind=()):
        super().__init__(run_dir, tied=True)
        self.root, self.bind = root, bind

    def command(self):
        return ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", f"--directory={self.root}",
                f"--machine=boxoffice-{os.getpid()}", "--private-network", "--console=pipe", "--kill-signal=SIGRTMIN+3",
                *[f"--bind-ro={here}:{there}" for here, there in self.bind], "--boot"]

    @property
    def init(self):
        """Process 1 of the Debian, as a process of ours; 0: none yet."""
        return next(iter(find_pids(lambda stat: stat[1] == self.pid)), 0)

    def ready(self):
        return self.init and self.do("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def do(self, *words, stdin=None):
        """Runs a command in it; however that ends."""
        return subprocess.run(["nsenter", f"--target={self.init}", "--all", *map(str, words)], capture_output=True, text=True,
                              check=False, timeout=120, input=stdin, env={"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": "/root"})

    def must(self, *words, stdin=None):
        done = self.do(*words, stdin=stdin)
        assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    @property
    def enter_network(self):
        """Words that put a command of ours on its loopback."""
        return ["nsenter", f"--net=/proc/{self.init}/ns/net"]
