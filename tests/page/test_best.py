"""The best seats, found and held at one press."""

from lib.client import new_user
from lib.visitor import lose_answers


def ask(visitor, quantity):
    visitor.page.select_option("#best-quantity", str(quantity))
    visitor.page.click("#best-go")


def test_best_seats_are_held(visit, client, show):
    visitor = visit(show)
    ask(visitor, 3)
    visitor.until_title("Held for you")
    held = [label for label, state in client.seat_map(show).items() if state == "held"]
    assert len(held) == 3
    assert all(visitor.state(label) == "ours" for label in held)
    visitor.confirm()
    visitor.until_title("Booked")


def test_a_lost_answer_holds_no_more_than_was_asked_for(visit, client, show):
    visitor = visit(show)
    lost = lose_answers(visitor, "best-available", 1)
    ask(visitor, 2)
    visitor.until_title("Held for you")
    assert lost == [200]
    assert list(client.seat_map(show).values()).count("held") == 2


def test_not_enough_left(visit, client, show):
    for first in (1, 11):
        client.must_hold(show, [f"S{i}" for i in range(first, first + 10)][:9], new_user())
    visitor = visit(show)
    ask(visitor, 3)
    assert "Only 2 such seats left" in visitor.until_notice("Ask for fewer")
    ask(visitor, 2)
    visitor.until_title("Held for you")
