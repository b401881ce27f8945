#!lua flags=allow-oom
-- Take orders again though entries of the journal are lost for good: an entry says who took that on.
-- KEYS  1 its record, against a repeat  2 journal  3, 4, 5 not used  6 balance of the organisation
-- ARGV  1 id  2 kept, ms  3 what every key begins with  4 reason
-- says  {"accepted"|"again", entry behind which they are lost, newest lost one} | {"none"} nothing is frozen
local told = redis.call('HMGET', KEYS[1], 'left', 'seen')
if told[1] then return { 'again', told[1], told[2] } end
local frozen = redis.call('HMGET', ARGV[3] .. ':frozen', 'left', 'seen')
if not frozen[1] then return { 'none' } end
book(day_of(math.floor(clock_ms() / 1000)), { 0, 0, 0, 0 }, { 'verb', 'accept', 'order', ARGV[1],
  'reason', ARGV[4], 'left', frozen[1], 'seen', frozen[2], 'project', '', 'key', '' })
redis.call('DEL', ARGV[3] .. ':frozen')
redis.call('HSET', KEYS[1], 'left', frozen[1], 'seen', frozen[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { 'accepted', frozen[1], frozen[2] }
