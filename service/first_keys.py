"""The first keys of a new store: registered from the environment, or made once and shown once."""

import os
from pathlib import Path
from typing import Final

import msgspec

from adapters.store.client import Store
from config.settings import Settings
from service.keys import Keys, make, shown, well_formed
from service.keyspace import Keyspace

FILE: Final = "first-keys"


class BadKey(Exception):
    """A key of the environment has another form than ours; the message says what to do."""


class FirstKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What the banner may say. `project` and `admin` are whole keys, and only when just made."""

    project: str | None = None
    admin: str | None = None
    file: Path | None = None  # where they were written instead
    known: str | None = None  # of one that is there already: prefix, last four and where it is from


async def first_keys(
    settings: Settings,
    keys: Keys,
    store: Store,
    names: Keyspace,
    *,
    folder: Path | None,
    tell: bool,
) -> FirstKeys:
    """Register the environment's keys; with the embedded store (`folder`) make what is missing at
    the first start. `tell`: a terminal shows them; otherwise they go into a file, mode 0600.

    Raises BadKey, StoreSilent, StoreRefused.
    """
    given = {
        "IDEOGATE_BOOTSTRAP_KEY": settings.bootstrap_key,
        "IDEOGATE_ADMIN_KEY": settings.admin_key,
    }
    for variable, secret in given.items():
        if secret is not None:
            await _register(keys, variable, secret.reveal())
    known = None
    if settings.bootstrap_key:
        known = f"{shown(settings.bootstrap_key.reveal())} of IDEOGATE_BOOTSTRAP_KEY"
    if folder is None or (settings.bootstrap_key and settings.admin_key):
        return FirstKeys(known=known)
    made = await store.call("GET", names.first_keys)
    if made is not None:
        return FirstKeys(known=known or _made_before(made.decode(), folder))
    return await _make(settings, keys, store, names, folder=folder, tell=tell, known=known)


def _made_before(made: str, folder: Path) -> str:
    file = folder / FILE
    return f"{made}, made at the first start" + (f", in {file}" if file.is_file() else "")


async def _register(keys: Keys, variable: str, key: str) -> None:
    admin = variable == "IDEOGATE_ADMIN_KEY"
    prefix = "sk-ig-admin-" if admin else "sk-ig-"
    if not well_formed(key) or key.startswith("sk-ig-admin-") != admin:
        flag = " --admin" if admin else ""
        raise BadKey(
            f"{variable} holds a value that is not a key of ours: it takes {prefix} followed by 32 "
            "base62 characters and 6 of checksum. Make one with "
            f"`python -m service keys new{flag}`."
        )
    await keys.register(key, name="admin" if admin else "bootstrap")


async def _make(
    settings: Settings,
    keys: Keys,
    store: Store,
    names: Keyspace,
    *,
    folder: Path,
    tell: bool,
    known: str | None,
) -> FirstKeys:
    project = None if settings.bootstrap_key else make(admin=False)
    admin = None if settings.admin_key else make(admin=True)
    file = None
    if not tell:  # written before they count, so that a crash in between loses none
        file = folder / FILE
        _write(file, {"IDEOGATE_KEY": project, "IDEOGATE_ADMIN_KEY": admin})
    if project:
        await keys.register(project, name="first")
    if admin:
        await keys.register(admin, name="first admin")
    await store.call("SET", names.first_keys, shown(project) if project else "an admin key")
    return FirstKeys(project=project, admin=admin, file=file, known=known)


def _write(file: Path, lines: dict[str, str | None]) -> None:
    text = "".join(f"{name}={key}\n" for name, key in lines.items() if key)
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
