#!lua flags=allow-oom
-- Is all still there that a gateway has seen of the journal? Where it is not, the store has lost entries,
-- and no order is taken (start.lua) until every gateway that missed some has told its last ends again, and
-- one of them has proved that nothing older is lost. Without that proof only accept.lua lifts the freeze.
-- KEYS  1 journal  2 freeze
-- ARGV  1 gateway  2 newest entry that it has seen, or empty
--       3 oldest entry that was the last one within the time of which it can tell the ends, or empty
--       4 that time, ms  5 how long a freeze lasts at least, ms: every gateway looks meanwhile
-- says  {last entry or "0-0", 1 when entries are lost, else 0, entry behind which they are, newest lost one
--        "proven" or ""}   the last three are empty when nothing is frozen
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function last_until(entry)
  local found = redis.call('XREVRANGE', KEYS[1], entry, '-', 'COUNT', 1)[1]
  return found and found[1] or '0-0'
end

local function there(entry)
  return entry == '0-0' or last_until(entry) == entry
end

local function ms_of(entry) return tonumber(string.match(entry, '^%d+')) end

local lost = ARGV[2] ~= '' and not there(ARGV[2])
if lost then
  local left = last_until(ARGV[2])
  redis.call('HSETNX', KEYS[2], 'since', string.format('%.0f', now))
  redis.call('HSETNX', KEYS[2], 'left', left)
  local seen = redis.call('HGET', KEYS[2], 'seen')
  if not seen or ms_of(seen) < ms_of(ARGV[2]) then redis.call('HSET', KEYS[2], 'seen', ARGV[2]) end
  redis.call('HSET', KEYS[2], 'missed:' .. ARGV[1], '1')
  if (ARGV[3] ~= '' and there(ARGV[3])) or ms_of(left) > now - tonumber(ARGV[4]) then
    redis.call('HSET', KEYS[2], 'proven', '1')
  end
end
local frozen = redis.call('HMGET', KEYS[2], 'since', 'left', 'seen', 'proven')
if frozen[4] and redis.call('HLEN', KEYS[2]) == 4 and now - tonumber(frozen[1]) >= tonumber(ARGV[5]) then
  redis.call('DEL', KEYS[2])
  frozen = {}
end
return { last_until('+'), lost and 1 or 0, frozen[2] or '', frozen[3] or '', frozen[4] and 'proven' or '' }
