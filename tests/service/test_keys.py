"""Keys: their form by hand-reckoned examples, their records in a real store."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from adapters.store.client import Store, StoreSilent, connect
from service import keys as forms
from service.commit import AT_THE_STORE
from service.key_records import KeyRecords
from service.keys import CACHE_ENTRIES, CACHE_SECONDS, Keys, make, shown, well_formed
from service.keyspace import Keyspace
from tests.contract.gateway import key_of
from tests.stores import Valkey, start_valkey


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with start_valkey() as server:
        yield server


@pytest.fixture
async def store(valkey: Valkey) -> AsyncIterator[Store]:
    opened = await connect(valkey.url, timeout=5)  # a slow machine is not what is tried here
    await opened.call("FLUSHALL")
    yield opened
    await opened.aclose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(store: Store, clock: Clock) -> Keys:
    return Keys(store, Keyspace("o"), [b"pepper"], now=clock)


def administration(store: Store) -> KeyRecords:
    names = Keyspace("o")
    return KeyRecords(store, names, Keys(store, names, [b"pepper"]))


async def revoke(store: Store) -> None:
    administer = administration(store)
    for record in await administer.every():
        assert await administer.revoke(record.id, AT_THE_STORE)


@pytest.mark.parametrize("admin", [False, True])
def test_a_new_key_is_of_our_form_and_like_no_other(admin: bool) -> None:
    made = {make(admin=admin) for _ in range(50)}
    assert len(made) == 50
    prefix = "sk-ig-admin-" if admin else "sk-ig-"
    for key in made:
        assert key.startswith(prefix) and len(key) == len(prefix) + 38
        assert well_formed(key)
        assert key == key_of(key[len(prefix) : -6], prefix)  # reckoned by other code


def test_the_checksum_is_crc_32_in_base62_with_zeros_in_front() -> None:
    assert forms.checksum("") == "000000"
    assert forms.checksum("123456789") == "3jZRME"  # CRC-32's check value, 0xCBF43926


@pytest.mark.parametrize("spoil", [str.upper, str.lower, lambda k: k[:-1], lambda k: k + "0"])
def test_a_spoiled_key_is_known_without_asking(spoil: Any) -> None:
    key = key_of("AbCdEf")
    assert well_formed(key) and not well_formed(spoil(key))


def test_of_a_key_only_prefix_and_last_four_are_shown() -> None:
    assert shown(key_of("secret")) == f"sk-ig-...{key_of('secret')[-4:]}"
    assert shown(key_of("secret", "sk-ig-admin-")).startswith("sk-ig-admin-...")


async def test_a_registered_key_is_found_with_its_project(keys: Keys) -> None:
    key = make(admin=False)
    identity = await keys.register(key, name="app")
    found = await keys.find(key)
    assert found is not None
    assert (found.kind, found.project, found.name, found.revoked) == (
        "project",
        "proj_default",
        "app",
        False,
    )
    assert found.id == identity and found.id.startswith("key_")


async def test_the_store_never_sees_the_key(keys: Keys, store: Store) -> None:
    key = make(admin=True)
    await keys.register(key, name="app")
    told = b""
    for record in await store.call("KEYS", "*"):
        told += record + await store.call("DUMP", record)
    assert b"sk-ig-admin-..." in told and key[12:-4].encode() not in told


async def test_a_second_registration_changes_nothing(keys: Keys) -> None:
    key = make(admin=False)
    await keys.register(key, name="first")
    assert await keys.register(key, name="second") is None
    found = await keys.find(key)
    assert found is not None and found.name == "first"


async def test_what_is_no_key_is_not_registered(keys: Keys) -> None:
    with pytest.raises(ValueError, match="not a key of the form"):
        await keys.register("sk-ig-nonsense", name="app")


async def test_a_revoked_key_is_refused_two_seconds_later(
    keys: Keys, store: Store, clock: Clock
) -> None:
    key = make(admin=False)
    await keys.register(key, name="app")
    assert (await keys.find(key)).revoked is False  # type: ignore[union-attr]
    await revoke(store)
    assert (await keys.find(key)).revoked is False  # type: ignore[union-attr]  # cached
    clock.now = CACHE_SECONDS + 0.01
    assert (await keys.find(key)).revoked is True  # type: ignore[union-attr]


async def test_a_revoked_key_is_not_brought_back_by_registering_it(
    keys: Keys, store: Store
) -> None:
    key = make(admin=False)
    await keys.register(key, name="app")
    await revoke(store)
    assert await keys.register(key, name="app") is None
    assert (await keys.find(key)).revoked is True  # type: ignore[union-attr]


async def test_a_key_that_is_used_during_a_change_of_pepper_outlives_the_old_one(
    store: Store,
) -> None:
    used, unused, names = make(admin=False), make(admin=False), Keyspace("o")
    before = Keys(store, names, [b"old"])
    for key in (used, unused):
        await before.register(key, name="app")
    both = Keys(store, names, [b"new", b"old"])
    assert (await both.find(used)).name == "app"  # type: ignore[union-attr]
    assert await both.register(unused, name="again") is None
    after = Keys(store, names, [b"new"])
    found = await after.find(used)
    assert found is not None and found.name == "app"
    assert await after.find(unused) is None
    assert await administration(store).revoke(found.id, AT_THE_STORE)
    for keys in (after, before):  # whichever pepper a replica has
        known = await Keys(store, names, keys._peppers).find(used)
        assert known is not None and known.revoked


async def test_a_change_of_pepper_does_not_bring_a_revoked_key_back(store: Store) -> None:
    key, names = make(admin=False), Keyspace("o")
    await Keys(store, names, [b"old"]).register(key, name="app")
    await revoke(store)
    both = Keys(store, names, [b"new", b"old"])
    await both.register(key, name="app")
    assert (await both.find(key)).revoked is True  # type: ignore[union-attr]


async def test_an_unknown_key_is_remembered_as_such_for_two_seconds(
    keys: Keys, clock: Clock
) -> None:
    key = make(admin=False)
    assert await keys.find(key) is None
    await keys.register(key, name="late")
    assert await keys.find(key) is None
    clock.now = CACHE_SECONDS + 0.01
    assert await keys.find(key) is not None


async def test_a_flood_of_unknown_keys_stays_within_bounds(keys: Keys) -> None:
    for start in range(0, CACHE_ENTRIES + 500, 500):
        await asyncio.gather(*(keys.find(key_of(f"{start + i}")) for i in range(500)))
        assert len(keys._seen) <= CACHE_ENTRIES


async def test_a_silent_store_is_not_mistaken_for_an_unknown_key(keys: Keys, store: Store) -> None:
    await store.aclose()
    with pytest.raises(StoreSilent):
        await keys.find(make(admin=False))
