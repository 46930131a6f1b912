-- The last step of a load: merges what MongoDB had into what the board has learnt meanwhile.
-- ARGV[2]: born, [3]: version, [4]: clock in us, all three of load_begin; [5]: ms for which the board may be
--   trusted; [6]: '1' where the server proved before the read that it is primary; [7]: prefix of holds' keys;
--   [8]: the show's document; [9]: how many seats it has; [10]: those that are not for sale, joined by ',';
--   [11], [12]: ms from which, and until which, the show is on sale; [13]: all its seats, joined by ',', for node_holds.lua, ''
--   where nobody asks; [14..]: the sold seats.
-- Returns {'restart'}, {'prove'} (nothing written: load again, and prove it first), {'done', hash of the
--   document, or '' where a later load was there first}.
-- Runs command(key, ...) with the items in chunks.
local function in_chunks(command, key, items)
  for first = 1, #items, CHUNK do
    redis.call(command, key, unpack(items, first, math.min(first + CHUNK - 1, #items)))
  end
end

local seen_version, begun_us = tonumber(ARGV[3]), tonumber(ARGV[4])
local begun = text(math.floor(begun_us / 1000))
local document = ARGV[8]
read_for_load()
if board.born ~= ARGV[2] then return { 'restart' } end
if board.cancelled and tonumber(board.cancelled) > seen_version then return { 'restart' } end
local same_run = board.run == ARGV[1]
-- A load that began later has vouched for all that this one could; its document may be another.
if same_run and board.mark and tonumber(board.mark) >= begun_us then return { 'done', '' } end

local recorded, on_board, freed, added = {}, {}, {}, {}
for i = 14, #ARGV do recorded[ARGV[i]] = true end
local sold = redis.call('ZRANGEBYSCORE', TAKEN, '1e15', '+inf', 'WITHSCORES')
for i = 1, #sold, 2 do
  on_board[sold[i]] = true
  -- Sold after the load began: MongoDB was perhaps read before.
  if not recorded[sold[i]] and tonumber(sold[i + 1]) <= seen_version then table.insert(freed, sold[i]) end
end
for i = 14, #ARGV do
  if not on_board[ARGV[i]] then table.insert(added, ARGV[i]) end
end
local lapsed = redis.call('ZCOUNT', CONFIRMING, '-inf', begun)
if ARGV[6] ~= '1' and (not same_run or #freed > 0 or lapsed > 0) then return { 'prove' } end
local copy_differs = redis.call('GET', SHOW) ~= document
local show = board.show
if copy_differs or not show then show = redis.sha1hex(document) end

local free, held, soonest, entries = {}, {}, KEEP_MS, {}
for _, seat in ipairs(freed) do
  local key = ARGV[7] .. seat
  local left = redis.call('PTTL', key)
  if hold_of(key) and left > 0 then
    table.insert(entries, text(now + left))
    table.insert(entries, seat)
    table.insert(held, seat)
    soonest = math.min(soonest, left)
  else
    table.insert(free, seat)
  end
end

local version = tonumber(board.version)
if not same_run then
  version = math.max(version + 1, now_us) -- no version of an older Redis ever comes back
elseif #freed > 0 or #added > 0 then
  version = version + 1
end
for _, seat in ipairs(added) do
  table.insert(entries, text(version))
  table.insert(entries, seat)
end
in_chunks('ZADD', TAKEN, entries)
in_chunks('ZREM', TAKEN, free)
if lapsed > 0 then redis.call('ZREMRANGEBYSCORE', CONFIRMING, '-inf', begun) end
-- What this load has found cancelled, or another program deleted, one under way may have read before.
if #freed > 0 then redis.call('HSET', BOARD, 'cancelled', text(version)) end
if copy_differs then redis.call('SET', SHOW, document) end
if copy_differs and board.show then
  -- Seats may be held, or sold by a confirmation that is under way, that this show lacks: as long as these holds last, and
  -- until a load after them.
  local last = redis.call('ZREVRANGEBYSCORE', TAKEN, '(1e15', text(now), 'WITHSCORES', 'LIMIT', 0, 1)
  redis.call('HSET', BOARD, 'changed', text((last[2] or now) + ARGV[5]))
end
redis.call('HSET', BOARD, 'run', ARGV[1], 'until', text(math.floor(begun_us / 1000) + ARGV[5]), 'version', text(version),
  'mark', ARGV[4], 'show', show, 'seats', ARGV[9], 'blocked', ARGV[10],
  'opens', ARGV[11], 'closes', ARGV[12])
if ARGV[13] ~= '' then redis.call('HSET', BOARD, 'labels', ARGV[13], 'labels_of', show) end
touch(TAKEN, SHOW)
if not same_run or copy_differs or #freed + #added > CHUNK then
  publish(version, 'resync', '')
else
  if #added > 0 then publish(version, 'booked', table.concat(added, ',')) end
  if #held > 0 then publish(version, 'held', table.concat(held, ','), text(soonest)) end
  if #free > 0 then publish(version, 'available', table.concat(free, ',')) end
end
return { 'done', show }
