#!lua flags=allow-oom
-- Renew the leases of what this replica has in work.
-- KEYS  1 places of the account  2 open orders
-- ARGV  1 lease, ms  2.. members: "order" of open orders, "order.call:images" of places
-- says  how many were renewed; what is not there any more is not brought back
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lease = string.format('%.0f', now + tonumber(ARGV[1]))
local renewed = 0
for index = 2, #ARGV do
  local key = string.find(ARGV[index], ':', 1, true) and KEYS[1] or KEYS[2]
  renewed = renewed + redis.call('ZADD', key, 'XX', 'CH', lease, ARGV[index])
end
return renewed
