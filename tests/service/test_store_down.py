"""A store that hangs, dies and comes back: nothing is sent meanwhile, and people are told."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from adapters.store.client import connect
from service.commit import AT_THE_STORE
from service.key_records import KeyRecords
from service.keys import Keys
from service.keyspace import Keyspace
from tests.contract.gateway import key_of, start_gateway
from tests.service.conftest import PEPPER, Site
from tests.service.wire import Answer, ask
from tests.stores import start_valkey
from tests.upstream import Upstream

ASK = {"prompt": "a fox", "response_format": "url"}
PROMISED = 0.25
SLACK = 1.0  # for a slow machine


@pytest.fixture(scope="module")
def shaky(upstream: Upstream) -> Iterator[Site]:
    with start_valkey("--appendonly", "yes", "--appendfsync", "always") as store:
        env = {
            "IDEOGATE_STORE_URL": store.url,
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_API_KEY": "k",
        }
        with start_gateway(env) as gateway:
            yield Site(gateway, upstream, store)


async def refused(site: Site) -> Answer:
    began = time.monotonic()
    answer = await site.draw(ASK)
    assert time.monotonic() - began < PROMISED + SLACK
    assert (answer.status, answer.error["code"]) == (503, "ledger_unavailable")
    assert answer.error["type"] == "server_error"
    assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("1", "true")
    return answer


async def drawn(site: Site) -> None:
    """Draws again, once what could not be told to the store has been."""
    async with asyncio.timeout(10):
        while (await site.draw(ASK)).status != 200:  # noqa: ASYNC110  it rings no bell
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("blow", ["hangs", "is killed"])
async def test_while_the_store_is_gone_nothing_is_sent_and_afterwards_all_is_well(
    blow: str, shaky: Site
) -> None:
    await drawn(shaky)  # the key is known for two seconds
    sent = shaky.upstream.bill()["submits"]
    shaky.store.pause() if blow == "hangs" else shaky.store.kill()
    try:
        cached = await refused(shaky)
        assert "no order is taken" in cached.error["message"]
        ready = await shaky.get("/health/ready")
        told = await shaky.get("/health/ready?verbose")
        assert (ready.status, told.status) == (200, 200)
        assert told.json["store"].startswith("silent")
        if blow == "hangs":  # long enough for the key to be forgotten
            await asyncio.sleep(2.0)
            forgotten = await refused(shaky)
            assert "no key can be checked" in forgotten.error["message"]
            assert (await shaky.get("/v1/models")).status == 503
        assert (await shaky.get("/health/live")).status == 200
        assert shaky.upstream.bill()["submits"] == sent
    finally:
        shaky.store.go_on() if blow == "hangs" else shaky.store.start()
    await drawn(shaky)
    async with asyncio.timeout(10):  # what the lost start may have held is given back
        while shaky.held():  # noqa: ASYNC110  the store rings no bell
            await asyncio.sleep(0.05)
    assert (await shaky.get("/health/ready?verbose")).json["store"] == "answers"


async def test_a_key_that_was_revoked_is_refused_within_two_seconds(shaky: Site) -> None:
    key, told = key_of("revoked"), "GET"
    store = await connect(shaky.store.url)
    try:
        names = Keyspace("org-default")
        keys = Keys(store, names, [PEPPER.encode()])
        identity = await keys.register(key, name="to be revoked")
        assert identity is not None
        bearer = [("authorization", f"Bearer {key}")]
        assert (await ask(shaky.port, told, "/v1/models", bearer)).status == 200
        assert await KeyRecords(store, names, keys).revoke(identity, AT_THE_STORE)
        began = time.monotonic()
        while (await ask(shaky.port, told, "/v1/models", bearer)).status == 200:
            assert time.monotonic() - began < 2.0 + SLACK
            await asyncio.sleep(0.1)
        answer = await ask(shaky.port, told, "/v1/models", bearer)
        assert (answer.status, answer.error["code"]) == (401, "invalid_api_key")
    finally:
        await store.aclose()
