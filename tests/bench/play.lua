-- wrk plays the requests of a file in their order; run.py writes the file and reads what done() prints.
--   wrk -t1 ... -s play.lua URL FILE cycle|once statuses|- PAUSE [POKES FD]
-- One thread, so that the order is one. FILE: whole HTTP requests, parted by NUL. once: to ask for more than
-- there is counts as `over`. statuses: counts the answers by status (which costs: wrk copies each body for it).
-- PAUSE: the ms for which each client waits before each request; 0: it does not, and sends as soon as it was answered.
-- POKES: strings, parted by NUL; before each request the next of them is written to the open descriptor FD.
local requests, at, cycle, pokes = {}, 0, true, nil
over, counts = 0, {} -- globals: done() asks the thread for them

local function read(path)
  local list = {}
  for part in assert(io.open(path, 'rb')):read('*a'):gmatch('[^%z]+') do list[#list + 1] = part end
  return list
end

local function poke_with(list, fd)
  local ffi = require('ffi')
  ffi.cdef('long write(int fd, const void *bytes, size_t length);')
  local turn = 0
  return function()
    turn = turn % #list + 1
    assert(ffi.C.write(fd, list[turn], #list[turn]) == #list[turn], 'poke: the write failed')
  end
end

function setup(thread) the_thread = thread end

function init(args)
  requests, cycle = read(args[1]), args[2] == 'cycle'
  if args[3] == 'statuses' then
    response = function(status) counts[status] = (counts[status] or 0) + 1 end
  end
  local pause = tonumber(args[4])
  if pause > 0 then delay = function() return pause end end
  if args[5] then pokes = poke_with(read(args[5]), tonumber(args[6])) end
end

function request()
  at = at + 1
  if at > #requests then
    at = cycle and 1 or #requests
    if not cycle then over = over + 1 end
  end
  if pokes then pokes() end
  return requests[at]
end

function done(summary, latency)
  local out = { 'bench', summary.requests, summary.duration, summary.bytes }
  for _, name in ipairs({ 'connect', 'read', 'write', 'timeout', 'status' }) do
    out[#out + 1] = name .. '=' .. summary.errors[name]
  end
  out[#out + 1] = 'over=' .. the_thread:get('over')
  print(table.concat(out, ' '))
  for status, count in pairs(the_thread:get('counts')) do print('status ' .. status .. ' ' .. count) end
  for i = 1, #latency do
    local value, count = latency(i)
    print('latency ' .. value .. ' ' .. count)
  end
end
