#!lua
-- Hold the price of one order, and take the free places for its first calls: these are marked sent.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period, widest scope last: key, project, organisation
-- ARGV  1 order id  2 images  3 most images a call  4 places of the account  5 lease, ms
--       6 kept, ms: how long the record of an ended order stays
--       7 price lines "upstream=from_ms:micro_usd,...;..."  the dearest in force is held; a "~" behind
--         a price: it is assumed
--       8 what every key begins with: limits and rates are found by it (limits.lua)
--       9 unit: "output" prices each image, "input" each call of one image
--       10 price lines of a call that comes first, or empty  11 its model  12 its operation
--       13 whether it may be a repeat, and of what (replay.lua), or empty; several, joined by ";"
--       14 the journal's newest entry that its gateway has seen, or empty
--       15 most users of a project and month that are told apart (usage.lua)
--       15.. pairs of facts kept with the order and written to the journal
-- says  {"held"|"again", unit, period, hold, prices "upstream,micro_usd,...", those of the call that
--        comes first or empty, rates, terms, images of call 0, 1 ...}
--       {"gone"}                                         it was taken back before it came
--       {"joined", order}                                a repeat of that one: no new hold, no new call
--       {"reused"}                                       its idempotency key is another request's
--       {"full", milliseconds until a place is likely, rates}   nothing written
--       {"barred", index of the balance, limit's name, its value, rates}      nothing written
--       {"slow", limit's name, its value, milliseconds or -1, rates}          nothing written
--       {"short", index of the balance, limit, spent, period, contact, rates} nothing written
--       {"unpriced"}                                     nothing written
--       {"frozen"}   the journal has lost entries (watch.lua); nothing written
-- A repeat with the same order id writes nothing and says what was said first.
-- rates: "limit,left,reset_ms" of requests and of images, joined by ";"; period: a day, UTC
-- terms: "house" where it pays for what is withheld, or empty; the upstreams whose price is assumed;
-- those of the call that comes first; joined by ";"
-- A call that comes first (a description, whose text the images need) is call 0, takes one place and
-- is priced by itself; the images are cut when it has been settled.

local order_id = ARGV[1]
local images = tonumber(ARGV[2])
local most = tonumber(ARGV[3])
local FIRST_FACT = 16

if redis.call('EXISTS', KEYS[1]) == 1 then
  local seen = redis.call('HMGET', KEYS[1], 'unit', 'period', 'hold', 'prices', '0:prices', 'first', 'dropped', 'rates',
    'charge_withheld', 'assumed', '0:assumed')
  if seen[7] then return { 'gone' } end
  local answer = { 'again', seen[1], seen[2], seen[3], seen[4], seen[5] or '', seen[8] or '',
    table.concat({ seen[9] or '', seen[10] or '', seen[11] or '' }, ';') }
  for count in string.gmatch(seen[6], '%d+') do answer[#answer + 1] = count end
  return answer
end

local now = clock_ms()

-- Whether an entry that was in the journal is not there any more.
local function lacks(entry)
  return entry ~= '' and entry ~= '0-0' and #redis.call('XRANGE', KEYS[2], entry, entry) == 0
end

-- replay
for word in string.gmatch(ARGV[13], '[^;]+') do
  local one_before = joined(order_id, word, now)
  if one_before then return one_before end
end

if redis.call('EXISTS', ARGV[8] .. ':frozen') == 1 or lacks(ARGV[14]) then return { 'frozen' } end

local period = day_of(math.floor(now / 1000))

-- The price in force of every upstream that may serve, and the dearest, which is held; -1: none is.
-- And the upstreams whose price is assumed.
local function in_force(lines)
  local dearest = -1
  local prices, assumed = {}, {}
  for upstream, steps in string.gmatch(lines, '([^=;]+)=([^;]+)') do
    local price, mark = nil, ''
    for from, micro_usd, about in string.gmatch(steps, '(%-?%d+):(%d+)(~?)') do
      if tonumber(from) <= now then price, mark = tonumber(micro_usd), about end
    end
    if mark ~= '' then assumed[#assumed + 1] = upstream end
    if price then
      prices[#prices + 1] = upstream
      prices[#prices + 1] = whole(price)
      dearest = math.max(dearest, price)
    end
  end
  return dearest, table.concat(prices, ','), table.concat(assumed, ',')
end

local unit, prices, assumed = in_force(ARGV[7])
local lead_unit, lead_prices, lead_assumed = 0, '', ''
if ARGV[10] ~= '' then lead_unit, lead_prices, lead_assumed = in_force(ARGV[10]) end
if unit < 0 or lead_unit < 0 then return { 'unpriced' } end
local hold = unit * images + lead_unit

-- limits
local order = { images = images, hold = hold, lead = ARGV[12] }
for index = FIRST_FACT, #ARGV, 2 do order[ARGV[index]] = ARGV[index + 1] end
local rates = rates_at(ARGV[8], order, now)
local refusal = barred(ARGV[8], order) or slowed(rates) or short(ARGV[8], order, period)
if refusal then
  if refusal[1] ~= 'slow' then refusal[#refusal + 1] = told_rates(rates) end
  return refusal
end

-- Until the call that was sent first has taken its usual time.
local function likely_wait()
  local oldest = now
  local root = string.sub(KEYS[1], 1, #KEYS[1] - #order_id)
  for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    local owner, call = string.match(member, '^(.+)%.(%d+):%d+$')
    local sent = redis.call('HGET', root .. owner, call .. ':sent_ms')
    oldest = math.min(oldest, tonumber(sent or now))
  end
  local usual = tonumber(redis.call('HGET', KEYS[4], 'call_ms') or '10000')
  return math.max(1000, usual - (now - oldest))
end

local stale, used = stale_places(now)
local free = tonumber(ARGV[4]) - used
if free <= 0 then return { 'full', whole(likely_wait()), told_rates(rates) } end

-- usage
local charge = redis.call('HGET', ARGV[8] .. ':project:' .. order.project, 'charge_withheld')
local withheld = charge == 'house' and charge or ''

-- every check is behind us: write
take_units(rates)
for index = FIRST_FACT, #ARGV, 2 do
  if ARGV[index] == 'user' then
    ARGV[index + 1] = told_apart(order.project, string.sub(period, 1, 7), order.user, tonumber(ARGV[15]))
  end
end
for _, member in ipairs(stale) do give_back(member) end
local lease_end = now + tonumber(ARGV[5])
local left = images
local first = {}
local calls = {}
local function cut(turn)
  local call = #first
  first[#first + 1] = whole(turn)
  take(place_of(order_id, call, turn), turn, lease_end)
  for _, word in ipairs({ call .. ':state', 'SENT', call .. ':images', whole(turn), call .. ':sent_ms', whole(now) }) do
    calls[#calls + 1] = word
  end
  free = free - turn
end
if ARGV[10] ~= '' then
  cut(1)
  redis.call('HSET', KEYS[1], '0:unit', whole(lead_unit), '0:prices', lead_prices, '0:model', ARGV[11],
    '0:operation', ARGV[12], '0:assumed', lead_assumed)
else
  while left > 0 and free > 0 do
    local turn = math.min(left, free, most)
    cut(turn)
    left = left - turn
  end
end
redis.call('HSET', KEYS[1], 'unit', whole(unit), 'prices', prices, 'priced', ARGV[9],
  'period', period, 'hold', whole(hold), 'images', whole(images), 'left', whole(left), 'most', whole(most),
  'calls', whole(#first), 'open', whole(#first), 'parked', '0', 'first', table.concat(first, ','),
  'kept_ms', ARGV[6], 'at_ms', whole(now), 'rates', told_rates(rates), 'charge_withheld', withheld, 'assumed', assumed,
  unpack(calls))
redis.call('HSET', KEYS[1], unpack(ARGV, FIRST_FACT))
redis.call('ZADD', KEYS[5], whole(lease_end), order_id)
remember(order_id, ARGV[13], now, ARGV[6]) -- replay
book(period, { hold, 0, 0, 0 }, { 'verb', 'hold', 'order', order_id, 'images', whole(images),
  'price', whole(unit), unpack(ARGV, FIRST_FACT) })

return { 'held', whole(unit), period, whole(hold), prices, lead_prices, told_rates(rates),
  table.concat({ withheld, assumed, lead_assumed }, ';'), unpack(first) }
