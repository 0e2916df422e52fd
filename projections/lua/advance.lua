-- Take out the pages that have changed, and say that the others hold up to a later position. It counts only from where the
-- checkpoint stands, or from before: a gap would leave pages in place that have changed. Done again, it does no harm.
--
-- KEYS: checkpoint, changes, then the pages that have changed.
-- ARGV: epoch, after, to, how many changes to remember, time to live in ms; then name and position of each change.
-- Answers the checkpoint as it is then; nothing if there is none.

local checkpoint = redis.call('GET', KEYS[1])
if not checkpoint then return false end
local epoch, position, floor = string.match(checkpoint, '^(%S+) (%d+) (%d+)$')
position, floor = tonumber(position), tonumber(floor)
local after, to, most, ttl = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
if epoch ~= ARGV[1] or position < after then return checkpoint end

if redis.call('EXISTS', KEYS[2]) == 0 then  -- evicted: nobody knows any more what changed up to here
    floor = position
    redis.call('ZADD', KEYS[2], floor, '')
end
for i = 3, #KEYS do
    local name, changed = ARGV[2 * i], ARGV[2 * i + 1]
    local there = redis.call('GETRANGE', KEYS[i], 0, 15)
    if there ~= '' and tonumber(there) < tonumber(changed) then redis.call('UNLINK', KEYS[i]) end
    redis.call('ZADD', KEYS[2], 'GT', changed, name)
end
local surplus = redis.call('ZCARD', KEYS[2]) - most
if surplus > 0 then
    local forgotten = redis.call('ZPOPMIN', KEYS[2], surplus)
    floor = math.max(floor, tonumber(forgotten[#forgotten]))
end
checkpoint = string.format('%s %.0f %.0f', epoch, math.max(position, to), floor)
redis.call('SET', KEYS[1], checkpoint, 'PX', ttl)
redis.call('PEXPIRE', KEYS[2], ttl)
return checkpoint
