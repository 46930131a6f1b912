"""How nginx serves the page: three files, nothing inline, asked for again each time."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lib.problems import assert_problem

WEB = Path(__file__).resolve().parents[2] / "web"
FILES = {"/": ("index.html", "text/html; charset=utf-8"), "/boxoffice.js": ("boxoffice.js", "text/javascript; charset=utf-8"),
         "/boxoffice.css": ("boxoffice.css", "text/css; charset=utf-8")}


@pytest.mark.parametrize("path", FILES)
def test_file(client, path):
    name, kind = FILES[path]
    answer = client.get(path)
    assert answer.status_code == 200 and answer.content == (WEB / name).read_bytes()
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Request-ID"]
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""


@pytest.mark.parametrize("path", FILES)
def test_methods(client, path):
    assert client.request("HEAD", path).status_code == 200
    options = client.request("OPTIONS", path)
    assert options.status_code == 204 and options.headers["Allow"] == "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "DELETE"):
        answer = client.request(method, path)
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/index.html", "/web/", "/boxoffice.js/", "/boxoffice.map", "/boxoffice%2ejs/x"])
def test_nothing_else_is_served(client, path):
    assert_problem(client.get(path), 404, "not_found")


def test_it_is_three_files_and_says_nothing_inline():
    assert sorted(path.name for path in WEB.iterdir()) == sorted(name for name, _ in FILES.values())

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            names = dict(attrs)
            assert not [name for name in names if name == "style" or name.startswith("on")], (tag, attrs)
            assert tag != "style" and (tag != "script" or names.get("src") == "boxoffice.js"), (tag, attrs)

    Reader().feed((WEB / "index.html").read_text())
    script = (WEB / "boxoffice.js").read_text()
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setAttribute\('style'", script), \
        "what the server says must never become markup"
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|^import ", script, re.M)
