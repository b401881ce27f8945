-- Note that a key was used, at most once a minute whoever says so.
-- KEYS  1 the key's record
-- says  1 when it was written
local now = tonumber(redis.call('TIME')[1])
local seen = redis.call('HMGET', KEYS[1], 'kind', 'used')
if not seen[1] or now - tonumber(seen[2] or '0') < 60 then return 0 end
redis.call('HSET', KEYS[1], 'used', now)
return 1
