"""The package, installed in a Debian of its own with Redis and MongoDB beside it, and set up as its README.Debian says."""

import json
import re
import subprocess
from contextlib import contextmanager

from boxsite.stores import FIND_MONGOD

from .builds import ROOT
from .debian import Debian

URL = "https://127.0.0.1"
RUN = "systemd-run --quiet --pipe --wait --uid=boxoffice -p EnvironmentFile=/etc/boxoffice/boxoffice.env".split()
EXAMPLES = "/usr/share/doc/boxoffice/examples"


class Installed(Debian):
    def __init__(self, run_dir, deb):
        mongod = subprocess.run([FIND_MONGOD], capture_output=True, text=True, check=True).stdout.strip()
        super().__init__(run_dir, run_dir / "root", [(mongod, "/usr/local/bin/mongod")])
        self.deb = deb

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start_mongod(self):
        """As another package would: a service that the units name."""
        self.must("mkdir", "-p", "/var/lib/mongodb")
        self.must("systemd-run", "--quiet", "--unit=mongod", "mongod", "--dbpath", "/var/lib/mongodb", "--replSet", "rs0",
                  "--oplogSize", "128", "--wiredTigerCacheSizeGB", "0.25", "--bind_ip", "127.0.0.1",
                  "--setParameter", "transactionLifetimeLimitSeconds=10")

    def seed(self, *words):
        return self.must(*RUN, "boxoffice-seed", *words)

    def new_show(self):
        """Its id."""
        said = self.seed("show", "--title", "Metropolis", "--start", "2099-12-01T20:00:00Z", "--seats", "120")
        return re.search(r"\b[0-9a-f]{24}\b", said)[0]

    def set_site_up(self):
        """The example, with a certificate and this machine exempt from limits."""
        self.must("sh", "-ec", f"""
            mkdir -p /etc/ssl/boxoffice
            openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=tickets.example.org 2>&1 \\
                -keyout /etc/ssl/boxoffice/privkey.pem -out /etc/ssl/boxoffice/fullchain.pem
            cp {EXAMPLES}/nginx/boxoffice.conf /etc/nginx/sites-available/
            sed -i 's/# 192.0.2.10 1;/127.0.0.1 1;/' /etc/nginx/sites-available/boxoffice.conf
            sed -i 's/# \\(include boxoffice.events.conf;\\)/\\1/; /^# server {{$/,$s/^# //' \\
                /etc/nginx/sites-available/boxoffice.conf
            rm /etc/nginx/sites-enabled/default
            ln -s ../sites-available/boxoffice.conf /etc/nginx/sites-enabled/
            nginx -t
            systemctl restart nginx""")

    def ask(self, path, body=None, *more):
        """(status, body as JSON) of a request through the site's TLS."""
        words = ["-H", "Content-Type: application/json", "-d", json.dumps(body)] if body else []
        text = self.must("curl", "-sk", "-m", "15", "-w", "\n%{http_code}", *words, *more, URL + path)
        answer, _, status = text.rpartition("\n")
        return int(status), json.loads(answer or "null")

    @contextmanager
    def load(self, show, clients=4):
        """Clients on its loopback meanwhile; what they were answered is in the dictionary afterwards."""
        answers = {}
        with subprocess.Popen([*self.enter_network, "/usr/bin/python3", ROOT / "tests/package/load.py", URL, show, str(clients)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "begun\n"
            yield answers
            answers.update(json.loads(process.communicate(timeout=60)[0]))
