"""axe-core finds nothing, in any state of the page, in light and dark, and on the smallest phone."""

import pytest
from lib.visitor import DESKTOP, PHONE, answer_instead, axe

LOOKS = {"light": {}, "dark": {"color_scheme": "dark"}, "phone": {"size": PHONE, "has_touch": True, "is_mobile": True},
         "forced": {"forced_colors": "active"}}


@pytest.mark.parametrize("look", ["light", "dark", "phone", pytest.param("forced", marks=pytest.mark.long)])
def test_axe_has_nothing_to_say(visit, client, show, look):
    client.must_hold(show, "S20", "somebody")
    client.must_hold(show, "S19", "somebody")
    client.must_confirm(show, "S19", "somebody")
    visitor = visit(**LOOKS[look])
    page = visitor.page
    assert axe(visitor) == [], "the list"
    visitor.open(show)
    assert axe(visitor) == [], "the hall"
    visitor.choose("S1", "S2")
    assert axe(visitor) == [], "a choice"
    answer_instead(visitor, "hold", 1, 503, "unavailable", retry_after=30)
    page.click("#do-hold")
    visitor.until_notice("Trying again")
    assert axe(visitor) == [], "trouble"
    page.click("#notice-act")
    visitor.until_title("Held for you")
    assert axe(visitor) == [], "a hold"
    answer_instead(visitor, "confirm", 1, 410, "hold_expired")
    visitor.confirm()
    visitor.dialog()
    assert axe(visitor) == [], "a dialog"
    page.click("dialog button[value='']")
    visitor.hold("S3")
    visitor.confirm()
    visitor.until_title("Booked")
    assert axe(visitor) == [], "a ticket"
