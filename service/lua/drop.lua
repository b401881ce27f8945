#!lua flags=allow-oom
-- Take back an order whose start was not answered. Nothing of it was sent, and nothing may be.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period: key, project, organisation
-- ARGV  1 order id  2 kept, ms
-- says  {"dropped", what was held and is free again} | {"never"}: it was not held | {"again"}
-- A start that comes later than this says "gone" and holds nothing.
local order_id = ARGV[1]
if redis.call('HEXISTS', KEYS[1], 'dropped') == 1 then return { 'again' } end
local order = redis.call('HMGET', KEYS[1], 'unit', 'period', 'left', 'calls', 'images', 'at_ms')
if not order[1] then
  redis.call('HSET', KEYS[1], 'dropped', '1')
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return { 'never' }
end

local facts = redis.call('HMGET', KEYS[1], unpack(FACTS))
local unit = tonumber(order[1])
local period = order[2]
local left = tonumber(order[3])
local released = unit * left
for number = 0, tonumber(order[4]) - 1 do
  local call = whole(number)
  if redis.call('HEXISTS', KEYS[1], call .. ':said') == 0 then
    local leg = redis.call('HMGET', KEYS[1], call .. ':images', call .. ':unit')
    local images, leg_unit = tonumber(leg[1]), tonumber(leg[2] or order[1])
    void_unsent(order_id, call, images, leg_unit, period, 'start_unanswered', facts_of(call, facts))
    give_back(place_of(order_id, call, images))
    redis.call('HSET', KEYS[1], call .. ':state', 'VOIDED', call .. ':amount', '0',
      call .. ':said', 'VOIDED,0,0,-1,0,0')
    released = released + leg_unit * images
  end
end
if left > 0 then void_unsent(order_id, 'rest', left, unit, period, 'start_unanswered', facts) end
-- limits
give_units_back(rates_at(string.sub(KEYS[1], 1, -#order_id - 8), { project = facts[1], model = facts[3],
  images = tonumber(order[5]) }, clock_ms()), tonumber(order[6]))
redis.call('HSET', KEYS[1], 'dropped', '1', 'left', '0', 'open', '0')
close_order(order_id, ARGV[2])
return { 'dropped', whole(released) }
