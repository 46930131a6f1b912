"""Shows and bookings written straight into MongoDB, as the Node program or another one would."""

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from bson import ObjectId

from .waiting import wait_until


def now():
    return datetime.now(timezone.utc)


class Records:
    """The database of a site, by hand."""

    def __init__(self, site):
        self.site = site
        self.mongo = site.mongod.client()
        self.db = self.mongo[site.mongo_db]

    def close(self):
        self.mongo.close()

    def show(self, seats=20, title="Metropolis", layout=None, **fields):
        """Makes a show and returns its id. layout: a list of labels."""
        document = {"_id": ObjectId(), "movieTitle": title, "startTime": now() + timedelta(days=1),
                    "totalSeats": len(layout) if layout is not None else seats,
                    "createdAt": now(), "updatedAt": now()}
        if layout is not None:
            document["layout"] = layout
        document.update(fields)
        self.db.shows.insert_one(document)
        return str(document["_id"])

    def book(self, show, seats, user, booking_id=None):
        """Sells seats behind the workers' back. Without booking_id as the Node program did."""
        for seat in [seats] if isinstance(seats, str) else seats:
            document = {"showId": ObjectId(show), "seatNumber": seat, "userId": user,
                        "createdAt": now(), "updatedAt": now()}
            if booking_id:
                document["bookingId"] = booking_id
            self.db.bookings.insert_one(document)

    def cancel(self, show, seat):
        assert self.db.bookings.delete_one({"showId": ObjectId(show), "seatNumber": seat}).deleted_count == 1

    def bookings(self, show):
        """{seat: document} of a show."""
        documents = list(self.db.bookings.find({"showId": ObjectId(show)}))
        found = {document["seatNumber"]: document for document in documents}
        assert len(found) == len(documents), f"a seat was sold twice: {documents}"
        return found

    def cancellations(self, show):
        """{(seat, bookingId): document} of a show."""
        documents = list(self.db.cancellations.find({"showId": ObjectId(show)}))
        found = {(document["seatNumber"], str(document.get("bookingId"))): document for document in documents}
        assert len(found) == len(documents), f"a seat of a booking was cancelled twice: {documents}"
        return found

    def assert_booked(self, show, seats, user):
        """These seats are sold to the user, all or none of them under one id; returns the id."""
        found = self.bookings(show)
        mine = [found[seat] for seat in seats]
        assert {document["userId"] for document in mine} == {user}, mine
        ids = {str(document["bookingId"]) for document in mine}
        assert len(ids) == 1, f"one confirmation, several ids: {mine}"
        return ids.pop()


def keys_of(site, show, kind="*"):
    """Redis keys of a show: `hold`, `taken`, `confirming`, `user`, `board`, `show`."""
    client = site.redis.client()
    return sorted(key.decode() for key in client.scan_iter(match=f"{kind}:{{{show}}}*", count=1000))


def held_keys(site, show):
    """Seats that Redis keeps a hold of."""
    return {key.split("}:", 1)[1] for key in keys_of(site, show, "hold")}


def forget(site, show):
    """As if Redis had been emptied, for one show. The Node program's keys have no braces."""
    client = site.redis.client()
    keys = [*keys_of(site, show), *client.scan_iter(match=f"hold:{show}:*", count=1000)]
    if keys:
        client.delete(*keys)


def announce(site, show, seat, life_ms=15000):
    """As if a worker were between MongoDB and the board with a confirmation of the seat; it ends by its deadline."""
    redis = site.redis.client()
    seconds, micros = redis.time()
    redis.zadd(f"confirming:{{{show}}}", {f"c0ffee:{seat}": seconds * 1000 + micros // 1000 + life_ms})


@contextmanager
def unchanged(site, client, records, show):
    """What happens inside must change nothing that anybody can see, and cost no worker its life."""
    pids = site.workers.pids()
    before = client.seat_map(show), records.bookings(show), held_keys(site, show)
    yield
    assert (client.seat_map(show), records.bookings(show), held_keys(site, show)) == before
    assert site.workers.pids() == pids, "a worker was replaced"


@contextmanager
def worker_settings(site, **env):
    """Workers with other settings; the site's own afterwards. Numbers may be given as such."""
    site.workers.restart(env={name: str(value) for name, value in env.items()})
    site.wait_ready()
    try:
        yield site
    finally:
        site.workers.restart(env={})
        site.wait_ready()


def wait_answers(client, show, timeout=15):
    """Until a status succeeds again."""
    wait_until(lambda: client.status(show).status_code == 200, timeout, "status 200")
