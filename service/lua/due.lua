#!lua flags=allow-oom
-- Take crossings that are due to be told, each for one replica at a time, as long as its lease.
-- KEYS  1 alerts-due  2 what every crossing begins with  3 what the alerts of a scope begin with
-- ARGV  1 most at once  2 lease, ms  3 who takes them, a word of its own each time
-- says  {now in ms, {crossing, name, value ..} ..}; "withdrawn" is one of the names where the alert is gone:
--       that crossing is forgotten, and is not to be told
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local answer = { string.format('%.0f', now) }
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])
for _, crossing in ipairs(due) do
  local record = KEYS[2] .. crossing
  local seen = redis.call('HMGET', record, 'scope', 'alert')
  if not seen[1] then
    redis.call('ZREM', KEYS[1], crossing)
  else
    local told = { crossing }
    if redis.call('HEXISTS', KEYS[3] .. seen[1], seen[2]) == 1 then
      redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), crossing)
      redis.call('HSET', record, 'taken', ARGV[3])
      redis.call('HSETNX', record, 'first_ms', answer[1])
      redis.call('HINCRBY', record, 'tries', 1)
    else
      told = { crossing, 'withdrawn', '1' }
      redis.call('ZREM', KEYS[1], crossing)
    end
    for _, word in ipairs(redis.call('HGETALL', record)) do told[#told + 1] = word end
    if told[2] == 'withdrawn' then redis.call('DEL', record) end
    answer[#answer + 1] = told
  end
end
return answer
