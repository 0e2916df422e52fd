-- Keep pages that were worked out at a position, each unless it has changed since then, or may have, or a newer one is there.
--
-- KEYS: checkpoint, changes, then the pages.
-- ARGV: epoch, position, time to live in ms; then name and content of each page, which begins with its position in 16 digits.
-- Answers how many were kept.

local checkpoint = redis.call('GET', KEYS[1])
if not checkpoint then return 0 end
local epoch, position, floor = string.match(checkpoint, '^(%S+) (%d+) (%d+)$')
if epoch ~= ARGV[1] then return 0 end
local at, ttl = tonumber(ARGV[2]), ARGV[3]
local is_news = at >= tonumber(position)
local is_known = at >= tonumber(floor) and redis.call('EXISTS', KEYS[2]) == 1

local kept = 0
for i = 3, #KEYS do
    local name, content = ARGV[2 * i - 2], ARGV[2 * i - 1]
    local changed = is_known and redis.call('ZSCORE', KEYS[2], name)
    if is_news or (is_known and (not changed or tonumber(changed) <= at)) then
        local there = redis.call('GETRANGE', KEYS[i], 0, 15)
        if there == '' or tonumber(there) <= at then
            redis.call('SET', KEYS[i], content, 'PX', ttl)
            kept = kept + 1
        end
    end
end
return kept
