#!lua flags=allow-oom
-- One change by administration, whole or not at all, with its line in the audit log.
-- KEYS  1 audit log  2.. the records it looks at or writes
-- ARGV  1 checks: JSON [[key, field, value] ..]; no field asks for the record itself, no value for none
--         field "#" asks whether a hash has fewer fields than the value
--       2 writes: JSON [[command, key, word ..] ..], all words text  3 how long audit lines are kept, ms
--         command "CROSS" looks whether an alert of a scope's thresholds is passed already (alerts.lua)
--       4 the line: JSON [name, value ..], or [] for none
-- says  {"done", id of the line or ""} | {"changed", index of the check that failed, from 1}
-- A full store must not keep a limit out, nor a revocation.
local COMMANDS = { HSET = true, HDEL = true, ZADD = true, ZREM = true, DEL = true, SET = true,
  CROSS = true }
local MOST = 200 -- words at once

for place, check in ipairs(cjson.decode(ARGV[1])) do
  local key, field, value = KEYS[check[1]], check[2], check[3]
  local seen
  if field == '' then
    seen = redis.call('EXISTS', key) == 1 and 'here' or ''
  elseif field == '#' then
    seen = redis.call('HLEN', key) < tonumber(value) and value or ''
  else
    seen = redis.call('HGET', key, field) or ''
  end
  if seen ~= value then return { 'changed', place } end
end

local writes = cjson.decode(ARGV[2])
for _, write in ipairs(writes) do
  if not COMMANDS[write[1]] then return redis.error_reply('ERR commit knows no command ' .. write[1]) end
end
for _, write in ipairs(writes) do
  local key = KEYS[write[2]]
  if #write == 2 then redis.call(write[1], key) end
  if write[1] == 'CROSS' then
    cross_at_once(key, write[3])
  else
    for from = 3, #write, MOST do
      redis.call(write[1], key, unpack(write, from, math.min(#write, from + MOST - 1)))
    end
  end
end

local line = cjson.decode(ARGV[4])
if #line == 0 then return { 'done', '' } end
local time = redis.call('TIME')
local oldest = tonumber(time[1]) * 1000 - tonumber(ARGV[3])
return { 'done', redis.call('XADD', KEYS[1], 'MINID', '~', string.format('%.0f', oldest), '*', unpack(line)) }
