"""The hall as its layout describes it, and the list of shows."""

from datetime import timedelta

import pytest
from lib.client import new_user
from lib.shows import now
from lib.visitor import axe, hall


@pytest.fixture
def house(records):
    """The small hall of lib.visitor: rows A and B of the stalls, row C of the circle."""
    return records.show(title="Metropolis", layout=hall(), startTime=now() + timedelta(hours=1))


def test_sections_rows_and_names(visit, house):
    visitor = visit(house)
    page = visitor.page
    assert page.locator("#plan h3").all_inner_texts() == ["Stalls", "Circle"]
    assert [" ".join(text.split()) for text in page.locator("#plan legend").all_text_contents()] == ["Row A", "Row B", "Row C"]
    assert visitor.name("A1") == "Row A, seat 1, accessible, Stalls, €24.00, available"
    assert visitor.name("A2") == "Row A, seat 2, companion of A1, Stalls, €24.00, available"
    assert visitor.name("C1") == "Row C, seat 1, Circle, €16.00, not for sale"
    assert page.get_by_role("group", name="Row B").get_by_role("checkbox").count() == 8
    assert page.locator("#plan svg.mark").count() == 1
    assert "Not for sale" in page.locator("#legend").inner_text()
    assert "25 of 26 seats free" in page.locator("#show-free").inner_text()


@pytest.mark.parametrize("said, word", [({"front": "screen"}, "Screen"), ({"front": "stage"}, "Stage"), ({}, "Front")])
def test_what_people_sit_before(visit, records, said, word):
    visitor = visit(records.show(layout={**hall(), **said}))
    assert visitor.page.locator("#plan .front").text_content() == word


def test_seats_stand_where_the_layout_says(visit, house):
    visitor = visit(house)
    where = {label: visitor.seat(label).bounding_box() for label in ("A1", "A2", "A4", "A5", "B1", "C1")}
    width = where["A2"]["x"] - where["A1"]["x"]
    assert where["A5"]["x"] - where["A4"]["x"] == pytest.approx(2 * width, abs=1), "the aisle"
    assert where["B1"]["y"] - where["A1"]["y"] == pytest.approx(width, abs=1), "the next row"
    assert where["C1"]["y"] - where["A1"]["y"] == pytest.approx(5 * width, abs=1), "the circle is further back"


def test_a_blocked_seat_cannot_be_chosen(visit, house):
    visitor = visit(house)
    visitor.seat("C1").click(force=True)
    assert visitor.state("C1") == "blocked" and not visitor.seat("C1").is_checked()
    assert "not for sale" in visitor.said()[0]


def test_prices_are_added_up(visit, house):
    visitor = visit(house)
    visitor.choose("B1", "B2", "C2")
    assert visitor.page.locator("#order-total").inner_text().split() == ["Total", "€64.00"]
    visitor.page.click("#order-seats button[aria-label='Take out Stalls, Row B, seat 1']")
    assert "€40.00" in visitor.page.locator("#order-total").inner_text()


def test_keys_go_over_aisles_and_sections(visit, house):
    visitor = visit(house)
    visitor.seat("A4").focus()
    for key, label in (("ArrowRight", "A5"), ("ArrowDown", "B5"), ("ArrowDown", "C5"), ("ArrowUp", "B5"), ("Home", "B1"), ("End", "B8"),
                       ("PageDown", "C1"), ("PageUp", "A1"), ("ArrowLeft", "A1"), ("ArrowUp", "A1")):
        visitor.keys(key)
        assert visitor.focused() == label, key
    # Tab goes from row to row, and back to the seat of the row that was left.
    visitor.keys("ArrowRight", "Tab")
    assert visitor.focused() == "B8"
    visitor.keys("Shift+Tab")
    assert visitor.focused() == "A2"


def test_best_seats_with_a_wheelchair(visit, house):
    visitor = visit(house)
    page = visitor.page
    page.check("#best-accessible")
    page.click("#best-go")
    visitor.until_title("Held for you")
    assert visitor.state("A1") == visitor.state("A2") == "ours"


def test_best_seats_of_a_price(visit, house):
    visitor = visit(house)
    visitor.page.select_option("#best-category", "Circle")
    visitor.page.click("#best-go")
    visitor.until_title("Held for you")
    assert visitor.page.locator("#plan .seat[data-state=ours]").evaluate_all("all => all.map(one => one.seat.inSection.name)") \
        == ["Circle", "Circle"]


def test_axe(visit, house):
    visitor = visit(house)
    visitor.choose("A1", "C2")
    assert axe(visitor) == []


def test_list_to_show_and_back(visit, client, records, house):
    client.must_hold(house, ["B1", "B2"], new_user())
    visitor = visit()
    page = visitor.page
    card = page.locator("#shows-list li", has=page.locator(f"a[href='#{house}']"))
    card.wait_for()
    assert "23 of 26 seats free" in card.inner_text()
    card.locator("a").click()
    page.wait_for_selector("#plan .seat")
    assert page.title() == "Metropolis · Box office"
    visitor.until(lambda: visitor.focused() == "show-title", "the focus is at the beginning of the show")
    page.go_back()
    page.wait_for_selector("#shows:visible")
    visitor.until(lambda: visitor.focused() == "shows-title", "the focus is at the beginning of the list")
    assert page.title() == "Box office"


def test_while_a_show_is_loaded_nothing_of_the_last_one_is_there(visit, records, house):
    """Nobody takes its seats for those of the show that they asked for."""
    visitor, other, late = visit(house), records.show(title="Nosferatu"), []
    page = visitor.page
    visitor.choose("A1")
    page.route(f"**/status/{other}", lambda route: late.append(route))
    page.evaluate(f"location.hash = '{other}'")
    visitor.until(lambda: late, "the other show is asked for")
    for last in ("#show-title", "#show-free", "#plan .seat >> nth=0", "#do-hold"):
        assert not page.locator(last).is_visible(), last
    assert page.locator(".back").is_visible()
    late[0].continue_()
    page.wait_for_selector("#plan .seat")
    assert page.locator("#show-title").inner_text() == "Nosferatu"
    assert visitor.state("S1") == "free" and visitor.page.locator("#order-title").inner_text() == "Your seats"


def test_the_list_goes_on(visit, records):
    for _ in range(21):
        records.show(startTime=now() + timedelta(hours=2))
    visitor = visit()
    links = visitor.page.locator("#shows-list a")
    links.last.wait_for()
    assert links.count() == 20
    visitor.page.evaluate("for (const twice of [1, 2]) document.getElementById('shows-more').click()")
    visitor.until(lambda: links.count() > 20 and not visitor.page.locator("#shows-more").is_disabled(), "more shows")
    where = links.evaluate_all("all => all.map(one => one.href)")
    assert len(where) == len(set(where)), "none twice"


def test_tickets_are_listed(visit, house):
    visitor = visit(house)
    visitor.book("B3", "B4")
    visitor.page.click(".back")
    visitor.page.wait_for_selector("#tickets:visible")
    assert "2 seats: B3, B4" in visitor.page.locator("#tickets-list").inner_text()
    assert axe(visitor) == []
    visitor.page.click("#tickets-list a")
    visitor.page.wait_for_selector("#order-number:visible")


@pytest.mark.parametrize("row, label, name", [
    ("F", "F12", "Row F, seat 12"), ("F", "DC F12", "Row F, seat 12"), ("D", "DC D3", "Row D, seat 3"), ("BL1", "BL1-3", "Row BL1, seat 3"), ("1", "15", "Row 1, seat 5"),
    ("F", "Sofa", "Row F, seat Sofa"), ("", "S7", "Seat S7"), ("", "Sofa", "Seat Sofa"),
])
def test_names_of_seats(visit, records, row, label, name):
    visitor = visit(records.show(layout={"sections": [{"rows": [{**({"name": row} if row else {}), "seats": [{"label": label}]}]}]}))
    assert visitor.name(label) == f"{name}, available"
