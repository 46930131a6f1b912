"""The site file of production (nginx/boxoffice.conf) before the workers of another site. Replaced is only what a trial cannot
have: ports, certificate, folders, and the patience of the access log."""

import os
import re
from contextlib import contextmanager
from pathlib import Path

from boxsite.web import NCHAN, Nginx

from .client import Client

ROOT = Path(__file__).resolve().parents[2]
HOST = "tickets.example.org"
# What the site file has as comments, by the beginnings of its lines.
LIVE = ("include boxoffice/events.conf;", "server {", "    listen unix:/run/boxoffice-feed/", "    include boxoffice/publish.conf;", "}")
CACHE = ("fastcgi_cache_path ", "include boxoffice/cache.conf;")
BEHIND_A_PROXY = ("set_real_ip_from ", "real_ip_header ")
EXEMPT = ("192.0.2.10 1;",)
LISTED = ("https://www.example.org yes;",)


def switch_on(text, *starts):
    for start in starts:
        text, found = re.subn(rf"^( *)# ({re.escape(start)})", r"\1\2", text, flags=re.M)
        assert found == 1, f"the site file has {found} comments that begin with {start!r}"
    return text


class Production(Nginx):
    """switched_on: of the above. replaced: pairs of text, in what is then there. lines: more of the block with TLS;
    blocks: beside it. stock: within Debian's own nginx.conf, whose settings the site has to overrule."""

    def __init__(self, folder, fcgi_socket, *, switched_on=(), replaced=(), lines="", blocks="", stock=False, source=ROOT / "nginx"):
        super().__init__(folder, True, source, fcgi_socket, 0, 0)
        self.switched_on, self.replaced, self.lines, self.blocks, self.stock = switched_on, replaced, lines, blocks, stock
        self.access_log = self.dir / "boxoffice.access.log"
        self.tls_url = f"https://127.0.0.1:{self.https_port}"

    def site_file(self):
        text = switch_on((self.source_dir / "boxoffice.conf").read_text(), *self.switched_on)
        text = re.sub(r"^\s*listen \[::\].*\n", "", text, flags=re.M)
        for old, new in (("listen 80;", f"listen 127.0.0.1:{self.http_port};"),
                         ("listen 443 ", f"listen 127.0.0.1:{self.https_port} "),
                         ("/etc/ssl/boxoffice/fullchain.pem", self.cert), ("/etc/ssl/boxoffice/privkey.pem", self.key),
                         ("/run/boxoffice/fcgi.sock", self.fcgi_socket), ("/run/boxoffice-feed/publish.sock", self.publish_socket),
                         ("/run/boxoffice-maps", self.dir / "maps"), ("/usr/local/share/boxoffice/web", ROOT / "web"),
                         ("/var/log/nginx", self.dir), ("flush=5s", "flush=100ms"),
                         ("    include boxoffice/locations.conf;", f"{self.lines}\n    include boxoffice/locations.conf;")):
            assert old in text, old
            text = text.replace(old, str(new))
        for old, new in self.replaced:
            assert old in text, old
            text = text.replace(old, new)
        assert not re.search(r"(?<!\S)/(?:etc|run|usr|var)/", re.sub(r"#.*", "", text).replace(str(ROOT), "")), "a path of a real machine"
        return text

    def configure(self):
        super().configure()
        folders = "\n".join(f'{kind}_temp_path "{self.dir}/tmp/{kind}";' for kind in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi"))
        around = self.stock_conf if self.stock else self.plain_conf
        (self.dir / "nginx.conf").write_text(around(f"{folders}\n{self.site_file()}\n{self.blocks}\n"))

    def plain_conf(self, http):
        module = f'load_module "{NCHAN}";' if LIVE[0] in self.switched_on else ""
        return (f'{self.user()} {module} daemon off; worker_processes 2; pid "{self.dir}/nginx.pid"; error_log stderr warn;\n'
                f"events {{ worker_connections 4096; }}\nhttp {{\n{http}}}\n")

    def stock_conf(self, http):
        (self.dir / "modules").symlink_to(Path(NCHAN).parent)  # what it loads it looks for below nginx's prefix
        text = Path("/etc/nginx/nginx.conf").read_text()
        for old, new in (("user www-data;", self.user()), ("/run/nginx.pid", self.dir / "nginx.pid"), ("/var/log/nginx/access.log", "off"),
                         ("/var/log/nginx/error.log", "stderr"), ("include /etc/nginx/conf.d/*.conf;", ""),
                         ("include /etc/nginx/sites-enabled/*;", http)):
            assert text.count(old) == 1, f"this machine's nginx.conf is not Debian's: {old}"
            text = text.replace(old, str(new))
        return f"daemon off;\n{text}"

    @staticmethod
    def user():
        return "user root;" if os.geteuid() == 0 else ""

    def client(self, **headers):
        """Over TLS, whose certificate it looks at."""
        client = Client(type("Production", (), {"base_url": self.tls_url}), headers=headers)
        client.session.verify = str(self.cert)
        return client


@contextmanager
def production(site, folder, **options):
    """Before the workers of `site`. This machine is exempt from limits."""
    options["switched_on"] = (*EXEMPT, *options.get("switched_on", ()))
    options["replaced"] = ((EXEMPT[0], "127.0.0.1 1;"), *options.get("replaced", ()))
    nginx = Production(folder, site.fcgi_socket, **options)
    nginx.start()
    try:
        yield nginx
    finally:
        nginx.stop()
