-- The prelude, put before each script at build time. It alone knows the clock, when a board is stale, how
-- versions grow and when keys expire. doc/design.md says why each rule is as it is.
--
-- KEYS[1..4] of every script: board, taken, confirming, show. ARGV[1]: the run the worker is connected to.
-- Every check, of key types too, comes before the first write: what a script wrote before an error stays.
local BOARD, TAKEN, CONFIRMING, SHOW = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local SOLD = 1e15 -- scores of `taken`: a time in ms lies below it, a version (a clock in us) above
local KEEP_MS = 86400000
local CLAIM_MS = 1000
local CHUNK = 1000 -- Lua's stack takes some 8,000 arguments

local clock = redis.call('TIME') -- once, first, and the only clock
local now_us = clock[1] * 1000000 + clock[2]
local now = math.floor(now_us / 1000)

-- Numbers become text by this alone: tostring() loses the last digits of a version.
local function text(number) return string.format('%.0f', number) end

local board = {}
local function read_board()
  local names = { 'born', 'run', 'until', 'version', 'claim', 'show', 'mark', 'cancelled' }
  local values = redis.call('HMGET', BOARD, unpack(names))
  for i, name in ipairs(names) do board[name] = values[i] or nil end
end

-- `mark` names the load that this operation waited for ('' for none); the board is trusted at or after it
-- even where `until` is past, so that a board may be asked to be fresh for no time at all.
local function is_stale(mark)
  if not board.born or board.run ~= ARGV[1] then return true end
  if redis.call('ZCOUNT', CONFIRMING, '-inf', text(now)) > 0 then return true end
  if tonumber(board['until']) > now then return false end
  return mark == '' or tonumber(board.mark) < tonumber(mark)
end

-- What stands before every operation. ARGV[2]: mark, ARGV[3]: hash of the worker's copy of the show.
-- {'stale'}: load the board; {'show', hash, document}: take this copy, ask again; nil: go on.
local function gate()
  read_board()
  if is_stale(ARGV[2]) then return { 'stale' } end
  if board.show ~= ARGV[3] then
    local document = redis.call('GET', SHOW)
    if not document then return { 'stale' } end
    return { 'show', board.show, document }
  end
end

-- Whoever first comes within the last second claims the refresh. The last step of an operation.
local function claim_refresh()
  if ARGV[2] ~= '' or tonumber(board['until']) - now > CLAIM_MS then return 0 end
  if board.claim and tonumber(board.claim) > now then return 0 end
  redis.call('HSET', BOARD, 'claim', text(now + CLAIM_MS))
  return 1
end

local function next_version()
  return text(redis.call('HINCRBY', BOARD, 'version', 1))
end

-- The keys of a show other than holds lapse together, a day from now; no hold lasts longer than half of it.
local function touch(...)
  local lapse = text(now + KEEP_MS)
  for _, key in ipairs({ BOARD, TAKEN, CONFIRMING, SHOW, ... }) do redis.call('PEXPIREAT', key, lapse) end
end

-- holdId, first end, userId of a hold's value; the userId comes last, so that none of its bytes can forge a
-- field. A value of another form is somebody else's: userId false.
local function hold_of(key)
  local value = redis.call('GET', key)
  if not value then return nil end
  local id, first_end, user = string.match(value, '^(%x+):(%d+):(.*)$')
  if not id then return '', 0, false end
  return id, tonumber(first_end), user
end

-- Runs command(key, ...) with the items in chunks.
local function in_chunks(command, key, items)
  for first = 1, #items, CHUNK do
    redis.call(command, key, unpack(items, first, math.min(first + CHUNK - 1, #items)))
  end
end
