"""The production site with the waiting room of nginx/examples/, and tickets for it, made as its first lines say."""

import subprocess
import time

from .login import example
from .production import EXEMPT, Production

SECRET, SHARE = "CHANGE-ME-32-RANDOM-CHARACTERS", "    5% 1;\n"


class Room(Production):
    share = SHARE

    def __init__(self, site, folder):
        behind = "include boxoffice/http.conf;"
        super().__init__(folder, site.fcgi_socket, switched_on=EXEMPT, lines=example("admission.conf"),
                         replaced=((EXEMPT[0], "127.0.0.1 1;"), (behind, f"{behind} include admission-http.conf;")))

    def configure(self):
        super().configure()
        (self.dir / "admission-http.conf").write_text(example("admission-http.conf", (SHARE, self.share)))

    def admit(self, share):
        """As an operator does it: the line of the share, and a reload. None: nobody."""
        line = f"    {share} 1;\n" if share else ""
        if line != self.share:
            self.share = line
            self.configure()
            assert self.reload()

    def visitor(self, ticket=None):
        return self.client(**({"Cookie": f"boxoffice_ticket={ticket}"} if ticket else {}))


def ticket(lot=None, seconds=3600, secret=SECRET):
    """By the shell commands of the example."""
    commands = [line.strip("# ") for line in example("admission-http.conf").split("\n") if line.startswith("#   ")]
    script = "\n".join(commands[1:] if lot else commands) + '\nprintf %s "$lot.$end.$signature"'
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True,
                          env={"PATH": "/usr/bin:/bin", "end": str(int(time.time()) + seconds), "secret": secret, "lot": lot or ""})
    return done.stdout
