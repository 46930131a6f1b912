"""What does not depend on colour, on size, or on a large screen."""

import itertools

import pytest
from lib.visitor import PHONE

STATES = ("free", "chosen", "ours", "booked", "held", "sold", "blocked")


@pytest.mark.parametrize("options", [{}, {"forced_colors": "active"}, {"forced_colors": "active", "color_scheme": "dark"}],
                         ids=["grey", "forced", "forced dark"])
def test_no_state_is_told_by_colour_alone(visit, show, options):
    """Each state looks different from each other without any colour: in grey, and in a forced palette."""
    visitor = visit(show, **options)
    page = visitor.page
    # In grey, light and dark fills are told apart no more: all that is left are outlines and marks.
    page.evaluate("""states => {
        if (!matchMedia('(forced-colors: active)').matches) document.documentElement.style.filter = 'grayscale(1)';
        const room = document.getElementById('legend');
        room.replaceChildren(...states.map(state => {
            const seat = document.createElement('span');
            seat.className = 'seat'; seat.dataset.state = state; seat.style.fontSize = '40px';
            return seat; }));
    }""", list(STATES))
    pictures = [page.locator(f"#legend .seat[data-state={state}]").screenshot() for state in STATES]
    for (one, first), (other, second) in itertools.combinations(zip(STATES, pictures), 2):
        assert first != second, f"{one} and {other} look the same"
    shapes = page.evaluate("""states => states.map(state => {
        const seat = document.querySelector(`#legend .seat[data-state=${state}]`);
        const face = getComputedStyle(seat, '::before'), mark = getComputedStyle(seat, '::after');
        return [face.content, face.borderTopStyle, face.inset, mark.content, mark.rotate].join('|'); })""", list(STATES))
    same = {frozenset((one, other)) for (one, a), (other, b) in itertools.combinations(zip(STATES, shapes), 2) if a == b}
    # What is booked and what is chosen never show at once in one place; their names and the heading differ.
    assert same <= {frozenset(("chosen", "booked"))}, "told by colour alone"


def test_names_tell_the_state(visit, client, show):
    client.must_hold(show, ["S1", "S2"], "somebody")
    client.must_confirm(show, "S2", "somebody")
    visitor = visit(show)
    visitor.hold("S3")
    assert [visitor.name(label) for label in ("S1", "S2", "S3", "S4")] == \
        ["Seat S1, held by somebody else", "Seat S2, sold", "Seat S3, held for you", "Seat S4, available"]
    role = visitor.page.get_by_role("checkbox", name="Seat S3, held for you")
    assert role.is_checked() and visitor.page.get_by_role("checkbox", name="Seat S4, available").is_enabled()


@pytest.mark.parametrize("size", [PHONE, (1280, 860)], ids=["phone", "desktop"])
def test_targets_and_width(visit, show, size):
    """Nothing sticks out sideways, and whatever can be pressed is 24 px wide and high at least."""
    visitor = visit(show, size=size)
    visitor.hold("S1", "S2", "S3", "S4")
    page = visitor.page
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    small = page.evaluate("""() => [...document.querySelectorAll('button, select, input, a[href]')]
        .filter(node => node.checkVisibility() && !node.closest('.skip'))
        .map(node => [node.id || node.dataset.label || node.textContent, node.closest('label.tick') ?? node])
        .map(([name, node]) => [name, node.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)""")
    assert small == []


def test_a_focused_seat_is_not_hidden_behind_the_bar(visit, show):
    visitor = visit(show, size=PHONE)
    visitor.hold("S1")
    for label in ("S20", "S1"):
        visitor.seat(label).focus()
        visitor.until(lambda: visitor.page.evaluate("""() => {
            const box = document.activeElement.getBoundingClientRect();
            return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === document.activeElement; }"""),
            f"{label} is in sight")


def test_size_of_the_plan(visit, show):
    visitor = visit(show)
    page = visitor.page
    width = lambda: page.evaluate("document.querySelector('#plan .seat').getBoundingClientRect().width")  # noqa: E731
    first = width()
    page.click("#zoom-in")
    assert width() > first
    for _ in range(8):
        if page.locator("#zoom-out").is_disabled():
            break
        page.click("#zoom-out")
    assert width() == 24, "never smaller than a target may be"


def test_a_drag_moves_the_plan_and_chooses_nothing(visit, records):
    visitor = visit(records.show(seats=900))
    page = visitor.page
    place = page.locator("#viewport").bounding_box()
    left = page.evaluate("document.getElementById('viewport').scrollLeft")
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 80, steps=4)
    page.mouse.up()
    assert page.evaluate("document.getElementById('viewport').scrollLeft") > left + 40
    assert page.locator("#plan .seat[data-state=chosen]").count() == 0
