"""`./dev up`, `down`, `status`, `logs`, `env` and `seed`: the one lasting box office of this tree, in .dev/up."""

import argparse
import fcntl
import json
import os
import shlex
import sys

from .process import StartError
from .site import ROOT, Site
from .summary import print_summary

RUN_DIR = ROOT / ".dev" / "up"
STATE = RUN_DIR / "state.json"
DOWN = 3  # exit status, as of init scripts


def saved():
    try:
        return json.loads(STATE.read_text())
    except (OSError, ValueError):
        return {}


def site_of(state):
    settings = {k: v for k, v in os.environ.items() if k.startswith("BOXOFFICE_")}
    return Site(RUN_DIR, tied=False, env=settings, **state)


def changed(site):
    """Servers of ours whose program is newer than what runs."""
    def is_newer(server):
        try:
            return server.program.stat().st_mtime > server.pid_file.stat().st_mtime
        except OSError:
            return False
    return [server for server in (site.workers, site.feed) if is_newer(server)]


def up(words):
    parser = argparse.ArgumentParser(prog="./dev up", description="Start the box office on 127.0.0.1.")
    parser.add_argument("--port", type=port, help="of plain HTTP (8080)")
    parser.add_argument("--tls-port", type=port, help="of HTTPS (8443)")
    parser.add_argument("--workers", type=int, choices=range(1, 65), metavar="N", help="worker processes (4)")
    options = parser.parse_args(words)
    asked = {"http_port": options.port, "https_port": options.tls_port, "workers": options.workers}
    asked = {key: value for key, value in asked.items() if value}

    state = {"http_port": 8080, "https_port": 8443, "workers": 4,
             "mongo_port": saved().get("mongo_port", 0)}  # the data's replica set knows its address
    running = any(server.alive() for server in site_of(saved()).servers) if saved() else False
    if running:
        state = saved()
        if any(state[key] != value for key, value in asked.items()):
            print("It is already up with other ports or workers; `./dev down` first.", file=sys.stderr)
            return 1
    state.update(asked)
    if state["http_port"] == state["https_port"]:
        print("--port and --tls-port must differ.", file=sys.stderr)
        return 2
    site = site_of(state)
    whole = running and all(server.alive() for server in site.servers)
    if whole and not changed(site):
        print("The box office is already up.")
    else:
        print("Starting Redis, MongoDB, workers, nginx and feed ...", flush=True)
        STATE.write_text(json.dumps(state))
        for server in changed(site) if running else ():
            server.stop()
        site.start()
        STATE.write_text(json.dumps({**state, "mongo_port": site.mongod.port}))
        print("The box office is up.")
    print_summary(site)
    return 0


def port(text):
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("not a port: 1 to 65535")
    return number


def down(_words):
    ended = []
    if saved():
        for server in reversed(site_of(saved()).servers):
            if server.alive():
                ended.append(server.name)
            server.stop()
    print(f"Ended {', '.join(ended)}. Its data stay in .dev/up." if ended else "Nothing is up.")
    return 0


def status(_words):
    site = site_of(saved())
    for server in site.servers:
        print(f"{server.name:8} {'up, pid %d' % server.pid if server.alive() else 'down'}")
    if not all(server.alive() for server in site.servers):
        return DOWN
    print(f"workers  {' '.join(map(str, site.workers.pids()))}\nplain    {site.base_url}\nTLS      {site.tls_url}")
    return 0


def running_site():
    site = site_of(saved())
    if not all(server.alive() for server in site.servers):
        print("The box office is not up: ./dev up", file=sys.stderr)
        sys.exit(DOWN)
    return site


def env(_words):
    site = running_site()
    values = {"BASE_URL": site.base_url, "TLS_URL": site.tls_url, "CA_FILE": site.ca_file, **site.environment(),
              "RUN_DIR": site.run_dir}
    for name, value in values.items():
        print(f"{name}={shlex.quote(str(value))}")
    return 0


def seed(words):
    program = Site(RUN_DIR, tied=False).build_dir / "boxoffice-seed"
    environment = dict(os.environ)
    if not {"--help", "-h", "--version", "-V"} & set(words):
        environment.update(running_site().environment())
    os.execve(program, [str(program), *words], environment)


def logs(words):
    site = site_of(saved())
    names = [server.name for server in site.servers]
    follow = "-f" in words
    chosen = [word for word in words if word != "-f"] or names
    if not set(chosen) <= set(names):
        print(f"usage: ./dev logs [-f] [{' | '.join(names)}]", file=sys.stderr)
        return 2
    files = [str(site.server(name).log_file) for name in chosen if site.server(name).log_file.exists()]
    if not files:
        print("There are no logs yet.", file=sys.stderr)
        return DOWN
    os.execvp("tail", ["tail", "-n", "200" if words else "20", *(["-f"] if follow else []), *files])


def main():
    commands = {"up": up, "down": down, "status": status, "logs": logs, "env": env, "seed": seed}
    command, words = commands[sys.argv[1]], sys.argv[2:]
    try:
        RUN_DIR.mkdir(parents=True, exist_ok=True)
        with open(RUN_DIR / "lock", "a", encoding="utf-8") as lock:
            if command in (up, down):
                fcntl.flock(lock, fcntl.LOCK_EX)  # two at once take turns
            result = command(words)
            sys.stdout.flush()
            return result
    except StartError as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
    except PermissionError as error:
        print(f"{sys.argv[1]}: no rights: {error} (did another user start it?)", file=sys.stderr)
    except BrokenPipeError:
        # `./dev up | head`: the reader has what it wanted. Nothing more may be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    return 1
