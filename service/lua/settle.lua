#!lua flags=allow-oom
-- End one call: post, void or park it, give its places back, grant them to the rest of its order.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period: key, project, organisation
-- ARGV  1 order id  2 call  3 verb "post"|"void"|"park"  4 upstream that ran it
--       5 billed  6 delivered  7 withheld (images)  8 reason
--       9 "stop" ends the order: what is not cut yet is voided; "go" grants the next turn
--       10 places of the account  11 lease, ms  12 what it came to, sealed, or empty (replay.lua)
-- says  {state, amount, house, next call or -1, images of the next call, open calls}
--       {"none"} no such order or call: nothing written
-- A repeat writes nothing and says what was said first, also to another verb: compare the state.
-- Only a call that a sweeper had parked takes the first post or void of the replica that ran it.
-- An order with a parked call stays among the open ones, and its record has no end, until it is resolved.

local STATES = { post = 'POSTED', void = 'VOIDED', park = 'PARKED' }
local order_id, call, verb = ARGV[1], ARGV[2], ARGV[3]
local said = redis.call('HGET', KEYS[1], call .. ':said')
if said then
  -- sweep: the replica was only slow
  if (verb == 'post' or verb == 'void') and redis.call('HEXISTS', KEYS[1], call .. ':adopted') == 1 then
    keep(order_id, call, ARGV[12]) -- replay
    return end_adopted(order_id, call, { verb = verb, upstream = ARGV[4], billed = tonumber(ARGV[5]),
      delivered = ARGV[6], withheld = ARGV[7], reason = ARGV[8] })
  end
  local answer = {}
  for word in string.gmatch(said, '[^,]+') do answer[#answer + 1] = word end
  return answer
end
local leg = redis.call('HMGET', KEYS[1], call .. ':images', call .. ':sent_ms', call .. ':unit', call .. ':prices')
if not leg[1] then return { 'none' } end
if not STATES[verb] then return redis.error_reply('ERR settle knows no verb ' .. verb) end

local order = redis.call('HMGET', KEYS[1], 'unit', 'prices', 'priced', 'period', 'left', 'most', 'calls',
  'open', 'parked', 'kept_ms')
local facts = redis.call('HMGET', KEYS[1], unpack(FACTS))
local now = clock_ms()
local images = tonumber(leg[1])
local unit = tonumber(order[1])
local leg_unit = tonumber(leg[3] or order[1])
local period = order[4]
local left = tonumber(order[5])
local open = tonumber(order[8]) - 1
local parked = tonumber(order[9])
local billed = tonumber(ARGV[5])

local price = price_of(leg[4] or order[2], ARGV[4], leg_unit)

-- the leg
local posted, reserved, house = 0, 0, 0
if verb == 'post' then
  posted, house = bill(price, billed, images, leg[3] and 'input' or order[3], of_house(ARGV[7]))
elseif verb == 'park' then
  reserved = price * images
  parked = parked + 1
  redis.call('HSET', KEYS[1], parked_since(call, now, ARGV[4]))
end
local sold = facts_of(call, facts)
book(period, { -leg_unit * images, posted, reserved, house }, leg_line(order_id, { call = call, verb = verb,
  reason = ARGV[8], upstream = ARGV[4], images = images, price = price, billed = billed,
  delivered = ARGV[6], withheld = ARGV[7] }, sold))
if verb == 'post' then -- usage
  meter_post(period, sold, assumed_of(call, ARGV[4]), { posted = posted, house = house, billed = billed,
    delivered = tonumber(ARGV[6]), withheld = tonumber(ARGV[7]) })
elseif verb == 'park' then
  meter_park(period, sold, call, ARGV[4], reserved)
end

-- its places
give_back(place_of(order_id, call, images))
if leg[2] and verb == 'post' then
  local took = now - tonumber(leg[2])
  local usual = tonumber(redis.call('HGET', KEYS[4], 'call_ms') or took)
  redis.call('HSET', KEYS[4], 'call_ms', whole(math.floor((usual * 4 + took) / 5)))
end

-- the rest of the order
local next_call, turn = -1, 0
if left > 0 and ARGV[9] == 'stop' then
  void_unsent(order_id, 'rest', left, unit, period, 'not_sent', facts)
  left = 0
elseif left > 0 then
  local stale, used = stale_places(now)
  for _, member in ipairs(stale) do give_back(member) end
  turn = math.max(0, math.min(left, tonumber(ARGV[10]) - used, tonumber(order[6])))
  if turn > 0 then
    next_call = tonumber(order[7])
    take(place_of(order_id, whole(next_call), turn), turn, now + tonumber(ARGV[11]))
    redis.call('HSET', KEYS[1], whole(next_call) .. ':state', 'HELD', whole(next_call) .. ':images',
      whole(turn), 'calls', whole(next_call + 1))
    left = left - turn
    open = open + 1
  elseif open == 0 then
    -- its lease had ended and others have its places: never more than the account allows
    void_unsent(order_id, 'rest', left, unit, period, 'no_place', facts)
    left = 0
  end
end

keep(order_id, call, ARGV[12]) -- replay
local amount = posted + reserved
local answer = { STATES[verb], whole(amount), whole(house), whole(next_call), whole(turn), whole(open) }
redis.call('HSET', KEYS[1], call .. ':state', STATES[verb], call .. ':amount', whole(amount),
  call .. ':said', table.concat(answer, ','), 'left', whole(left), 'open', whole(open),
  'parked', whole(parked))
if open == 0 and left == 0 and parked == 0 then close_order(order_id, order[10]) end
return answer
