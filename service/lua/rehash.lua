-- Keep a secret under the current pepper too, so that the old one can be dropped.
-- KEYS  1 its record under the old pepper  2 under the current one  3 the key's record
-- ARGV  1 the current digest
-- says  "copied" | "known"
if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('EXISTS', KEYS[1]) == 0 then return 'known' end
redis.call('HSET', KEYS[2], unpack(redis.call('HGETALL', KEYS[1])))
redis.call('HSET', KEYS[3], 'digests', redis.call('HGET', KEYS[3], 'digests') .. ',' .. ARGV[1])
return 'copied'
