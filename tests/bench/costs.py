"""How long the costs of a month take to read, from the buckets of 1,000 keys."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from adapters.store.client import Store, connect
from service.costs_audit import days_of
from service.keyspace import Keyspace
from service.usage import Bucket, Dimension, Metering
from tests.bench.rows import Row
from tests.stores import start_valkey

KEYS: Final = 1000
PROJECTS: Final = 300
MONTH: Final = "2026-11"
START: Final = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
DAYS: Final = len(days_of(MONTH))
LIMIT: Final = 50.0
TIMES: Final = 15


def rows() -> list[Row]:
    return asyncio.run(_measured())


async def _measured() -> list[Row]:
    with start_valkey() as server:
        names = Keyspace("bench")
        store = await connect(server.url, timeout=5.0, slot_key=names.root)
        try:
            for day in days_of(MONTH):
                await _fill(store, names.costs(day))
            metering = Metering(store, names)
            return [
                await _row(metering, "costs of one month, 1,000 keys, from buckets, by key, ms", ["api_key_id"]),
                await _row(metering, "costs of one month, 1,000 keys, from buckets, in all, ms", []),
            ]  # fmt: skip
        finally:
            await store.aclose()


async def _row(metering: Metering, name: str, group_by: Sequence[Dimension]) -> Row:
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        buckets = await metering.costs(START, START + DAYS * 86_400, group_by=group_by)
        times.append((time.perf_counter() - begun) * 1000)
        assert _total(buckets) == DAYS * sum(range(KEYS)) * 60_000
    return Row(name, statistics.median(times), LIMIT)


def _total(buckets: Sequence[Bucket]) -> int:
    return sum(row.microusd for bucket in buckets for row in bucket.groups.values())


async def _fill(store: Store, bucket: str) -> None:
    """One row of each key, as the scripts write it."""
    words: list[str | bytes] = []
    for key in range(KEYS):
        sold = (
            _id("proj", key % PROJECTS),
            _id("key", key),
            "ideogram-v3",
            "generate",
            "TURBO",
            "",
        )
        words.append(msgspec.json.encode(sold))
        words.append(f"[{60_000 * key},{key},{key},0,0,0,{key}]")
    await store.call("HSET", bucket, *words)


def _id(kind: str, number: int) -> str:
    """As long as a true one."""
    return f"{kind}_{number:026d}"
