#!lua flags=no-writes
-- What is left of a project's rate limits on a model; nothing is taken.
-- KEYS  1 the rates' record
-- ARGV  1 what every key begins with  2 project  3 model
-- says  rates, as start does
return told_rates(rates_at(ARGV[1], { project = ARGV[2], model = ARGV[3], images = 0 }, clock_ms()))
