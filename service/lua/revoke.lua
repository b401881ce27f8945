#!lua flags=allow-oom
-- Revoke a key, with all its secrets, for good.
-- KEYS  1 the key's record
-- says  "revoked" | "again" | "none"
if redis.call('EXISTS', KEYS[1]) == 0 then return 'none' end
if (redis.call('HGET', KEYS[1], 'revoked') or '') ~= '' then return 'again' end
redis.call('HSET', KEYS[1], 'revoked', redis.call('TIME')[1])
return 'revoked'
