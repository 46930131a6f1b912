-- Ends a confirmation whose outcome is known: its entry goes, the seats found sold are sold on the board, and
-- the user's own holds on them are let go (compare and delete).
-- KEYS[5]: user; KEYS[6..]: holds of the seats sold.
-- ARGV[2]: userId, [3]: entry of `confirming`, [4]: '1' where the seats sold are a whole booking, just made, '0' where they
--   were found sold (some of a booking, perhaps), [5..]: the seats sold; none after a definite failure.
-- Returns {'done'}. A board that is gone (FLUSHALL) is not begun here: the next load reads the sale.
local USER, me = KEYS[5], ARGV[2]
local count = #KEYS - 5
read_board()
local scores = count > 0 and redis.call('ZMSCORE', TAKEN, unpack(ARGV, 5, 4 + count)) or {}
-- An attempt whose entry is gone was settled by a load, or forgotten: what it knows may be old.
local whole = redis.call('ZMSCORE', CONFIRMING, ARGV[3])[1] and ARGV[4] == '1'
redis.call('ZCARD', USER)
local own, fresh = {}, {}
for i = 1, count do
  local _, _, user = hold_of(KEYS[5 + i])
  local unsold = not scores[i] or tonumber(scores[i]) < SOLD
  if unsold then table.insert(fresh, ARGV[4 + i]) end
  if user == me and (whole or not unsold) then table.insert(own, i) end
end

redis.call('ZREM', CONFIRMING, ARGV[3])
local version
if count > 0 then
  if board.version and #fresh > 0 then
    version = next_version()
    if whole then
      for _, seat in ipairs(fresh) do redis.call('ZADD', TAKEN, text(version), seat) end
    else
      -- To sell these alone could show a part of a booking: a load that begins from now on sells all of it. Until then
      -- the holds stay.
      redis.call('HSET', BOARD, 'cancelled', text(version))
      redis.call('HDEL', BOARD, 'run') -- so that no operation's mark vouches either, and the load proves its server
    end
    touch(TAKEN)
  end
  for _, i in ipairs(own) do
    drop_hold(KEYS[5 + i])
    redis.call('ZREM', USER, ARGV[4 + i])
  end
end
if version and whole then
  publish(version, 'booked', table.concat(fresh, ','))
elseif version then
  publish(version, 'nothing', '')
end
return { 'done' }
