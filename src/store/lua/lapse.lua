-- Tells of the holds that have lapsed, for whoever shows the map live: nothing else happens when a hold ends.
-- Returns {'done', ms until the next hold may lapse, -1 where none is left}.
read_board()
if board.version then sweep(board.version) end
local next_end = redis.call('ZRANGEBYSCORE', TAKEN, '(' .. text(now), '(1e15', 'WITHSCORES', 'LIMIT', 0, 1)[2]
return { 'done', next_end and next_end - now or -1 }
