"""How long the costs of a month take to read, from the buckets of 1,000 keys, and over HTTP."""

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import httpx
import msgspec

from adapters.store.client import Store, connect
from service.costs_audit import days_of
from service.keyspace import Keyspace
from service.usage import Bucket, Dimension, Metering
from tests.bench.rows import Row
from tests.contract.gateway import key_of, start_gateway
from tests.stores import Valkey, start_valkey

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
        names = Keyspace("org-default")
        store = await connect(server.url, timeout=5.0, slot_key=names.root)
        try:
            for day in days_of(MONTH):
                await _fill(store, names.costs(day))
            metering = Metering(store, names)
            return [
                await _row(metering, "costs of one month, 1,000 keys, from buckets, by key, ms", ["api_key_id"]),
                await _row(metering, "costs of one month, 1,000 keys, from buckets, in all, ms", []),
                *await _over_http(server),
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


async def _over_http(server: Valkey) -> list[Row]:
    """The month on one page: in all, and a row for each key and day, which is 30,000 rows of JSON."""
    owner = key_of("owner", "sk-ig-admin-")
    env = {
        "IDEOGATE_STORE_URL": server.url,
        "IDEOGATE_KEY_PEPPER": "pepper-of-the-bench-32-characters",
        "IDEOGATE_UPSTREAM_URL": "sandbox:",
        "IDEOGATE_ADMIN_KEY": owner,
    }
    told = {"authorization": f"Bearer {owner}"}
    with start_gateway(env) as gateway:
        async with httpx.AsyncClient(
            base_url=gateway.base_url, headers=told, trust_env=False, timeout=30
        ) as client:
            return [
                await _page(client, "costs of one month, 1,000 keys, over HTTP, in all, ms", {}),
                await _page(
                    client,
                    "costs of one month, 1,000 keys, over HTTP, by key, ms",
                    {"group_by": "api_key_id"},
                ),
            ]


async def _page(client: httpx.AsyncClient, name: str, asked: Mapping[str, str]) -> Row:
    query = {"start_time": START, "end_time": START + DAYS * 86_400, "limit": DAYS, **asked}
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        answer = await client.get("/organization/costs", params=query)
        times.append((time.perf_counter() - begun) * 1000)
        seen = [row["microusd"] for one in answer.json()["data"] for row in one["results"]]
        assert sum(seen) == DAYS * sum(range(KEYS)) * 60_000
    return Row(name, statistics.median(times))


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
