"""Who reads while others buy sees whole batches only, and never a step back."""

from lib.client import Client, new_user
from lib.threads import Background, together
from lib.shows import worker_settings

ORDER = {"available": 0, "held": 1, "booked": 2}


def watcher(site, show, batches):
    """A step for Background: reads the map, checks it against the batches and against its own past."""
    clients = [Client(site) for _ in range(4)]
    past = [dict() for _ in clients]

    def look(number):
        states = clients[number].seat_map(show)
        for batch in batches:
            seen = {states[seat] for seat in batch}
            assert len(seen) == 1, f"part of a batch: {[(seat, states[seat]) for seat in batch]}"
        for seat, state in states.items():
            assert ORDER[state] >= ORDER[past[number].get(seat, "available")], f"{seat} went back to {state}"
        past[number].update(states)
        body = clients[number].summary(show).json()
        assert body["bookedCount"] % 3 == body["heldCount"] % 3 == 0, f"part of a batch: {body}"
        assert body["bookedCount"] + body["heldCount"] + body["availableCount"] == body["totalSeats"]

    return look


def buy_all(site, show, batches):
    def buy(batch):
        client, user = Client(site), new_user()
        client.must_hold(show, batch, user)
        client.must_confirm(show, batch, user)

    for start in range(0, len(batches), 4):
        together(lambda batch=batch: buy(batch) for batch in batches[start:start + 4])


def test_readers_see_whole_batches(site, client, records):
    show = records.show(seats=180)
    batches = [[f"S{3 * i + k}" for k in (1, 2, 3)] for i in range(60)]
    with Background(watcher(site, show, batches), count=4) as readers:
        buy_all(site, show, batches)
    assert readers.turns >= 20, "too few reads to mean anything"
    assert set(client.seat_map(show).values()) == {"booked"}
    assert len(records.bookings(show)) == 180


def test_readers_of_boards_that_are_never_trusted(site, client, records):
    """The same where each read loads the board from MongoDB in the middle of transactions."""
    with worker_settings(site, BOXOFFICE_BOARD_SECONDS=0):
        show = records.show(seats=72)
        batches = [[f"S{3 * i + k}" for k in (1, 2, 3)] for i in range(24)]
        with Background(watcher(site, show, batches), count=2) as readers:
            buy_all(site, show, batches)
        assert readers.turns >= 5
        assert set(client.seat_map(show).values()) == {"booked"}


def test_sale_is_seen_by_all_at_once(site, client, records):
    """Once a sale is answered, no worker shows the seat as anything else, and none grants it."""
    clients = [Client(site) for _ in range(8)]
    show = records.show(seats=30)
    for number in range(1, 31):
        seat, user = f"S{number}", new_user()
        client.must_hold(show, seat, user)
        assert set(together(lambda c=c: c.seat_map(show)[seat] for c in clients)) == {"held"}
        client.must_confirm(show, seat, user)
        answers = together([lambda c=c: c.seat_map(show)[seat] for c in clients[:4]]
                           + [lambda c=c: c.hold(show, seat, new_user()).status_code for c in clients[4:]])
        assert set(answers) == {"booked", 409}
