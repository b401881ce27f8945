"""Gateway and store killed at any moment: the next start works, and no bill is lost or doubled."""

import asyncio
import contextlib
import random
import signal
import subprocess
import sys
from collections import Counter

import httpx

from service.books import verify
from tests.contract.gateway import ROOT, Gateway
from tests.money.books import UNIT
from tests.money.live import Ground, client_of, draw, gateway_on, new_ground
from tests.upstream import Upstream, start_sandbox

ROUNDS = 3


async def load(gateway: Gateway, requests: int = 4) -> list[int]:
    """Statuses; 0 where the connection broke."""

    async def one(number: int) -> int:
        with contextlib.suppress(httpx.TransportError):
            return (await draw(client, n=1 + number % 3)).status_code
        return 0

    async with client_of(gateway) as client:
        return await asyncio.gather(*map(one, range(requests)))


async def check(ground: Ground, sandbox: Upstream) -> dict[str, int]:
    """The books add up; no leg ended twice; what was billed is posted, or still held or parked."""
    async with ground.books() as books:
        assert await verify(books.store, books.names) == []
        sums = await books.balance()
        ends = Counter(
            (line["order"], line["call"])
            for line in await books.journal()
            if line["verb"] != "hold"
        )
        await books.used("aihubmix")
    assert set(ends.values()) <= {1}
    billed = sandbox.bill()["microusd"]
    assert sums["posted"] <= billed <= sums["posted"] + sums["parked"] + sums["held"]
    assert sums["house"] == 0
    return sums


async def test_a_killed_gateway_leaves_books_that_add_up() -> None:
    with start_sandbox(limit=100, seconds=0.15) as sandbox, new_ground() as ground:
        for _ in range(ROUNDS):
            with gateway_on(ground, sandbox) as gateway:
                working = asyncio.create_task(load(gateway))
                await asyncio.sleep(random.uniform(0.0, 0.35))
                gateway.process.kill()
                gateway.process.wait()
                await working
                await check(ground, sandbox)
        with gateway_on(ground, sandbox) as gateway:
            assert await load(gateway) == [200] * 4
            before = await check(ground, sandbox)
            async with ground.books() as books:  # what the dead held is free within a lease
                now = await books.store.time_ms()
                places = books.names.places("aihubmix")
                for member in await books.store.call("ZRANGE", places, 0, -1):
                    end = int(await books.store.call("ZSCORE", places, member))
                    assert end <= now + 30_000
                used = await books.used("aihubmix")
            assert before["held"] == used * UNIT  # SENT, for the sweeper to resolve
            assert _verify(ground) == (0, "The books are equal.\n")
        # the last one out has stopped the store; the command starts it for itself
        assert _verify(ground) == (0, "The books are equal.\n")


async def test_a_killed_store_comes_back_with_every_post() -> None:
    with (
        start_sandbox(limit=100, seconds=0.15) as sandbox,
        new_ground() as ground,
        gateway_on(ground, sandbox) as gateway,
    ):
        for _ in range(ROUNDS):
            working = asyncio.create_task(load(gateway))
            await asyncio.sleep(random.uniform(0.0, 0.3))
            ground.signal_store(signal.SIGKILL)
            assert set(await working) <= {200, 503}
            sums = await ground.settled()
            assert await check(ground, sandbox) == sums
            assert sums["posted"] == sandbox.bill()["microusd"]
        assert await load(gateway) == [200] * 4
        async with ground.books() as books:
            assert await books.used("aihubmix") == 0
            assert await books.store.call("ZCARD", books.names.open) == 0


async def test_both_killed_at_once_start_again() -> None:
    with start_sandbox(limit=100, seconds=0.15) as sandbox, new_ground() as ground:
        with gateway_on(ground, sandbox) as gateway:
            working = asyncio.create_task(load(gateway))
            await asyncio.sleep(random.uniform(0.05, 0.25))
            gateway.process.kill()
            ground.signal_store(signal.SIGKILL)
            gateway.process.wait()
            await working
        with gateway_on(ground, sandbox) as gateway:
            assert await load(gateway) == [200] * 4
            await check(ground, sandbox)


async def test_a_difference_is_listed_and_exits_with_one() -> None:
    with (
        start_sandbox(seconds=0) as sandbox,
        new_ground() as ground,
        gateway_on(ground, sandbox) as gateway,
    ):
        assert await load(gateway, 1) == [200]
        async with ground.books() as books:
            (key,) = await books.store.call("KEYS", f"{books.names.balance('organization')}:*")
            await books.store.call("HINCRBY", key, "posted", 1)
        month = key.decode()[-7:]
        code, said = _verify(ground)
        assert (code, said.splitlines()) == (
            1,
            [
                f"organization {month} posted: counted 60001, the journal says 60000",
                "1 differences.",
            ],
        )


def _verify(ground: Ground) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "service", "ledger", "verify"],
        cwd=ROOT,
        env={
            "IDEOGATE_STORE_URL": f"embedded:{ground.path}",
            "IDEOGATE_UPSTREAM_URL": "http://127.0.0.1:9/ideogram",
            "IDEOGATE_UPSTREAM_API_KEY": "upstream-key",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout
