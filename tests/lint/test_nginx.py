"""nginx takes the production site as it is shipped, and the development site made from the same pieces."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from boxsite.web import NCHAN, Nginx

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "nginx"


@pytest.fixture
def dev_nginx(tmp_path):
    """Configured, not started."""
    nginx = Nginx(tmp_path, True, SOURCE, tmp_path / "fcgi.sock", 0, 0)
    nginx.configure()
    return nginx


def check(nginx, conf):
    done = subprocess.run([*nginx.command_line()[:-1], conf, "-t"], capture_output=True, text=True, check=False,
                          env=nginx.environment())
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr, done.stderr


def test_development_site(dev_nginx):
    check(dev_nginx, dev_nginx.dir / "nginx.conf")


def test_development_site_without_nchan(dev_nginx, monkeypatch):
    monkeypatch.setattr(Nginx, "has_nchan", staticmethod(lambda: False))
    dev_nginx.configure()
    assert "nchan" not in re.sub(r"#.*", "", (dev_nginx.dir / "nginx.conf").read_text())
    check(dev_nginx, dev_nginx.dir / "nginx.conf")


@pytest.mark.parametrize("live", [False, True], ids=["as shipped", "with the live map"])
def test_production_site(dev_nginx, live):
    """Only what a trial cannot have is replaced: ports, certificate, log folder. The live map is there to be switched on."""
    site = (SOURCE / "boxoffice.conf").read_text()
    if live:
        site, parts = re.subn(r"^( *)# (server \{|    listen unix:.*|    include boxoffice/publish\.conf;|\}|"
                              r"include boxoffice/events\.conf;)$", r"\1\2", site, flags=re.M)
        assert parts == 5
        site = site.replace("/run/boxoffice-feed/publish.sock", str(dev_nginx.publish_socket))
    site = site.replace("listen 80;", f"listen 127.0.0.1:{dev_nginx.http_port};")
    site = site.replace("listen 443 ", f"listen 127.0.0.1:{dev_nginx.https_port} ")
    site = re.sub(r"^\s*listen \[::\].*\n", "", site, flags=re.M)
    site = site.replace("/etc/ssl/boxoffice/fullchain.pem", str(dev_nginx.cert))
    site = site.replace("/etc/ssl/boxoffice/privkey.pem", str(dev_nginx.key))
    site = site.replace("/var/log/nginx", str(dev_nginx.dir))
    assert "/etc/" not in re.sub(r"#.*", "", site), "a path of a real machine is left"
    conf = dev_nginx.dir / "production.conf"
    module = f'load_module "{NCHAN}";' if live else ""
    conf.write_text(f'{module} pid "{dev_nginx.dir}/trial.pid"; error_log stderr warn; events {{}} http {{\n{site}\n}}\n')
    check(dev_nginx, conf)


def test_every_status_of_an_error_page_has_its_words():
    errors = (SOURCE / "boxoffice/errors.conf").read_text()
    shown = set(re.findall(r"/_boxoffice/problem/(\d{3});", errors)) | {"405"}
    words = (SOURCE / "boxoffice/problems.conf").read_text()
    for name in ("code", "title", "detail"):
        table = re.search(r"\$boxoffice_%s \{(.*?)\n\}" % name, words, re.S).group(1)
        assert set(re.findall(r"^\s+(\d{3}) ", table, re.M)) | {"400"} == shown


def test_codes_that_a_worker_knows_too_are_spelled_and_titled_as_there():
    words = (SOURCE / "boxoffice/problems.conf").read_text()
    codes = dict(re.findall(r"^\s+(\d{3}) ([a-z_]+);", words, re.M))
    titles = dict(re.findall(r'^\s+(\d{3}) "([^"]+)";', words.split("$boxoffice_detail")[0], re.M))
    table = (ROOT / "src/util/problem.def").read_text()
    worker = {code: (status, title) for code, status, title in
              re.findall(r'^BO_PROBLEM\(\w+,\s*"(\w+)",\s*(\d+), "([^"]+)"', table, re.M)}
    shared = {status: code for status, code in codes.items() if code in worker}
    assert {"not_found", "method_not_allowed", "too_large"} <= set(shared.values())
    for status, code in shared.items():
        assert worker[code] == (status, titles[status])


def test_pieces_are_all_used():
    text = "".join(path.read_text() for path in SOURCE.rglob("*.conf*"))
    for piece in (SOURCE / "boxoffice").glob("*.conf"):
        assert f"include boxoffice/{piece.name};" in text
    assert shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
