"""The package in a Debian of its own: installed, set up as its README.Debian says, used, upgraded, removed, purged. In this
order: each test goes on where the one before it stopped."""

import re
import subprocess

import pytest

from lib.package import RUN
from lib.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
INSTANCES = ("boxoffice.socket", "boxoffice@1.service", "boxoffice@2.service", "boxoffice@3.service")
UNITS = ("boxoffice.service", "boxoffice-feed.service", *INSTANCES)
WAYS = [("boxoffice.service",), INSTANCES]
USER = "somebody"


def state(installed, unit):
    return installed.do("systemctl", "is-active", unit).stdout.strip()


def workers(installed):
    return set(installed.do("pgrep", "-x", "boxoffice-fcgi").stdout.split())


def test_nothing_runs_before_it_is_set_up(installed):
    for unit in UNITS:
        assert state(installed, unit) == "inactive"
        assert installed.do("systemctl", "is-enabled", unit).stdout.strip() == "disabled"
    assert installed.must("systemctl", "is-active", "nginx", "redis-server").split() == ["active", "active"]
    assert re.match(r"boxoffice:x:\d+:\d+:[^:]*:/nonexistent:/usr/sbin/nologin\n", installed.must("getent", "passwd", "boxoffice"))
    assert installed.must("stat", "-c", "%A %U:%G", "/etc/boxoffice/boxoffice.env") == "-rw-r----- root:root\n"


def test_hold_and_confirm(installed):
    """As README.Debian has it: stores, indexes, check, workers, site."""
    installed.start_mongod()
    wait_until(lambda: installed.do("curl", "-s", "http://127.0.0.1:27017").returncode == 0, 60, "mongod that listens")
    installed.seed("init")
    wait_until(lambda: installed.do(*RUN, "boxoffice-fcgi", "-t").returncode == 0, 60, "a deployment that is right")
    installed.must("systemctl", "enable", "--now", "boxoffice.service", "boxoffice-feed.service")
    installed.set_site_up()
    wait_until(lambda: installed.ask("/health/ready")[0] == 200, 60, "workers that reach both stores")
    show = installed.new_show()
    order = {"showId": show, "seatNumber": ["S1", "S2"], "userId": USER}
    assert installed.ask("/hold", order)[0] == 200
    status, booking = installed.ask("/confirm", order)
    assert status == 201 and booking["seatNumbers"] == ["S1", "S2"]
    seats = {seat["seatNumber"]: seat["status"] for seat in installed.ask(f"/status/{show}")[1]["seats"]}
    assert seats["S1"] == seats["S2"] == "booked" and seats["S3"] == "available"
    page = installed.must("curl", "-sk", "https://127.0.0.1/")
    assert "<script" in page and "boxoffice.js" in page
    assert state(installed, "boxoffice-feed.service") == "active"


def other_version(deb, folder, version, change):
    """The same package under another version; change(folder) makes it another program, say."""
    subprocess.run(["dpkg-deb", "--raw-extract", deb, folder], check=True)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {version}", control.read_text(), flags=re.M))
    change(folder)
    made = folder.with_suffix(".deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", folder, made], check=True, capture_output=True)
    return made


def install(installed, deb):
    """What dpkg said."""
    inside = f"/root/{deb.name}"
    (installed.root / inside[1:]).write_bytes(deb.read_bytes())
    done = installed.do("dpkg", "--install", inside)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def only_good(answers):
    return set(answers) == {"200"} and answers["200"] > 100


@pytest.mark.parametrize("one_way, other_way", [WAYS, WAYS[::-1]], ids=["service", "instances"])
def test_an_upgrade_loses_no_request(installed, tmp_path, one_way, other_way):
    """Three times, under load; all workers are of the new program afterwards, and an edited file is as it was."""
    installed.must("sed", "-i", "s/^WORKERS=4/WORKERS=3/", "/etc/boxoffice/boxoffice.env")
    installed.must("systemctl", "disable", "--now", *other_way)
    installed.must("systemctl", "enable", *one_way)
    installed.must("systemctl", "restart", *one_way)
    wait_until(lambda: len(workers(installed)) == 3, 30, "three workers")
    wait_until(lambda: installed.ask("/health/ready")[0] == 200, 30, "workers that are ready")
    show = installed.new_show()
    with installed.load(show) as answers:
        for number in (1, 2, 3):
            before = workers(installed)
            deb = other_version(installed.deb, tmp_path / f"upgrade-{number}", f"0.1.0+{len(one_way)}.{number}", lambda folder: None)
            assert "the old workers go on" not in install(installed, deb)
            wait_until(lambda: len(workers(installed)) == 3 and not workers(installed) & before, 30, "workers of the new program")
    assert only_good(answers), answers
    assert "WORKERS=3" in installed.must("cat", "/etc/boxoffice/boxoffice.env")
    assert state(installed, "boxoffice-feed.service") == "active"
    # Of the instances one is tried first.
    spoilt_and_mended(installed, tmp_path, f"0.1.0+{len(one_way)}.9", left=3 if one_way == WAYS[0] else 2)


def spoil(folder):
    (folder / "usr/bin/boxoffice-fcgi").write_text("#!/bin/sh\nexit 1\n")


def spoilt_and_mended(installed, tmp_path, version, left):
    """A program that does not start is not put in the place of `left` workers; the next one is."""
    before, show = workers(installed), installed.new_show()
    with installed.load(show) as answers:
        said = install(installed, other_version(installed.deb, tmp_path / "spoilt", f"{version}.1", spoil))
    assert "the old workers go on" in said
    assert only_good(answers), answers
    assert len(workers(installed) & before) == left
    install(installed, other_version(installed.deb, tmp_path / "mended", f"{version}.2", lambda folder: None))
    wait_until(lambda: len(workers(installed)) == 3 and not workers(installed) & before, 30, "workers of the mended program")


def test_remove_ends_all_and_keeps_the_settings(installed):
    installed.must("apt-get", "remove", "-y", "boxoffice")
    assert not workers(installed)
    for unit in UNITS:
        assert state(installed, unit) == "inactive"
    assert "WORKERS=3" in installed.must("cat", "/etc/boxoffice/boxoffice.env")
    installed.must("nginx", "-t")
    status, problem = installed.ask("/shows")
    assert (status, problem["code"]) == (503, "unavailable")


def test_purge_leaves_nothing_but_the_user_and_what_somebody_made(installed):
    installed.must("sh", "-c", "echo secret >/etc/boxoffice/redis_url; rm /etc/nginx/sites-enabled/boxoffice.conf")
    installed.must("systemctl", "reload", "nginx")
    installed.must("apt-get", "purge", "-y", "boxoffice")
    left = installed.must("find", "/etc", "/usr", "/lib/systemd", "/var/lib/systemd", "/run", "-name", "*boxoffice*",
                          "-not", "-path", "/run/credentials/*").split()
    assert sorted(left) == ["/etc/boxoffice", "/etc/nginx/sites-available/boxoffice.conf", "/etc/ssl/boxoffice"]
    assert installed.must("ls", "/etc/boxoffice") == "redis_url\n"
    assert installed.do("getent", "passwd", "boxoffice").returncode == 0
