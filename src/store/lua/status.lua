-- The seat map's tag and, where the worker's rendering has another, the taken seats.
-- ARGV[4]: version, [5]: live holds of the worker's rendering ('' for none).
-- Returns {'stale'}, {'show', hash, document}, {'same', claim},
--   {'map', claim, version, live holds, held seats, sold seats}; seats joined by ','.
local refused = gate()
if refused then return refused end
local held = redis.call('ZCOUNT', TAKEN, '(' .. text(now), '(1e15')
if board.version == ARGV[4] and text(held) == ARGV[5] then return { 'same', claim_refresh() } end
local held_seats = table.concat(redis.call('ZRANGEBYSCORE', TAKEN, '(' .. text(now), '(1e15'), ',')
local sold_seats = table.concat(redis.call('ZRANGEBYSCORE', TAKEN, '1e15', '+inf'), ',')
return { 'map', claim_refresh(), board.version, text(held), held_seats, sold_seats }
