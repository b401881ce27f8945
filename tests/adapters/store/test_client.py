import asyncio

import pytest

from adapters.store.client import Script, Store, StoreRefused, StoreSilent, connect
from tests.stores import Valkey, start_valkey

ECHO = Script.of("echo", "return {KEYS[1], ARGV[1]}")
COUNT = Script.of("count", "return redis.call('INCRBY', KEYS[1], ARGV[1])")
FAIL = Script.of("fail", "return redis.error_reply('MINE it says no')")


async def test_a_script_gets_its_keys_and_arguments_and_answers(store: Store) -> None:
    assert await store.run(ECHO, ["{o}:a"], ["ü"]) == [b"{o}:a", "ü".encode()]
    assert await store.run(COUNT, ["{o}:n"], [2**60]) == 2**60
    assert await store.call("GET", b"{o}:n") == b"1152921504606846976"
    assert await store.call("GET", "{o}:none") is None


async def test_the_facts_and_the_clock_of_the_store_are_known(store: Store) -> None:
    assert store.facts.flavour == "valkey"
    assert store.facts.run_id == (await store.ask_facts()).run_id
    seconds, _ = await store.call("TIME")
    assert abs(await store.time_ms() - int(seconds) * 1000) < 5_000


async def test_two_hundred_at_once_get_each_their_own_answer_on_one_connection(
    store: Store,
) -> None:
    answers = await asyncio.gather(*(store.run(ECHO, ["k"], [n]) for n in range(200)))
    assert [int(answer[1]) for answer in answers] == list(range(200))
    assert store.connections == 1
    assert store.connected


async def test_a_lost_script_is_sent_once_more_with_its_source(store: Store) -> None:
    assert await store.run(COUNT, ["n"], [1]) == 1
    await store.call("SCRIPT", "FLUSH")
    answers = await asyncio.gather(
        *(store.run(COUNT, ["n"], [1]) for _ in range(5)), store.call("GET", "other")
    )
    assert sorted(answers[:5]) == [2, 3, 4, 5, 6]
    assert await store.call("GET", "n") == b"6"


async def test_an_error_of_one_is_no_error_of_the_others(store: Store) -> None:
    good, bad, worse, syntax = await asyncio.gather(
        store.run(ECHO, ["k"], [1]),
        store.run(FAIL, [], []),
        store.call("NOSUCH"),
        store.run(Script.of("broken", "return ("), [], []),
        return_exceptions=True,
    )
    assert good == [b"k", b"1"]
    assert isinstance(bad, StoreRefused) and (bad.code, bad.full) == ("MINE", False)
    assert isinstance(worse, StoreRefused) and worse.code == "ERR"
    assert isinstance(syntax, StoreRefused)
    assert store.connections == 1


@pytest.mark.parametrize("part", [1.5, True, None])
async def test_a_float_never_reaches_the_store(store: Store, part: object) -> None:
    with pytest.raises(TypeError, match="takes str, int and bytes"):
        await store.call("SET", "k", part)  # type: ignore[arg-type]
    assert await store.call("GET", "k") is None


async def test_a_full_store_says_so_and_recovers() -> None:
    write = Script.of("write", "return redis.call('SET', KEYS[1], ARGV[1])")
    with start_valkey("--maxmemory", "4mb") as server:
        store = await connect(server.url)

        async def fill() -> None:
            for number in range(100):
                await store.run(write, [f"k{number}"], ["x" * 100_000])

        with pytest.raises(StoreRefused) as refused:
            await fill()
        assert (refused.value.code, refused.value.full) == ("OOM", True)
        with pytest.raises(StoreRefused) as refused:
            await store.call("SET", "more", "x" * 100_000)
        assert refused.value.full
        await store.call("FLUSHALL")
        assert await store.run(write, ["k"], ["x"]) == b"OK"
        await store.aclose()


@pytest.mark.parametrize("tcp", [True, False])
async def test_a_wrong_or_missing_password_is_refused_by_name(*, tcp: bool) -> None:
    with start_valkey("--requirepass", "s3cret", tcp=tcp) as server:
        for url in (server.url, server.url.replace("://", "://:wrong@")):
            with pytest.raises(StoreRefused) as refused:
                await connect(url)
            assert refused.value.code in {"NOAUTH", "WRONGPASS"}
            assert "wrong@" not in str(refused.value)
        store = await connect(server.url.replace("://", "://:s3cret@"))
        await store.ping()
        await store.aclose()


async def test_a_replica_is_refused_at_the_start_and_left_when_it_becomes_one(
    valkey: Valkey,
) -> None:
    with start_valkey(tcp=True) as server:
        store = await connect(server.url)
        assert await store.call("SET", "k", 1) == b"OK"
        await store.call("REPLICAOF", "127.0.0.1", valkey.port)
        with pytest.raises(StoreRefused) as refused:
            await store.call("SET", "k", 2)
        assert refused.value.code == "READONLY"
        assert not store.connected  # the next command dials anew, and may find the new master
        with pytest.raises(StoreRefused, match="replica"):
            await connect(server.url)
        await store.call("REPLICAOF", "NO", "ONE")
        assert await store.call("SET", "k", 3) == b"OK"
        assert store.connections == 2
        await store.aclose()


async def test_a_closed_store_is_silent_but_answers_what_was_asked_before(valkey: Valkey) -> None:
    store = await connect(valkey.url)
    asked = [asyncio.create_task(store.run(ECHO, ["k"], [n])) for n in range(5)]
    await asyncio.sleep(0)
    await store.aclose()
    assert [int((await answer)[1]) for answer in asked] == list(range(5))
    with pytest.raises(StoreSilent, match="closed"):
        await store.ping()
    await store.aclose()
