#!lua flags=allow-oom
-- Book the end of a call that the store has lost, from what its gateway knows. A failover or an old
-- snapshot took the hold, or the turn, or the whole order away.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period: key, project, organisation
-- ARGV  1 order id  2 call  3 verb "post"|"park"  4 upstream that ran it
--       5 billed  6 delivered  7 withheld (images)  8 reason
--       9 images of the call  10 its unit price  11 its prices "upstream,micro_usd,..."
--       12 "output"|"input"  13 period of the hold  14 kept, ms  15 what every key begins with
--       16 what it came to, sealed, or empty (replay.lua)  17 whose repeat it may be, or empty
--       18.. pairs of facts of the order
-- says  {"known"} the store has this call: settle it
--       {state, amount, house, -1, 0, open calls [, index of a balance, its limit, spent, period]}
--       the latter of the narrowest limit that is passed now
-- The record stays as long as any: a second post is none.
local order_id, call, verb = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HEXISTS', KEYS[1], call .. ':images') == 1 then return { 'known' } end
local now = clock_ms()
local images, period = tonumber(ARGV[9]), ARGV[13]
local order = redis.call('HMGET', KEYS[1], 'unit', 'left', 'calls', 'open', 'parked', 'period', 'reheld')
local left, calls = tonumber(order[2] or '0'), tonumber(order[3] or '0')
local open, parked = tonumber(order[4] or '0'), tonumber(order[5] or '0')
if not order[1] then
  redis.call('HSET', KEYS[1], 'unit', ARGV[10], 'prices', ARGV[11], 'priced', ARGV[12], 'period', period,
    'hold', '0', 'images', '0', 'most', '1', 'first', '', 'kept_ms', ARGV[14], 'at_ms', whole(now),
    'recovered', '1', unpack(ARGV, 18))
  remember_lost(order_id, ARGV[17], now, ARGV[14]) -- replay
end
local told = {}
for index = 18, #ARGV, 2 do told[ARGV[index]] = ARGV[index + 1] end
for _, fact in ipairs({ 'model', 'operation', 'speed', 'size', 'assumed' }) do -- of this call, not of its order
  redis.call('HSET', KEYS[1], call .. ':' .. fact, told[fact] or '')
end
period = order[6] or period

-- A turn that was lost is still part of what is held for the rest of the order, unless that was held
-- again since (rehold.lua).
local released = 0
if left >= images and tonumber(call) >= tonumber(order[7] or '0') then
  released = tonumber(order[1]) * images
  left = left - images
end
local price = price_of(ARGV[11], ARGV[4], tonumber(ARGV[10]))
local state, posted, reserved, house = 'PARKED', 0, 0, 0
if verb == 'post' then
  state = 'POSTED'
  posted, house = bill(price, tonumber(ARGV[5]), images, ARGV[12], of_house(ARGV[7]))
else
  reserved = price * images
  parked = parked + 1
  redis.call('HSET', KEYS[1], parked_since(call, now, ARGV[4]))
end
local facts = facts_of(call, redis.call('HMGET', KEYS[1], unpack(FACTS)))
local line = leg_line(order_id, { call = call, verb = verb, reason = ARGV[8], upstream = ARGV[4],
  images = images, price = price, billed = tonumber(ARGV[5]), delivered = ARGV[6], withheld = ARGV[7] }, facts)
line[#line + 1] = 'recovered'
line[#line + 1] = '1'
book(period, { -released, posted, reserved, house }, line)
if verb == 'post' then -- usage
  meter_post(period, facts, assumed_of(call, ARGV[4]), { posted = posted, house = house,
    billed = tonumber(ARGV[5]), delivered = tonumber(ARGV[6]), withheld = tonumber(ARGV[7]) })
else
  meter_park(period, facts, call, ARGV[4], reserved)
end

local amount = posted + reserved
local answer = { state, whole(amount), whole(house), '-1', '0', whole(open) }
redis.call('HSET', KEYS[1], call .. ':state', state, call .. ':images', whole(images), call .. ':amount',
  whole(amount), call .. ':said', table.concat(answer, ','), 'left', whole(left), 'open', whole(open),
  'parked', whole(parked), 'calls', whole(math.max(calls, tonumber(call) + 1)))
if open == 0 and left == 0 and parked == 0 then
  close_order(order_id, ARGV[14])
else
  redis.call('PERSIST', KEYS[1])
  redis.call('ZADD', KEYS[5], 'NX', whole(now), order_id)
end
keep(order_id, call, ARGV[16]) -- replay
local passed = short(ARGV[15], { hold = 0, key = facts[2], project = facts[1] }, period)
if passed and tonumber(passed[4]) > tonumber(passed[3]) then
  for index = 2, 5 do answer[#answer + 1] = passed[index] end
end
return answer
