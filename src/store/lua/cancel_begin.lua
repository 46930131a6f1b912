-- The first step of a cancellation, before MongoDB is written to: where its seats stand. It changes nothing.
-- ARGV[4..]: seats.
-- Returns {'stale'}, {'show', hash, document}, {'confirming', claim, seat, ...} with a confirmation under way (whose insert,
--   sent again, would bring the sale back), {'done', claim, version at which it was sold, ...}, '' for a seat not sold.
local refused = gate()
if refused then return refused end

local announced = announced_seats()
local confirming, seen = { 'confirming', 0 }, { 'done', 0 }
for i, score in ipairs(redis.call('ZMSCORE', TAKEN, unpack(ARGV, 4))) do
  if announced[ARGV[3 + i]] then table.insert(confirming, ARGV[3 + i]) end
  table.insert(seen, score and tonumber(score) >= SOLD and score or '')
end
local answer = #confirming > 2 and confirming or seen
answer[2] = claim_refresh()
return answer
