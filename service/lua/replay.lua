-- Repeats: the order that a request means, and the results that are kept for it. For start and settle.
-- Names are made of what every key begins with, since which orders are meant is known only here.

local RESULT_MS = 900000     -- a result can be asked for again this long
local CLAIM_MS = 3000        -- a claim that was not renewed this long belongs to a replica that died
local UNCLAIMED_MS = 7200000 -- longer than any order runs, and a result is kept after it

local function root_of(order_id)
  return string.sub(KEYS[1], 1, #KEYS[1] - #('order:' .. order_id))
end

-- "running", "ended", or nil: nothing of it was billed, or its result is not kept any more. What is parked
-- counts as long as it is parked; with `fresh` only for as long as a result is kept.
local function standing(root, id, now, fresh)
  local record = root .. 'order:' .. id
  local seen = redis.call('HMGET', record, 'open', 'left', 'calls')
  if not seen[1] then return nil end
  if seen[1] ~= '0' or seen[2] ~= '0' then return 'running' end
  local kept = redis.call('EXISTS', root .. 'result:' .. id) == 1
  for number = 0, tonumber(seen[3]) - 1 do
    local leg = redis.call('HMGET', record, whole(number) .. ':state', whole(number) .. ':parked_ms')
    if leg[1] == 'POSTED' and kept then return 'ended' end
    if leg[1] == 'PARKED' then
      if kept or not fresh or now - tonumber(leg[2] or '0') <= RESULT_MS then return 'ended' end
    end
  end
  return nil
end

-- The order to be joined instead of a new one, as start says it; nil: this is a new order.
-- word: "name of the idempotency key or empty,fingerprint,token or empty"; a token may claim.
local function joined(order_id, word, now)
  local name, print, token = string.match(word, '^(%x*),(%x+),(%w*)$')
  if not print then return nil end
  local root = root_of(order_id)
  if name ~= '' then
    local seen = redis.call('HMGET', root .. 'repeat:' .. name, 'order', 'print')
    if not seen[1] or not standing(root, seen[1], now, false) then return nil end
    if seen[2] ~= print then return { 'reused' } end
    return { 'joined', seen[1] }
  end
  if token == '' then return nil end
  -- one that was refused wants another try, not what its siblings got
  local refused = root .. 'refused:' .. print
  if tonumber(redis.call('GET', refused) or '0') > 0 then
    redis.call('DECR', refused)
    return nil
  end
  local unclaimed = root .. 'unclaimed:' .. print
  for _, id in ipairs(redis.call('ZRANGE', unclaimed, 0, -1)) do
    if not standing(root, id, now, true) then
      redis.call('ZREM', unclaimed, id)
    else
      local record = root .. 'order:' .. id
      local claim = redis.call('HMGET', record, 'claimed', 'claimed_ms')
      if not claim[1] or claim[1] == token or now - tonumber(claim[2]) > CLAIM_MS then
        redis.call('HSET', record, 'claimed', token, 'claimed_ms', whole(now))
        return { 'joined', id }
      end
    end
  end
  return nil
end

-- A new order can be found again: by its idempotency key, or by who claims it.
local function remember(order_id, word, now, kept_ms)
  local name, print = string.match(word, '^(%x*),(%x+),')
  if not print then return end
  local root = root_of(order_id)
  if name ~= '' then
    redis.call('HSET', root .. 'repeat:' .. name, 'order', order_id, 'print', print)
    redis.call('PEXPIRE', root .. 'repeat:' .. name, kept_ms)
  else
    redis.call('ZADD', root .. 'unclaimed:' .. print, whole(now), order_id)
    redis.call('PEXPIRE', root .. 'unclaimed:' .. print, UNCLAIMED_MS)
  end
end

-- The same for an order that the store had lost: a newer one keeps the idempotency key.
local function remember_lost(order_id, word, now, kept_ms)
  local name = string.match(word, '^(%x+),')
  if name and redis.call('EXISTS', root_of(order_id) .. 'repeat:' .. name) == 1 then return end
  remember(order_id, word, now, kept_ms)
end

-- What a call came to, sealed; empty where nobody can ask for it again.
local function keep(order_id, call, sealed)
  if not sealed or sealed == '' then return end
  local result = root_of(order_id) .. 'result:' .. order_id
  redis.call('HSET', result, call, sealed)
  redis.call('PEXPIRE', result, RESULT_MS)
end
