"""The life of a key in a real store: it expires, is rotated, revoked, and says when it was used."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.store.client import Store, connect
from service.commit import AT_THE_STORE
from service.key_records import KeyRecords, NoSuchKey
from service.keys import Credential, Keys, make, shown
from service.keyspace import Keyspace
from service.uses import EVERY_SECONDS, MOST, Uses
from tests.stores import Valkey, start_valkey

NAMES = Keyspace("o")
PEPPERS = [b"pepper"]


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with start_valkey() as server:
        yield server


@pytest.fixture
async def store(valkey: Valkey) -> AsyncIterator[Store]:
    opened = await connect(valkey.url, timeout=5)
    await opened.call("FLUSHALL")
    yield opened
    await opened.aclose()


@pytest.fixture
def records(store: Store) -> KeyRecords:
    return KeyRecords(store, NAMES, Keys(store, NAMES, PEPPERS))


async def register(store: Store, key: str, *, expires_in: int = 0) -> str:
    keys = Keys(store, NAMES, PEPPERS)
    identity = await keys.register(key, name="app", project="proj_a", expires_in=expires_in)
    assert identity is not None
    return identity


async def look(store: Store, key: str) -> Credential:
    """As a replica that has not seen it for two seconds."""
    found = await Keys(store, NAMES, PEPPERS).find(key)
    assert found is not None
    return found


async def passes(store: Store, key: str, seconds: int) -> None:
    """Time goes by for one key: what it says of moments moves back."""
    found = await look(store, key)
    for record in (NAMES.credential(found.digest), NAMES.key(found.id)):
        for name in ("ends", "expires", "used"):
            at = int(await store.call("HGET", record, name) or 0)
            if at:
                await store.call("HSET", record, name, at - seconds)


async def test_a_key_expires_by_the_stores_clock(store: Store, records: KeyRecords) -> None:
    key = make(admin=False)
    identity = await register(store, key, expires_in=100)
    now = await store.time_ms() // 1000
    assert 98 <= (await records.one(identity)).expires - now <= 100
    assert not (await look(store, key)).ended
    await passes(store, key, 101)
    assert (await look(store, key)).ended
    with pytest.raises(NoSuchKey, match="has expired"):
        await records.rotate(identity, overlap=10, actor=AT_THE_STORE)


async def test_a_rotated_key_stays_the_same_and_its_old_secret_ends(
    store: Store, records: KeyRecords
) -> None:
    old = make(admin=False)
    identity = await register(store, old)
    new = await records.rotate(identity, overlap=3600, actor=AT_THE_STORE)
    first, second = await look(store, old), await look(store, new)
    assert first.id == second.id == identity
    assert (first.ended, second.ended) == (False, False)
    assert (second.project, second.shown) == ("proj_a", shown(new))
    await passes(store, old, 3601)
    assert (await look(store, old)).ended and not (await look(store, new)).ended


async def test_a_second_rotation_does_not_lengthen_the_first(
    store: Store, records: KeyRecords
) -> None:
    first = make(admin=True)
    identity = await register(store, first)
    second = await records.rotate(identity, overlap=0, actor=AT_THE_STORE)
    third = await records.rotate(identity, overlap=3600, actor=AT_THE_STORE)
    assert third.startswith("sk-ig-admin-")
    assert [(await look(store, key)).ended for key in (first, second, third)] == [
        True,
        False,
        False,
    ]


async def test_a_revoked_key_is_revoked_with_every_secret(
    store: Store, records: KeyRecords
) -> None:
    old = make(admin=False)
    identity = await register(store, old)
    new = await records.rotate(identity, overlap=3600, actor=AT_THE_STORE)
    assert await records.revoke(identity, AT_THE_STORE) is True
    assert await records.revoke(identity, AT_THE_STORE) is False
    assert (await look(store, old)).revoked and (await look(store, new)).revoked
    with pytest.raises(NoSuchKey, match="is revoked"):
        await records.rotate(identity, overlap=10, actor=AT_THE_STORE)


async def test_an_id_that_nobody_has_is_named(records: KeyRecords) -> None:
    for verb in (
        records.one("key_x"),
        records.revoke("key_x", AT_THE_STORE),
        records.rotate("key_x", overlap=1, actor=AT_THE_STORE),
    ):
        with pytest.raises(NoSuchKey, match="key_x"):
            await verb


async def test_keys_are_listed_as_they_were_made(store: Store, records: KeyRecords) -> None:
    made = [await register(store, make(admin=admin)) for admin in (False, True)]
    listed = await records.every()
    assert sorted(record.id for record in listed) == sorted(made)
    assert {(record.kind, record.project) for record in listed} == {
        ("project", "proj_a"),
        ("admin", ""),
    }
    now = await store.time_ms() // 1000
    assert all(now - 60 < record.created <= now and record.used == 0 for record in listed)


async def test_a_use_is_written_once_a_minute_whoever_saw_it(
    store: Store, records: KeyRecords
) -> None:
    key, clock = make(admin=False), [0.0]
    identity = await register(store, key)
    replicas = [Uses(store, NAMES, now=lambda: clock[0]) for _ in range(3)]

    async def used() -> int:
        for uses in replicas:
            uses.note(identity)
            uses.note(identity)
            await uses.drain()
        return (await records.one(identity)).used

    first = await used()
    assert 0 <= await store.time_ms() // 1000 - first < 60
    await passes(store, key, 30)
    clock[0] += EVERY_SECONDS
    assert await used() == first - 30  # not a minute by the store's clock
    await passes(store, key, 30)
    clock[0] += EVERY_SECONDS
    assert await used() >= first


async def test_uses_that_cannot_be_written_harm_nobody(store: Store) -> None:
    uses = Uses(store, NAMES)
    uses.note("key_nobody")
    await uses.drain()
    assert await store.call("EXISTS", NAMES.key("key_nobody")) == 0
    await store.aclose()
    for number in range(MOST + 10):
        uses.note(f"key_{number}")
        if number % 1000 == 0:
            await asyncio.sleep(0)
    await uses.drain()
    assert len(uses._noted) <= MOST
