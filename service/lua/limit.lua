#!lua flags=allow-oom
-- Set limits of one scope and take others away, all at once. A full store must not keep a limit out.
-- KEYS  1 its limits
-- ARGV  pairs of name and value; an empty value takes the limit away
-- says  "set"
for index = 1, #ARGV, 2 do
  if ARGV[index + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[index])
  else
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
  end
end
return 'set'
