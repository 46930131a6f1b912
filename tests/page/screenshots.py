"""Makes the pictures of the README: `./dev screenshots`. A box office of its own, a hall half sold, a person in the middle of it."""

import json
import shutil
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from boxsite import Site
from lib.client import Client
from lib.shows import Records
from lib.visitor import Visitor, chromium

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "doc/pictures"
SHOWS = (("Metropolis", "cinema", 3), ("The Marriage of Figaro", "theatre", 9), ("Waiting for Godot", "studio", 12))
LARGEST = 150_000  # bytes


def add_shows(records):
    at = datetime.now(timezone.utc).replace(hour=19, minute=30, second=0, microsecond=0)
    return {title: records.show(title=title, startTime=at + timedelta(days=days),
                                layout=json.loads((ROOT / f"seed/layouts/{hall}.json").read_text()))
            for title, hall, days in SHOWS}


def sell_some(client, show):
    """Every third seat or so, in groups, and some held."""
    seats = list(client.seat_map(show))
    for first in range(0, len(seats) - 4, 9):
        group = seats[first:first + 2 + first % 3]
        if client.hold(show, group, f"user-{first}").status_code == 200 and first % 4:
            client.confirm(show, group, f"user-{first}")


def picture(visitor, name):
    path = FOLDER / f"{name}.png"
    # The clock must not make another picture each time.
    visitor.page.evaluate("""() => {
        const clock = document.getElementById('count-text'), stop = () => { if (clock.textContent !== '9:41') clock.textContent = '9:41'; };
        new MutationObserver(stop).observe(clock, {childList: true});
        stop(); }""")
    visitor.page.screenshot(path=path, animations="disabled")
    subprocess.run(["pngquant", "--force", "--strip", "--speed", "1", "--output", path, "128", path], check=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
    assert path.stat().st_size < LARGEST


def take(browser, site, shows, name, best, top, **options):
    visitor = Visitor(browser, site, reduced_motion="reduce", **options)
    visitor.open(shows["Metropolis"])
    visitor.page.select_option("#best-quantity", str(best))
    visitor.page.click("#best-go")
    visitor.until_title("Held for you")
    visitor.page.mouse.move(1, 1)
    visitor.page.evaluate("part => scrollTo(0, document.querySelector(part).getBoundingClientRect().top + scrollY - 20)", top)
    picture(visitor, name)
    visitor.close()


def main():
    FOLDER.mkdir(exist_ok=True)
    run_dir = tempfile.mkdtemp(prefix="bo-", dir="/tmp")
    try:
        with Site(run_dir) as site, chromium() as browser:
            records = Records(site)
            shows = add_shows(records)
            for show in shows.values():
                sell_some(Client(site), show)
            take(browser, site, shows, "page-light", 3, ".showhead", size=(1280, 1010))
            take(browser, site, shows, "page-dark", 2, ".showhead", size=(1280, 1010), color_scheme="dark")
            take(browser, site, shows, "page-phone", 2, ".house", size=(390, 780), has_touch=True, is_mobile=True)
            records.close()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


if __name__ == "__main__":
    main()
