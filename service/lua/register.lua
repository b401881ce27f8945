-- Make a key: an identity with its first secret; or nothing, when a digest of the secret is known.
-- A revoked one stays revoked, under each pepper.
-- KEYS  1 ids of keys  2 the key's record  3.. the secret's records, under each pepper, the current first
-- ARGV  1 id  2 the current digest  3 what may be shown  4 seconds until it expires, 0: never
--       5.. pairs of fields of the key
-- says  "made" | "known"
for index = 3, #KEYS do
  if redis.call('EXISTS', KEYS[index]) == 1 then return 'known' end
end
local now = tonumber(redis.call('TIME')[1])
local expires = ARGV[4] == '0' and '0' or string.format('%.0f', now + tonumber(ARGV[4]))
redis.call('HSET', KEYS[3], 'id', ARGV[1], 'shown', ARGV[3])
redis.call('HSET', KEYS[2], 'digests', ARGV[2], 'shown', ARGV[3], 'created', now, 'expires', expires,
  unpack(ARGV, 5))
redis.call('ZADD', KEYS[1], now, ARGV[1])
return 'made'
