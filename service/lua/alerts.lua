-- Spend alerts, in front of parts.lua: a threshold that is passed is marked and lies ready to be told, in
-- the script that posts the amount. service/alerts.py keeps the alerts, service/alerting.py tells them.
-- ROOT:thresholds:SCOPE      zset: alert -> micro-USD
-- ROOT:alerted:SCOPE:MONTH   hash: crossing -> Unix seconds; a crossing is ALERT-MONTH-THRESHOLD
-- ROOT:crossing:CROSSING     hash: what is told, as it was when it happened
-- ROOT:alerts-due            zset: crossings that are not told yet, by when to try it, ms

local MARKED_DAYS = 31 + 40 -- from the first of the month: 40 days after its end, at least

-- Once for each alert, month and threshold. Of a month that long ago nobody is told, and no mark is left.
local function cross(root, scope, month, alert, threshold, posted)
  local year, number = string.match(month, '^(%d+)-(%d+)$')
  local ends = (days_to(tonumber(year), tonumber(number), 1) + MARKED_DAYS) * 86400
  local now = math.floor(clock_ms() / 1000)
  local text = redis.call('HGET', root .. ':alerts:' .. scope, alert)
  if ends <= now or not text then return end
  local marks = root .. ':alerted:' .. scope .. ':' .. month
  threshold = string.format('%.0f', threshold)
  local crossing = alert .. '-' .. month .. '-' .. threshold
  if redis.call('HSETNX', marks, crossing, string.format('%.0f', now)) == 0 then return end
  redis.call('EXPIREAT', marks, string.format('%.0f', ends))
  local project = string.match(scope, '^project:(.+)$')
  redis.call('HSET', root .. ':crossing:' .. crossing, 'alert', alert, 'text', text, 'scope', scope,
    'project_name', project and redis.call('HGET', root .. ':project:' .. project, 'name') or '',
    'month', month, 'threshold', threshold, 'posted', string.format('%.0f', posted),
    'at_ms', string.format('%.0f', now * 1000), 'tries', '0')
  redis.call('ZADD', root .. ':alerts-due', string.format('%.0f', now * 1000), crossing)
end

-- What a balance has posted grew. balance: "ROOT:balance:SCOPE:MONTH"; those of keys have no alerts.
local function cross_passed(balance, before, after)
  local colon = string.find(balance, ':balance:', 1, true)
  local scope = string.sub(balance, colon + #':balance:', -#':2026-11' - 1)
  if string.sub(scope, 1, #'key:') == 'key:' then return end
  local root = string.sub(balance, 1, colon - 1)
  local passed = redis.call('ZRANGEBYSCORE', root .. ':thresholds:' .. scope,
    '(' .. string.format('%.0f', before), string.format('%.0f', after), 'WITHSCORES')
  for place = 1, #passed, 2 do
    cross(root, scope, string.sub(balance, -#'2026-11'), passed[place], tonumber(passed[place + 1]), after)
  end
end

-- An alert that is new or changed, against what this month has posted already.
-- thresholds: "ROOT:thresholds:SCOPE"
local function cross_at_once(thresholds, alert)
  local root, scope = string.match(thresholds, '^(.-):thresholds:(.+)$')
  local month = string.sub(day_of(math.floor(clock_ms() / 1000)), 1, 7)
  local posted = tonumber(redis.call('HGET', root .. ':balance:' .. scope .. ':' .. month, 'posted') or '0')
  local threshold = tonumber(redis.call('ZSCORE', thresholds, alert))
  if posted >= threshold then cross(root, scope, month, alert, threshold, posted) end
end
