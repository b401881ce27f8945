-- End one call: post, void or park it, give its places back, grant them to the rest of its order.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period: key, project, organisation
-- ARGV  1 order id  2 call  3 verb "post"|"void"|"park"  4 upstream that ran it
--       5 billed  6 delivered  7 withheld (images)  8 reason
--       9 "stop" ends the order: what is not cut yet is voided; "go" grants the next turn
--       10 places of the account  11 lease, ms  12 "again" when this settles later than it should
-- says  {state, amount, house, next call or -1, images of the next call, open calls}
--       {"none"} no such order or call: nothing written
-- A repeat writes nothing and says what was said first.

local function whole(value)
  return string.format('%.0f', value)
end

local order_id, call, verb = ARGV[1], ARGV[2], ARGV[3]
local said = redis.call('HGET', KEYS[1], call .. ':said')
if said then
  local answer = {}
  for word in string.gmatch(said, '[^,]+') do answer[#answer + 1] = word end
  return answer
end
local leg = redis.call('HMGET', KEYS[1], call .. ':images', call .. ':state', call .. ':sent_ms')
if not leg[1] then return { 'none' } end
local order = redis.call('HMGET', KEYS[1], 'unit', 'units', 'priced', 'period', 'left', 'most', 'calls',
  'open', 'kept_ms', 'project', 'key', 'model', 'operation', 'speed', 'table')

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local images = tonumber(leg[1])
local unit = tonumber(order[1])
local period = order[4]
local left = tonumber(order[5])
local held = unit * images
local billed = tonumber(ARGV[5])

-- the price of the upstream that ran it, as it was at the hold
local price = unit
for upstream, own in string.gmatch(order[2], '([^,]+),(%d+)') do
  if upstream == ARGV[4] then price = tonumber(own) end
end
local amount, house, state = 0, 0, 'VOIDED'
if verb == 'post' then
  local due = price * billed
  if order[3] == 'input' then due = price * math.min(billed, 1) end
  -- more than was held is never the customer's: the house takes it, and it is reported
  amount = math.min(due, held)
  house = due - amount
  state = 'POSTED'
elseif verb == 'park' then
  amount = price * images
  state = 'PARKED'
end

local journal = { 'call', order_id .. '.' .. call, 'period', period, 'images', whole(images),
  'project', order[10] or '', 'key', order[11] or '', 'model', order[12] or '', 'operation', order[13] or '',
  'speed', order[14] or '', 'table', order[15] or '', 'upstream', ARGV[4] }
local function book(word, released, posted, parked, onhouse, counts)
  for index = 6, #KEYS do
    local balance = KEYS[index] .. ':' .. period
    redis.call('HINCRBY', balance, 'held', whole(-released))
    if posted ~= 0 then redis.call('HINCRBY', balance, 'posted', whole(posted)) end
    if parked ~= 0 then redis.call('HINCRBY', balance, 'parked', whole(parked)) end
    if onhouse ~= 0 then redis.call('HINCRBY', balance, 'house', whole(onhouse)) end
  end
  redis.call('XADD', KEYS[2], '*', 'verb', word, 'order', order_id, 'released', whole(released),
    'posted', whole(posted), 'parked', whole(parked), 'house', whole(onhouse), unpack(counts))
end

-- the leg
local counts = { 'billed', whole(billed), 'delivered', ARGV[6], 'withheld', ARGV[7], 'reason', ARGV[8],
  'price', whole(price), unpack(journal) }
book(verb, held, verb == 'post' and amount or 0, verb == 'park' and amount or 0, house, counts)

-- its places
local given = redis.call('ZREM', KEYS[3], order_id .. '.' .. call .. ':' .. whole(images))
if given == 1 then redis.call('HINCRBY', KEYS[4], 'used', whole(-images)) end
if leg[3] and verb == 'post' then
  local usual = tonumber(redis.call('HGET', KEYS[4], 'call_ms')) or (now - tonumber(leg[3]))
  redis.call('HSET', KEYS[4], 'call_ms', whole(math.floor(usual * 0.8 + (now - tonumber(leg[3])) * 0.2)))
end

-- the rest of the order
local open = tonumber(order[8]) - 1
local next_call, next_images = -1, 0
if left > 0 and ARGV[9] == 'stop' then
  local rest = unit * left
  book('void', rest, 0, 0, 0, { 'billed', '0', 'delivered', '0', 'withheld', '0', 'reason', 'not_sent',
    'rest', whole(left), unpack(journal) })
  left = 0
elseif left > 0 then
  local free = tonumber(ARGV[10]) - (tonumber(redis.call('HGET', KEYS[4], 'used')) or 0)
  local turn = math.min(left, free, tonumber(order[6]))
  -- an order that holds no place any more must go on: its own were given back just now
  if turn < 1 and open == 0 then turn = math.min(left, images) end
  if turn >= 1 then
    next_call, next_images = tonumber(order[7]), turn
    redis.call('ZADD', KEYS[3], whole(now + tonumber(ARGV[11])), order_id .. '.' .. whole(next_call) .. ':' .. whole(turn))
    redis.call('HINCRBY', KEYS[4], 'used', whole(turn))
    redis.call('HSET', KEYS[1], whole(next_call) .. ':state', 'HELD', whole(next_call) .. ':images', whole(turn),
      'calls', whole(next_call + 1))
    left = left - turn
    open = open + 1
  end
end

local answer = { state, whole(amount), whole(house), whole(next_call), whole(next_images), whole(open) }
redis.call('HSET', KEYS[1], call .. ':state', state, call .. ':amount', whole(amount), call .. ':said',
  table.concat(answer, ','), 'left', whole(left), 'open', whole(open))
if open == 0 and left == 0 then
  redis.call('ZREM', KEYS[5], order_id)
  redis.call('PEXPIRE', KEYS[1], order[9])
end
return answer
