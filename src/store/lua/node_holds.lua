-- The Node program's holds, while both programs sell (BOXOFFICE_NODE_HOLDS): put between the prelude and each script, whose
-- functions it replaces. Without it a script is as it was. Not for a Redis Cluster: the old keys have no slot of the show's.
--
-- That program keeps a hold as `hold:<show>:<seat>` -> userId, by SET NX EX, and knows of no board. Each sees the other's:
-- - What a script does to a hold it does to the old key as well, with the same end.
-- - Before an operation, old keys of which the board does not know become holds of their users on it, with the ends that they
--   have (take_over): from then on they are holds like any other. So an old key can refuse a seat to others; to its own user
--   it grants no more than a hold would that this user had asked for here.
-- - A hold taken over ends with its old key. But that program lets a key go after a sale, too: the seat stays held until a load,
--   which is asked for at once, has told.
-- - Where the board's hold and the old key are of two users, nobody may do anything here until one of them is gone.
local NO_TOKEN = '-' -- of a hold taken over
local LONGEST_MS = KEEP_MS / 2
local AT_ONCE = 100 -- keys: with 1,000 it takes half as long again
local LAPSING_MS = 50 -- two clocks of one Redis: what ends so soon ends by itself
local OURS, THEIRS = 'hold' .. string.sub(BOARD, 6) .. ':', 'hold:' .. string.match(BOARD, '{(.*)}') .. ':'

local function old_key(key) return THEIRS .. string.sub(key, #OURS + 1) end

local make, change, lengthen, drop = make_hold, change_hold, lengthen_hold, drop_hold
make_hold = function(key, user, value, lapse)
  make(key, user, value, lapse)
  redis.call('SET', old_key(key), user, 'NX', 'PXAT', lapse)
end
change_hold = function(key, user, value, lapse)
  change(key, user, value, lapse)
  redis.call('SET', old_key(key), user, 'PXAT', lapse)
end
lengthen_hold = function(key, lapse)
  lengthen(key, lapse)
  redis.call('PEXPIREAT', old_key(key), lapse)
end
drop_hold = function(key) -- of one user on both sides: hold_of has compared
  drop(key)
  redis.call('DEL', old_key(key))
end

-- An old key is a further reason to refuse.
local hold_on_board = hold_of
hold_of = function(key)
  local id, first_end, user, granted, token = hold_on_board(key)
  local old = redis.call('GET', old_key(key))
  if old and old ~= user then return id or '', first_end or 0, false, granted, token end
  return id, first_end, user, granted, token
end

-- A board that was loaded without the list of its seats is loaded again.
local is_stale_itself = is_stale
is_stale = function(mark)
  return is_stale_itself(mark) or redis.call('HGET', BOARD, 'labels_of') ~= board.show
end

-- What the keys `prefix`<seat> hold, false for nothing.
local function values(prefix, seats)
  local found = {}
  for first = 1, #seats, AT_ONCE do
    local keys = {}
    for i = first, math.min(first + AT_ONCE - 1, #seats) do keys[#keys + 1] = prefix .. seats[i] end
    for _, value in ipairs(redis.call('MGET', unpack(keys))) do found[#found + 1] = value end
  end
  return found
end

-- The seats that the operation names, or else all; what the Node program has of each; and as a set those of which the board may
-- have a hold.
local function seats_to_look_at()
  local seats, held = {}, {}
  for i = 6, #KEYS do
    seats[i - 5] = string.sub(KEYS[i], #OURS + 1)
    held[seats[i - 5]] = true
  end
  if #KEYS <= 5 then
    for seat in string.gmatch(redis.call('HGET', BOARD, 'labels'), '[^,]+') do seats[#seats + 1] = seat end
    for _, seat in ipairs(redis.call('ZRANGEBYSCORE', TAKEN, '(' .. text(now), '(1e15')) do held[seat] = true end
  end
  return seats, values(THEIRS, seats), held
end

local function user_key(user) return 'user' .. string.sub(BOARD, 6) .. ':' .. user end

-- Of a hold taken over `granted` is the clock in us at which its old key was first missed, 0 while it is there; so it is never
-- lengthened.
local function note(hold, missed)
  redis.call('SET', hold.key, hold_value(hold.id, hold.first_end, missed, NO_TOKEN, hold.user), 'KEEPTTL')
end

local function tell(what, seats, soonest)
  local version = next_version()
  board.version = text(version)
  if #seats > CHUNK then
    publish(version, 'resync', '')
  else
    publish(version, what, table.concat(seats, ','), soonest)
  end
end

local function let_go(gone)
  local seats = {}
  for i, hold in ipairs(gone) do
    seats[i] = hold.seat
    redis.call('DEL', hold.key)
    redis.call('ZREM', TAKEN, hold.seat)
    redis.call('ZREM', user_key(hold.user), hold.seat)
  end
  if #gone > 0 then
    touch(TAKEN)
    tell('available', seats)
  end
end

local function take(new)
  local seats, soonest = {}, LONGEST_MS
  for i, hold in ipairs(new) do
    local left = redis.call('PTTL', THEIRS .. hold.seat)
    left = left < 0 and LONGEST_MS or math.max(1, math.min(left, LONGEST_MS)) -- below 0: it has no end
    local id = string.sub(redis.sha1hex(text(now_us) .. BOARD .. hold.user), 1, 32)
    local lapse = text(now + left)
    redis.call('SET', hold.key, hold_value(id, now + left, 0, NO_TOKEN, hold.user), 'PXAT', lapse)
    redis.call('ZADD', TAKEN, lapse, hold.seat)
    if hold.former then redis.call('ZREM', user_key(hold.former), hold.seat) end
    redis.call('ZADD', user_key(hold.user), lapse, hold.seat)
    touch(TAKEN, user_key(hold.user))
    seats[i], soonest = hold.seat, math.min(soonest, left)
  end
  if #new > 0 then tell('held', seats, text(soonest)) end
end

-- A hold's old key is gone: so is the hold, once a load that began after that was first seen has found the seat not sold.
local function missed(hold, mark, gone)
  if hold.granted > 0 and mark > hold.granted then
    gone[#gone + 1] = hold
  elseif hold.first_end - now > LAPSING_MS then
    if hold.granted == 0 then note(hold, now_us) end
    board.trusted_until = math.min(board.trusted_until, now) -- claim_refresh
  end
end

-- What may have to be done: of each seat that one of the two sides holds, how it stands.
local function holds_of_both()
  local seats, old, held = seats_to_look_at()
  local named, holds = {}, {}
  for i, seat in ipairs(seats) do
    if old[i] or held[seat] then
      named[#named + 1] = seat
      holds[#holds + 1] = { seat = seat, key = OURS .. seat, old = old[i] }
    end
  end
  for i, value in ipairs(values(OURS, named)) do
    local hold = holds[i]
    hold.id, hold.first_end, hold.user, hold.granted, hold.token = read_hold(value)
    hold.theirs = hold.user and hold.token == NO_TOKEN
  end
  return holds
end

local function is_sold(seat) return tonumber(redis.call('ZSCORE', TAKEN, seat) or 0) >= SOLD end

local function take_over()
  local new, gone, announced, mark = {}, {}, announced_seats(), tonumber(redis.call('HGET', BOARD, 'mark'))
  for _, hold in ipairs(holds_of_both()) do
    local as_known = hold.id and not hold.theirs or hold.user == hold.old and hold.granted == 0
    if not as_known and not announced[hold.seat] and not is_sold(hold.seat) then
      if not hold.old then
        if hold.theirs then missed(hold, mark, gone) end
      elseif hold.user == hold.old then
        note(hold, 0)
      else
        redis.call('ZCARD', user_key(hold.old)) -- its type
        new[#new + 1] = { seat = hold.seat, key = hold.key, user = hold.old, former = hold.user } -- who has let it go
      end
    end
  end
  let_go(gone)
  take(new)
end

local gate_itself = gate
gate = function()
  local refused = gate_itself()
  if not refused then take_over() end
  return refused
end

