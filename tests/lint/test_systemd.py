"""systemd takes the units, and finds little to reproach in their hardening; what they have in common is the same in each."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted((ROOT / "systemd").glob("*.service"))
UNITS = [*SERVICES, ROOT / "systemd/boxoffice.socket"]
WORKERS = [ROOT / "systemd" / name for name in ("boxoffice.service", "boxoffice@.service")]
# Whose the socket is, and how many workers there are: in nothing else do the two ways to run workers differ.
OF_ONE_WAY = {"ExecStart", "ExecReload", "Sockets", "StandardInput", "StandardOutput", "StandardError"}


def settings(unit, begin="[Service]"):
    """[(name, value)] of what stands between `begin` and [Install], as it is ordered there."""
    text = unit.read_text().partition(f"\n{begin}")[2].partition("\n[Install]")[0]
    return re.findall(r"^(\w+)=(.*)$", text, re.M)


def run(*words):
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_verify_says_nothing_about_the_unit(unit):
    done = run("verify", "--recursive-errors=no", unit)
    about_it = [line for line in done.stderr.splitlines() if "boxoffice" in line]
    assert done.returncode == 0, done.stderr
    assert about_it == []


@pytest.mark.parametrize("unit", WORKERS, ids=lambda path: path.name)
def test_credentials_fit_the_unit(unit, tmp_path):
    """As installed: the drop-in beside the unit. systemd says what it does not understand."""
    (tmp_path / unit.name).write_text(unit.read_text())
    (tmp_path / "boxoffice.socket").write_text((ROOT / "systemd/boxoffice.socket").read_text())
    dropin = tmp_path / f"{unit.name}.d" / "credentials.conf"
    dropin.parent.mkdir()
    dropin.write_text((ROOT / "systemd/credentials.conf").read_text())
    done = run("verify", "--recursive-errors=no", tmp_path / unit.name)
    assert done.returncode == 0 and dropin.name not in done.stderr, done.stderr
    dropin.write_text(dropin.read_text().replace("LoadCredential", "LoadCredentials", 1))
    assert dropin.name in run("verify", "--recursive-errors=no", tmp_path / unit.name).stderr, "it would not have said so"


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_exposure_is_at_most_1_2(unit):
    done = run("security", "--offline=yes", "--threshold=12", unit)
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-5:])


def test_both_ways_to_run_workers_are_one_but_for_the_socket():
    of_service, of_instance = ([(name, value) for name, value in settings(unit) if name not in OF_ONE_WAY] for unit in WORKERS)
    of_service.remove(("Environment", "WORKERS=4"))
    assert of_service == of_instance


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_hardening_is_one(unit):
    hardening = settings(unit, "# Hardening")
    assert len(hardening) > 30 and hardening == settings(WORKERS[0], "# Hardening")


@pytest.mark.parametrize("name, tool", [("boxoffice.sysusers", "systemd-sysusers"),
                                        ("boxoffice.tmpfiles", "systemd-tmpfiles")])
def test_sysusers_and_tmpfiles_are_well_formed(name, tool, tmp_path):
    # In an empty root: nothing of this machine changes.
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nboxoffice:x:990:990::/:/bin/false\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nwww-data:x:33:\nboxoffice:x:990:\n")
    words = ["--dry-run"] if tool == "systemd-sysusers" else ["--create", "--prefix=/nothing"]
    done = subprocess.run([tool, f"--root={tmp_path}", *words, ROOT / "systemd" / name],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert name not in done.stderr, done.stderr  # a remark names the file and the line


def test_the_sample_environment_shows_the_true_defaults():
    table = (ROOT / "src/util/config.def").read_text()
    numbers = dict(re.findall(r'^BO_CONFIG_INT\("(\w+)", \w+, (\d+),', table, re.M))
    sample = (ROOT / "systemd/boxoffice.env").read_text()
    shown = dict(re.findall(r"^# (BOXOFFICE_\w+)=(\d+)$", sample, re.M))
    assert shown == numbers


def test_the_sample_environment_sets_only_what_the_worker_or_the_unit_knows():
    known = set(re.findall(r'^BO_CONFIG_\w+\("(\w+)"', (ROOT / "src/util/config.def").read_text(), re.M))
    sample = (ROOT / "systemd/boxoffice.env").read_text()
    named = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", sample, re.M))
    assert known <= named, "missing in the sample"
    assert named <= known | {"WORKERS"}, "unknown in the sample"
