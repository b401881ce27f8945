-- What the limits say of one order, behind parts.lua. They are hashes that administration writes
-- (service/limits.py); every start reads them itself, so that they hold from the next order on.
-- What a project or a key has not, it inherits (service/defaults.py). A limit that is not set does not
-- count; 0 is a limit, which nothing passes.
-- order: key, project, model, operation, speed or '', lead: operation of a call that comes first or '',
-- images, hold. root: what every key begins with.

local MINUTE, DAY = 60000, 86400000
local MOST_RATE = 1000000 -- also where no rate a minute is set (config/limits.py)
local RATES = { 'requests_minute', 'requests_day', 'images_minute' }
local WINDOWS = { MINUTE, DAY, MINUTE }
local REQUEST = { 'operations', 'speeds', 'images_request', 'spend_request' }
local SPENDS = { 'spend_day', 'spend_week', 'spend_month', 'spend_total' }

local function scopes_of(order)
  return { 'key:' .. order.key, 'project:' .. order.project, 'organization' }
end

-- Some limits of a scope: its own, else what all of its kind inherit.
local function limits_of(root, scope, names)
  local set = redis.call('HMGET', root .. ':limits:' .. scope, unpack(names))
  local kind = string.match(scope, '^(%a+):')
  if not kind then return set end
  local inherited = redis.call('HMGET', root .. ':inherited:' .. kind, unpack(names))
  for index = 1, #names do set[index] = set[index] or inherited[index] end
  return set
end

local function listed(list, word)
  return word == '' or string.find(',' .. list .. ',', ',' .. word .. ',', 1, true)
end

-- What a single request may be. Says nil or {"barred", index of the scope, which of REQUEST, its value}
local function barred(root, order)
  for place, scope in ipairs(scopes_of(order)) do
    local set = limits_of(root, scope, REQUEST)
    local passed = nil
    if set[1] and not (listed(set[1], order.operation) and listed(set[1], order.lead)) then
      passed = 1
    elseif set[2] and not listed(set[2], order.speed) then
      passed = 2
    elseif set[3] and order.images > tonumber(set[3]) then
      passed = 3
    elseif set[4] and (set[4] == '0' or order.hold > tonumber(set[4])) then
      passed = 4
    end
    if passed then return { 'barred', place, REQUEST[passed], set[passed] } end
  end
end

-- Whom to ask for more: what is said to callers whose limit is reached.
local function contact(root, order)
  return redis.call('HGET', root .. ':limits:project:' .. order.project, 'contact')
    or redis.call('HGET', root .. ':limits:organization', 'contact') or ''
end

-- What may be spent. Says nil or {"short", index of the scope, limit, spent, period, contact}
local function short(root, order, day)
  local periods = { day, week_of(day), string.sub(day, 1, 7), 'total' }
  for place, scope in ipairs(scopes_of(order)) do
    local set = limits_of(root, scope, SPENDS)
    for index, period in ipairs(periods) do
      if set[index] then
        local sums = redis.call('HMGET', root .. ':balance:' .. scope .. ':' .. period, 'held', 'posted', 'parked')
        local spent = tonumber(sums[1] or '0') + tonumber(sums[2] or '0') + tonumber(sums[3] or '0')
        if set[index] == '0' or spent + order.hold > tonumber(set[index]) then
          return { 'short', place, set[index], whole(spent), period, contact(root, order) }
        end
      end
    end
  end
end

-- Rates. GCRA, kept as a level so that whole numbers suffice at any limit: one unit fills `window`, and
-- `limit` drains away each millisecond. `limit` units pass at once, then one every window / limit ms.

-- What is left of a level after some milliseconds. Where the product is not exact, nothing is left.
local function drained(level, ms, limit)
  return math.max(0, level - math.max(0, ms) * limit)
end

-- Milliseconds until so many units pass: 0 now, -1 never.
local function wait_for(level, limit, window, units)
  if units > limit then return -1 end
  local over = level + units * window - limit * window
  if over <= 0 then return 0 end
  return limit > 0 and math.floor((over + limit - 1) / limit) or -1
end

-- The rates of a project and model as they stand. Each: name, limit, window, units asked, level.
local function rates_at(root, order, now)
  local scope = 'project:' .. order.project
  local own = redis.call('HMGET', root .. ':limits:' .. scope .. ':' .. order.model, unpack(RATES))
  local all = limits_of(root, scope, RATES)
  local rates = { key = root .. ':rate:' .. order.project .. ':' .. order.model, now = now }
  local seen = redis.call('HMGET', rates.key, 'at', unpack(RATES))
  for index, rate in ipairs(RATES) do
    local limit = tonumber(own[index] or all[index] or (WINDOWS[index] == MINUTE and MOST_RATE))
    if limit then
      rates[#rates + 1] = { name = rate, limit = limit, window = WINDOWS[index],
        units = rate == 'images_minute' and order.images or 1,
        level = drained(tonumber(seen[index + 1] or '0'), now - tonumber(seen[1] or now), limit) }
    end
  end
  return rates
end

-- "limit,units left,milliseconds until all are back"
local function told(rate)
  local free = rate.limit * rate.window - rate.level
  local left = math.max(0, math.floor(free / rate.window))
  local reset = rate.limit > 0 and math.floor((rate.level + rate.limit - 1) / rate.limit) or 0
  return whole(rate.limit) .. ',' .. whole(left) .. ',' .. whole(reset), left
end

-- Requests, of a minute or a day: those of which fewer are left; then images
local function told_rates(rates)
  local requests, left = told(rates[1])
  if #rates == 3 then
    local of_day, left_of_day = told(rates[2])
    if left_of_day < left then requests = of_day end
  end
  return requests .. ';' .. told(rates[#rates])
end

-- Says nil or {"slow", which of RATES, limit, milliseconds or -1, rates}: the longest wait
local function slowed(rates)
  local worst, longest = nil, 0
  for _, rate in ipairs(rates) do
    local wait = wait_for(rate.level, rate.limit, rate.window, rate.units)
    if wait ~= 0 and longest ~= -1 and (wait == -1 or wait > longest) then
      worst, longest = rate, wait
    end
  end
  if worst then return { 'slow', worst.name, whole(worst.limit), whole(longest), told_rates(rates) } end
end

local function write_rates(rates)
  local fields = { 'at', whole(rates.now) }
  for _, rate in ipairs(rates) do
    fields[#fields + 1] = rate.name
    fields[#fields + 1] = whole(rate.level)
  end
  redis.call('HSET', rates.key, unpack(fields))
  redis.call('PEXPIRE', rates.key, DAY)
end

-- Count the order; after every check.
local function take_units(rates)
  for _, rate in ipairs(rates) do rate.level = rate.level + rate.units * rate.window end
  write_rates(rates)
end

-- The order is none: what it filled since `at` and has not drained away yet is free again.
local function give_units_back(rates, at)
  for _, rate in ipairs(rates) do
    rate.level = math.max(0, rate.level - drained(rate.units * rate.window, rates.now - at, rate.limit))
  end
  write_rates(rates)
end
