"""The program that boxoffice replaces, as small as may be, over a site's own Redis and MongoDB: its paths, its documents, its
holds (`hold:<show>:<seat>` -> userId, SET NX EX), its looks before it writes. A peer for tests of the migration."""

import json
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymongo
from bson import ObjectId
from bson.errors import InvalidId

HOLD_SECONDS = 600
PREFIX = "/api/bookings"


class Refusal(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Box:
    """What it knows and does."""

    def __init__(self, site):
        self.redis = site.redis.client(decode_responses=True)
        self.mongo = site.mongod.client()
        self.db = self.mongo[site.mongo_db]

    def close(self):
        self.redis.close()
        self.mongo.close()

    def show(self, show_id):
        try:
            show = self.db.shows.find_one({"_id": ObjectId(show_id)})
        except InvalidId as error:
            raise Refusal(400, "Invalid showId") from error
        if not show:
            raise Refusal(404, "Show not found")
        return show

    def states(self, show):
        sold = {booking["seatNumber"] for booking in self.db.bookings.find({"showId": show["_id"]})}
        seats = [f"S{i}" for i in range(1, int(show["totalSeats"]) + 1)]
        held = self.redis.mget([key(show["_id"], seat) for seat in seats])
        return [(seat, "booked" if seat in sold else "held" if holder else "available") for seat, holder in zip(seats, held)]

    def status(self, show_id):
        show = self.show(show_id)
        return 200, {"showTitle": show["movieTitle"], "totalSeats": int(show["totalSeats"]),
                     "seats": [{"seatNumber": seat, "status": state} for seat, state in self.states(show)]}

    def summary(self, show_id):
        show = self.show(show_id)
        states = [state for _, state in self.states(show)]
        counts = {name: states.count(state) for name, state in (
            ("bookedCount", "booked"), ("heldCount", "held"), ("availableCount", "available"))}
        return 200, {"movieTitle": show["movieTitle"], "totalSeats": int(show["totalSeats"]), **counts,
                     "message": f"{counts['availableCount']} seats left"}

    def hold(self, show_id, seats, user):
        show, taken = self.show(show_id), []
        if self.db.bookings.find_one({"showId": show["_id"], "seatNumber": {"$in": seats}}):
            raise Refusal(409, "Seat already booked")
        for seat in seats:
            if not self.redis.set(key(show_id, seat), user, nx=True, ex=HOLD_SECONDS):
                for own in taken:
                    self.redis.delete(key(show_id, own))
                raise Refusal(409, "Seat is held")
            taken.append(seat)
        return 200, {"message": "Seat held", "showId": show_id, "seatNumbers": seats, "userId": user, "expiresInSeconds": HOLD_SECONDS}

    def confirm(self, show_id, seats, user):
        show = self.show(show_id)
        booked = {booking["seatNumber"]: booking["userId"]
                  for booking in self.db.bookings.find({"showId": show["_id"], "seatNumber": {"$in": seats}})}
        if set(booked) == set(seats) and set(booked.values()) == {user}:
            return 200, {"message": "Already Booked"}
        for seat in seats:
            holder = self.redis.get(key(show_id, seat))
            if holder is None:
                raise Refusal(410, "Hold expired")
            if holder != user:
                raise Refusal(403, "Held by another user")
        now = datetime.now(timezone.utc)
        try:
            self.db.bookings.insert_many([{"showId": show["_id"], "seatNumber": seat, "userId": user, "createdAt": now,
                                           "updatedAt": now, "__v": 0} for seat in seats])
        except pymongo.errors.BulkWriteError as error:
            raise Refusal(409, "Seat already booked") from error
        self.redis.delete(*(key(show_id, seat) for seat in seats))
        return 201, {"message": "Booking confirmed", "showId": show_id, "seatNumbers": seats, "userId": user}


def key(show_id, seat):
    return f"hold:{show_id}:{seat}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, make):
        if self.server.refusing:
            self.close_connection = True
            return
        try:
            status, body = make()
        except Refusal as refusal:
            status, body = refusal.status, {"message": str(refusal)}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("X-Powered-By", "Express")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def method_of(self, names):
        """(method of the box, rest of the path)."""
        words = self.path.removeprefix(PREFIX).split("/")
        if not self.path.startswith(PREFIX) or words[1] not in names:
            raise Refusal(404, "Not found")
        return getattr(self.server.box, words[1]), words[2:]

    def do_GET(self):
        def make():
            method, rest = self.method_of(("status", "summary"))
            return method(*rest)
        self.answer(make)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def make():
            method, _ = self.method_of(("hold", "confirm"))
            seats = body["seatNumber"]
            return method(body["showId"], [seats] if isinstance(seats, str) else seats, body["userId"])
        self.answer(make)


class NodeProgram:
    """As a context manager, it listens on a port of loopback; lib.client.Client(program, PREFIX) asks it."""

    def __init__(self, site):
        self.box = Box(site)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.box = self.box
        self.server.refusing = False
        self.port = self.server.server_address[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def refuse(self, whether):
        """As if it were down: connections end without a word."""
        self.server.refusing = whether

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
        self.box.close()
