-- Announces a confirmation: its attempt and seats go into `confirming` before MongoDB is written to, and the
-- holds are made to outlive the attempt.
-- KEYS[5]: user; KEYS[6..]: holds of the seats.
-- ARGV[4]: userId, [5]: proof, [6]: entry of `confirming` (attempt id and seats), [7]: life of the entry in ms,
--   [8]: how far past its first end a hold may be lengthened, in ms, [9]: ms that a confirmation may take, [10..]: seats.
-- Returns {'stale'}, {'show', hash, document}, {'sold', claim, how many of
--   them the user still holds, seat, ...}, {'other', claim, seat, ...} held by
--   another, {'token', claim, seat, ...} not proved, {'missing', claim, seat, ...} not held, {'late', claim, 1 if another attempt is under way on any of the
--   seats, seat, ...} too near their end, {'done', claim,
--   seat, ...}: those that other attempts of this user had announced before.
local USER, me, entry = KEYS[5], ARGV[4], ARGV[6]
local count = #KEYS - 5
local refused = gate()
if refused then return refused end

local scores = redis.call('ZMSCORE', TAKEN, unpack(ARGV, 10, 9 + count))
redis.call('ZCARD', USER)
local sold, other, unproved, missing = { 'sold', 0, 0 }, { 'other', 0 }, { 'token', 0 }, { 'missing', 0 }
local deadline = now + ARGV[7]
local ends, revived, revived_end = {}, {}, math.huge
for i = 1, count do
  local seat, score = ARGV[9 + i], tonumber(scores[i] or 0)
  local id, first_end, user, _, token = hold_of(KEYS[5 + i])
  if score >= SOLD then
    table.insert(sold, seat)
    if user == me then sold[3] = sold[3] + 1 end
  elseif not id then
    table.insert(missing, seat)
  elseif user ~= me then
    table.insert(other, seat)
  elseif not is_proved(token, ARGV[5]) then
    table.insert(unproved, seat)
  else
    local current = math.max(score, first_end)
    ends[i] = math.max(current, math.min(now + ARGV[7], first_end + ARGV[8]))
    deadline = math.min(deadline, ends[i])
    if score <= now then -- in the millisecond of its end: maps call it free already, and will call it held again
      table.insert(revived, seat)
      revived_end = math.min(revived_end, ends[i])
    end
  end
end
local answer = #sold > 3 and sold or #other > 2 and other or #unproved > 2 and unproved or #missing > 2 and missing
if answer then
  answer[2] = claim_refresh()
  return answer
end

if deadline - now < tonumber(ARGV[9]) then
  local late, announced = { 'late', 0, 0 }, announced_seats()
  for i = 1, count do
    if ends[i] - now < tonumber(ARGV[9]) then table.insert(late, ARGV[9 + i]) end
    if announced[ARGV[9 + i]] then late[3] = 1 end
  end
  late[2] = claim_refresh()
  return late
end

-- What the user has under way besides, for the limit of what may be owned: an attempt is counted by those after it.
local done, announced = { 'done', 0 }, announced_seats()
if next(announced) then
  for _, seat in ipairs(redis.call('ZRANGEBYSCORE', USER, '(' .. text(now), '+inf')) do
    if announced[seat] then table.insert(done, seat) end
  end
end

local entries = {}
for i = 1, count do
  local lapse = text(ends[i])
  lengthen_hold(KEYS[5 + i], lapse)
  table.insert(entries, lapse)
  table.insert(entries, ARGV[9 + i])
end
redis.call('ZADD', TAKEN, unpack(entries))
redis.call('ZADD', USER, unpack(entries))
redis.call('ZADD', CONFIRMING, text(deadline), entry)
touch(USER, CONFIRMING)
done[2] = claim_refresh()
if #revived > 0 then
  touch(TAKEN)
  publish(next_version(), 'held', table.concat(revived, ','), text(revived_end - now))
end
return done
