-- Ends a confirmation whose outcome is known: its entry goes, the seats found sold are sold on the board, and
-- the user's own holds on them are let go (compare and delete).
-- KEYS[5]: user; KEYS[6..]: holds of the seats sold.
-- ARGV[2]: userId, [3]: entry of `confirming`, [4..]: the seats sold; none after a definite failure.
-- Returns {'done'}. A board that is gone (FLUSHALL) is not begun here: the next load reads the sale.
local USER, me = KEYS[5], ARGV[2]
local count = #KEYS - 5
read_board()
local scores = count > 0 and redis.call('ZMSCORE', TAKEN, unpack(ARGV, 4, 3 + count)) or {}
redis.call('ZCARD', CONFIRMING)
redis.call('ZCARD', USER)
local own, fresh = {}, {}
for i = 1, count do
  local _, _, user = hold_of(KEYS[5 + i])
  if user == me then table.insert(own, KEYS[5 + i]) end
  if not scores[i] or tonumber(scores[i]) < SOLD then table.insert(fresh, ARGV[3 + i]) end
end

redis.call('ZREM', CONFIRMING, ARGV[3])
if count > 0 then
  if board.version and #fresh > 0 then
    local version = text(next_version())
    for _, seat in ipairs(fresh) do redis.call('ZADD', TAKEN, version, seat) end
    touch(TAKEN)
  end
  for _, key in ipairs(own) do redis.call('DEL', key) end
  redis.call('ZREM', USER, unpack(ARGV, 4, 3 + count))
end
return { 'done' }
