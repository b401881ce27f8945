#!lua flags=allow-oom
-- Book a correction: an entry of its own, never a change of an old one.
-- KEYS  1 its record, against a repeat  2 journal  3, 4, 5 not used
--       6.. balances without their period, of the key and project it is for, and the organisation
-- ARGV  1 id  2 micro-USD, what is posted grows by it  3 micro-USD, what the house pays grows by it
--       4 month "2026-11" or empty for today  5 kept, ms  6 key  7 project  8 reason
-- says  {"adjusted"|"again", period}: a month or a day
local seen = redis.call('HGET', KEYS[1], 'adjusted')
if seen then return { 'again', seen } end
local period = ARGV[4]
if period == '' then period = day_of(math.floor(clock_ms() / 1000)) end
book(period, { 0, tonumber(ARGV[2]), 0, tonumber(ARGV[3]) }, { 'verb', 'adjust', 'order', ARGV[1],
  'reason', ARGV[8], 'project', ARGV[7], 'key', ARGV[6] })
meter_correction(period, ARGV[7], ARGV[6], tonumber(ARGV[2]), tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'adjusted', period)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return { 'adjusted', period }
