#!lua flags=no-writes
-- Whose secret it is.
-- KEYS  1.. the secret's records, under each pepper, the current first
-- ARGV  1 what the names of keys' records begin with  2 what those of projects' records begin with
--       3 the record of what projects inherit
-- says  {index of the record, the store's clock in seconds, its fields, the key's fields, its project's,
--        those of what projects inherit} | {}
for index = 1, #KEYS do
  local secret = redis.call('HGETALL', KEYS[index])
  if #secret > 0 then
    local id = redis.call('HGET', KEYS[index], 'id')
    local key = redis.call('HGETALL', ARGV[1] .. id)
    local project = redis.call('HGET', ARGV[1] .. id, 'project') or ''
    local its = project ~= '' and redis.call('HGETALL', ARGV[2] .. project) or {}
    return { index, tonumber(redis.call('TIME')[1]), secret, key, its, redis.call('HGETALL', ARGV[3]) }
  end
end
return {}
