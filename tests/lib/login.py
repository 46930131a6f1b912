"""A site behind one of nginx/examples/, in front of the workers of another."""

from contextlib import contextmanager
from pathlib import Path

from boxsite.web import Nginx

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "open sesame"


@contextmanager
def nginx_with(site, folder, lines):
    nginx = Nginx(folder, True, ROOT / "nginx", site.fcgi_socket, 0, 0)
    nginx.server_lines = lines
    nginx.start()
    try:
        yield type("Guarded", (), {"base_url": f"http://127.0.0.1:{nginx.http_port}"})
    finally:
        nginx.stop()


def example(name, *replaced):
    text = (ROOT / "nginx/examples" / name).read_text()
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return text
