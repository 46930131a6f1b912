"""A booking is given back, whole or in part, here or elsewhere."""

import requests
from lib.visitor import answer_instead, lose_answers


def cancel(visitor, *keep):
    visitor.page.click("#do-cancel")
    visitor.dialog()
    for label in keep:
        visitor.page.uncheck(f"dialog input[value={label}]")
    visitor.page.click("dialog button[value=cancel]")


def test_whole(visit, client, records, show):
    visitor = visit(show)
    visitor.book("S1", "S2")
    visitor.page.click("#do-cancel")
    visitor.dialog()
    visitor.keys("Escape")
    assert set(records.bookings(show)) == {"S1", "S2"}, "Escape keeps it"
    cancel(visitor)
    visitor.until_title("Your seats")
    assert "Cancelled: Seat S1 and Seat S2" in visitor.until_notice("Cancelled")
    assert records.bookings(show) == {}
    visitor.until_state("S1", "free")
    visitor.page.reload()
    visitor.page.wait_for_selector("#plan .seat")
    visitor.until_title("Your seats")


def test_part(visit, records, show):
    visitor = visit(show)
    visitor.book("S1", "S2", "S3")
    cancel(visitor, "S2")
    visitor.until_notice("Cancelled: Seat S1 and Seat S3")
    visitor.until_title("Booked")
    assert set(records.bookings(show)) == {"S2"}
    assert visitor.state("S2") == "booked"
    visitor.until_state("S1", "free")


def test_answer_lost_and_busy(visit, records, show):
    """It is asked again by itself, until it is known."""
    visitor = visit(show)
    visitor.book("S1")
    lost = lose_answers(visitor, "cancel", 1)
    cancel(visitor)
    visitor.until_alarm("did not answer")
    visitor.until_title("Your seats")
    assert lost == [200] and records.bookings(show) == {}
    visitor.book("S1")
    answer_instead(visitor, "cancel", 1, 409, "confirming")
    cancel(visitor)
    visitor.until_alarm("still under way", "Trying again")
    visitor.until_title("Your seats")


def test_given_back_elsewhere(visit, site, show):
    visitor = visit(show)
    visitor.book("S1")
    ticket = visitor.page.evaluate("JSON.parse(localStorage.getItem('boxoffice.tickets'))[0]")
    done = requests.post(site.base_url + "/cancel", json={"bookingId": ticket["bookingId"], "userId": visitor.user()}, timeout=12)
    assert done.status_code == 200
    visitor.page.reload()
    visitor.until_notice("was given back")
    visitor.until_title("Your seats")
    assert visitor.state("S1") == "free"
