-- Give a key a further secret, and end those it has after an overlap. Its limits and what it spent stay:
-- they are the key's.
-- KEYS  1 the key's record  2 the new secret's record
-- ARGV  1 id  2 the new digest  3 what may be shown of it  4 overlap, seconds
--       5 what the names of secrets' records begin with
-- says  "rotated" | "none" | "over" (revoked or expired)
local key = redis.call('HMGET', KEYS[1], 'digests', 'revoked', 'expires')
if not key[1] then return 'none' end
local now = tonumber(redis.call('TIME')[1])
local expires = tonumber(key[3] or '0')
if (key[2] or '') ~= '' or (expires > 0 and expires <= now) then return 'over' end
local last = now + tonumber(ARGV[4])
for digest in string.gmatch(key[1], '[^,]+') do
  local ends = tonumber(redis.call('HGET', ARGV[5] .. digest, 'ends') or last)
  redis.call('HSET', ARGV[5] .. digest, 'ends', string.format('%.0f', math.min(ends, last)))
end
redis.call('HSET', KEYS[2], 'id', ARGV[1], 'shown', ARGV[3])
redis.call('HSET', KEYS[1], 'digests', key[1] .. ',' .. ARGV[2], 'shown', ARGV[3])
return 'rotated'
