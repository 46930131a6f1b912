-- Takes all seats for a user, or none. Seats that the user holds already keep their expiry.
-- KEYS[5]: user; KEYS[6..]: holds of the seats.
-- ARGV[4]: userId, [5]: holdId of a new hold, [6]: its length in ms, [7]: seats one user may hold,
--   [8]: '1' for each seat that is not for sale, '0' for each that is ('' where all are), [9..]: seats.
-- Returns {'stale'}, {'show', hash, document},
--   {'refused', claim, seat, reason, ...}, {'limit', claim, seats held},
--   {'done', claim, now, holdId, first end, holdId, first end, ...} in the order of the request.
local USER, me, hold_id = KEYS[5], ARGV[4], ARGV[5]
local count = #KEYS - 5
local refused = gate()
if refused then return refused end

local scores = redis.call('ZMSCORE', TAKEN, unpack(ARGV, 9, 8 + count))
local live = redis.call('ZCOUNT', USER, '(' .. text(now), '+inf')
local first_end = now + ARGV[6]
local pxat = text(first_end) -- one value for the batch, so that it lapses as one
local in_the_way, fresh, granted = { 'refused', 0 }, {}, { 'done', 0, text(now) }
local value = hold_value(hold_id, first_end, now, me)
for i = 1, count do
  local seat = ARGV[8 + i]
  local id, ends, user = hold_of(KEYS[5 + i])
  local reason
  if scores[i] and tonumber(scores[i]) >= SOLD then
    reason = 'booked'
  elseif id and (user ~= me or ends <= now) then -- past its first end a hold may only be confirmed
    reason = 'held'
  elseif not id and string.byte(ARGV[8], i) == 49 then -- held before it was blocked, it stays so
    reason = 'blocked'
  end
  if reason then
    in_the_way[#in_the_way + 1] = seat
    in_the_way[#in_the_way + 1] = reason
  else
    if not id then fresh[#fresh + 1] = i end
    granted[#granted + 1] = id or hold_id
    granted[#granted + 1] = id and text(ends) or pxat
  end
end

if #in_the_way > 2 then
  in_the_way[2] = claim_refresh()
  return in_the_way
end
if #fresh > 0 and live + #fresh > tonumber(ARGV[7]) then return { 'limit', claim_refresh(), live } end

local version
if #fresh > 0 then
  local entries = {}
  for f = 1, #fresh do
    local i = fresh[f]
    redis.call('SET', KEYS[5 + i], value, 'NX', 'PXAT', pxat)
    entries[#entries + 1] = pxat
    entries[#entries + 1] = ARGV[8 + i]
  end
  redis.call('ZADD', TAKEN, unpack(entries))
  redis.call('ZADD', USER, unpack(entries))
  if live > 0 then redis.call('ZREMRANGEBYSCORE', USER, '-inf', text(now)) end -- lapsed: they count for nothing
  version = next_version()
  touch(TAKEN, USER)
end
granted[2] = claim_refresh()
if version then
  publish(version, 'held', table.concat(ARGV, ',', 9, 8 + count), ARGV[6]) -- those held before are so still
  if version % 16 == 0 then sweep(version) end
end
return granted
