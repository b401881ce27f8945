"""Whether the pepper is the one that the store's keys were made with."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

import structlog

from adapters.store.client import Store
from service.keyspace import Keyspace

_log = structlog.get_logger()
_TEXT: Final = b"ideogate: which pepper"  # no key has this form, so the value opens nothing


class BadPepper(Exception):
    """Under this pepper no key of the store would be known; the message says what to set."""


async def check_pepper(
    store: Store, names: Keyspace, peppers: Sequence[bytes], *, made: bool
) -> None:
    """At the first start the store learns of it, by an HMAC. `peppers`: the current one first, then
    the old one, from which it moves on. `made`: it is that of the embedded store's folder.

    Raises BadPepper, StoreSilent, StoreRefused.
    """
    ours, *older = (hmac.new(pepper, _TEXT, hashlib.sha256).hexdigest() for pepper in peppers)
    await store.call("SET", names.pepper, ours, "NX")
    found = (await store.call("GET", names.pepper) or b"").decode()
    if hmac.compare_digest(found, ours):
        return
    if not any(hmac.compare_digest(found, old) for old in older):
        raise BadPepper(_wrong(made=made))
    await store.call("SET", names.pepper, ours)
    _log.info("pepper_changed")


def _wrong(*, made: bool) -> str:
    where = "The pepper in the store's folder" if made else "IDEOGATE_KEY_PEPPER"
    return (
        f"{where} is not the one that this store's keys were made with: nobody's key would be known. "
        "Set IDEOGATE_KEY_PEPPER to the one before; to change it, set the new one there and the one "
        "before in IDEOGATE_KEY_PEPPER_OLD."
    )
