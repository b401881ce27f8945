-- What the money scripts share; scripts.py puts it behind their first line.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period: key, project, organisation

local COLUMNS = { 'held', 'posted', 'parked', 'house' }
local FACTS = { 'project', 'key', 'model', 'operation', 'speed', 'table', 'size', 'source', 'user' }

local function whole(value)
  if value == 0 then return '0' end
  return string.format('%.0f', value)
end

-- The balances that a change counts in: a key's in every period of the day, the others' in its month.
-- period: a day "2026-11-22", or a month of a correction that belongs to no day (keyspace.py balances_of)
local function balances_of(period)
  local month = string.sub(period, 1, 7)
  local names = {}
  for index = 6, #KEYS do
    names[#names + 1] = KEYS[index] .. ':' .. month
    if string.find(KEYS[index], ':balance:key:', 1, true) then
      names[#names + 1] = KEYS[index] .. ':total'
      if period ~= month then
        names[#names + 1] = KEYS[index] .. ':' .. week_of(period)
        names[#names + 1] = KEYS[index] .. ':' .. period
      end
    end
  end
  return names
end

-- Change the balances and write the line that says so, never one without the other.
-- change: what each of COLUMNS grows by; line: pairs, which end the line
local function book(period, change, line)
  local month = string.sub(period, 1, 7)
  local entry = { 'period', month, 'day', period ~= month and period or '' }
  local names = balances_of(period)
  for place, column in ipairs(COLUMNS) do
    if change[place] ~= 0 then
      for _, name in ipairs(names) do
        local sum = redis.call('HINCRBY', name, column, whole(change[place]))
        if column == 'posted' and change[place] > 0 then cross_passed(name, sum - change[place], sum) end
      end
    end
    entry[#entry + 1] = column
    entry[#entry + 1] = whole(change[place])
  end
  for _, word in ipairs(line) do entry[#entry + 1] = word end
  redis.call('XADD', KEYS[2], '*', unpack(entry))
end

-- Whether the price of a call was one that nobody published: '1' or ''. Of no upstream in particular,
-- whether that of any was. The order's record lists those upstreams, of some calls their own.
local function assumed_of(call, upstream)
  local lists = redis.call('HMGET', KEYS[1], call .. ':assumed', 'assumed')
  local list = lists[1] or lists[2] or ''
  if upstream == '' then return list ~= '' and '1' or '' end
  return string.find(',' .. list .. ',', ',' .. upstream .. ',', 1, true) and '1' or ''
end

-- The line of a leg that ends. leg: call, verb, reason, upstream, images, price, billed, delivered,
-- withheld; facts: what the order's record says of FACTS
local function leg_line(order_id, leg, facts)
  local line = { 'verb', leg.verb, 'order', order_id, 'call', leg.call, 'images', whole(leg.images),
    'upstream', leg.upstream, 'price', whole(leg.price), 'billed', whole(leg.billed),
    'delivered', leg.delivered, 'withheld', leg.withheld, 'reason', leg.reason,
    'assumed', assumed_of(leg.call, leg.upstream) }
  for place, fact in ipairs(FACTS) do
    line[#line + 1] = fact
    line[#line + 1] = facts[place] or ''
  end
  return line
end

-- The facts of one call: a call that came first is of a model and an operation of its own.
local function facts_of(call, facts)
  local own = redis.call('HMGET', KEYS[1], call .. ':model', call .. ':operation', call .. ':speed', call .. ':size')
  if not own[1] then return facts end
  return { facts[1], facts[2], own[1], own[2], own[3] or '', facts[6], own[4] or '', facts[8], facts[9] }
end

-- A leg of which nothing was sent: what it held is free again.
local function void_unsent(order_id, call, images, unit, period, reason, facts)
  book(period, { -unit * images, 0, 0, 0 }, leg_line(order_id, { call = call, verb = 'void',
    reason = reason, upstream = '', images = images, price = unit, billed = 0, delivered = '0',
    withheld = '0' }, facts))
end

local function place_of(order_id, call, images)
  return order_id .. '.' .. call .. ':' .. whole(images)
end

local function take(member, images, lease_end)
  redis.call('ZADD', KEYS[3], whole(lease_end), member)
  redis.call('HINCRBY', KEYS[4], 'used', whole(images))
end

local function give_back(member)
  if redis.call('ZREM', KEYS[3], member) == 1 then
    redis.call('HINCRBY', KEYS[4], 'used', '-' .. string.match(member, ':(%d+)$'))
  end
end

-- Places whose lease ended belong to a replica that died. Says them, and the images in use without.
local function stale_places(now)
  local stale = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', whole(now))
  local used = tonumber(redis.call('HGET', KEYS[4], 'used') or '0')
  for _, member in ipairs(stale) do used = used - tonumber(string.match(member, ':(%d+)$')) end
  return stale, used
end

-- Nothing of the order is in work any more: its record stays a while, so that no repeat counts twice.
local function close_order(order_id, kept_ms)
  redis.call('ZREM', KEYS[5], order_id)
  redis.call('PEXPIRE', KEYS[1], kept_ms)
end
