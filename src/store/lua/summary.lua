-- Counts the board.
-- Returns {'stale'}, {'show', hash, document}, {'done', claim, seats held, seats sold}.
local refused = gate()
if refused then return refused end
local sold = redis.call('ZCOUNT', TAKEN, '1e15', '+inf')
return { 'done', claim_refresh(), live_holds(), sold }
