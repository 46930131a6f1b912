-- Counts the board.
-- ARGV[4]: '1' for a list of shows: any load of this run will do, however old, and whichever copy the worker has.
-- Returns {'stale'}, {'show', hash, document}, {'done', claim, seats held, seats sold, seats not for sale that are
--   neither, all seats (0 but of a list)}. For as long as seats may be held or sold that the show lacks since it was changed, map() instead,
--   or of a list {'done', 0, -1, -1, -1, all seats}.
local listed = ARGV[4] == '1'
local refused
if listed then
  read_board()
  if is_stale('0') then refused = { 'stale' } end -- no load began before that
else
  refused = gate()
end
if refused then return refused end

local fields = redis.call('HMGET', BOARD, 'blocked', 'changed')
local seats = listed and tonumber(redis.call('HGET', BOARD, 'seats') or 0) or 0
if fields[2] and tonumber(fields[2]) > now then return listed and { 'done', 0, -1, -1, -1, seats } or map() end
local left = 0
if fields[1] and fields[1] ~= '' then
  local blocked = {}
  for seat in string.gmatch(fields[1], '[^,]+') do blocked[#blocked + 1] = seat end
  for first = 1, #blocked, CHUNK do
    local last = math.min(first + CHUNK - 1, #blocked)
    local scores = redis.call('ZMSCORE', TAKEN, unpack(blocked, first, last))
    for i = 1, last - first + 1 do
      if not scores[i] or tonumber(scores[i]) <= now then left = left + 1 end
    end
  end
end
return { 'done', claim_refresh(), live_holds(), redis.call('ZCOUNT', TAKEN, '1e15', '+inf'), left, seats }
