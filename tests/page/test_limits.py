"""What a seller limits, and how a person hears of it: more time where it is allowed, seats owned, the time of the sale."""

from datetime import timedelta

from lib.shows import now, worker_settings


def test_one_key_keeps_the_seats_for_longer(visit, site, client, show):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=40, BOXOFFICE_HOLD_MAX_SECONDS=120):
        visitor = visit(show)
        visitor.hold("S1")
        assert "more time" in visitor.dialog()
        before = visitor.page.evaluate("JSON.parse(localStorage.getItem(`boxoffice.order.${location.hash.slice(1)}`)).endsAt")
        visitor.page.wait_for_timeout(1000)  # so that there is something to lengthen
        visitor.keys("Enter")
        visitor.until(lambda: visitor.page.evaluate(
            "JSON.parse(localStorage.getItem(`boxoffice.order.${location.hash.slice(1)}`)).endsAt") > before + 500, "a later end")
        assert client.seat_map(show)["S1"] == "held"


def test_what_cannot_be_lengthened_is_not_offered(visit, site, show):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=40, BOXOFFICE_HOLD_MAX_SECONDS=40):
        visitor = visit(show)
        visitor.hold("S1")
        visitor.until_notice("Confirm now")
        assert not visitor.page.locator("dialog[open]").count()
        assert not visitor.page.locator("#do-extend").is_visible()


def test_more_seats_than_one_may_own(visit, site, records, show):
    with worker_settings(site, BOXOFFICE_MAX_OWNED=2):
        visitor = visit(show)
        visitor.book("S1", "S2")
        visitor.page.click("#do-more")
        visitor.hold("S3")
        visitor.confirm()
        visitor.until_notice("may book for this show", "give some of them back")
        assert visitor.state("S3") == "ours", "the hold stays"
        assert set(records.bookings(show)) == {"S1", "S2"}


def test_after_the_sale(visit, records):
    visitor = visit(records.show(startTime=now() - timedelta(minutes=5)))
    visitor.choose("S1")
    visitor.page.click("#do-hold")
    visitor.until_notice("no longer sold")
