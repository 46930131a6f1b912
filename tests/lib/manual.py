"""The commands of doc/operations.md: what stands there in a block `sh`, run as it stands."""

import re
import subprocess

from .tables import ROOT, read

# What the manual's own first lines set, here of a site for tests. Its workers are not the only ones of this machine.
PRELUDE = """
redis() {{ redis-cli {login} -s '{redis}' "$@"; }}
mongo() {{ /usr/bin/python3 '{root}/tests/lib/mongosh.py' "$MONGO_URI" "$1"; }}
pgrep() {{ command pgrep -P {parent} "$@"; }}
box='{box}' dbpath='{dbpath}' backup='{backup}'
"""


def blocks(heading):
    """The blocks of the section with this heading, of any level, up to the next heading."""
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", read("doc/operations.md"), re.S | re.M).group(1)
    return re.findall(r"^```sh\n(.*?)^```$", section, re.S | re.M)


def all_blocks():
    return re.findall(r"^```sh\n(.*?)^```$", read("doc/operations.md"), re.S | re.M)


def run(site, script, backup="/nonexistent"):
    """Its output; it must succeed, and say nothing on standard error. The stores are asked as their administrator."""
    login = site.redis.login
    prelude = PRELUDE.format(
        redis=site.redis.socket, login=f"--user {login['username']}" if login else "", root=ROOT, parent=site.workers.pid,
        box=site.base_url, dbpath=site.run_dir / site.mongod.name, backup=backup)
    env = {**site.workers.environment(), "MONGO_URI": site.mongod.uri}
    if login:
        env["REDISCLI_AUTH"] = login["password"]
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", prelude + script], capture_output=True, text=True, check=False,
                          env=env, timeout=60)
    assert done.returncode == 0 and not done.stderr, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout
