#!lua flags=allow-oom
-- End a crossing that was told or given up, or leave it for another try.
-- KEYS  1 alerts-due  2 the crossing
-- ARGV  1 its name  2 who took it  3 milliseconds until another try, or "done"
-- says  1 when that was written
-- Done is done, whoever has it by now. Another try is only for who still has it.
if ARGV[3] == 'done' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  return redis.call('DEL', KEYS[2])
end
if redis.call('HGET', KEYS[2], 'taken') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + tonumber(ARGV[3])), ARGV[1])
return 1
