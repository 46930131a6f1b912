-- The last step of a cancellation that MongoDB has done: frees the seats that still stand at the version which
-- cancel_begin saw. Whatever stands at another was sold since, or loaded from what was there before: that is left alone.
-- KEYS[5]: user; KEYS[6..]: holds of the seats.
-- ARGV[2]: userId, [3], [4]: seat and the version at which it was sold ('' for not at all), [5], [6] ...: the next ones.
-- Returns {'done'}. A board that is gone (FLUSHALL) is not begun here: the next load finds the seats free.
local USER, me = KEYS[5], ARGV[2]
local count = #KEYS - 5
read_board()
redis.call('ZCARD', USER)
local seats = {}
for i = 1, count do seats[i] = ARGV[1 + 2 * i] end
local scores = redis.call('ZMSCORE', TAKEN, unpack(seats))
local free, held, own, unclear = {}, {}, {}, false
for i = 1, count do
  local seat, seen, score = seats[i], ARGV[2 + 2 * i], scores[i]
  local id, _, user = hold_of(KEYS[5 + i])
  local left = id and user ~= me and redis.call('PTTL', KEYS[5 + i]) or 0
  if score and tonumber(score) >= SOLD then
    if seen == '' or tonumber(seen) ~= tonumber(score) then
      unclear = true
    elseif left > 0 then -- sold over another's hold, by another program
      table.insert(held, text(now + left))
      table.insert(held, seat)
    else
      table.insert(free, seat)
      if id and user == me then table.insert(own, i) end -- of a sale that was not settled: it must not be confirmed again
    end
  end
end

local version
if board.version then
  version = next_version()
  if #free > 0 then redis.call('ZREM', TAKEN, unpack(free)) end
  if #held > 0 then redis.call('ZADD', TAKEN, unpack(held)) end
  -- A load that read MongoDB before the cancellation begins again.
  redis.call('HSET', BOARD, 'cancelled', text(version))
  if unclear then redis.call('HDEL', BOARD, 'run') end -- stale for everybody: a load tells what is true
  touch(TAKEN)
  for _, i in ipairs(own) do
    drop_hold(KEYS[5 + i])
    redis.call('ZREM', USER, seats[i])
  end
end
if version and #held > 0 then
  publish(version, 'resync', '')
elseif version then
  publish(version, #free > 0 and 'available' or 'nothing', table.concat(free, ','))
end
return { 'done' }
