"""The street side: the FastCGI workers and nginx, and the certificate it shows."""

import os
import random
import signal
import subprocess
import urllib.error
import urllib.request

from .process import Process, StartError, find_pids
from .waiting import answers, came_true, free_port, port_problem


class Workers(Process):
    """spawn-fcgi makes the socket and becomes multiwatch, which keeps N workers alive."""

    name = "workers"
    # multiwatch hands it on; SIGKILL would leave its workers behind.
    death_signal = signal.SIGTERM

    def __init__(self, run_dir, tied, program, socket, count, settings):
        super().__init__(run_dir, tied)
        self.program = program
        self.socket = socket
        self.count = count
        self.settings = settings  # environment variables, as a function: ports may change at a start
        self.extra = {}

    def command(self):
        self.socket.unlink(missing_ok=True)
        return ["spawn-fcgi", "-n", "-s", self.socket, "-M", "0660", "-b", "1024", "--",
                self._path_of("multiwatch"), "-t", "0", "-s", "TERM", "-f", self.count, "--", self.program]

    def _path_of(self, program):
        """spawn-fcgi does not search PATH."""
        for folder in self.environment()["PATH"].split(":"):
            if os.access(os.path.join(folder, program), os.X_OK):
                return os.path.join(folder, program)
        raise StartError(f"{self.name}: {program} is not installed")

    def environment(self):
        return {**super().environment(), **self.settings(), **self.extra}

    def ready(self):
        return self.socket.exists() and len(self.pids()) == self.count

    def pids(self):
        parent = self.pid
        return find_pids(lambda stat: stat[1] == parent) if parent else []

    def kill_one(self, signum=signal.SIGKILL):
        """Kills one worker and returns its pid; multiwatch replaces it."""
        victim = random.choice(self.pids())
        os.kill(victim, signum)
        return victim

    def restart(self, env=None):
        """With env, these variables are set on top of the site's, until the next such call."""
        if env is not None:
            self.extra = dict(env)
        return super().restart()


NCHAN = "/usr/lib/nginx/modules/ngx_nchan_module.so"


class Nginx(Process):
    name = "nginx"
    death_signal = signal.SIGTERM  # its workers end with it

    def __init__(self, run_dir, tied, source_dir, fcgi_socket, http_port, https_port):
        super().__init__(run_dir, tied)
        self.dir = run_dir / "nginx"
        self.source_dir = source_dir
        self.fcgi_socket = fcgi_socket
        self.http_port = http_port or free_port()
        # Several may stand before the same workers.
        self.publish_socket = fcgi_socket.with_name(f"feed-{self.http_port}.sock")
        self.https_port = https_port or free_port(besides=self.http_port)
        self.cert = run_dir / "tls.crt"
        self.key = run_dir / "tls.key"
        self.server_lines = ""  # more of the server block, before start(): a login, say

    @staticmethod
    def has_nchan():
        """The live map needs this module."""
        return os.path.exists(NCHAN)

    def configure(self):
        """Writes nginx.conf, links the shared pieces beside it, makes the certificate."""
        (self.dir / "tmp").mkdir(parents=True, exist_ok=True)
        pieces = self.dir / "boxoffice"
        pieces.unlink(missing_ok=True)
        pieces.symlink_to(self.source_dir / "boxoffice")
        self._make_certificate()
        text = (self.source_dir / "dev.conf.in").read_text()
        # As root, nginx's workers would become nobody and could reach neither socket nor folder.
        values = {"USER_LINE": "user root;" if os.geteuid() == 0 else "", "DIR": self.dir,
                  "FCGI_SOCKET": self.fcgi_socket, "PUBLISH_SOCKET": self.publish_socket, "NCHAN_MODULE": NCHAN,
                  "NCHAN": "" if self.has_nchan() else "# ", "HTTP_PORT": self.http_port,
                  "HTTPS_PORT": self.https_port, "CERT": self.cert, "KEY": self.key,
                  "WEB": self.source_dir.parent / "web", "SERVER_LINES": self.server_lines}
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        (self.dir / "nginx.conf").write_text(text)

    def _make_certificate(self):
        good = subprocess.run(["openssl", "x509", "-in", self.cert, "-noout", "-checkend", "86400"],
                              capture_output=True, check=False)
        if good.returncode == 0 and self.key.exists():
            return
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "365", "-subj", "/CN=boxoffice development", "-keyout", self.key, "-out", self.cert,
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            capture_output=True, text=True, check=False)
        if made.returncode:
            raise StartError(f"openssl could not make a certificate: {made.stderr.strip()}")

    def command(self):
        for port in (self.http_port, self.https_port):
            problem = port_problem(port)
            if problem:
                raise StartError(problem)
        self.configure()
        self.publish_socket.unlink(missing_ok=True)  # of an nginx that was killed
        return self.command_line()

    def command_line(self, *more):
        return ["nginx", "-e", "stderr", "-p", self.dir, "-c", self.dir / "nginx.conf", *more]

    def ready(self):
        return answers(self.http_port) and answers(self.https_port)

    def reload(self):
        """Reads the configuration again; returns when every old nginx worker has gone or the time is up."""
        before = set(find_pids(lambda stat: stat[1] == self.pid))
        os.kill(self.pid, signal.SIGHUP)
        return came_true(lambda: not before & set(find_pids(lambda stat: stat[1] == self.pid)), 15)


def http_status(url, timeout=10):
    """The status of a GET, or 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
