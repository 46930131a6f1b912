"""Pages of other sites in a browser, which is the judge of CORS: a listed one orders, another gets nothing and holds nothing."""

import functools
import http.server
import threading
from contextlib import contextmanager

import pytest
from lib.client import new_user
from lib.production import LISTED, production

ORDER = """async ([api, show, user]) => {
    const options = {method: 'POST', body: JSON.stringify({showId: show, seatNumber: ['S1'], userId: user}),
                     headers: {'Content-Type': 'application/json', 'X-Request-ID': 'from-another-site'}};
    try {
        const held = await fetch(`${api}/hold`, options);
        const again = await fetch(`${api}/hold`, {...options, body: options.body.replace(user, 'another')});
        const map = await fetch(`${api}/status/${show}`, {headers: {'If-None-Match': '"x"'}});
        return [held.status, (await held.json()).userId, held.headers.get('X-Request-ID'), again.status, (await again.json()).code,
                map.status, map.headers.get('ETag') !== null];
    } catch (error) {
        return `${error}`;
    }
}"""
SIMPLE = """async ([api, show, user]) => {
    const body = JSON.stringify({showId: show, seatNumber: ['S2'], userId: user});
    for (const mode of ['cors', 'no-cors'])
        await fetch(`${api}/hold`, {method: 'POST', mode, body, credentials: 'include'}).catch(() => null);
    return (await fetch(`${api}/status/${show}`, {credentials: 'include'}).catch(error => error)).toString();
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def another_site(folder):
    """An origin of its own."""
    (folder / "index.html").write_text("<!doctype html><title>Another site</title>")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def sites(tmp_path, site):
    """(a listed origin, another one, the API)."""
    with another_site(tmp_path) as listed, another_site(tmp_path) as foreign, \
            production(site, tmp_path, switched_on=LISTED, replaced=((LISTED[0], f"{listed} yes;"),)) as nginx:
        yield listed, foreign, nginx.tls_url


@pytest.fixture
def page(browser):
    context = browser.new_context(ignore_https_errors=True)
    yield context.new_page()
    context.close()


def test_a_listed_page_orders(sites, page, show):
    listed, _, api = sites
    page.goto(listed)
    user = new_user()
    assert page.evaluate(ORDER, [api, show, user]) == [200, user, "from-another-site", 409, "seats_unavailable", 200, True]
    assert "TypeError" in page.evaluate(SIMPLE, [api, show, user]), "cookies are not for it: the browser refuses"


def test_another_page_gets_nothing_and_holds_nothing(sites, page, client, show):
    _, foreign, api = sites
    page.goto(foreign)
    assert "TypeError" in page.evaluate(ORDER, [api, show, new_user()])
    assert "TypeError" in page.evaluate(SIMPLE, [api, show, new_user()])
    assert set(client.seat_map(show).values()) == {"available"}
