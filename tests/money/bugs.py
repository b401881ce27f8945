"""Bugs as they are made: texts of service/lua that become others, each once."""

from typing import Final, NamedTuple

from tests.money.rewritten import Edit


class Bug(NamedTuple):
    """`name` says what goes wrong."""

    name: str
    edits: tuple[Edit, ...]


def bug(name: str, *edits: tuple[str, str, str]) -> Bug:
    return Bug(name, tuple(Edit(*edit) for edit in edits))


LINE: Final = "redis.call('XADD', KEYS[2], '*', unpack(entry))"
ADD: Final = "redis.call('HINCRBY', name, column, whole(change[place]))"
SUM: Final = "tonumber(redis.call('HGET', name, column) or '0') + change[place]"

# The state machine finds these.
OF_THE_MACHINE: Final = (
    bug(
        "spend limits are not looked at",
        ("start", " or short(ARGV[8], order, period)", ""),
    ),
    bug(
        "a limit is compared with what was spent before",
        ("limits", "spent + order.hold > tonumber(set[index])", "spent > tonumber(set[index])"),
    ),
    bug(
        "only the key's limits are looked at",
        (
            "limits",
            "return { 'key:' .. order.key, 'project:' .. order.project, 'organization' }",
            "return { 'key:' .. order.key }",
        ),
    ),
    bug(
        "limits are looked at after the hold is written",
        ("start", "  return refusal\nend\n", "end\n"),
        ("start", "\nreturn { 'held',", "\nif refusal then return refusal end\nreturn { 'held',"),
    ),
    bug(
        "sums are floats",
        ("parts", ADD, f"redis.call('HSET', name, column, tostring({SUM}))"),
    ),
    bug(
        "a hold has no lease",
        ("start", "redis.call('ZADD', KEYS[5], whole(lease_end), order_id)\n", ""),
    ),
    bug(
        "a lease lasts a second longer with every beat",
        ("beat", "now + tonumber(ARGV[1])", "now + tonumber(ARGV[1]) + 1000"),
    ),
    bug(
        "a call is posted a second time",
        ("settle", "local said = redis.call('HGET', KEYS[1], call .. ':said')", "local said = nil"),
    ),
    bug(
        "a start that comes twice holds twice",
        ("start", "redis.call('EXISTS', KEYS[1]) == 1 then", "false then"),
    ),
    bug(
        "a post leaves its hold",
        ("settle", "book(period, { -leg_unit * images, posted", "book(period, { 0, posted"),
    ),
    bug(
        "what is void stays held",
        ("parts", "book(period, { -unit * images, 0, 0, 0 }", "book(period, { 0, 0, 0, 0 }"),
    ),
    bug(
        "a post counts in the day it comes, not in that of its hold",
        ("settle", "local period = order[4]", "local period = day_of(math.floor(now / 1000))"),
    ),
    bug(
        "a week is of the year of its day, not of its Thursday",
        ("periods", "local of_year = civil(thursday)", "local of_year = civil(days)"),
    ),
    bug(
        "a price applies before its time",
        ("start", "if tonumber(from) <= now then price", "if true then price"),
    ),
    bug(
        "a post is at the newest price, not at that of its hold",
        (
            "start",
            "take_units(rates)\n",
            "take_units(rates)\nredis.call('HSET', KEYS[4], 'unit', whole(unit))\n",
        ),
        (
            "settle",
            "local price = price_of(leg[4] or order[2], ARGV[4], leg_unit)",
            "local price = tonumber(redis.call('HGET', KEYS[4], 'unit'))",
        ),
    ),
    bug(
        "a post is at the dearest price, not at that of the upstream that ran",
        ("endings", "if name == upstream then return tonumber(own) end", ""),
    ),
    bug(
        "more than was asked is the customer's",
        ("endings", "price * math.min(units, images)", "price * units"),
    ),
    bug(
        "the house's line is missing in the journal",
        ("parts", LINE, f"if change[4] == 0 then {LINE} end"),
    ),
    bug(
        "the journal says another amount than the balance",
        (
            "parts",
            "entry[#entry + 1] = whole(change[place])",
            "entry[#entry + 1] = whole(math.max(0, change[place]))",
        ),
    ),
    bug(
        "places are not given back",
        ("settle", "-- its places\ngive_back(place_of(order_id, call, images))", ""),
    ),
    bug(
        "places are counted twice when they come back",
        (
            "parts",
            "if redis.call('ZREM', KEYS[3], member) == 1 then",
            "redis.call('ZREM', KEYS[3], member)\n  if true then",
        ),
    ),
    bug(
        "a crash voids what was sent",
        ("sweep", "if leg[1] == 'HELD' then\n", "if leg[1] then\n"),
    ),
    bug(
        "a sweeper takes what is in work",
        ("sweep", "if tonumber(lease) > now then return { 'leased' } end\n", ""),
    ),
    bug(
        "what is written off is the customer's",
        ("sweep", "posted = 0, house = amount", "posted = amount, house = 0"),
    ),
    bug(
        "a replica that was only slow counts each time it comes",
        ("endings", "  redis.call('HDEL', KEYS[1], call .. ':adopted')\n", ""),
    ),
    bug(
        "what is settled can be resolved",
        ("resolve", "if leg[1] ~= 'PARKED' then return { 'other', leg[1] } end\n", ""),
    ),
    bug(
        "a correction that comes twice counts twice",
        ("adjust", "if seen then return { 'again', seen } end\n", ""),
    ),
    bug(
        "a start that is taken back leaves what was not cut",
        ("drop", "if left > 0 then void_unsent(", "if false then void_unsent("),
    ),
)
# Other tests find these.
CLAIMED_TWICE: Final = bug(
    "an order is claimed by two",
    ("replay", "if not claim[1] or claim[1] == token or", "if true or"),
)
FLOAT_COMMAND: Final = bug(
    "sums are added by the float command",
    ("parts", "'HINCRBY', name", "'HINCRBYFLOAT', name"),
)
FRACTION: Final = bug(
    "half a price is a fraction",
    ("resolve", "math.floor(amount / images)", "amount / images"),
)
PARKED_IS_FREE: Final = bug(
    "what is parked counts against no limit",
    ("limits", " + tonumber(sums[3] or '0')", ""),
)
PLACES_OF_OTHERS: Final = bug(
    "a call goes out whose places went to others",
    (
        "sent",
        "if not redis.call('ZSCORE', KEYS[3], place_of(order_id, call, tonumber(leg[2]))) then return 'gone' end\n",
        "",
    ),
)
