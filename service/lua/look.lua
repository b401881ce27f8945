#!lua flags=no-writes
-- How far an order is, for who waits for it beside the one that placed it.
-- KEYS  1 order  2 its result
-- says  {"gone"} | {"running"|"ended", then of every call that has ended: number, images, state, amount,
--       what it came to, sealed, or empty}
local order = redis.call('HMGET', KEYS[1], 'open', 'left', 'calls')
if not order[1] then return { 'gone' } end
local answer = { (order[1] == '0' and order[2] == '0') and 'ended' or 'running' }
for number = 0, tonumber(order[3]) - 1 do
  local call = string.format('%.0f', number)
  local leg = redis.call('HMGET', KEYS[1], call .. ':said', call .. ':images', call .. ':state', call .. ':amount')
  if leg[1] then
    for _, word in ipairs({ call, leg[2], leg[3], leg[4], redis.call('HGET', KEYS[2], call) or '' }) do
      answer[#answer + 1] = word
    end
  end
end
return answer
