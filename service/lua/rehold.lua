#!lua
-- Hold again what a failover took of an order in work: a turn that was granted, and the images that are
-- not cut yet. The turn is marked sent. Price and period are those of the first hold. A freeze (watch.lua)
-- is for new orders: this one had its hold.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period: key, project, organisation
-- ARGV  1 order id  2 call  3 images of the call  4 images that are not cut yet  5 images of the order
--       6 most images a call  7 places of the account  8 lease, ms  9 kept, ms  10 unit price
--       11 prices "upstream,micro_usd,..."  12 "output"|"input"  13 period of the hold
--       14 what the order held at first  15 operation of a call that came first, or empty
--       16 what every key begins with  17 whose repeat it may be (replay.lua), or empty
--       18.. pairs of facts of the order
-- says  "held" | "again" it was marked sent before
--       "gone" it ended, or a newer order has its idempotency key | "full" | "barred" | "slow" | "short"
--       these wrote nothing
local order_id, call = ARGV[1], ARGV[2]
local images, rest = tonumber(ARGV[3]), tonumber(ARGV[4])
local state = redis.call('HGET', KEYS[1], call .. ':state')
if state == 'SENT' then return 'again' end
local order = redis.call('HMGET', KEYS[1], 'unit', 'left', 'calls', 'open', 'recovered', 'reheld', 'dropped')
if state or order[7] then return 'gone' end
local now = clock_ms()
local newer = joined(order_id, ARGV[17], now)
if newer and newer[2] ~= order_id then return 'gone' end

local asked = { images = tonumber(ARGV[5]), hold = tonumber(ARGV[14]), lead = ARGV[15] }
for index = 18, #ARGV, 2 do asked[ARGV[index]] = ARGV[index + 1] end
local unit, period = tonumber(ARGV[10]), ARGV[13]
local need = unit * (images + rest - tonumber(order[2] or '0'))
-- what a start wrote is lost or kept as a whole: without its record it counts in no rate either
local uncounted = (not order[1] or order[5]) and not order[6]
local rates = rates_at(ARGV[16], asked, now)
local refusal = barred(ARGV[16], asked) or (uncounted and slowed(rates))
if not refusal and need > 0 then
  asked.hold = need
  refusal = short(ARGV[16], asked, period)
end
if refusal then return refusal[1] end
local stale, used = stale_places(now)
if tonumber(ARGV[7]) - used < images then return 'full' end

-- every check is behind us: write
if uncounted then take_units(rates) end
for _, member in ipairs(stale) do give_back(member) end
local lease_end = now + tonumber(ARGV[8])
take(place_of(order_id, call, images), images, lease_end)
if not order[1] then
  redis.call('HSET', KEYS[1], 'hold', ARGV[14], 'images', ARGV[5], 'first', '', 'parked', '0', 'at_ms', whole(now))
end
redis.call('HSET', KEYS[1], 'unit', ARGV[10], 'prices', ARGV[11], 'priced', ARGV[12], 'period', period,
  'most', ARGV[6], 'kept_ms', ARGV[9], 'left', whole(rest), 'open', whole(tonumber(order[4] or '0') + 1),
  'calls', whole(math.max(tonumber(order[3] or '0'), tonumber(call) + 1)), 'reheld', call,
  call .. ':state', 'SENT', call .. ':images', whole(images), call .. ':sent_ms', whole(now))
redis.call('HSET', KEYS[1], unpack(ARGV, 18))
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[5], whole(lease_end), order_id)
remember_lost(order_id, ARGV[17], now, ARGV[9]) -- replay
book(period, { need, 0, 0, 0 }, { 'verb', 'hold', 'order', order_id, 'images', whole(images + rest),
  'price', ARGV[10], 'recovered', '1', unpack(ARGV, 18) })
return 'held'
