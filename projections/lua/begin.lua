-- Begin a new epoch, in which there are no pages yet: those of another have other names, and vanish with time. It counts only
-- if the checkpoint is still the one that gave reason for it.
--
-- KEYS: checkpoint, changes. ARGV: the checkpoint that was seen ('' for none), new epoch, position, time to live in ms.
-- Answers the checkpoint as it is then.

local checkpoint = redis.call('GET', KEYS[1]) or ''
if checkpoint ~= ARGV[1] then return checkpoint end
local epoch, position, ttl = ARGV[2], ARGV[3], ARGV[4]

checkpoint = string.format('%s %s %s', epoch, position, position)
redis.call('SET', KEYS[1], checkpoint, 'PX', ttl)
redis.call('DEL', KEYS[2])
redis.call('ZADD', KEYS[2], position, '')
redis.call('PEXPIRE', KEYS[2], ttl)
return checkpoint
