"""What `make install` puts where, and `make distcheck`: that the archive is whole, from sources that cannot be written."""

import subprocess
from pathlib import Path

import pytest

from lib.builds import BUILD, ROOT, UNIT_TESTS

UNITS = {path.name for pattern in ("*.service", "*.socket") for path in (ROOT / "systemd").glob(pattern)}


def make(*words):
    done = subprocess.run(["make", "-j2", *words], cwd=BUILD, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", check=False)
    assert done.returncode == 0, "\n".join((done.stdout + done.stderr).splitlines()[-60:])
    return done.stdout


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


@pytest.mark.parametrize("prefix", ["/usr/local", "/opt/boxoffice"])
def test_install_keeps_to_its_folder_and_prefix(tmp_path, prefix):
    words = (f"DESTDIR={tmp_path}", f"prefix={prefix}")
    make("install", *words)
    base = tmp_path / prefix[1:]
    found = files(base)
    assert files(tmp_path) == {f"{prefix[1:]}/{name}" for name in found}
    assert {f"lib/systemd/system/{name}" for name in UNITS} | {
        "bin/boxoffice-fcgi", "bin/boxoffice-feed", "bin/boxoffice-seed", "lib/sysusers.d/boxoffice.conf",
        "lib/tmpfiles.d/boxoffice.conf", "share/boxoffice/systemd/boxoffice.env", "share/man/man8/boxoffice-fcgi.8"} <= found
    assert f"root {prefix}/share/boxoffice/web;" in (base / "share/boxoffice/nginx/boxoffice.conf").read_text()
    for unit in UNITS - {"boxoffice.socket"}:
        assert_finds_programs(base / "lib/systemd/system" / unit, f"{prefix}/bin")
    make("uninstall", *words)
    assert not files(tmp_path)


def assert_finds_programs(unit: Path, folder):
    """env of the unit searches PATH, and the kernel runs nothing but what lies in ExecPaths."""
    lines = unit.read_text().splitlines()
    assert any(line.startswith("ExecPaths=") and folder in line.replace("-", "").replace("=", " ").split() for line in lines)
    assert folder == "/usr/local/bin" or f"Environment=PATH={folder}:/usr/bin:/bin" in lines


@pytest.mark.timeout(600)
def test_distcheck():
    """Without optimisation: that is quicker, and compilers have other warnings then. Fuzz targets are compiled there, and the
    unit tests run; what takes long is the same in the suite `unit`."""
    try:
        said = make("distcheck", "DISTCHECK_CONFIGURE_FLAGS=--enable-werror CFLAGS=-O0", f"TESTS={UNIT_TESTS}")
        assert "archives ready for distribution" in said
    finally:
        # What failed is left there, without the right to write.
        subprocess.run("chmod -R u+w boxoffice-*/ && rm -rf boxoffice-*/", cwd=BUILD, shell=True, check=False,
                       stderr=subprocess.DEVNULL)
