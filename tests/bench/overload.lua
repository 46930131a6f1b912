-- wrk as a crowd: more clients than can be served, each of which waits as long as a refusal's Retry-After says.
--   wrk -tTHREADS ... -s overload.lua URL FOLDER SECONDS BEGIN   (-d: some seconds more, in which all must be answered)
-- FOLDER holds the requests of each thread, in files 0, 1, ...; all threads begin at BEGIN, microseconds of the monotonic clock.
-- wrk looks through all waiting clients of a thread at each turn, so many threads are cheaper than one.
local ffi = require('ffi')
ffi.cdef('struct timespec { long seconds, nanoseconds; }; int clock_gettime(int clock, struct timespec *now);')
local requests, at, waits = {}, 0, {}
sent, refused, bad, served, served_us, statuses = 0, 0, 0, 0, 0, {} -- globals: done() asks the thread for them
local WARM_US = 1000000 -- the first second is not counted

local threads = {}
function setup(thread)
  thread:set('number', #threads)
  table.insert(threads, thread)
end

function init(args)
  seconds, began = tonumber(args[2]), tonumber(args[3])
  for part in assert(io.open(args[1] .. '/' .. number, 'rb')):read('*a'):gmatch('[^%z]+') do requests[#requests + 1] = part end
end

local CLOCK_MONOTONIC, time = 1, ffi.new('struct timespec')
local function now()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.seconds) * 1000000 + tonumber(time.nanoseconds) / 1000
end

-- Asked before each request, of which client is not told: one that was refused is as good as another.
function delay()
  local passed = now() - began
  if passed < 0 then return math.ceil(-passed / 1000) end
  if passed > seconds * 1000000 then return 600000 end -- the crowd goes home
  return table.remove(waits) or 0
end

function request()
  at = at % #requests + 1
  if now() >= began then sent = sent + 1 end -- before it wrk only looks at what a request is like
  return requests[at]
end

local function is_refusal(headers)
  local kind, wait = headers['Content-Type'] or '', tonumber(headers['Retry-After'] or '')
  if kind:sub(1, 24) ~= 'application/problem+json' or not wait then return nil end
  return wait * 1000
end

function response(status, headers)
  statuses[status] = (statuses[status] or 0) + 1
  local passed = now() - began
  if status == 503 or status == 429 then
    local wait = is_refusal(headers)
    if wait then
      refused = refused + 1
      table.insert(waits, wait)
    else
      bad = bad + 1
    end
  elseif status < 300 and passed > WARM_US and passed <= seconds * 1000000 then
    served, served_us = served + 1, math.floor(passed - WARM_US)
  end
end

function done(summary, latency)
  local function sum(name)
    local all = 0
    for _, thread in ipairs(threads) do all = all + thread:get(name) end
    return all
  end
  local answers = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get('statuses')) do answers[status] = (answers[status] or 0) + count end
  end
  local errors = summary.errors
  local figures = { answered = summary.requests, sent = sum('sent'), refused = sum('refused'), bad = sum('bad'),
    served = sum('served'), served_us = math.floor(sum('served_us') / #threads), slowest_us = latency.max,
    broken = errors.connect + errors.read + errors.write, late = errors.timeout }
  local words = { 'crowd' }
  for name, value in pairs(figures) do words[#words + 1] = string.format('%s=%d', name, value) end
  print(table.concat(words, ' '))
  for status, count in pairs(answers) do print('status ' .. status .. ' ' .. count) end
end
