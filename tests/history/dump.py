"""Both stores as a round left them."""

from datetime import timezone

from .log import write_json

# One moment of Redis: all holds with the time at which Redis ends them.
HOLDS = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local found = {}
for _, key in ipairs(redis.call('KEYS', 'hold:*')) do
  table.insert(found, { key, redis.call('GET', key), now + redis.call('PTTL', key) })
end
return found
"""


def write(site, folder):
    write_json(folder / "bookings.json", bookings(site))
    write_json(folder / "holds.json", [hold_of(*found) for found in site.redis.client().eval(HOLDS, 0)])


def bookings(site):
    with site.mongod.client() as mongo:
        return [[str(one["showId"]), one["seatNumber"], one["userId"], one.get("bookingId"), ms_of(one["createdAt"])]
                for one in mongo[site.mongo_db].bookings.find({})]


def ms_of(moment):
    return round(moment.replace(tzinfo=timezone.utc).timestamp() * 1000)


def hold_of(key, value, end_ms):
    """`hold:{<show>}:<seat>` and `<holdId>:<first end>:<granted>:<digest>:<userId>`, as a list."""
    show, seat = key.decode().removeprefix("hold:{").split("}:", 1)
    hold_id, first_end, _, _, user = value.decode().split(":", 4)
    return [show, seat, hold_id, int(first_end), user, end_ms]
