-- Metering, behind parts.lua: what a call came to, in the buckets of the moment in which its order was
-- held, so that the costs of a month always add up to its balances. service/usage.py reads them.
-- usage:WIDTH:START and costs:DAY are hashes of rows: a JSON list of texts ->
-- "[posted,billed,delivered,withheld,parked,house,requests]", whole numbers, money in micro-USD.

local KEPT_DAYS = 1129 -- usage of days, costs: three years and a month
local BUCKETS = { { 'minute', 60, 2 }, { 'hour', 3600, 60 }, { 'day', 86400, KEPT_DAYS } } -- seconds, days kept
local FACT = {}
for place, name in ipairs(FACTS) do FACT[name] = place end

-- What every key begins with.
local function root_of_books()
  return string.sub(KEYS[2], 1, -#':journal' - 1)
end

local function day_begins(day)
  local year, month, number = string.match(day, '^(%d+)-(%d+)-(%d+)$')
  return days_to(tonumber(year), tonumber(month), tonumber(number)) * 86400
end

-- The second that an order counts in: of its hold. Where that was lost only its day is known, and the
-- day's last minute stands for it.
local function counted_at(day, at_ms)
  local second = math.floor(tonumber(at_ms or '0') / 1000)
  if day_of(second) == day then return second end
  return day_begins(day) + 86400 - 60
end

-- A bucket is kept from its own time on; what it has outlived is not brought back.
local function add_row(name, row, change, ends, now)
  if ends <= now then return end
  local sums = cjson.decode(redis.call('HGET', name, row) or '[0,0,0,0,0,0,0]')
  for place, by in ipairs(change) do sums[place] = whole(sums[place] + by) end
  local new = redis.call('HSET', name, row, '[' .. table.concat(sums, ',') .. ']')
  if new == 1 and redis.call('HLEN', name) == 1 then redis.call('EXPIREAT', name, whole(ends)) end
end

local function meter_costs(root, day, row, change, now)
  add_row(root .. ':costs:' .. day, row, change, day_begins(day) + KEPT_DAYS * 86400, now)
end

-- Count what a call came to. Orders of a version that did not meter are not counted.
-- period: the day of the hold; facts: of the call, as FACTS; assumed: '1' or ''
-- came: posted, billed, delivered, withheld, parked, house
local function meter(period, facts, assumed, came)
  local order = redis.call('HMGET', KEYS[1], 'source', 'at_ms')
  if not order[1] then return end
  came[7] = redis.call('HSETNX', KEYS[1], 'counted', '1')
  local root = root_of_books()
  local now, at = math.floor(clock_ms() / 1000), counted_at(period, order[2])
  local sold = { facts[FACT.project] or '', facts[FACT.key] or '', facts[FACT.model] or '',
    facts[FACT.operation] or '', facts[FACT.speed] or '' }
  local drawn = { unpack(sold) }
  for _, word in ipairs({ facts[FACT.size] or '', facts[FACT.source] or '', facts[FACT.user] or '', assumed }) do
    drawn[#drawn + 1] = word
  end
  sold[#sold + 1] = assumed
  local row = cjson.encode(drawn)
  for _, bucket in ipairs(BUCKETS) do
    local start = at - at % bucket[2]
    add_row(root .. ':usage:' .. bucket[1] .. ':' .. whole(start), row, came, start + bucket[3] * 86400, now)
  end
  meter_costs(root, period, cjson.encode(sold), came, now)
end

-- A call that was posted. leg: posted, house, billed, delivered, withheld
local function meter_post(period, facts, assumed, leg)
  meter(period, facts, assumed, { leg.posted, leg.billed, leg.delivered, leg.withheld, 0, leg.house })
end

-- A call that was parked: in which row is kept, for its end.
local function meter_park(period, facts, call, upstream, amount)
  local assumed = assumed_of(call, upstream)
  redis.call('HSET', KEYS[1], call .. ':metered', assumed)
  meter(period, facts, assumed, { 0, 0, 0, 0, amount, 0 })
end

-- A parked call that has ended: what was parked goes from where it was. leg: as of a post, and amount
local function meter_end(period, facts, call, assumed, leg)
  local was = redis.call('HGET', KEYS[1], call .. ':metered')
  local here = was == assumed and leg.amount or 0
  if was and was ~= assumed then meter(period, facts, was, { 0, 0, 0, 0, -leg.amount, 0 }) end
  meter(period, facts, assumed, { leg.posted, leg.billed, leg.delivered, leg.withheld, -here, leg.house })
end

-- A correction, which is of no call. period: a day, or a month, whose first day it counts in
local function meter_correction(period, project, key, posted, house)
  local day = #period > #'2026-11' and period or period .. '-01'
  local row = cjson.encode({ project, key, '', 'adjustment', '', '' })
  meter_costs(root_of_books(), day, row, { posted, 0, 0, 0, 0, house, 0 }, math.floor(clock_ms() / 1000))
end

-- Of at most so many users in a project's month one is told from another; all further ones are "other".
local function told_apart(project, month, user, most)
  if user == '' then return '' end
  local name = root_of_books() .. ':users:' .. project .. ':' .. month
  if redis.call('SISMEMBER', name, user) == 1 then return user end
  if redis.call('SCARD', name) >= most then return 'other' end
  redis.call('SADD', name, user)
  redis.call('EXPIRE', name, 62 * 86400)
  return user
end
