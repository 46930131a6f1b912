"""Passwords given as files, as credentials.conf of systemd/ does, are nowhere to be seen; and the unit's own command line."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from boxsite.feed import Feed
from boxsite.process import Process, find_pids
from boxsite.web import Workers

from lib import fcgi
from lib.client import new_user, order, to_json
from lib.guarded import PASSWORD
from lib.problems import assert_problem
from lib.shows import Records
from lib.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
OTHERS, OURS = 65533, 33  # groups: anybody's, and nginx's (www-data)


@pytest.fixture
def files(guarded, tmp_path):
    """What systemd makes of credentials.conf: {variable: file}."""
    text = (ROOT / "systemd/credentials.conf").read_text()
    values = {"redis_url": guarded.redis_url, "mongo_uri": guarded.mongo_uri}
    for name in re.findall(r"^LoadCredential=(\w+):", text, re.M):
        (tmp_path / name).touch(mode=0o400)
        (tmp_path / name).write_text(values.pop(name) + "\n")
    assert not values, "a secret without a credential"
    return dict(word.replace("%d", str(tmp_path)).split("=") for word in
                re.search(r"^Environment=(.*)$", text, re.M).group(1).split())


@pytest.fixture
def workers(guarded, tmp_path):
    """Makes workers with these variables besides the guarded site's stores, without their URLs."""
    made = []

    def make(**settings):
        known = {"MONGO_DB": guarded.mongo_db, "BOXOFFICE_LOG_LEVEL": "debug", **settings}
        found = Workers(tmp_path, True, guarded.build_dir / "boxoffice-fcgi", tmp_path / "fcgi.sock", 2, lambda: known)
        found.fcgi_socket = found.socket
        made.append(found)
        return found.start()

    yield make
    for one in made:
        one.stop()


def call(workers, method, path, body=b"", **more):
    return fcgi.call(workers, method, path, body and to_json(body), **more)


def seen_of(session, log):
    """All that others on the machine may come to see of a session's processes, by name."""
    found = {"log": log}
    for pid in find_pids(lambda stat: stat[2] == session):
        for name in ("cmdline", "environ"):
            found[f"{name} of {pid}"] = Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace")
    return found


def seen(workers):
    found = seen_of(workers.pid, workers.log())
    assert len(found) >= 1 + 2 * 3, "multiwatch and two workers"
    return found


def leaks(found):
    return [name for name, text in found.items() if PASSWORD in text]


def test_nowhere_to_be_seen(guarded, files, workers):
    records = Records(guarded)
    show, user = records.show(), new_user()
    records.close()
    running = workers(**files)
    answers = {"hold": call(running, "POST", "/hold", order(show, ["S1", "S2"], user)),
               "confirm": call(running, "POST", "/confirm", order(show, ["S1", "S2"], user)),
               "status": call(running, "GET", f"/status/{show}"), "ready": call(running, "GET", "/health/ready")}
    assert [answer.status_code for answer in answers.values()] == [200, 201, 200, 200]
    assert leaks(seen(running)) == leaks({name: answer.text for name, answer in answers.items()}) == []


def test_nor_when_the_stores_turn_them_away(guarded, files, workers, tmp_path):
    """The passwords were changed: log, problems, health and -t say that, and not which they are."""
    records = Records(guarded)
    show = records.show()
    records.close()
    for name, file in files.items():
        path = Path(file)
        path.chmod(0o600)
        path.write_text(path.read_text().replace(PASSWORD, PASSWORD + "-of-yesterday"))
    running = workers(**files)
    answers = {"hold": call(running, "POST", "/hold", order(show, "S1", "x")), "status": call(running, "GET", f"/status/{show}"),
               "ready": call(running, "GET", "/health/ready")}
    assert_problem(answers["hold"], 503, None)
    assert answers["ready"].status_code == 503
    checked = subprocess.run([guarded.build_dir / "boxoffice-fcgi", "-t"], env=running.environment(), capture_output=True,
                             text=True, timeout=20, check=False)
    assert checked.returncode in (1, 2) and "redis" in checked.stdout and "mongo" in checked.stdout
    texts = {name: answer.text for name, answer in answers.items()} | {"-t": checked.stdout + checked.stderr}
    wait_until(lambda: "WRONGPASS" in running.log(), 10, "the reason in the log")
    assert leaks(seen(running)) == leaks(texts) == []


@pytest.mark.parametrize("right", [True, False], ids=["right", "of yesterday"])
def test_nor_of_the_feed(guarded, tmp_path, right):
    """Its own user's URL of Redis, as the unit of systemd/ has it."""
    assert "#Environment=REDIS_URL_FILE=%d/redis_url" in (ROOT / "systemd/boxoffice-feed.service").read_text()
    url = tmp_path / "redis_url"
    url.write_text(guarded.redis.feed_url if right else guarded.redis.feed_url.replace(PASSWORD, PASSWORD + "-of-yesterday"))
    feed = Feed(tmp_path, True, guarded.build_dir / "boxoffice-feed",
                lambda: {"REDIS_URL_FILE": str(url), "BOXOFFICE_PUBLISH_SOCKET": str(guarded.nginx.publish_socket),
                         "BOXOFFICE_LOG_LEVEL": "debug"})
    feed.start()
    try:
        wait_until(lambda: ("listening to Redis" if right else "WRONGPASS") in feed.log(), 10, "what Redis says to it")
        found = seen_of(feed.pid, feed.log())
        assert len(found) == 1 + 2 and leaks(found) == []
    finally:
        feed.stop()


@pytest.mark.parametrize("right", [True, False], ids=["right", "of yesterday"])
def test_nor_of_boxoffice_seed(guarded, files, tmp_path, right):
    """While it waits for a store that does not answer, and in all that it says."""
    records = Records(guarded)
    show = records.show()
    records.close()
    for name, text in (("REDIS_URL_FILE", guarded.redis_url), ("MONGO_URI_FILE", guarded.seed_uri)):
        Path(files[name]).chmod(0o600)
        Path(files[name]).write_text(text if right else text.replace(PASSWORD, PASSWORD + "-of-yesterday"))
    log = tmp_path / "said"
    guarded.mongod.pause()
    try:
        with open(log, "w") as out:
            seed = subprocess.Popen([guarded.build_dir / "boxoffice-seed", "block", show, "S1"], start_new_session=True,
                                    env={"MONGO_DB": guarded.mongo_db, **files}, stdout=out, stderr=out)
        wait_until(lambda: "poll" in Path(f"/proc/{seed.pid}/wchan").read_text(), 10, "that it waits")
        found = seen_of(seed.pid, "")
    finally:
        guarded.mongod.resume()
    assert seed.wait(40) == (0 if right else 4), log.read_text()
    assert len(found) == 1 + 2 and leaks({**found, "said": log.read_text()}) == []


def test_a_secret_that_cannot_be_used_is_not_quoted(guarded, files, tmp_path):
    for name in files:
        Path(files[name]).chmod(0o600)
    for text in (f"http://u:{PASSWORD}@h/", f"redis://{PASSWORD}", f"mongodb://u:{PASSWORD}:@h/", f"{PASSWORD}\nmore", PASSWORD):
        for file in files.values():
            Path(file).write_text(text)
        done = subprocess.run([guarded.build_dir / "boxoffice-fcgi", "-t"], env={"MONGO_DB": "boxoffice", **files},
                              capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 1 and PASSWORD not in done.stdout + done.stderr, done.stdout + done.stderr


def test_in_the_environment_they_would_be_seen(guarded, workers):
    """So that the search above is known to find: multiwatch keeps the environment, though the workers wipe theirs."""
    running = workers(REDIS_URL=guarded.redis_url, MONGO_URI=guarded.mongo_uri)
    assert call(running, "GET", "/health/ready").status_code == 200
    assert leaks(seen(running)) == [f"environ of {running.pid}"]


class Unit(Process):
    """ExecStart of the unit as `make install` puts it, with the programs that it puts, and what systemd makes around it."""

    name = "unit"

    def __init__(self, run_dir, root, settings):
        super().__init__(run_dir, True)
        unit = next(root.rglob("boxoffice.service")).read_text()
        self.program = next(root.rglob("bin/boxoffice-fcgi")).parent
        self.variables = dict(line.split("=", 1) for line in re.findall(r"^Environment=(.*)$", unit, re.M)) | {"WORKERS": "2"}
        self.settings = settings
        self.folder = run_dir / "run"
        self.socket = self.fcgi_socket = self.folder / "fcgi.sock"
        self.line = re.search(r"^ExecStart=(.*)$", unit, re.M).group(1)
        assert "UMask=0077" in unit and "RuntimeDirectoryMode=0750" in unit and "Group=www-data" in unit

    def command(self):
        self.folder.mkdir(mode=0o750)
        line = self.line.replace("/run/boxoffice/fcgi.sock", str(self.socket)).replace("${WORKERS}", self.variables["WORKERS"])
        return ["/bin/sh", "-c", f"umask 0077; exec {line}"]

    def environment(self):
        known = super().environment()
        return {**known, **self.variables, **self.settings, "PATH": f"{self.program}:{known['PATH']}"}

    def ready(self):
        return self.socket.exists()


@pytest.fixture
def installed_unit(site, tmp_path):
    done = subprocess.run(["make", "-s", "-C", site.build_dir, "install", f"DESTDIR={tmp_path}/root"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    unit = Unit(tmp_path, tmp_path / "root", site.environment())
    unit.start()
    yield unit
    unit.stop()


def test_the_socket_of_the_unit_is_nginx_s_alone(installed_unit):
    assert json.loads(fcgi.call(installed_unit, "GET", "/health/live").text)["status"] == "pass"
    assert installed_unit.socket.stat().st_mode & 0o777 == 0o660
    assert installed_unit.folder.stat().st_mode & 0o777 == 0o750
    if os.geteuid() == 0:  # who is not root has no second user to try it with
        for path in (installed_unit.folder, installed_unit.socket):
            os.chown(path, 0, OURS)  # Group= of the unit
        assert connects_as(NOBODY, OURS, installed_unit.socket)
        assert not connects_as(NOBODY, OTHERS, installed_unit.socket)
        installed_unit.folder.chmod(0o755)
        assert not connects_as(NOBODY, OTHERS, installed_unit.socket), "the socket's own mode is enough"
        installed_unit.socket.chmod(0o666)
        assert connects_as(NOBODY, OTHERS, installed_unit.socket), "the attempt itself is sound"


def test_the_sockets_of_a_development_site_are_ours_alone(site):
    assert site.fcgi_socket.stat().st_mode & 0o777 == 0o660
    assert site.redis.socket.stat().st_mode & 0o777 == 0o700


def connects_as(user, group, path):
    """Whether a process of theirs gets through to the socket, from within its folder (those above are pytest's)."""
    os.chdir(path.parent)
    try:
        done = subprocess.run(["/usr/bin/python3", "-c", f"import socket; socket.socket(socket.AF_UNIX).connect({path.name!r})"],
                              user=user, group=group, extra_groups=[], capture_output=True, text=True, check=False)
    finally:
        os.chdir(ROOT)
    assert done.returncode == 0 or "PermissionError" in done.stderr, done.stderr
    return done.returncode == 0
