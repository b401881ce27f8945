-- Write a key's record by its digest, unless the digest is known: a revoked one stays revoked.
-- KEYS  1 the key's record
-- ARGV  pairs of fields
-- says  "made" | "known"
if redis.call('EXISTS', KEYS[1]) == 1 then return 'known' end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 'made'
