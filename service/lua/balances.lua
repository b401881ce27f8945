#!lua flags=no-writes
-- Read balances and places at one moment, together with the journal's last entry.
-- KEYS  1 journal  2.. balances with their period, then pairs of places and account
-- ARGV  1 how many balances
-- says  {last entry id or "0-0", {held, posted, parked, house} for each balance,
--        {sum of places, used} for each account}
local function text(value) return value or '0' end

local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local answer = { last[1] and last[1][1] or '0-0' }
local balances = tonumber(ARGV[1])
for index = 2, balances + 1 do
  local sums = redis.call('HMGET', KEYS[index], 'held', 'posted', 'parked', 'house')
  answer[#answer + 1] = { text(sums[1]), text(sums[2]), text(sums[3]), text(sums[4]) }
end
for index = balances + 2, #KEYS, 2 do
  local taken = 0
  for _, member in ipairs(redis.call('ZRANGE', KEYS[index], 0, -1)) do
    taken = taken + tonumber(string.match(member, ':(%d+)$'))
  end
  answer[#answer + 1] = { string.format('%.0f', taken), text(redis.call('HGET', KEYS[index + 1], 'used')) }
end
return answer
