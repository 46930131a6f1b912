-- Takes all seats for a user, or none. Seats that the user holds already keep their expiry.
-- KEYS[5]: user; KEYS[6..]: holds of the seats.
-- ARGV[4]: userId, [5]: holdId of a new hold, [6]: its length in ms, [7]: seats one user may hold, [8..]: seats.
-- Returns {'stale'}, {'show', hash, document},
--   {'refused', claim, seat, reason, ...}, {'limit', claim, seats held},
--   {'done', claim, now, holdId, first end, holdId, first end, ...} in the order of the request.
local USER, me, hold_id = KEYS[5], ARGV[4], ARGV[5]
local count = #KEYS - 5
local refused = gate()
if refused then return refused end

local scores = redis.call('ZMSCORE', TAKEN, unpack(ARGV, 8, 7 + count))
local live = redis.call('ZCOUNT', USER, '(' .. text(now), '+inf')
local pxat = text(now + ARGV[6]) -- one value for the batch, so that it lapses as one
local in_the_way, fresh, granted = { 'refused', 0 }, {}, { 'done', 0, text(now) }
for i = 1, count do
  local seat = ARGV[7 + i]
  local id, first_end, user = hold_of(KEYS[5 + i])
  if scores[i] and tonumber(scores[i]) >= SOLD then
    table.insert(in_the_way, seat)
    table.insert(in_the_way, 'booked')
  elseif id and (user ~= me or first_end <= now) then -- past its first end a hold may only be confirmed
    table.insert(in_the_way, seat)
    table.insert(in_the_way, 'held')
  else
    if not id then table.insert(fresh, i) end
    table.insert(granted, id or hold_id)
    table.insert(granted, id and text(first_end) or pxat)
  end
end

if #in_the_way > 2 then
  in_the_way[2] = claim_refresh()
  return in_the_way
end
if #fresh > 0 and live + #fresh > tonumber(ARGV[7]) then return { 'limit', claim_refresh(), live } end

if #fresh > 0 then
  local entries = {}
  for _, i in ipairs(fresh) do
    redis.call('SET', KEYS[5 + i], hold_id .. ':' .. pxat .. ':' .. me, 'NX', 'PXAT', pxat)
    table.insert(entries, pxat)
    table.insert(entries, ARGV[7 + i])
  end
  redis.call('ZREMRANGEBYSCORE', TAKEN, '-inf', text(now))
  redis.call('ZREMRANGEBYSCORE', USER, '-inf', text(now))
  in_chunks('ZADD', TAKEN, entries)
  in_chunks('ZADD', USER, entries)
  next_version()
  touch(USER)
end
granted[2] = claim_refresh()
return granted
