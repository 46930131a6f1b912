-- The seat map's tag and, where the worker's rendering has another, the taken seats.
-- ARGV[4]: version, [5]: live holds of the worker's rendering ('' for none).
-- Returns {'stale'}, {'show', hash, document}, {'same', claim},
--   {'map', claim, version, live holds, held seats, sold seats}; seats joined by ','.
local refused = gate()
if refused then return refused end
if has_tag(ARGV[4], ARGV[5]) then return { 'same', claim_refresh() } end
return map()
