"""From the show to the ticket, and what may come in between."""

from datetime import timedelta

import pytest
from bson import ObjectId
from lib.client import new_user
from lib.live import Stream, past_the_new_board
from lib.shows import forget, now, worker_settings
from lib.visitor import answer_instead, lose_answers


def test_book_two_seats(visit, client, records, show):
    visitor = visit(show)
    assert "20 of 20 seats free" in visitor.page.locator("#show").inner_text()
    visitor.hold("S3", "S4")
    assert client.seat_map(show)["S3"] == "held"
    assert visitor.state("S3") == "ours"
    assert visitor.page.locator("#count-text").inner_text()[:2] in ("10", "9:")
    visitor.confirm()
    visitor.until_title("Booked")
    booking = records.assert_booked(show, ["S3", "S4"], visitor.user())
    assert booking in visitor.page.locator("#order-number").inner_text()
    assert visitor.name("S4") == "Seat S4, booked by you"


def test_a_double_click_asks_once(visit, show):
    visitor = visit(show)
    visitor.hold("S3")
    asked = []
    visitor.page.on("request", lambda request: request.url.endswith("/confirm") and asked.append(request.url))
    visitor.page.evaluate("for (const twice of [1, 2]) document.getElementById('do-confirm').click()")
    visitor.until_title("Booked")
    assert len(asked) == 1


def test_the_second_click_of_a_slow_double_click_hits_nothing_else(visit, show):
    """Where "Confirm booking" was, there is "Book more seats" by then."""
    visitor = visit(show)
    visitor.hold("S3")
    visitor.page.locator("#do-confirm").scroll_into_view_if_needed()
    box = visitor.page.locator("#do-confirm").bounding_box()
    mouse = visitor.page.mouse
    mouse.click(box["x"] + 20, box["y"] + 10)
    visitor.until_title("Booked")
    more = visitor.page.locator("#do-more").bounding_box()
    mouse.move(more["x"] + 20, more["y"] + 10)
    mouse.down(click_count=2)
    mouse.up(click_count=2)
    assert visitor.page.locator("#order-title").inner_text() == "Booked"
    visitor.page.locator("#do-more").click()
    visitor.until_title("Your seats")


def test_keyboard_only_from_the_list_to_the_ticket(visit, records):
    """Not one click: Tab, arrows, space, Enter."""
    show = records.show(startTime=now() + timedelta(minutes=30))  # on the first page of the list
    visitor = visit()
    page = visitor.page
    page.locator(f"#shows-list a[href='#{show}']").wait_for()
    for _ in range(30):
        if page.evaluate("document.activeElement.hash") == f"#{show}":
            break
        visitor.keys("Tab")
    visitor.keys("Enter")
    page.wait_for_selector("#plan .seat")
    visitor.until(lambda: visitor.focused() == "show-title", "the focus is at the beginning of the show")
    for _ in range(30):
        if visitor.focused() == "S1":
            break
        visitor.keys("Tab")
    assert visitor.focused() == "S1", "the first seat is reached with the Tab key"
    visitor.keys("ArrowRight", "ArrowRight", "ArrowDown", "Space")
    assert visitor.focused() == "S13", "two right, one row back"
    assert visitor.state("S13") == "chosen"
    assert "1 seat chosen" in visitor.said()[0]
    visitor.keys("ArrowLeft", "Enter", "Home", "End", "ArrowLeft", "Space", "Space")
    assert visitor.focused() == "S19" and visitor.state("S19") == "free"
    for _ in range(30):
        if visitor.focused() == "do-hold":
            break
        visitor.keys("Tab")
    visitor.keys("Enter")
    visitor.until_title("Held for you")
    assert visitor.focused() == "order", "the button went away: the focus is where its place was"
    assert "Held for you: Seat S13 and Seat S12" in visitor.said()[0]
    for _ in range(10):
        if visitor.focused() == "do-confirm":
            break
        visitor.keys("Tab")
    visitor.keys("Space")
    visitor.until_title("Booked")
    assert visitor.focused() == "order"
    assert "Booked: Seat S13 and Seat S12" in visitor.said()[0]
    records.assert_booked(show, ["S12", "S13"], visitor.user())
    assert page.locator("#order-number").is_visible()


def test_two_browsers_race_for_one_seat(visit, client, records, show):
    """Both choose it before either holds; one gets it, and the other is told which seat, and keeps the rest."""
    one, other = visit(show, events=False), visit(show, events=False)
    for visitor, seats in ((one, ["S5", "S6"]), (other, ["S5", "S7"])):
        visitor.page.route("**/status/*", lambda route: route.abort())  # they do not see it coming
        visitor.choose(*seats)
    for visitor in (one, other):
        visitor.page.evaluate("document.getElementById('do-hold').click()")
    settled = lambda visitor: visitor.page.locator("#order-title").inner_text() == "Held for you" or "quicker" in visitor.notice()  # noqa: E731
    for visitor in (one, other):
        visitor.until(lambda: settled(visitor), "held or refused")
    first, second = (one, other) if one.state("S5") == "ours" else (other, one)
    spare = "S7" if second is other else "S6"
    assert "Seat S5 is no longer free" in second.until_notice("Somebody else was quicker")
    assert second.state("S5") == "held" and second.state(spare) == "chosen"
    second.page.click("#do-hold")
    second.until_title("Held for you")
    for visitor in (first, second):
        visitor.confirm()
        visitor.until_title("Booked")
    records.assert_booked(show, ["S5", "S6" if spare == "S7" else "S7"], first.user())
    records.assert_booked(show, [spare], second.user())


def seconds_left(visitor):
    minutes, seconds = visitor.page.locator("#count-text").inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def test_reload_in_the_middle_of_a_hold(visit, client, show):
    visitor = visit(show)
    visitor.hold("S1", "S2")
    before = seconds_left(visitor)
    visitor.page.reload()
    visitor.until_title("Held for you")
    assert seconds_left(visitor) <= before, "the countdown begins anew"
    assert visitor.state("S1") == "ours"
    assert client.seat_map(show)["S1"] == "held"
    assert client.hold(show, "S1", new_user()).status_code == 409, "nobody else gets it"
    visitor.confirm()
    visitor.until_title("Booked")


def test_reload_in_the_middle_of_a_confirmation(visit, records, show):
    """The answer is lost with the page. The next page asks again by itself: Already Booked."""
    visitor = visit(show)
    visitor.hold("S1")
    lost = []
    # The page that asked hears nothing, so that it does not ask again before it is gone.
    visitor.page.route("**/confirm", lambda route: route.continue_() if lost else lost.append(route.fetch().status))
    visitor.confirm()
    visitor.until(lambda: lost, "the confirmation arrived")
    visitor.page.reload()
    visitor.until_title("Already booked")
    assert lost == [201]
    booking = records.assert_booked(show, ["S1"], visitor.user())
    assert booking in visitor.page.locator("#order-number").inner_text()
    visitor.page.reload()
    visitor.page.wait_for_selector("#order-number:visible")
    assert visitor.state("S1") == "booked", "and the ticket stays"


def test_leaving_while_a_confirmation_waits_and_coming_back(visit, records, show):
    visitor = visit(show)
    visitor.hold("S1")
    asked = answer_instead(visitor, "confirm", 1, 503, "unavailable", retry_after=30)
    visitor.confirm()
    visitor.until_notice("Trying again in")
    visitor.page.click(".back")
    visitor.page.wait_for_selector("#shows:visible")
    assert not visitor.notice()
    visitor.page.go_back()
    visitor.until_title("Booked")
    assert len(asked) == 1
    records.assert_booked(show, ["S1"], visitor.user())


def test_leaving_while_a_hold_waits(visit, client, show):
    """Nothing is held, and the list is not told of a choice that it does not have."""
    visitor = visit(show)
    visitor.choose("S1")
    answer_instead(visitor, "hold", 1, 503, "unavailable", retry_after=30)
    visitor.page.click("#do-hold")
    visitor.until_notice("Trying again in")
    with visitor.page.expect_response("**/release"):
        visitor.page.click(".back")
    assert "Stopped" not in visitor.said()[0]
    assert client.seat_map(show)["S1"] == "available"
    visitor.page.go_back()
    visitor.page.wait_for_selector("#plan .seat")
    visitor.hold("S1")


def test_the_answer_to_a_hold_comes_after_leaving_and_coming_back(visit, show):
    visitor, late = visit(show), []
    visitor.choose("S1")
    visitor.page.route("**/hold", lambda route: late.append((route, route.fetch())))
    visitor.page.click("#do-hold")
    visitor.until(lambda: late, "an answer is on its way")
    visitor.page.click(".back")
    visitor.page.wait_for_selector("#shows:visible")
    visitor.page.go_back()
    visitor.page.wait_for_selector("#plan .seat")
    route, answer = late[0]
    route.fulfill(response=answer)
    visitor.until_title("Held for you")
    visitor.page.unroute("**/hold")
    visitor.confirm()
    visitor.until_title("Booked")


def test_a_confirmation_whose_answer_is_lost_is_repeated(visit, records, show):
    visitor = visit(show)
    visitor.hold("S7")
    lost = lose_answers(visitor, "confirm", 1)
    visitor.confirm()
    assert "asking again is safe" in visitor.until_alarm("did not answer")
    visitor.until_title("Already booked")
    assert lost == [201]
    assert not visitor.notice()
    records.assert_booked(show, ["S7"], visitor.user())


def test_a_hold_whose_answer_is_lost_is_repeated(visit, client, show):
    visitor = visit(show)
    visitor.choose("S8")
    lost = lose_answers(visitor, "hold", 1)
    visitor.page.click("#do-hold")
    visitor.until_title("Held for you")
    assert lost == [200]


def test_a_hold_that_lapses(visit, site, client, show):
    """Warned first; then told, and the same seats are offered again."""
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=5, BOXOFFICE_HOLD_MAX_SECONDS=5):
        visitor = visit(show)
        visitor.hold("S1", "S2")
        # What was said aloud stays in its place, however late we look.
        visitor.until(lambda: "Your seats are held for" in visitor.said()[1] and "Confirm now" in visitor.said()[1], "the warning")
        assert "nothing was booked" in visitor.dialog()
        assert not visitor.notice(), "the warning is past"
        assert visitor.page.locator("#order-title").inner_text() == "Your seats"
        visitor.until(lambda: client.seat_map(show)["S1"] == "available", "the hold lapsed")
        visitor.page.click("dialog button[value=again]")
        visitor.until_title("Held for you")
        visitor.confirm()
        visitor.until_title("Booked")


def test_a_hold_that_lapsed_while_the_page_was_closed(visit, site, show):
    with worker_settings(site, BOXOFFICE_HOLD_SECONDS=5):
        visitor = visit(show)
        visitor.hold("S1")
        visitor.page.goto("about:blank")
        visitor.page.wait_for_timeout(5100)  # nobody is there to see a condition
        visitor.open(show)
        assert "no longer held" in visitor.dialog()


@pytest.mark.parametrize("events", [True, False], ids=["live", "asking"])
def test_seats_change_under_ones_eyes_and_the_focus_stays(visit, client, show, events):
    visitor = visit(show, events=events)
    visitor.until(lambda: visitor.page.locator("#live-text").inner_text() == ("Live" if events else "Up to date"), "it follows")
    if not events:
        maps = []
        visitor.page.on("response", lambda answer: "/status/" in answer.url and maps.append(answer.status))
        visitor.until(lambda: maps, "it asks for the map")
        assert maps[0] == 304, "what has not changed is not sent again"
    visitor.seat("S2").focus()
    visitor.keys("Space")
    before = visitor.page.evaluate("document.getElementById('viewport').scrollTop")
    other = new_user()
    client.must_hold(show, ["S2", "S3"], other)
    visitor.until_state("S3", "held")
    assert visitor.state("S2") == "held"
    assert visitor.focused() == "S2", "the seat that was taken keeps the focus"
    assert visitor.page.evaluate("document.getElementById('viewport').scrollTop") == before
    assert "Just taken by somebody else: Seat S2" in visitor.until_notice("Just taken")
    assert "Just taken" in visitor.said()[1]
    visitor.keys("Space")
    assert visitor.state("S2") == "held" and not visitor.seat("S2").is_checked(), "it cannot be chosen"
    assert "taken by somebody else" in visitor.page.locator("#order-seats").inner_text()
    visitor.keys("ArrowRight")
    assert visitor.focused() == "S3", "and the keys still go over it"
    client.must_confirm(show, ["S2", "S3"], other)
    visitor.until_state("S3", "sold")
    assert visitor.focused() == "S3"
    assert visitor.name("S3") == "Seat S3, sold"


def test_give_back(visit, client, show):
    visitor = visit(show)
    visitor.hold("S1", "S2", "S3")
    visitor.page.click("#order-seats button[aria-label='Give back Seat S2']")
    visitor.until(lambda: client.seat_map(show)["S2"] == "available", "one seat is given back")
    visitor.until_state("S2", "free")
    assert visitor.state("S1") == "ours"
    visitor.page.click("#do-release")
    visitor.until_title("Your seats")
    assert set(client.seat_map(show).values()) == {"available"}
    visitor.page.reload()
    visitor.page.wait_for_selector(".plan .seat")
    visitor.until_title("Your seats")


def test_more_seats_than_may_be_held(visit, show):
    visitor = visit(show)
    visitor.choose(*(f"S{i}" for i in range(1, 12)))
    visitor.page.click("#do-hold")
    assert "Take some out" in visitor.until_notice("more seats than")
    visitor.seat("S1").click()
    visitor.page.click("#do-hold")
    visitor.until_title("Held for you")


def test_our_hold_was_lost_and_the_seat_sold(visit, site, client, records, show):
    """Redis forgot; another bought the seat. The person hears that nothing was booked."""
    visitor = visit(show, events=False)
    visitor.page.route("**/status/*", lambda route: route.abort())  # before the hold, after which the page asks for the map
    visitor.hold("S1")
    site.redis.client().flushall()
    other = new_user()
    client.must_hold(show, "S1", other)
    client.must_confirm(show, "S1", other)
    visitor.confirm()
    assert "sold to somebody else" in (told := visitor.dialog()) and "Nothing was booked" in told
    visitor.page.unroute("**/status/*")
    visitor.page.click("dialog button")
    visitor.until_title("Your seats")
    records.assert_booked(show, ["S1"], other)


def test_our_hold_was_lost_and_the_seat_is_free(visit, site, records, show):
    """The person hears that nothing was booked, and what to do; it works."""
    visitor = visit(show, events=False)
    asked = []
    visitor.page.on("request", lambda request: "/confirm" in request.url and asked.append(request.url))
    # The box office itself must say it: the page does not see it coming. Before the hold, after which the page asks for the map.
    visitor.page.route("**/status/*", lambda route: route.continue_() if asked else route.abort())
    visitor.hold("S1")
    forget(site, show)
    with visitor.page.expect_response("**/confirm") as answered:
        visitor.confirm()
    assert answered.value.status == 410
    told = visitor.dialog()
    assert "Seat S1: no longer held for you, and nothing was booked" in told and "try to hold the same seats again" in told
    assert records.bookings(show) == {}
    visitor.page.click("dialog button[value='']")
    visitor.until_title("Your seats")
    visitor.until_state("S1", "free")
    visitor.book("S1")
    records.assert_booked(show, ["S1"], visitor.user())


@pytest.mark.parametrize("path, words", [("shows", "The list is loaded"), ("status/*", "The show is loaded"), ("shows/*", "The show is loaded")])
def test_busy_while_the_page_is_loaded(visit, records, path, words):
    show = records.show(startTime=now() + timedelta(minutes=30))
    visitor = visit()
    page = visitor.page
    page.goto("about:blank")
    asked = answer_instead(visitor, path, 1, 503, "unavailable", retry_after=3)
    page.goto(visitor.site.base_url + ("/" if path == "shows" else f"/#{show}"))
    visitor.until_notice("cannot answer for a moment", words, "Trying again in")
    assert not page.locator("#notice-stop").is_visible(), "there is nothing to stop for"
    page.wait_for_selector(f"#shows-list a[href='#{show}']" if path == "shows" else "#plan .seat")
    assert len(asked) == 1 and not visitor.notice()


def test_a_list_that_cannot_be_had_is_not_called_empty(visit):
    visitor = visit()
    visitor.page.goto("about:blank")
    answer_instead(visitor, "shows", 1, 500, "internal")
    visitor.page.goto(visitor.site.base_url + "/")
    visitor.until_notice("did not work", "load the page again")
    assert not visitor.page.locator("#shows-empty").is_visible()


@pytest.mark.parametrize("status, code, words", [
    (429, "too_many_requests", "Very many requests"),
    (503, "unavailable", "cannot answer for a moment"),
    (503, "outcome_unknown", "does not know yet"),
])
def test_busy_box_office_is_asked_again_by_itself(visit, records, show, status, code, words):
    visitor = visit(show)
    path = "confirm" if code == "outcome_unknown" else "hold"
    asked = answer_instead(visitor, path, 2, status, code)
    visitor.choose("S1")
    visitor.page.click("#do-hold")
    if path == "confirm":
        visitor.until_title("Held for you")
        visitor.confirm()
    told = visitor.until_alarm(words, "Trying again")
    assert "choice is kept" in told or "seats are kept" in told
    visitor.until_title("Booked" if path == "confirm" else "Held for you")
    assert len(asked) == 2 and asked[0] == asked[1], "the very same request"
    assert not visitor.notice()


def test_trying_again_can_be_stopped(visit, client, show):
    visitor = visit(show)
    answer_instead(visitor, "hold", 99, 503, "unavailable", retry_after=30)
    visitor.choose("S1")
    visitor.page.click("#do-hold")
    visitor.until_notice("Trying again in")
    visitor.page.click("#notice-stop")
    visitor.page.wait_for_selector("#notice", state="hidden")
    assert visitor.state("S1") == "chosen"
    assert client.seat_map(show)["S1"] == "available"


def test_offline_and_back(visit, client, records, show):
    visitor = visit(show)
    visitor.choose("S1")
    visitor.context.set_offline(True)
    visitor.until_notice("You are offline", "may be out of date")
    visitor.page.click("#do-hold")
    visitor.until_notice("You are offline", "choice is kept")
    assert visitor.page.locator("#live-text").inner_text() == "Offline"
    client.must_hold(show, "S9", new_user())
    visitor.context.set_offline(False)
    visitor.until_title("Held for you")
    visitor.until_state("S9", "held")
    visitor.until(lambda: visitor.page.locator("#live-text").inner_text() != "Offline", "the page follows again")
    assert not visitor.notice()


def test_a_map_from_before_the_hold_takes_nothing_away(visit, show):
    """A map that is on its way while the seats are held calls them free: it is older than the hold."""
    visitor = visit(show, events=False)
    late = []

    def on_status(route):
        if late:
            route.continue_()
        else:
            late.append((route, route.fetch(headers={})))

    visitor.page.route("**/status/*", on_status)
    visitor.until(lambda: late, "a map is on its way")
    visitor.hold("S1")
    route, old = late[0]
    assert {seat["seatNumber"]: seat["status"] for seat in old.json()["seats"]}["S1"] == "available"
    with visitor.page.expect_response("**/status/*"):
        route.fulfill(response=old)
    visitor.confirm()
    visitor.until_title("Booked")
    assert visitor.state("S1") == "booked"


def test_no_such_show(visit):
    visitor = visit()
    visitor.page.goto(visitor.site.base_url + "/#" + "0" * 24)
    visitor.page.wait_for_selector("#missing:visible")
    assert "may be over" in visitor.page.locator("#missing").inner_text()


def test_a_changed_hall_is_drawn_anew(visit, client, records, show):
    visitor = visit(show)
    visitor.hold("S1")
    records.db.shows.update_one({"_id": ObjectId(show)}, {"$set": {"totalSeats": 24}})
    # Whoever asks makes the board load the new hall, and all who listen are told.
    visitor.until(lambda: client.status(show).ok and "plan of the hall was changed" in visitor.notice(), "the page hears of it")
    visitor.until(lambda: visitor.seat("S24").count() == 1, "the new seats")
    visitor.until_title("Held for you")
    assert visitor.state("S1") == "ours"


def test_events_alone_carry_a_change(visit, site, client, show):
    """Without one more map: what the events tell is applied, seats that become free too."""
    stream = Stream(site, show)
    past_the_new_board(site, show, stream)
    stream.close()
    # All shows' pages may be told to read the map, some time after the feed began or lost something: not in this test.
    visitor = visit(show, spoilt=("Math.random() * RESYNC_MS", "60000"))
    visitor.until(lambda: visitor.page.locator("#live-text").inner_text() == "Live", "it follows")
    visitor.page.route("**/status/*", lambda route: route.abort())
    client.must_hold(show, ["S5", "S6"], user := new_user())
    visitor.until_state("S6", "held")
    client.must_confirm(show, ["S5"], user)
    visitor.until_state("S5", "sold")
    assert client.release(show, ["S6"], user).status_code == 200
    visitor.until_state("S6", "free")
    assert visitor.page.locator("#live-text").inner_text() == "Live"
    visitor.until(lambda: "19 of 20" in visitor.page.locator("#show-free").inner_text(), "the count follows")
