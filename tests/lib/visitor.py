"""Somebody at the page: what they do and see, in the words of the page."""

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
SECONDS = 20
DESKTOP = (1280, 860)
PHONE = (320, 640)


@contextmanager
def chromium():
    """Debian's browser; Playwright and axe-core come from tools/playwright.sh."""
    found = subprocess.run([ROOT / "tools/playwright.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    sys.path.insert(0, found)
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        # Its sandbox needs rights that a container as a rule does not give.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def with_all(words, text):
    return all(word in text for word in words) and text


def spoil(words, instead):
    script = (ROOT / "web/boxoffice.js").read_text()
    assert script.count(words) == 1, words
    return script.replace(words, instead)


class Visitor:
    """A browser context of its own, so a user of its own. `page` is Playwright's.

    events: without, it must ask for the map. streams: whose events it hears (lib.streams) instead of nginx's. spoilt: words of
    the page's script, and what stands there instead: a bug put back.
    """

    def __init__(self, browser, site, size=DESKTOP, events=True, streams=None, spoilt=None, **options):
        self.site = site
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        self.context.set_default_timeout(SECONDS * 1000)
        self.page = self.context.new_page()
        if not events:
            self.page.route("**/events/*", lambda route: route.fulfill(status=404))
        if streams:
            self.page.route("**/events/*", lambda route: route.continue_(url=streams.url))
        if spoilt:
            self.page.route("**/boxoffice.js", lambda route: route.fulfill(content_type="text/javascript", body=spoil(*spoilt)))
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: "Content Security Policy" in message.text and self.complaints.append(message.text))

    def close(self):
        self.context.close()

    def open(self, show=None):
        self.page.goto(self.site.base_url + (f"/#{show}" if show else "/"))
        if show:
            self.page.wait_for_selector(".plan .seat", state="attached")

    def until(self, condition, what, seconds=SECONDS):
        """Waits as the page goes on, and returns what came true: answers that the test makes up for the page (routes) are given
        only while it is asked."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s; the page says: {self.words()}"
            self.page.wait_for_timeout(50)
        return value

    def words(self):
        return self.page.locator("body").inner_text()[:1500]

    # -- what there is

    def seat(self, label):
        """The checkbox of a seat, by the end of its label: `F12` of row F, `S3` of a numbered show."""
        return self.page.locator(f"#plan .seat[data-label='{label}']")

    def state(self, label):
        return self.seat(label).get_attribute("data-state")

    def name(self, label):
        return self.seat(label).get_attribute("aria-label")

    def until_state(self, label, state, seconds=SECONDS):
        self.until(lambda: self.state(label) == state, f"{label} {state}", seconds)

    def until_title(self, text, seconds=SECONDS):
        """The heading of the order."""
        self.until(lambda: self.page.locator("#order-title").inner_text() == text, f"the order says {text}", seconds)

    def until_notice(self, *words, seconds=SECONDS):
        """The line on top says all these words; returns it whole."""
        return self.until(lambda: with_all(words, self.notice()), f"a notice with {words}", seconds)

    def until_alarm(self, *words, seconds=SECONDS):
        """As until_notice, for a notice that soon goes: what was said aloud stays, however late we look."""
        return self.until(lambda: with_all(words, self.said()[1]), f"said aloud: {words}", seconds)

    def notice(self):
        notice = self.page.locator("#notice")
        return notice.inner_text() if notice.is_visible() else ""

    def dialog(self):
        self.page.wait_for_selector("dialog[open]")
        return self.page.locator("dialog").inner_text()

    def said(self):
        """What a screen reader was told last, politely and otherwise."""
        return self.page.locator("#said").text_content(), self.page.locator("#alarm").text_content()

    def focused(self):
        """The id or, of a seat, the label of what has the focus."""
        return self.page.evaluate("document.activeElement.dataset.label ?? document.activeElement.id")

    # -- what they do

    def choose(self, *labels):
        for label in labels:
            self.seat(label).click()
        for label in labels:
            assert self.state(label) == "chosen"

    def hold(self, *labels):
        self.choose(*labels)
        self.page.click("#do-hold")
        self.until_title("Held for you")

    def confirm(self):
        self.page.click("#do-confirm")

    def book(self, *labels):
        self.hold(*labels)
        self.confirm()
        self.until_title("Booked")

    def user(self):
        return self.page.evaluate("JSON.parse(localStorage.getItem('boxoffice.user'))")

    def keys(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)


def lose_answers(visitor, path, times):
    """The next `times` answers of a path get lost on their way: the request arrives. Returns the statuses that were lost."""
    lost = []

    def on_request(route):
        if len(lost) >= times:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    visitor.page.route(f"**/{path}", on_request)
    return lost


def answer_instead(visitor, path, times, status, code, retry_after=1):
    """The next `times` requests of a path never arrive: an error stands in for the server's. Returns their bodies."""
    asked = []

    def on_request(route):
        if len(asked) >= times:
            route.continue_()
            return
        asked.append(route.request.post_data)
        route.fulfill(status=status, content_type="application/problem+json", headers={"Retry-After": str(retry_after)},
                      json={"code": code, "status": status, "detail": "no", "title": "no"})

    visitor.page.route(f"**/{path}", on_request)
    return asked


# The frame after the one in which the seats are there has been drawn.
WATCH = """
    const look = () => document.querySelector('#plan .seat')
        ? requestAnimationFrame(() => setTimeout(() => { window.drawn = performance.now(); })) : requestAnimationFrame(look);
    look();
"""


def drawn_after(visitor, show):
    """Milliseconds from the address to the drawn hall, for somebody who was never here before."""
    visitor.page.add_init_script(WATCH)
    visitor.open(show)
    visitor.until(lambda: visitor.page.evaluate("window.drawn"), "drawn")
    return round(visitor.page.evaluate("window.drawn"))


def axe(visitor):
    """Runs axe-core on the page as it is, and returns its violations as text."""
    import axe_playwright_python
    source = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    page = visitor.page
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(source.read_text())
    # All rules, best practices too. Transitions must have ended, or colours are in between.
    page.evaluate("""Promise.allSettled(document.getAnimations()
        .filter(one => one.effect.getTiming().iterations === 1).map(one => one.finished))""")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {rule['help']}: {node['target']} {node['failureSummary']}"
            for rule in found["violations"] for node in rule["nodes"][:3]]


def hall():
    """26 seats: rows A and B of the stalls (A1 accessible, A2 goes with it), C of the circle, of which C1 is not for sale."""
    def row(name, n, **fields):
        seats = [{"label": f"{name}{i}", "x": i if i < 5 else i + 1} for i in range(1, n + 1)]
        return {"name": name, "seats": seats, **fields}
    first, second, circle = row("A", 8), row("B", 8), row("C", 10, y=5)
    first["seats"][0]["accessible"] = True
    first["seats"][1]["companionOf"] = "A1"
    circle["seats"][0]["blocked"] = True
    return {"categories": [{"name": "Stalls", "price": 24, "currency": "EUR"}, {"name": "Circle", "price": 16, "currency": "EUR"}],
            "sections": [{"name": "Stalls", "category": "Stalls", "rows": [first, second]},
                         {"name": "Circle", "category": "Circle", "rows": [circle]}]}
