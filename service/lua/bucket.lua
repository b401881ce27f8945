#!lua flags=no-writes
-- Read buckets of costs at one moment, together with the journal's last entry.
-- KEYS  1 journal  2.. buckets
-- says  {last entry id or "0-0", of each its rows and what they came to, in turn}
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local answer = { last[1] and last[1][1] or '0-0' }
for index = 2, #KEYS do answer[index] = redis.call('HGETALL', KEYS[index]) end
return answer
