#!lua flags=allow-oom
-- Mark a granted call as sent. Without this script's answer not one byte goes to the supplier.
-- KEYS  1 order  2 journal  3 places of the account
-- ARGV  1 order id  2 call
-- says  "sent" | "again" (it was marked before) | "gone" (ended meanwhile, or its places went to others
--       because the lease had ended) | "lost" (no such call: a failover took it, rehold.lua)
local order_id, call = ARGV[1], ARGV[2]
local leg = redis.call('HMGET', KEYS[1], call .. ':state', call .. ':images')
if not leg[1] then return 'lost' end
if leg[1] == 'SENT' then return 'again' end
if leg[1] ~= 'HELD' then return 'gone' end
if not redis.call('ZSCORE', KEYS[3], place_of(order_id, call, tonumber(leg[2]))) then return 'gone' end
redis.call('HSET', KEYS[1], call .. ':state', 'SENT', call .. ':sent_ms', whole(clock_ms()))
return 'sent'
