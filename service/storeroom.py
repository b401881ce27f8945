"""The store as this process has it: opened, named, and with the peppers of its keys."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from adapters.store.address import read_address
from adapters.store.client import Store, StoreRefused, StoreSilent, connect
from adapters.store.embedded import open_embedded
from config.settings import Settings
from service.keyspace import Keyspace
from service.pepper import check_pepper
from service.schema import check_schema


class BadStore(Exception):
    """The store that the settings name cannot be used; the message says where it is and why."""


class Storeroom(msgspec.Struct, frozen=True, kw_only=True):
    """`folder` is that of the embedded store, None for an external one."""

    store: Store
    names: Keyspace
    peppers: tuple[bytes, ...]
    folder: Path | None
    kind: str


async def open_storeroom(settings: Settings, stack: AsyncExitStack) -> Storeroom:
    """Open the store to work with it; `stack` closes it. Raises StoreCannotStart, StoreSilent,
    StoreRefused, BadStoreUrl, BadStore, BadSchema, BadPepper.
    """
    room = await look_into_storeroom(settings, stack)
    await check_schema(room.store, room.names)
    await check_pepper(room.store, room.names, room.peppers, made=settings.key_pepper is None)
    return room


async def look_into_storeroom(settings: Settings, stack: AsyncExitStack) -> Storeroom:
    """The same, only to read: whatever layout and pepper it is of stays as it is. Raises the first
    five of these.
    """
    names = Keyspace(settings.organization)
    folder = settings.store_folder
    secret = settings.key_pepper.reveal() if settings.key_pepper else None
    if folder is not None:
        embedded = await open_embedded(folder)
        stack.push_async_callback(embedded.close)
        watching = asyncio.create_task(embedded.watch())
        stack.callback(watching.cancel)
        pepper = secret.encode() if secret else embedded.secret("pepper")
        store = await connect(embedded.url, slot_key=names.root)
    else:
        if secret is None:
            raise ValueError("settings let an external store in without a pepper")
        pepper = secret.encode()
        store = await _connect(settings.store_url.reveal(), names)
    stack.push_async_callback(store.aclose)
    old = settings.key_pepper_old
    peppers = (pepper, *([old.reveal().encode()] if old else []))
    return Storeroom(
        store=store,
        names=names,
        peppers=peppers,
        folder=folder,
        kind="embedded" if folder else "external",
    )


async def _connect(url: str, names: Keyspace) -> Store:
    try:
        return await connect(url, slot_key=names.root)
    except (StoreSilent, StoreRefused) as why:
        raise BadStore(f"IDEOGATE_STORE_URL leads to {read_address(url)}: {why}") from why
