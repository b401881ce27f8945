-- What a call costs, and how a parked one ends. For settle, sweep, recover and resolve.

-- The price of the upstream that ran it, as it was at the hold; `unit`, the dearest, of another one.
local function price_of(prices, upstream, unit)
  for name, own in string.gmatch(prices, '([^,]+),(%d+)') do
    if name == upstream then return tonumber(own) end
  end
  return unit
end

-- What the customer pays and what the house does. More than was asked is never the customer's: the
-- house takes it, and it is reported. So it does with what was withheld, where the project says so.
-- priced: "input" counts the call, "output" what came out
local function bill(price, billed, images, priced, withheld)
  local most = priced == 'input' and 1 or billed
  local posted = price * math.min(math.max(billed - withheld, 0), images, most)
  return posted, price * math.min(billed, most) - posted
end

-- So many of the images withheld are the house's: as the project said at the hold.
local function of_house(withheld)
  return redis.call('HGET', KEYS[1], 'charge_withheld') == 'house' and tonumber(withheld) or 0
end

-- The fields of a call that is parked now: until when it counts starts here.
local function parked_since(call, now, upstream)
  return call .. ':parked_ms', whole(now), call .. ':upstream', upstream
end

-- End a parked call, once. ending: state, verb, reason, posted, house, upstream, price, billed, delivered,
-- withheld; more: pairs that end the line. Says what settle says.
local function end_parked(order_id, call, ending, more)
  local seen = redis.call('HMGET', KEYS[1], call .. ':amount', call .. ':images', 'period', 'parked', 'open',
    'left', 'kept_ms')
  ending.call = call
  ending.images = tonumber(seen[2])
  local facts = redis.call('HMGET', KEYS[1], unpack(FACTS))
  local line = leg_line(order_id, ending, facts_of(call, facts))
  for _, word in ipairs(more or {}) do line[#line + 1] = word end
  book(seen[3], { 0, ending.posted, -tonumber(seen[1]), ending.house }, line)
  local drew = ending.state == 'POSTED'
  meter_end(seen[3], facts_of(call, facts), call, assumed_of(call, ending.upstream), { posted = ending.posted,
    house = ending.house, billed = drew and ending.billed or 0, delivered = drew and tonumber(ending.delivered) or 0,
    withheld = drew and tonumber(ending.withheld) or 0, amount = tonumber(seen[1]) })
  local parked = tonumber(seen[4]) - 1
  local answer = { ending.state, whole(ending.posted), whole(ending.house), '-1', '0', seen[5] }
  redis.call('HSET', KEYS[1], call .. ':state', ending.state, call .. ':amount', answer[2],
    call .. ':said', table.concat(answer, ','), 'parked', whole(parked))
  redis.call('HDEL', KEYS[1], call .. ':adopted')
  if parked == 0 and seen[5] == '0' and seen[6] == '0' then close_order(order_id, seen[7]) end
  return answer
end

-- The word of a replica that was only slow, on a call that a sweeper had parked: posted or void.
-- told: verb, upstream, billed, delivered, withheld, reason
local function end_adopted(order_id, call, told)
  local leg = redis.call('HMGET', KEYS[1], call .. ':images', call .. ':unit', call .. ':prices')
  local order = redis.call('HMGET', KEYS[1], 'unit', 'prices', 'priced')
  local price = price_of(leg[3] or order[2], told.upstream, tonumber(leg[2] or order[1]))
  told.price, told.posted, told.house = price, 0, 0
  told.state = 'VOIDED'
  if told.verb == 'post' then
    told.state = 'POSTED'
    told.posted, told.house = bill(price, told.billed, tonumber(leg[1]), leg[2] and 'input' or order[3],
      of_house(told.withheld))
  end
  return end_parked(order_id, call, told, { 'recovered', '1' })
end
