"""What callers hear when the store is down, hung, slow or cut off."""

import asyncio
import random
import time
from collections.abc import AsyncIterator

import pytest

from adapters.store.address import read_address
from adapters.store.client import Script, Store, StoreRefused, StoreSilent, connect
from adapters.store.route import Route
from tests.adapters.store.proxy import Link, impostor, link_to
from tests.stores import Valkey, free_port, start_valkey

ECHO = Script.of("echo", "return {KEYS[1], ARGV[1]}")
SLACK = 1.0  # seconds: the promise is 0.25, the machine may be busy


@pytest.fixture
async def link(valkey: Valkey) -> AsyncIterator[Link]:
    async with link_to(valkey.port) as link:
        yield link


@pytest.fixture
async def far(link: Link) -> AsyncIterator[Store]:
    opened = await connect(link.url)
    yield opened
    await opened.aclose()


async def silence(store: Store) -> StoreSilent:
    began = time.monotonic()
    with pytest.raises(StoreSilent) as caught:
        await store.run(ECHO, ["k"], [1])
    assert time.monotonic() - began < SLACK
    return caught.value


async def test_nobody_listening_is_told_at_the_start() -> None:
    with pytest.raises(StoreSilent):
        await connect(f"redis://127.0.0.1:{free_port()}")


async def test_a_host_without_an_address_is_silence() -> None:
    with pytest.raises(StoreSilent):
        await connect(f"redis://{'x' * 70}.invalid")


async def test_a_hung_store_is_silence_within_the_time_and_works_again_afterwards() -> None:
    with start_valkey() as server:
        store = await connect(server.url)
        await store.run(ECHO, ["k"], [0])
        server.pause()
        began = time.monotonic()
        asked = [asyncio.create_task(store.run(ECHO, ["k"], [n])) for n in range(50)]
        await asyncio.sleep(0.1)
        asked += [asyncio.create_task(store.run(ECHO, ["k"], [n])) for n in range(50, 100)]
        heard = await asyncio.gather(*asked, return_exceptions=True)
        assert time.monotonic() - began < SLACK
        assert {type(answer) for answer in heard} == {StoreSilent}
        await silence(store)
        server.go_on()
        answers = await asyncio.gather(*(store.run(ECHO, ["k"], [n]) for n in range(100, 200)))
        assert [int(answer[1]) for answer in answers] == list(range(100, 200))
        assert store.last_error is None
        await store.aclose()


async def test_a_killed_store_is_silence_at_once_and_found_again_when_it_is_back() -> None:
    with start_valkey() as server:
        store = await connect(server.url)
        await store.ping()
        server.kill()
        await silence(store)
        await silence(store)
        assert not store.connected
        assert store.last_error
        server.start()
        await store.ping()
        assert store.connected
        assert store.connections == 2
        await store.aclose()


async def test_a_cut_link_is_silence_for_all_under_way_and_the_next_dials_anew(
    link: Link, far: Store
) -> None:
    link.delay = 0.1
    asked = [asyncio.create_task(far.run(ECHO, ["k"], [n])) for n in range(20)]
    await asyncio.sleep(0.05)
    link.cut()
    heard = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in heard} == {StoreSilent}
    link.delay = 0.0
    assert await far.run(ECHO, ["k"], [7]) == [b"k", b"7"]


async def test_a_silent_link_is_left_behind_with_its_late_answers(link: Link, far: Store) -> None:
    await far.ping()
    link.delay = 0.3
    await silence(far)
    link.delay = 0.0
    for number in range(20):
        assert await far.run(ECHO, ["k"], [number]) == [b"k", str(number).encode()]
    assert far.connections == 2


async def test_dialling_goes_on_when_the_first_caller_has_given_up(link: Link, far: Store) -> None:
    link.delay = 0.25  # the handshake alone takes longer than one command may
    await silence(far)
    await asyncio.sleep(0.2)
    link.delay = 0.0
    assert await far.run(ECHO, ["k"], [1]) == [b"k", b"1"]
    assert far.connections == 1


async def test_a_storm_of_cancelled_callers_never_mixes_up_answers(link: Link, far: Store) -> None:
    """The class of CVE-2023-28858, where a cancelled command's answer went to the next caller."""
    dice = random.Random(7)
    link.delay = 0.01
    wrong: list[object] = []

    async def owner(name: int) -> None:
        for turn in range(6):
            tag = f"{name}:{turn}".encode()
            asked = asyncio.create_task(far.run(ECHO, [tag.decode()], [tag]))
            if dice.random() < 0.5:
                await asyncio.sleep(dice.random() * 0.03)
                asked.cancel()
            answer = (await asyncio.gather(asked, return_exceptions=True))[0]
            if not isinstance(answer, asyncio.CancelledError) and answer != [tag, tag]:
                wrong.append(answer)

    await asyncio.gather(*(owner(name) for name in range(60)))
    assert wrong == []
    assert far.connections == 1


async def test_a_caller_that_leaves_before_its_turn_has_changed_nothing(store: Store) -> None:
    asked = asyncio.create_task(store.call("INCR", "never"))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.sleep(0)
    assert await store.call("GET", "never") is None


async def test_garbage_instead_of_an_answer_is_silence() -> None:
    async with impostor(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        with pytest.raises(StoreSilent):
            await connect(url)


async def test_bytes_that_nobody_asked_for_end_the_connection_before_the_next_command() -> None:
    def twice(asked: bytes) -> bytes:
        return b"+OK\r\n" if b"SETNAME" in asked else b"+PONG\r\n+PONG\r\n"

    async with impostor(twice) as url:
        store = Store(Route(read_address(url), ""), timeout=2.0)
        assert await store.call("PING") == b"PONG"
        assert await store.call("PING") == b"PONG"
        assert store.connections == 2
        await store.aclose()


async def test_when_the_connections_task_is_cancelled_nobody_waits_forever(
    link: Link, far: Store
) -> None:
    await far.ping()
    link.delay = 0.1
    asked = asyncio.create_task(far.ping())
    await asyncio.sleep(0.02)
    assert far._worker is not None
    far._worker.cancel()
    with pytest.raises(StoreSilent, match="task has ended"):
        await asyncio.wait_for(asked, 5)


async def test_an_error_answer_that_nobody_can_read_is_silence(store: Store) -> None:
    odd = Script.of("odd", "return redis.error_reply('MOVED nowhere')")
    with pytest.raises(StoreSilent):
        await store.run(odd, [], [])
    await store.ping()


async def test_a_store_that_is_still_loading_refuses_without_losing_the_connection() -> None:
    def load(asked: bytes) -> bytes:
        return b"+OK\r\n" if b"SETNAME" in asked else b"-LOADING the data, soon\r\n"

    async with impostor(load) as url:
        with pytest.raises(StoreRefused) as refused:
            await connect(url)
    assert refused.value.code == "LOADING"
