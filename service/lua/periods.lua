-- UTC days, months and weeks from whole seconds since 1970-01-01: proleptic Gregorian calendar, weeks of
-- ISO 8601, whole numbers only.

-- The date of a day that is so many days after 1970-01-01. The year begins in March in between, so that
-- the leap day is its last.
local function civil(days)
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  return yoe + era * 400 + (month <= 2 and 1 or 0), month, doy - math.floor((153 * mp + 2) / 5) + 1
end

-- The other way: days from 1970-01-01 to a date.
local function days_to(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local yoe = y - era * 400
  local mp = month > 2 and month - 3 or month + 9
  local doy = math.floor((153 * mp + 2) / 5) + day - 1
  return era * 146097 + yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy - 719468
end

-- "2026-11-22"; its first seven letters are its month.
local function day_of(seconds)
  return string.format('%04d-%02d-%02d', civil(math.floor(seconds / 86400)))
end

-- "2026-W47" of a day "2026-11-22". A week belongs to the year of its Thursday; 1970-01-01 was one.
local function week_of(day)
  local year, month, number = string.match(day, '^(%d+)-(%d+)-(%d+)$')
  local days = days_to(tonumber(year), tonumber(month), tonumber(number))
  local thursday = days - (days + 3) % 7 + 3
  local of_year = civil(thursday)
  return string.format('%04d-W%02d', of_year, math.floor((thursday - days_to(of_year, 1, 1)) / 7) + 1)
end
