-- The first step of a load, before MongoDB is read: where the board stands now. A board that is not there is
-- begun here (`born`), so that the last step can tell whether Redis was emptied in between; it lapses within a
-- minute unless the load ends, so that ids of shows that do not exist leave nothing behind.
-- Returns {'done', born, version, now in us, 1 if no board of this run was found, lapsed entries of `confirming`}.
local UNFINISHED_MS = 60000
read_for_load()
local lapsed = redis.call('ZCOUNT', CONFIRMING, '-inf', text(now))
local founding = (board.born and board.run == ARGV[1]) and 0 or 1
if not board.born then
  board.born = text(now_us)
  board.version = board.version or text(now_us)
  redis.call('HSET', BOARD, 'born', board.born, 'version', board.version)
  redis.call('PEXPIREAT', BOARD, text(now + UNFINISHED_MS))
end
return { 'done', board.born, board.version, text(now_us), founding, lapsed }
