-- Mark a granted call as sent. Without this script's answer not one byte goes to the supplier.
-- KEYS  1 order  2 account
-- ARGV  1 call
-- says  "sent" | "again" (it was marked before) | "gone" (ended meanwhile, or no such call)
local state = redis.call('HGET', KEYS[1], ARGV[1] .. ':state')
if state == 'SENT' then return 'again' end
if state ~= 'HELD' then return 'gone' end
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
redis.call('HSET', KEYS[1], ARGV[1] .. ':state', 'SENT', ARGV[1] .. ':sent_ms', now)
redis.call('HSET', KEYS[2], 'last_ms', now)
return 'sent'
