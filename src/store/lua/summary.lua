-- Counts the board.
-- ARGV[4..]: the seats that are not for sale.
-- Returns {'stale'}, {'show', hash, document}, {'done', claim, seats held, seats sold, how many of those not for sale are
--   either}; or, for as long as seats may be held or sold that the show lacks since it was changed, map().
local CHUNK = 1000 -- Lua's stack takes some 8,000 arguments
local refused = gate()
if refused then return refused end
local changed = redis.call('HGET', BOARD, 'changed')
if changed and tonumber(changed) > now then return map() end
local both = 0
for first = 4, #ARGV, CHUNK do
  local scores = redis.call('ZMSCORE', TAKEN, unpack(ARGV, first, math.min(first + CHUNK - 1, #ARGV)))
  for i = 1, #scores do
    if scores[i] and tonumber(scores[i]) > now then both = both + 1 end
  end
end
return { 'done', claim_refresh(), live_holds(), redis.call('ZCOUNT', TAKEN, '1e15', '+inf'), both }
