"""The release build under valgrind: every endpoint, well and badly asked, with and without its stores. Nothing is read
that was not written, and nothing is lost."""

import re

import pytest
from lib.client import Client, new_user, order
from lib.fcgi import call
from lib.shows import Records, forget
from lib.valgrind import under_valgrind
from lib.waiting import wait_until

OPTIONS = ("--quiet --leak-check=full --show-leak-kinds=definite,indirect,possible "
           "--errors-for-leak-kinds=definite,indirect,possible --num-callers=20 --log-file={run_dir}/valgrind.%p")


@pytest.fixture(params=["workers", "feed"])
def site(request):
    with under_valgrind(request.param, OPTIONS) as made:
        yield made


def ask_for_everything(site, client, show):
    one, two = new_user(), new_user()
    client.status(show)
    client.status(show, headers={"If-None-Match": client.status(show).headers["ETag"]})
    client.summary(show)
    for seats in ("S1", ["S2", "S3"]):
        for path in ("/hold", "/hold", "/confirm", "/confirm"):
            assert client.post(path, order(show, seats, one)).status_code in (200, 201)
        for path in ("/hold", "/confirm"):
            assert client.post(path, order(show, seats, two)).status_code in (403, 409)
        for ask in (client.extend, client.release):
            assert ask(show, seats, one).status_code == 409
    for more in ({}, {"requestKey": "once-more"}, {"requestKey": "once-more"}):
        client.must_best(show, 2, two, **more)
    assert client.best(show, 2, two, accessible=True).status_code == 409
    client.must_release(show, [seat for seat, state in client.seat_map(show).items() if state == "held"], two)
    client.must_hold(show, "S9", one)
    client.must_extend(show, "S9", one)
    for user, status in ((two, 403), (one, 200), (one, 200)):
        assert client.release(show, "S9", user).status_code == status
    assert client.hold(show, "S99999", one).status_code == 422
    for ask in (client.confirm, client.extend):
        assert ask(show, "S9", one).status_code == 410
    assert client.hold("0" * 24, "S1", one).status_code == 404
    ask_for_bookings(client, show, one, two)
    ask_for_what_is_shown(client, show)
    for body in (b"", b"{", b'{"showId":"\\ud83c"}', b"[" * 9000, b'{"a":1,"a":2}'):
        client.post("/hold", body)
    client.get("/nothing")
    client.request("OPTIONS", "/hold")
    call(site, "POST", "/hold", b"{}", length=99)


def ask_for_bookings(client, show, user, other):
    """S1 was bought by itself, S2 and S3 together."""
    one = client.must_confirm(show, "S1", user, status=200)["bookingId"]
    two = client.must_confirm(show, ["S2", "S3"], user, status=200)["bookingId"]
    for who, status in ((other, 404), (user, 200)):
        assert client.booking(one, who).status_code == status
        for seats in ("S2", ["S2"], None):
            assert client.cancel(two, who, seats).status_code == status
        assert client.booking(two, who).status_code == status
    assert client.cancel(one, user, "S99999").status_code == 422
    for booking, query in (("x", "?userId=a"), (one, ""), (one, "?userId=%ff")):
        assert client.get(f"/bookings/{booking}{query}").status_code in (400, 422)


def ask_for_what_is_shown(client, show):
    page = client.must(client.get("/shows?limit=1"))
    assert page["shows"] and client.get(f"/shows?after={page['next'] or '1-' + show}").status_code == 200
    tag = client.get(f"/shows/{show}").headers["ETag"]
    assert client.get(f"/shows/{show}", headers={"If-None-Match": tag}).status_code == 304
    for path, status in (("/shows?limit=0", 400), ("/shows?after=x", 400), ("/shows/" + "0" * 24, 404), ("/shows/x", 400),
                         ("/metrics", 200), ("/health/live", 200), ("/health/ready", 200)):
        assert client.get(path).status_code == status, path


def test_no_error_and_no_leak(site):
    client, records = Client(site), Records(site)
    show = records.show(layout=["S1", "S2", "S3", "S9", "A 1", "A 2", "A 3"])
    ask_for_everything(site, client, show)
    forget(site, show)
    records.book(show, "A 1", "somebody")
    wait_until(lambda: client.seat_map(show)["A 1"] == "booked", 20, "the other program's sale")
    for store in (site.redis, site.mongod):
        store.stop()
        assert {client.status(show).status_code, client.hold(show, "S9", new_user()).status_code} <= {200, 503}
        store.start()
        wait_until(lambda: client.get("/health/ready").status_code == 200, 30, "both stores")
    ask_for_everything(site, client, records.show(seats=2000))
    records.close()
    site.feed.stop()
    site.workers.stop()
    logs = sorted(site.run_dir.glob("valgrind.*"))
    assert logs, "it was not under valgrind"
    for log in logs:
        said = re.sub(r"^==\d+== ?", "", log.read_text(), flags=re.M).strip()
        assert not said, f"{log.name}:\n{said}"
