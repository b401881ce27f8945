#!lua flags=allow-oom
-- Settle a parked call by hand.
-- KEYS  1 order  2 journal  3 places of the account  4 account  5 open orders
--       6.. balances without their period: key, project, organisation
-- ARGV  1 order id  2 call  3 verb "post"|"void"|"write_off"  4 images to post  5 reason
-- says  {"resolved"|"again", state, posted, house} | {"none"} no such call | {"other", its state}: not parked
--       {"more", images that were asked}  more is never posted: nothing written
-- Again: the same word was given before.
local STATES = { post = 'POSTED', void = 'VOIDED', write_off = 'WRITTEN_OFF' }
local order_id, call, verb = ARGV[1], ARGV[2], ARGV[3]
local state = STATES[verb]
if not state then return redis.error_reply('ERR resolve knows no verb ' .. verb) end
local leg = redis.call('HMGET', KEYS[1], call .. ':state', call .. ':amount', call .. ':images',
  call .. ':upstream', call .. ':resolved')
if not leg[1] then return { 'none' } end
local word = verb .. ' ' .. ARGV[4]
if leg[5] == word then
  local house = string.match(redis.call('HGET', KEYS[1], call .. ':said'), '^[^,]+,[^,]+,([^,]+)')
  return { 'again', leg[1], leg[2], house }
end
if leg[1] ~= 'PARKED' then return { 'other', leg[1] } end
local amount, images, units = tonumber(leg[2]), tonumber(leg[3]), tonumber(ARGV[4])
if units > images then return { 'more', leg[3] } end
local price = math.floor(amount / images)
local posted, house = 0, 0
if verb == 'post' then posted = price * units end
if verb == 'write_off' then house = amount end
local said = end_parked(order_id, call, { state = state, verb = verb, reason = ARGV[5], posted = posted,
  house = house, upstream = leg[4] or '', price = price, billed = units, delivered = '0', withheld = '0' },
  { 'resolved', '1' })
redis.call('HSET', KEYS[1], call .. ':resolved', word)
return { 'resolved', said[1], said[2], said[3] }
