-- Takes all seats for a user, or none; seats that the user holds already keep their expiry. Or, where there is a choice,
-- takes one group of the seats, all of them free: the first such.
-- KEYS[5]: user; KEYS[6..]: holds of the seats.
-- ARGV[4]: userId, [5]: proof, [6]: holdId of a new hold, [7]: digest of its token, [8]: its length in ms, [9]: seats one user
--   may hold, [10]: '1' for each seat that is not for sale, '0' for each that is ('' where all are), [11..]: seats.
-- A choice follows the seats: a text that names the request, so that it may be repeated ('' for none); version and live
--   holds that the board must have ('' for any); how many to take of the free seats, in their order, where no group is free
--   ('0': none); groups, each '<seat>,<seat> ...' or '<seat>,<seat>;<orphan>|<beside>,...', in numbers of the list of seats
--   ('0': none): not to be taken where it leaves an orphan free with nobody's seat beside it.
-- Returns {'stale'}, {'show', hash, document},
--   {'closed', claim} not on sale now, {'refused', claim, seat, reason, ...}, {'token', claim, seat, ...} of a hold not
--   proved, {'limit', claim, seats held},
--   {'done', claim, now, holdId, first end, holdId, first end, ...} in the order of the request.
-- Of a choice: no 'refused'; {'done', claim, now, seat, holdId, first end, ...}, or 'again' for what the request had made
--   before; {'same', claim}: there are no groups, and the board is as they say; {'map', ...} of the prelude: it is not, or
--   none of them is free.
local USER, me, hold_id = KEYS[5], ARGV[4], ARGV[6]
local count = #KEYS - 5
local choice = #ARGV > 10 + count and 11 + count -- where it begins
local refused = gate()
if refused then return refused end

local scores = count > 0 and redis.call('ZMSCORE', TAKEN, unpack(ARGV, 11, 10 + count)) or {}
local live = redis.call('ZCOUNT', USER, '(' .. text(now), '+inf')

local function is_free(i)
  if i == 0 or scores[i] and tonumber(scores[i]) > now then return false end
  return redis.call('EXISTS', KEYS[5 + i]) == 0
end

local function leaves_orphan(group)
  for seat, beside in string.gmatch(group, '(%d+)|(%d+)') do
    if is_free(tonumber(seat)) and not is_free(tonumber(beside)) then return true end
  end
end

-- The seats of the first group that is free, or of `any` number where none is: where they stand in the list of seats.
local function choose(any)
  for g = choice + 4, #ARGV do
    local group = {}
    for seat in string.gmatch(string.match(ARGV[g], '^[%d,]+'), '%d+') do
      local i = tonumber(seat)
      group = group and is_free(i) and group
      if not group then break end
      group[#group + 1] = i
    end
    if group and not leaves_orphan(ARGV[g]) then return group end
  end
  local group = {}
  for i = 1, count do
    if #group < any and is_free(i) then group[#group + 1] = i end
  end
  return any > 0 and #group == any and group
end

-- Proved, or made by this very call (a worker makes it twice where its connection breaks): no other knows a token of ours.
local function is_mine(token) return is_proved(token, ARGV[5]) or token == ARGV[7] end

-- What the user still has of the hold that the same request has made: its holdId begins with the request's name, and ends
-- as no other, so that a hold made anew after its end is another. A request without a name is itself alone, which is asked
-- twice all the same where the connection breaks under its first answer.
local NAME_LENGTH = 16
local function made_before(name)
  local granted, unproved = { 'again', 0, text(now) }, { 'token', 0 }
  for _, seat in ipairs(redis.call('ZRANGEBYSCORE', USER, '(' .. text(now), '+inf')) do
    local id, first_end, user, _, token = hold_of('hold' .. string.sub(BOARD, 6) .. ':' .. seat)
    local named = id and string.sub(id, 1, NAME_LENGTH) == name and user == me and first_end > now
    -- Of a sale whose settling was lost the hold is there still.
    if named and tonumber(redis.call('ZSCORE', TAKEN, seat) or 0) < SOLD then
      if not is_mine(token) then unproved[#unproved + 1] = seat end
      if token == ARGV[7] then granted[1] = 'done' end
      granted[#granted + 1] = seat
      granted[#granted + 1] = id
      granted[#granted + 1] = text(first_end)
    end
  end
  return #unproved > 2 and unproved or #granted > 3 and granted
end

local picked = {}
if choice then
  local request, version = ARGV[choice], ARGV[choice + 1]
  local name = string.sub(request == '' and hold_id or redis.sha1hex(request .. me), 1, NAME_LENGTH)
  hold_id = name .. string.sub(hold_id, NAME_LENGTH + 1)
  local granted = live > 0 and made_before(name)
  if granted then
    granted[2] = claim_refresh()
    return granted
  end
  if sale_is_closed() then return { 'closed', claim_refresh() } end
  local as_known = version == '' or has_tag(version, ARGV[choice + 2])
  if as_known and version ~= '' and #ARGV == choice + 3 then return { 'same', claim_refresh() } end
  picked = as_known and choose(tonumber(ARGV[choice + 3]))
  if not picked then return map() end
else
  for i = 1, count do picked[i] = i end
end

local first_end = now + ARGV[8]
local pxat = text(first_end) -- one value for the batch, so that it lapses as one
local in_the_way, unproved, fresh, granted = { 'refused', 0 }, { 'token', 0 }, {}, { 'done', 0, text(now) }
local value = hold_value(hold_id, first_end, now, ARGV[7], me)
local seats = {}
for p = 1, #picked do
  local i = picked[p]
  local seat = ARGV[10 + i]
  local id, ends, user, _, token = hold_of(KEYS[5 + i])
  local reason
  if scores[i] and tonumber(scores[i]) >= SOLD then
    reason = 'booked'
  elseif id and (user ~= me or ends <= now) then -- past its first end a hold may only be confirmed
    reason = 'held'
  elseif not id and string.byte(ARGV[10], i) == 49 then -- held before it was blocked, it stays so
    reason = 'blocked'
  end
  if reason then
    in_the_way[#in_the_way + 1] = seat
    in_the_way[#in_the_way + 1] = reason
  elseif id and not is_mine(token) then
    unproved[#unproved + 1] = seat
  else
    if not id then fresh[#fresh + 1] = i end
    seats[p] = seat
    if choice then granted[#granted + 1] = seat end
    granted[#granted + 1] = id or hold_id
    granted[#granted + 1] = id and text(ends) or pxat
  end
end

if (#in_the_way > 2 or #fresh > 0) and sale_is_closed() then return { 'closed', claim_refresh() } end
if #in_the_way > 2 then
  in_the_way[2] = claim_refresh()
  return in_the_way
end
if #unproved > 2 then
  unproved[2] = claim_refresh()
  return unproved
end
if #fresh > 0 and live + #fresh > tonumber(ARGV[9]) then return { 'limit', claim_refresh(), live } end

local version
if #fresh > 0 then
  local entries = {}
  for f = 1, #fresh do
    local i = fresh[f]
    make_hold(KEYS[5 + i], me, value, pxat)
    entries[#entries + 1] = pxat
    entries[#entries + 1] = ARGV[10 + i]
  end
  redis.call('ZADD', TAKEN, unpack(entries))
  redis.call('ZADD', USER, unpack(entries))
  if live > 0 then redis.call('ZREMRANGEBYSCORE', USER, '-inf', text(now)) end -- lapsed: they count for nothing
  version = next_version()
  touch(TAKEN, USER)
end
granted[2] = claim_refresh()
if version then
  publish(version, 'held', table.concat(seats, ','), ARGV[8]) -- those held before are so still
  if version % 16 == 0 then sweep(version) end
end
return granted
