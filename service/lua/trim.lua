#!lua flags=allow-oom
-- Forget old entries of the journal, never in front of a checkpoint, a bounded number at once.
-- KEYS  1 journal  2 checkpoints
-- ARGV  1 how long the journal is kept, ms  2 most entries at once
-- says  how many were forgotten
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local until_ms = string.format('%.0f', now - tonumber(ARGV[1]))
local newest = redis.call('ZREVRANGEBYSCORE', KEYS[2], until_ms, '-inf', 'LIMIT', 0, 1)[1]
if not newest then return 0 end
local as_of = string.match(newest, '^(%S+)')
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. string.match(as_of, '^%d+'))
return redis.call('XTRIM', KEYS[1], 'MINID', '~', as_of, 'LIMIT', ARGV[2])
