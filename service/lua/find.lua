#!lua flags=no-writes
-- Whose secret it is.
-- KEYS  1.. the secret's records, under each pepper, the current first
-- ARGV  1 what the names of keys' records begin with
-- says  {index of the record, the store's clock in seconds, its fields, the key's fields} | {}
for index = 1, #KEYS do
  local secret = redis.call('HGETALL', KEYS[index])
  if #secret > 0 then
    local id = redis.call('HGET', KEYS[index], 'id')
    return { index, tonumber(redis.call('TIME')[1]), secret, redis.call('HGETALL', ARGV[1] .. id) }
  end
end
return {}
