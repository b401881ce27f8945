"""The rate limits' own functions, with a clock that the test moves, against a model in fractions."""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.store.client import Store, connect
from service import scripts
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]
LUA = Path(scripts.__file__).parent / "lua"
PARTS = "\n".join((LUA / f"{name}.lua").read_text() for name in ("periods", "parts", "limits"))
# KEYS as a start has them; ARGV  1 now  2 images  3 "take" or "back"  4 since
# says what was refused, or "", and the rates
SCRIPT = f"""{PARTS}
local order = {{ key = 'k', project = 'p', model = 'm', images = tonumber(ARGV[2]) }}
local rates = rates_at('ig:{{o}}', order, tonumber(ARGV[1]))
if ARGV[3] == 'back' then
  give_units_back(rates, tonumber(ARGV[4]))
  return {{ '', '', told_rates(rates) }}
end
local refused = slowed(rates)
if refused then return {{ refused[2], refused[4], refused[5] }} end
take_units(rates)
return {{ '', '', told_rates(rates) }}
"""
WINDOWS = {"requests_minute": 60_000, "requests_day": 86_400_000, "images_minute": 60_000}
UNSET = {"requests_minute": 1_000_000, "images_minute": 1_000_000}


@dataclass
class Bucket:
    """What GCRA says: `limit` at once, then evenly. In fractions of a unit, which are exact."""

    limit: int
    window: int
    level: Fraction = Fraction(0)
    at: int = 0

    def now(self, now: int) -> Fraction:
        passed = max(0, now - self.at)
        self.level = max(Fraction(0), self.level - Fraction(passed * self.limit, self.window))
        self.at = now
        return self.level

    def wait(self, units: int) -> int:
        if units > self.limit:
            return -1
        over = self.level + units - self.limit
        return 0 if over <= 0 else -int(-over * self.window // self.limit)


class Model:
    def __init__(self, limits: dict[str, int]) -> None:
        self.buckets = {
            name: Bucket(limits.get(name, UNSET.get(name, 0)), WINDOWS[name])
            for name in WINDOWS
            if name in limits or name in UNSET
        }

    def ask(self, now: int, images: int) -> tuple[str, str]:
        units = {name: images if name == "images_minute" else 1 for name in self.buckets}
        waits = {}
        for name, bucket in self.buckets.items():
            bucket.now(now)
            waits[name] = bucket.wait(units[name])
        never = [name for name, wait in waits.items() if wait == -1]
        if never or any(waits.values()):
            worst = never[0] if never else max(waits, key=lambda name: waits[name])
            return worst, str(waits[worst])
        for name, bucket in self.buckets.items():
            bucket.level += units[name]
        return "", ""

    def told(self) -> str:
        def one(bucket: Bucket) -> str:
            left = max(0, int((bucket.limit - bucket.level) // 1))
            reset = -int(-bucket.level * bucket.window // bucket.limit) if bucket.limit else 0
            return f"{bucket.limit},{left},{reset}"

        minute, day = self.buckets["requests_minute"], self.buckets.get("requests_day")
        requests = minute
        if day and max(0, (day.limit - day.level) // 1) < max(
            0, (minute.limit - minute.level) // 1
        ):
            requests = day
        return f"{one(requests)};{one(self.buckets['images_minute'])}"


async def play(store: Store, limits: dict[str, int], steps: list[tuple[int, int]]) -> None:
    await store.call("DEL", "ig:{o}:limits:project:p", "ig:{o}:rate:p:m")
    for name, value in limits.items():
        await store.call("HSET", "ig:{o}:limits:project:p", name, value)
    model, now = Model(limits), 1_795_000_000_000
    keys = [
        "ig:{o}:order:x",
        "ig:{o}:journal",
        "ig:{o}:places:a",
        "ig:{o}:account:a",
        "ig:{o}:open",
    ]
    for passed, images in steps:
        now += passed
        expected = model.ask(now, images)
        answer = await store.call("EVAL", SCRIPT, 5, *keys, now, images, "take", 0)
        refused, wait, rates = (part.decode() for part in answer)
        assert ((refused, wait), rates) == (expected, model.told())


LIMIT = st.one_of(st.integers(0, 12), st.sampled_from((59, 60, 1000, 999_983, 1_000_000)))
PAUSE = st.one_of(
    st.integers(0, 200),
    st.integers(0, 120_000),
    st.sampled_from((0, 1, 59_999, 60_000, 86_400_000)),
)


@settings(max_examples=120, deadline=None)
@given(
    limits=st.dictionaries(st.sampled_from(sorted(WINDOWS)), LIMIT, max_size=3),
    steps=st.lists(st.tuples(PAUSE, st.integers(1, 10)), min_size=1, max_size=25),
)
def test_rates_are_exact_at_any_limit_and_any_moment(
    valkey: Valkey, limits: dict[str, int], steps: list[tuple[int, int]]
) -> None:
    async def run() -> None:
        store = await connect(valkey.url, timeout=5.0)
        try:
            await play(store, limits, steps)
        finally:
            await store.aclose()

    asyncio.run(run())


@settings(max_examples=60, deadline=None)
@given(
    limit=st.integers(1, 30),
    before=st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 10)), max_size=6),
    after=st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 10)), max_size=6),
    images=st.integers(1, 10),
)
def test_what_is_given_back_is_never_more_than_was_taken(
    valkey: Valkey,
    limit: int,
    before: list[tuple[int, int]],
    after: list[tuple[int, int]],
    images: int,
) -> None:
    """Afterwards no more is left than if the order had never been."""

    async def left(*, came: bool) -> int:
        store = await connect(valkey.url, timeout=5.0)
        try:
            await store.call("DEL", "ig:{o}:limits:project:p", "ig:{o}:rate:p:m")
            await store.call("HSET", "ig:{o}:limits:project:p", "images_minute", limit)
            now, keys = 1_795_000_000_000, ["a", "b", "c", "d", "e"]

            async def ask(images: int, word: str = "take", since: int = 0) -> list[str]:
                said = await store.call("EVAL", SCRIPT, 5, *keys, now, images, word, since)
                return [part.decode() for part in said]

            for passed, count in before:
                now += passed
                await ask(count)
            since = now
            taken = came and (await ask(images))[0] == ""
            for passed, _ in after:
                now += passed
            rates = (await ask(images, "back", since) if taken else await ask(100))[2]
            return int(rates.split(";")[1].split(",")[1])
        finally:
            await store.aclose()

    assert asyncio.run(left(came=True)) <= asyncio.run(left(came=False))
