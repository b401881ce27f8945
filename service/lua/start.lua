-- Hold the price of one order, and take the free places for its first calls.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period, widest scope last: key, project, organisation
-- ARGV  1 order id  2 images  3 most images a call  4 places of the account  5 lease, ms
--       6 kept, ms: how long the record of an ended order stays
--       7 price lines "upstream=from_ms:micro_usd,...;..."  the dearest in force is held
--       8 spend limits "a,b,c", one for each balance, empty = none (whole micro-USD)
--       9 unit: "output" prices each image, "input" each call of one image
--       10.. pairs of facts kept with the order and written to the journal
-- says  {"held"|"again", unit, period, hold, first call images, second call images, ...}
--       {"full", milliseconds until a place is likely}   nothing written
--       {"short", index of the balance, limit, spent}    nothing written
--       {"unpriced"}                                     nothing written
-- A repeat with the same order id writes nothing and says what was said first.

local function month_of(seconds)
  -- civil date from days since 1970-01-01, proleptic Gregorian, whole numbers only
  local z = math.floor(seconds / 86400) + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d', year, month)
end

local function whole(value)
  return string.format('%.0f', value)
end

local order_id = ARGV[1]
local images = tonumber(ARGV[2])
local most = tonumber(ARGV[3])

if redis.call('EXISTS', KEYS[1]) == 1 then
  local seen = redis.call('HMGET', KEYS[1], 'unit', 'period', 'hold', 'first')
  local answer = { 'again', seen[1], seen[2], seen[3] }
  for count in string.gmatch(seen[4], '%d+') do answer[#answer + 1] = count end
  return answer
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local period = month_of(tonumber(time[1]))

-- the price in force of every upstream that may serve; the dearest is held
local unit = -1
local units = {}
for upstream, steps in string.gmatch(ARGV[7], '([^=;]+)=([^;]+)') do
  local inforce = nil
  for from, price in string.gmatch(steps, '(%d+):(%d+)') do
    if tonumber(from) <= now then inforce = tonumber(price) end
  end
  if inforce then
    units[#units + 1] = upstream
    units[#units + 1] = whole(inforce)
    if inforce > unit then unit = inforce end
  end
end
if unit < 0 then return { 'unpriced' } end
local hold = unit * images

local limits = {}
for limit in string.gmatch(ARGV[8] .. ',', '([^,]*),') do limits[#limits + 1] = limit end
for index = 6, #KEYS do
  local limit = limits[index - 5]
  if limit and limit ~= '' then
    local sums = redis.call('HMGET', KEYS[index] .. ':' .. period, 'held', 'posted', 'parked')
    local spent = (tonumber(sums[1]) or 0) + (tonumber(sums[2]) or 0) + (tonumber(sums[3]) or 0)
    if spent + hold > tonumber(limit) then
      return { 'short', index - 5, limit, whole(spent) }
    end
  end
end

-- places whose lease ended belong to a replica that died
local ended = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', whole(now))
local stale = 0
for _, member in ipairs(ended) do stale = stale + tonumber(string.match(member, ':(%d+)$')) end
local facts = redis.call('HMGET', KEYS[4], 'used', 'call_ms', 'last_ms')
local used = (tonumber(facts[1]) or 0) - stale
local free = tonumber(ARGV[4]) - used
if free <= 0 then
  local usual = tonumber(facts[2]) or 10000
  local since = now - (tonumber(facts[3]) or now)
  return { 'full', whole(math.max(1000, usual - since)) }
end

-- every check is behind us: write
if stale > 0 then
  redis.call('ZREM', KEYS[3], unpack(ended))
  redis.call('HINCRBY', KEYS[4], 'used', whole(-stale))
end
local lease = whole(now + tonumber(ARGV[5]))
local left = images
local first = {}
local record = {}
local taken = 0
while left > 0 and free > 0 do
  local turn = math.min(left, free, most)
  local call = #first
  first[#first + 1] = whole(turn)
  redis.call('ZADD', KEYS[3], lease, order_id .. '.' .. call .. ':' .. whole(turn))
  record[#record + 1] = call .. ':state'
  record[#record + 1] = 'SENT'
  record[#record + 1] = call .. ':images'
  record[#record + 1] = whole(turn)
  record[#record + 1] = call .. ':sent_ms'
  record[#record + 1] = whole(now)
  taken = taken + turn
  left = left - turn
  free = free - turn
end
redis.call('HINCRBY', KEYS[4], 'used', whole(taken))
redis.call('HSET', KEYS[4], 'last_ms', whole(now))
redis.call('HSET', KEYS[1], 'unit', whole(unit), 'units', table.concat(units, ','), 'priced', ARGV[9],
  'period', period, 'hold', whole(hold), 'images', whole(images), 'left', whole(left),
  'most', whole(most), 'calls', whole(#first), 'open', whole(#first), 'first', table.concat(first, ','),
  'kept_ms', ARGV[6], 'at_ms', whole(now), unpack(record))
if #ARGV > 9 then redis.call('HSET', KEYS[1], unpack(ARGV, 10)) end
redis.call('ZADD', KEYS[5], lease, order_id)
for index = 6, #KEYS do
  redis.call('HINCRBY', KEYS[index] .. ':' .. period, 'held', whole(hold))
end
redis.call('XADD', KEYS[2], '*', 'verb', 'hold', 'order', order_id, 'period', period, 'held', whole(hold),
  'unit', whole(unit), 'images', whole(images), unpack(ARGV, 10))

local answer = { 'held', whole(unit), period, whole(hold) }
for _, count in ipairs(first) do answer[#answer + 1] = count end
return answer
