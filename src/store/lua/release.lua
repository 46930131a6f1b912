-- Gives back a user's own holds on all seats, or none. Seats that nobody holds count as given back.
-- KEYS[5]: user; KEYS[6..]: holds of the seats.
-- ARGV[4]: userId, [5]: proof, [6..]: seats.
-- Returns {'stale'}, {'show', hash, document}, {'sold', claim, seat, ...}, {'other', claim, seat, ...} held by another,
--   {'token', claim, seat, ...} not proved, {'confirming', claim, seat, ...} with a confirmation under way, {'done', claim, how many of them were held}.
local USER, me = KEYS[5], ARGV[4]
local refused, holds = gate()
if not refused then holds, refused = own_holds(me, ARGV[5], 6) end
if refused then return refused end

local keys, released = {}, {}
for i, hold in ipairs(holds) do
  if hold then
    table.insert(keys, hold.key)
    table.insert(released, ARGV[5 + i])
  end
end
local version
if #released > 0 then
  redis.call('ZREM', TAKEN, unpack(released))
  redis.call('ZREM', USER, unpack(released))
  for _, key in ipairs(keys) do drop_hold(key) end
  version = next_version()
  touch(TAKEN)
end
local claim = claim_refresh()
if version then publish(version, 'available', table.concat(released, ',')) end
return { 'done', claim, #released }
