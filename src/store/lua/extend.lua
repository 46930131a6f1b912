-- Lengthens a user's own holds on all seats, or none: their first end moves, never back.
-- KEYS[5]: user; KEYS[6..]: holds of the seats.
-- ARGV[4]: userId, [5]: proof, [6]: length of a hold from now on in ms, [7]: ms that a first end may lie after the grant,
--   [8..]: seats.
-- Returns {'stale'}, {'show', hash, document}, {'sold', claim, seat, ...}, {'other', claim, seat, ...} held by another,
--   {'token', claim, seat, ...} not proved, {'confirming', claim, seat, ...} with a confirmation under way, {'missing', claim,
--   seat, ...} not held, or past their first end, {'closed', claim}: they would be lengthened, and the show is not on sale now,
--   {'done', claim, now, holdId, first end, holdId, first end, ...} in the order of the request.
local USER, me = KEYS[5], ARGV[4]
local refused, holds = gate()
if not refused then holds, refused = own_holds(me, ARGV[5], 8) end
if refused then return refused end

local missing, longer, granted = { 'missing', 0 }, {}, { 'done', 0, text(now) }
for i, hold in ipairs(holds) do
  if hold and hold.first_end > now then
    local first_end = math.max(hold.first_end, math.min(now + ARGV[6], hold.granted + ARGV[7]))
    if first_end > hold.first_end then table.insert(longer, i) end
    hold.first_end = first_end
    table.insert(granted, hold.id)
    table.insert(granted, text(first_end))
  else
    table.insert(missing, ARGV[7 + i])
  end
end
if #missing > 2 then
  missing[2] = claim_refresh()
  return missing
end
if #longer > 0 and sale_is_closed() then return { 'closed', claim_refresh() } end

if #longer > 0 then
  local entries = {}
  for _, i in ipairs(longer) do
    local hold = holds[i]
    local lapse = text(math.max(hold.first_end, hold.score)) -- a confirmation that failed may have lengthened it further
    change_hold(hold.key, me, hold_value(hold.id, hold.first_end, hold.granted, hold.token, me), lapse)
    table.insert(entries, lapse)
    table.insert(entries, ARGV[7 + i])
  end
  redis.call('ZADD', TAKEN, unpack(entries))
  redis.call('ZADD', USER, unpack(entries))
  touch(TAKEN, USER) -- nothing that anybody else sees has changed: the version stays
end
granted[2] = claim_refresh()
return granted
