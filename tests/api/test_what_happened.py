"""The command of doc/operations.md that finds what happened to a request, as it is printed there, on real logs."""

import gzip
import re
import subprocess

import pytest

from lib.client import new_user
from lib.logs import access_line, parse, whole_story
from lib.problems import assert_problem
from lib.tables import read

SLOW = '<5>{"level":"notice","pid":1,"request_id":"a-slow-request","msg":"request","route":"hold","slow":true}'
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def command(mark):
    """The line of the manual that has this mark in it."""
    [line] = [line.strip() for line in read("doc/operations.md").splitlines() if line.startswith("    ") and mark in line]
    return line


def run(line, wanted, **options):
    done = subprocess.run(["bash", "-c", f"id={wanted}; {line}"], capture_output=True, text=True, check=False, **options)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def refused(site, client, show):
    """A request that was refused, and both logs have it: its id."""
    answer = client.hold(show, "S99", new_user(), headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    wanted = assert_problem(answer, 422, "unknown_seat")["requestId"]
    whole_story(site, wanted)
    access_line(site, wanted)
    return wanted


def test_in_files(site, refused):
    of_nginx, of_worker = run(command("log/workers.log"), refused, cwd=site.run_dir)
    assert '"workerStatus":"422"' in of_nginx and parse(of_worker)["code"] == "unknown_seat"


def to_journal(lines, file):
    """A journal as journald writes it of these units' lines on stderr: the priority becomes a field."""
    entries = []
    for number, (unit, line) in enumerate(lines):
        priority, message = re.fullmatch(r"<(\d)>(.*)", line).groups()
        entries.append(f"__REALTIME_TIMESTAMP={1790000000000000 + number}\n__MONOTONIC_TIMESTAMP={number + 1}\n"
                       f"_BOOT_ID={'1' * 32}\n_SYSTEMD_UNIT={unit}\nPRIORITY={priority}\nMESSAGE={message}\n\n")
    done = subprocess.run(["/lib/systemd/systemd-journal-remote", "-o", file, "-"], input="".join(entries), capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def journal(site, refused, tmp_path):
    """PATH with a journalctl that reads such a journal; a log of nginx that was rotated."""
    lines = [line for line in site.log("workers").splitlines() if line.startswith("<")]
    units = ["boxoffice.service", "boxoffice@3.service"]
    of_others = [("nginx.service", f'<6>{{"request_id":"{refused}","msg":"of another unit"}}'), ("boxoffice.service", SLOW)]
    to_journal([*((units[number % 2], line) for number, line in enumerate(lines)), *of_others], tmp_path / "system.journal")
    wrapper = tmp_path / "journalctl"
    wrapper.write_text(f'#!/bin/sh\nexec /usr/bin/journalctl --file={tmp_path}/system.journal "$@"\n')
    wrapper.chmod(0o755)
    access = (site.run_dir / "nginx" / "access.log").read_bytes()
    (tmp_path / "boxoffice.access.log.2.gz").write_bytes(gzip.compress(access))
    (tmp_path / "boxoffice.access.log").write_bytes(b"")
    return {"PATH": f"{tmp_path}:/usr/bin:/bin"}


@pytest.mark.long
def test_in_the_journal(tmp_path, refused, journal):
    """Of the worker, of a unit or a template's; by the request's id or by that of its trace; and what was slow."""
    line = command("zgrep")
    assert line.count("/var/log/nginx/") == 1
    line = line.replace("/var/log/nginx/", f"{tmp_path}/")
    of_nginx, of_worker = run(line, refused, env=journal)
    assert '"workerStatus":"422"' in of_nginx and '"code":"unknown_seat"' in of_worker and of_worker.startswith("{")
    assert {of_nginx, of_worker} <= set(run(line, TRACE, env=journal))
    slow = run(command("--since -1h -g").replace("--since -1h", ""), "", env=journal)  # the journal's dates are made up
    assert SLOW[3:] in slow and all('"slow":true' in found for found in slow)
    assert SLOW[3:] in run("journalctl -q -u 'boxoffice*' -o cat -p notice", "", env=journal), "priorities are those of journald"
