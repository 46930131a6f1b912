"""What is in the package, what lintian says of it, and that anybody who builds it gets the same bytes."""

import hashlib
import re
import subprocess

import pytest
from lib.builds import ROOT

from .conftest import make_package




def contents(deb):
    """{path: (mode, owner)}."""
    said = subprocess.run(["dpkg-deb", "--contents", deb], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 5) for line in said.splitlines()]
    return {row[5].split(" -> ")[0].lstrip("."): (row[0], row[1]) for row in rows}


def control(deb, name):
    return subprocess.run(["dpkg-deb", "--info", deb, name], capture_output=True, text=True, check=True).stdout


def test_lintian_finds_no_error(package):
    """package.sh fails where it does. Nor a warning, but those with a reason in debian/boxoffice.lintian-overrides."""
    assert not re.findall(r"^[EW]: .*$", package[1], re.M)


def test_what_it_needs(package):
    depends = control(package[0], "control")
    for name in ("spawn-fcgi", "multiwatch", "nginx (>= 1.22)", "libhiredis", "libmongoc", "libfcgi", "systemd"):
        assert re.search(rf"^Depends:.*\b{re.escape(name)}", depends, re.M), name
    for name in ("libnginx-mod-nchan", "redis-server"):
        assert re.search(rf"^Recommends:.*\b{name}\b", depends, re.M), name


def test_what_is_in_it(package):
    """All of it belongs to root; the settings may hold passwords."""
    found = contents(package[0])
    assert {owner for _, owner in found.values()} == {"root/root"}
    units = {f"/lib/systemd/system/{path.name}" for pattern in ("*.service", "*.socket") for path in ROOT.glob(f"systemd/{pattern}")}
    assert units | {"/usr/bin/boxoffice-fcgi", "/usr/bin/boxoffice-feed", "/usr/bin/boxoffice-seed",
                    "/usr/lib/sysusers.d/boxoffice.conf", "/usr/lib/tmpfiles.d/boxoffice.conf",
                    "/usr/share/boxoffice/web/index.html", "/usr/share/doc/boxoffice/README.Debian",
                    "/usr/share/doc/boxoffice/examples/nginx/boxoffice.conf",
                    "/usr/share/doc/boxoffice/examples/systemd/credentials.conf"} <= set(found)
    assert found["/etc/boxoffice/boxoffice.env"][0] == "-rw-r-----"
    assert not [path for path in found if "/usr/local" in path]


def test_what_an_administrator_edits_is_kept_by_upgrades(package):
    found = {path for path, (mode, _) in contents(package[0]).items() if path.startswith("/etc/") and mode[0] == "-"}
    assert set(control(package[0], "conffiles").split()) == found
    pieces = {f"/etc/nginx/boxoffice/{path.name}" for path in ROOT.glob("nginx/boxoffice/*.conf")}
    assert found == {"/etc/boxoffice/boxoffice.env"} | pieces


def sums(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
            if path.suffix in (".deb", ".xz", ".dsc")}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_two_builds_give_the_same_bytes(package, tmp_path):
    """In another folder, later, by another shell's habits: source, package and debug symbols."""
    folder = tmp_path / "elsewhere/and/deeper"
    make_package(folder, TZ="Pacific/Kiritimati", LC_ALL="C", HOME="/nonexistent")
    first, second = sums(package[0].parent), sums(folder)
    assert len(first) == 4 and first == second
