"""nginx takes the production site as it is shipped, and the development site made from the same pieces."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from boxsite.web import NCHAN, Nginx
from lib.production import BEHIND_A_PROXY, CACHE, EXEMPT, LISTED, LIVE, Production

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "nginx"
ALL = (*LIVE, *CACHE, *BEHIND_A_PROXY, *EXEMPT, *LISTED)
SWITCHES = [(), LIVE, CACHE, BEHIND_A_PROXY, EXEMPT, LISTED, ALL]


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


@pytest.mark.parametrize("parts", SWITCHES, ids=lambda parts: parts[0] if parts else "as shipped")
def test_production_site(tmp_path, parts):
    """What stands in it as a comment is there to be switched on, alone and together."""
    nginx = Production(tmp_path, tmp_path / "fcgi.sock", switched_on=parts)
    nginx.configure()
    check(nginx, nginx.dir / "nginx.conf")


def test_production_site_in_debian_s_own_nginx_conf(tmp_path):
    nginx = Production(tmp_path, tmp_path / "fcgi.sock", switched_on=ALL, stock=True)
    nginx.configure()
    check(nginx, nginx.dir / "nginx.conf")


def test_every_comment_of_the_site_that_is_a_directive_is_switched_on_here():
    commented = re.findall(r"^ *# ( *\S.*[;{]|\})$", (SOURCE / "boxoffice.conf").read_text(), re.M)
    assert len(commented) > 8
    for line in commented:
        assert any(line.startswith(start) for parts in SWITCHES for start in parts), line


# Where each file belongs.
PLACES = {
    "boxoffice.conf": "site", "dev.conf.in": "site", "boxoffice/http.conf": "http", "boxoffice/problems.conf": "http",
    "examples/admission-http.conf": "behind http.conf", "examples/migration-http.conf": "behind http.conf",
    **dict.fromkeys(("boxoffice/cache.conf", "boxoffice/errors.conf", "boxoffice/events.conf", "boxoffice/locations.conf",
                     "boxoffice/page.conf", "boxoffice/server.conf", "boxoffice/tls.conf", "examples/admission.conf", "examples/login-basic.conf",
                     "examples/login-certificate.conf", "examples/login-request.conf", "examples/migration.conf"), "server"),
    **dict.fromkeys(("boxoffice/cors.conf", "boxoffice/fastcgi.conf", "boxoffice/headers.conf", "boxoffice/problem.conf",
                     "boxoffice/read.conf"), "location"),
    "boxoffice/publish.conf": "publisher",
}


@pytest.mark.parametrize("file", sorted(str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*") if path.is_file()))
def test_each_file_alone(dev_nginx, file):
    """In the smallest site that has what it names: maps and zones of http.conf, words of errors.conf."""
    assert file in PLACES, "a new file: say in PLACES where it is included"
    place = PLACES[file]
    if place == "site":
        return  # whole sites: above
    text = (SOURCE / file).read_text()
    for path in ("/etc/nginx/boxoffice.htpasswd", "/etc/nginx/boxoffice-clients.pem"):
        text = text.replace(path, str(dev_nginx.cert))
    alone = dev_nginx.dir / "alone.conf"
    alone.write_text(text)
    include = f'include "{alone}";'
    server = {"server": include, "location": f"location /alone {{ {include} }}"}.get(place, "")
    publisher = f'server {{ listen "unix:{dev_nginx.publish_socket}"; {include} }}' if place == "publisher" else ""
    http = (SOURCE / "boxoffice/http.conf").read_text()
    if file == "boxoffice/problems.conf":
        http = http.replace("include boxoffice/problems.conf;", include)
    elif file == "boxoffice/http.conf":
        http = include
    elif place == "behind http.conf":
        http += include
    elif file in ("examples/admission.conf", "examples/migration.conf"):  # they go with another
        http += (SOURCE / file.replace(".conf", "-http.conf")).read_text()
    errors = "" if file in ("boxoffice/errors.conf", "boxoffice/server.conf") else "include boxoffice/errors.conf;"
    certificate = f'ssl_certificate "{dev_nginx.cert}"; ssl_certificate_key "{dev_nginx.key}";'
    conf = dev_nginx.dir / "wrapper.conf"
    conf.write_text(f"""load_module "{NCHAN}"; pid "{dev_nginx.dir}/trial.pid"; error_log stderr warn; events {{}} http {{
        geo $boxoffice_exempt {{ default 0; }}
        map $https $boxoffice_hsts {{ default ""; }}
        map $http_origin $boxoffice_cors {{ default ""; }}
        upstream boxoffice {{ server unix:{dev_nginx.dir}/fcgi.sock; }}
        fastcgi_cache_path "{dev_nginx.dir}/maps" keys_zone=boxoffice_maps:1m;
        {http}
        server {{ listen 127.0.0.1:{dev_nginx.https_port} ssl; {certificate} access_log off; {errors} {server} }}
        {publisher}
    }}""")
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
