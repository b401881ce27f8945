-- The store's clock, which every script of the ledger goes by: milliseconds since 1970.
local function clock_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
