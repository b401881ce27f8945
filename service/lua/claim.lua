#!lua flags=allow-oom
-- Keep or give up what a token has claimed.
-- KEYS  1 orders of one API key and fingerprint that were not delivered in full
-- ARGV  1 token  2 "renew" | "release"  3 what every key of an order begins with
-- says  how many orders that token had claimed
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local found = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local record = ARGV[3] .. id
  if redis.call('HGET', record, 'claimed') == ARGV[1] then
    if ARGV[2] == 'renew' then
      redis.call('HSET', record, 'claimed_ms', now)
    else
      redis.call('HDEL', record, 'claimed', 'claimed_ms')
    end
    found = found + 1
  end
end
return found
