#!lua flags=allow-oom
-- Write one page of a checkpoint into the journal: what balances were up to an entry. The last page
-- makes the checkpoint count.
-- KEYS  1 journal  2 checkpoints
-- ARGV  1 the entry up to which the balances are summed  2 page: JSON {"SCOPE:MONTH": [held, posted,
--       parked, house]}  3 first page's entry or empty  4 "last" or "more"
-- says  this page's entry
local entry = redis.call('XADD', KEYS[1], '*', 'verb', 'checkpoint', 'as_of', ARGV[1], 'balances', ARGV[2])
if ARGV[4] == 'last' then
  local first = ARGV[3]
  if first == '' then first = entry end
  redis.call('ZADD', KEYS[2], string.match(ARGV[1], '^%d+'), ARGV[1] .. ' ' .. first .. ' ' .. entry)
end
return entry
