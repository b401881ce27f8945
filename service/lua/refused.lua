#!lua
-- Leave a mark: a request was refused and told to come again, so its next attempt is a new order.
-- KEYS  1 marks of one API key and fingerprint  2 the order that came to nothing, where there was one
-- ARGV  1 how long a mark stays, ms
-- says  1, or 0: that order has left its mark
if KEYS[2] and redis.call('EXISTS', KEYS[2]) == 1 and redis.call('HSETNX', KEYS[2], 'marked', '1') == 0 then
  return 0
end
redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
