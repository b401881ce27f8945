#!lua flags=allow-oom
-- Take up an order whose lease has ended, and end what was parked long enough. Several may do it at once.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period: key, project, organisation
-- ARGV  1 order id  2 how long a call stays parked, ms
-- says  {"gone"} nothing of it is open | {"leased"} somebody has it in work, or just looked
--       {"swept", calls voided, micro-USD, calls parked, micro-USD, calls written off, micro-USD,
--        "call,verb,images,micro-USD" of each}
-- What was provably not sent is void. What was sent, nobody can know: it is parked, and then written off
-- to the house, never to the customer. While a call is parked, the order's next look is at its end.
local order_id, park_ms = ARGV[1], tonumber(ARGV[2])
local lease = redis.call('ZSCORE', KEYS[5], order_id)
if not lease then return { 'gone' } end
local now = clock_ms()
if tonumber(lease) > now then return { 'leased' } end
local order = redis.call('HMGET', KEYS[1], 'unit', 'prices', 'period', 'left', 'calls', 'parked', 'kept_ms')
if not order[1] then
  redis.call('ZREM', KEYS[5], order_id)
  return { 'gone' }
end

local facts = redis.call('HMGET', KEYS[1], unpack(FACTS))
local unit = tonumber(order[1])
local period = order[3]
local left = tonumber(order[4])
local parked = tonumber(order[6])
local voids, void_sum, parks, park_sum = 0, 0, 0, 0
local ends = {}

local function ended(call, verb, images, amount)
  ends[#ends + 1] = call .. ',' .. verb .. ',' .. whole(images) .. ',' .. whole(amount)
end

-- Where only one upstream may have run it, that one did.
local function only_upstream(prices)
  return string.match(prices, '^([^,]+),%d+$') or ''
end

local function take_up(call, leg)
  local images, leg_unit = tonumber(leg[2]), tonumber(leg[3] or order[1])
  local amount = leg_unit * images
  give_back(place_of(order_id, call, images))
  if leg[1] == 'HELD' then
    void_unsent(order_id, call, images, leg_unit, period, 'lease_ended', facts_of(call, facts))
    redis.call('HSET', KEYS[1], call .. ':state', 'VOIDED', call .. ':amount', '0',
      call .. ':said', 'VOIDED,0,0,-1,0,0')
    voids, void_sum = voids + 1, void_sum + amount
    ended(call, 'void', images, 0)
    return
  end
  local upstream = only_upstream(leg[4] or order[2])
  book(period, { -amount, 0, amount, 0 }, leg_line(order_id, { call = call, verb = 'park',
    reason = 'lease_ended', upstream = upstream, images = images, price = leg_unit, billed = 0,
    delivered = '0', withheld = '0' }, facts_of(call, facts)))
  meter_park(period, facts_of(call, facts), call, upstream, amount)
  redis.call('HSET', KEYS[1], call .. ':state', 'PARKED', call .. ':amount', whole(amount),
    call .. ':said', 'PARKED,' .. whole(amount) .. ',0,-1,0,0', call .. ':adopted', '1',
    parked_since(call, now, upstream))
  parks, park_sum, parked = parks + 1, park_sum + amount, parked + 1
  ended(call, 'park', images, amount)
end

-- what a replica left in work
local calls = {}
for number = 0, tonumber(order[5]) - 1 do
  local call = whole(number)
  local leg = redis.call('HMGET', KEYS[1], call .. ':state', call .. ':images', call .. ':unit', call .. ':prices')
  if leg[1] == 'HELD' or leg[1] == 'SENT' then take_up(call, leg) end
  calls[#calls + 1] = call
end
if left > 0 then
  void_unsent(order_id, 'rest', left, unit, period, 'lease_ended', facts)
  voids, void_sum = voids + 1, void_sum + unit * left
  ended('rest', 'void', left, 0)
end
redis.call('HSET', KEYS[1], 'left', '0', 'open', '0', 'parked', whole(parked))
if parked == 0 then
  close_order(order_id, order[7])
  return { 'swept', voids, whole(void_sum), parks, whole(park_sum), 0, '0', unpack(ends) }
end

-- what is parked
local offs, off_sum = 0, 0
local next_look = nil
for _, call in ipairs(calls) do
  local leg = redis.call('HMGET', KEYS[1], call .. ':state', call .. ':parked_ms', call .. ':amount',
    call .. ':upstream', call .. ':images')
  if leg[1] == 'PARKED' then
    if not leg[2] then -- parked by an earlier version: its time begins now
      redis.call('HSET', KEYS[1], parked_since(call, now, leg[4] or ''))
    end
    local due = tonumber(leg[2] or whole(now)) + park_ms
    if due <= now then
      local amount = tonumber(leg[3])
      end_parked(order_id, call, { state = 'WRITTEN_OFF', verb = 'write_off', reason = 'park_ended',
        posted = 0, house = amount, upstream = leg[4] or '', price = math.floor(amount / tonumber(leg[5])),
        billed = 0, delivered = '0', withheld = '0' })
      offs, off_sum = offs + 1, off_sum + amount
      ended(call, 'write_off', tonumber(leg[5]), amount)
    else
      next_look = math.min(next_look or due, due)
    end
  end
end
if next_look then redis.call('ZADD', KEYS[5], 'XX', whole(next_look), order_id) end
return { 'swept', voids, whole(void_sum), parks, whole(park_sum), offs, whole(off_sum), unpack(ends) }
