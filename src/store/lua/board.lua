-- The prelude, put before each script at build time. It alone knows the clock, when a board is stale, how
-- versions grow and when keys expire. doc/design.md says why each rule is as it is.
--
-- KEYS[1..4] of every script: board, taken, confirming, show. ARGV[1]: the run the worker is connected to.
-- Every check, of key types too, comes before the first write: what a script wrote before an error stays.
local BOARD, TAKEN, CONFIRMING, SHOW = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local SOLD = 1e15 -- scores of `taken`: a time in ms lies below it, a version (a clock in us) above
local KEEP_MS = 86400000
local PUT_OFF_MS = 60000
local CLAIM_MS = 1000
local CHUNK = 1000 -- items of one command or message: Lua's stack takes some 8,000 arguments

local clock = redis.call('TIME') -- once, first, and the only clock
local now_us = clock[1] * 1000000 + clock[2]
local now = math.floor(now_us / 1000)

-- Numbers become text by this alone: tostring() loses the last digits of a version.
local function text(number) return string.format('%.0f', number) end

-- The board's hash; a field that is missing is false. An operation reads what it needs of it, a load all.
local board = {}
local function read_board()
  local values = redis.call('HMGET', BOARD, 'run', 'until', 'version', 'show', 'lapse', 'opens', 'closes')
  board.run, board.version, board.show = values[1], values[3], values[4]
  board.trusted_until, board.lapse = tonumber(values[2] or 0), tonumber(values[5] or 0)
  board.opens, board.closes = values[6], values[7]
end
local function read_for_load()
  read_board()
  local values = redis.call('HMGET', BOARD, 'born', 'mark', 'cancelled')
  board.born, board.mark, board.cancelled = values[1], values[2], values[3]
end

-- `mark` names the load that this operation waited for ('' for none); the board is trusted at or after it
-- even where `until` is past, so that a board may be asked to be fresh for no time at all.
local function is_stale(mark)
  if board.run ~= ARGV[1] or redis.call('ZCOUNT', CONFIRMING, '-inf', text(now)) > 0 then return true end
  if board.trusted_until > now then return false end
  return mark == '' or tonumber(redis.call('HGET', BOARD, 'mark')) < tonumber(mark)
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

-- Does the show take no new holds now: not yet, or no more? The board has its window as the last load read it.
local function sale_is_closed()
  return now < tonumber(board.opens or 0) or now >= tonumber(board.closes or SOLD)
end

-- Whoever first comes within the last second claims the refresh. The last step of an operation.
local function claim_refresh()
  if board.trusted_until - now > CLAIM_MS or ARGV[2] ~= '' then return 0 end
  if tonumber(redis.call('HGET', BOARD, 'claim') or 0) > now then return 0 end
  redis.call('HSET', BOARD, 'claim', text(now + CLAIM_MS))
  return 1
end

-- Version and live holds are the board's tag: with the show they name one state of the map exactly.
local function live_holds() return redis.call('ZCOUNT', TAKEN, '(' .. text(now), '(1e15') end
local function has_tag(version, live) return board.version == version and text(live_holds()) == live end

-- {'map', claim, version, live holds, held seats, sold seats}; seats joined by ','.
local function map()
  local held = redis.call('ZRANGEBYSCORE', TAKEN, '(' .. text(now), '(1e15')
  local sold = redis.call('ZRANGEBYSCORE', TAKEN, '1e15', '+inf')
  return { 'map', claim_refresh(), board.version, text(#held), table.concat(held, ','), table.concat(sold, ',') }
end

-- The board's new version, a number that text() alone may write.
local function next_version()
  return redis.call('HINCRBY', BOARD, 'version', 1)
end

-- Each change of the map is told to whoever shows it live, by the very script that makes it and last of all, on channel
-- `seats:{<show>}`: '<version>|<what>|<seat>,<seat> ...|<ms until the first of them may lapse>'. What: `held`, `booked` and
-- `available`, for which the version was raised by one; `nothing`: it was raised, and nobody sees why; `lapsed`: it was
-- not; `resync`: the map must be read again. No names, no ids. Where this user may not
-- publish (an older ACL), nobody is told and all else is done.
local function publish(version, what, seats, hold_ms)
  redis.pcall('PUBLISH', 'seats' .. string.sub(BOARD, 6), text(version) .. '|' .. what .. '|' .. seats .. '|' .. (hold_ms or ''))
end

-- Entries of `taken` that have lapsed count for nothing wherever they stand: they are swept now and then, and told of.
local function sweep(version)
  local lapsed = redis.call('ZRANGEBYSCORE', TAKEN, '-inf', text(now))
  if #lapsed > 0 then redis.call('ZREMRANGEBYSCORE', TAKEN, '-inf', text(now)) end
  for first = 1, #lapsed, CHUNK do
    publish(version, 'lapsed', table.concat(lapsed, ',', first, math.min(first + CHUNK - 1, #lapsed)))
  end
end

-- The keys of a show other than holds lapse together (`lapse`), a day after they were last put off, which happens at
-- most once a minute; no hold lasts longer than half of that. Keys that were written may be new: they are told.
local function touch(written, also_written)
  local due = board.lapse - now < KEEP_MS - PUT_OFF_MS
  if due then board.lapse = now + KEEP_MS end
  local lapse = text(board.lapse)
  if due then
    redis.call('HSET', BOARD, 'lapse', lapse)
    redis.call('PEXPIREAT', BOARD, lapse)
    redis.call('PEXPIREAT', TAKEN, lapse)
    redis.call('PEXPIREAT', CONFIRMING, lapse)
    redis.call('PEXPIREAT', SHOW, lapse)
  end
  redis.call('PEXPIREAT', written, lapse)
  if also_written then redis.call('PEXPIREAT', also_written, lapse) end
end

-- holdId, first end, userId, the moment of the grant and the digest of the token, of a hold's value; the userId comes last
-- in it, so that none of its bytes can forge a field. A value of another form is somebody else's: userId false.
local function read_hold(value)
  if not value then return nil end
  local id, first_end, granted, token, user = string.match(value, '^(%x+):(%d+):(%d+):([%x-]+):(.*)$')
  if not id then return '', 0, false end
  return id, tonumber(first_end), user, tonumber(granted), token
end
local function hold_of(key) return read_hold(redis.call('GET', key)) end
local function hold_value(id, first_end, granted, token, user)
  return table.concat({ id, text(first_end), text(granted), token, user }, ':')
end

-- Holds are made, changed, lengthened and let go by these alone: with node_holds.lua they do it to the Node program's keys, too.
local function make_hold(key, _, value, lapse) redis.call('SET', key, value, 'NX', 'PXAT', lapse) end
local function change_hold(key, _, value, lapse) redis.call('SET', key, value, 'PXAT', lapse) end
local function lengthen_hold(key, lapse) redis.call('PEXPIREAT', key, lapse) end
local function drop_hold(key) redis.call('DEL', key) end

-- Whether a user's hold is proved to be the client's too. `proof`: digest of the token that was sent; '' where none is
-- needed, '?' where one is, and none was sent. Digests alone are compared: whoever measured how long that takes would learn
-- of the digest of what they sent, from which nothing leads to the token. (Lua's strings are interned, so == compares
-- two addresses anyway.)
local function is_proved(token, proof) return proof == '' or proof == token end

-- Seats with a confirmation under way, as a set; entries past their deadline are none of an operation's (is_stale).
local function announced_seats()
  local announced = {}
  for _, entry in ipairs(redis.call('ZRANGE', CONFIRMING, 0, -1)) do
    for seat in string.gmatch(string.match(entry, ':(.*)$'), '[^,]+') do announced[seat] = true end
  end
  return announced
end

-- For what changes the user's own holds on all the seats ARGV[first..]: for each of them the hold, or false where nobody
-- holds it; and, where it may not be done, the refusal: {'sold', claim, seat, ...}, {'other', claim, seat, ...} held by
-- another, {'token', claim, seat, ...} not proved, {'confirming', claim, seat, ...} with a confirmation under way.
local function own_holds(me, proof, first)
  local scores = redis.call('ZMSCORE', TAKEN, unpack(ARGV, first))
  redis.call('ZCARD', KEYS[5]) -- its type, before anything is written
  local announced = announced_seats()
  local sold, other, token, confirming, holds = { 'sold', 0 }, { 'other', 0 }, { 'token', 0 }, { 'confirming', 0 }, {}
  for i, score in ipairs(scores) do
    local seat, hold = ARGV[first + i - 1], { key = KEYS[5 + i], score = tonumber(score or 0) }
    hold.id, hold.first_end, hold.user, hold.granted, hold.token = hold_of(hold.key)
    holds[i] = hold.id and hold or false
    if hold.score >= SOLD then
      table.insert(sold, seat)
    elseif hold.id and hold.user ~= me then
      table.insert(other, seat)
    elseif hold.id and not is_proved(hold.token, proof) then
      table.insert(token, seat)
    elseif announced[seat] then
      table.insert(confirming, seat)
    end
  end
  local refused = #sold > 2 and sold or #other > 2 and other or #token > 2 and token or #confirming > 2 and confirming
  if refused then refused[2] = claim_refresh() end
  return holds, refused
end
