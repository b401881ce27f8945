"""The books put right by hand: calls resolved, corrections booked, a loss accepted; with a reason."""

import contextlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

import msgspec

from adapters.store.client import Store, StoreSilent
from adapters.store.wire import Part
from config.money import MicroUSD
from service.ids import order_id
from service.keyspace import ORDER_KEPT_MS, Keyspace
from service.scripts import ACCEPT, ADJUST, RESOLVE

Word = Literal["post", "void", "write_off"]
TRIES: Final = 3  # each is safe to repeat by its id
REASON_LETTERS: Final = 200
MOST_MICROUSD: Final = 10**15  # sums stay whole below 2^53


class CannotCorrect(Exception):
    """Nothing was changed; the message says why."""


class Resolved(msgspec.Struct, frozen=True):
    """How a parked call ended. `again`: it had been resolved so before."""

    state: str
    posted: MicroUSD
    house: MicroUSD
    again: bool


class Adjusted(msgspec.Struct, frozen=True):
    """A correction in the journal, under an id of its own, in this period."""

    id: str
    period: str


class Accepted(msgspec.Struct, frozen=True):
    """The entries of the journal behind `left`, up to `seen` or later, are lost for good."""

    left: str
    seen: str


class Corrections:
    """Raises CannotCorrect, StoreSilent, StoreRefused."""

    def __init__(self, store: Store, names: Keyspace) -> None:
        self._store = store
        self._names = names

    async def resolve(
        self, order: str, call: int, word: Word, *, images: int = 0, reason: str
    ) -> Resolved:
        """End a parked call: post so many of its images, void it, or let the house pay it."""
        checked_reason(reason)
        facts = await self._store.call(
            "HMGET", self._names.order(order), "account", "key", "project"
        )
        account, key, project = ((fact or b"").decode() for fact in facts)
        keys = self._names.money(order, account=account, key=key, project=project)
        words: list[Part] = [order, call, word, images, reason]
        answer = await _surely(lambda: self._store.run(RESOLVE, keys, words))
        match answer:
            case [b"resolved" | b"again" as said, state, posted, house]:
                return Resolved(
                    state.decode(), MicroUSD(int(posted)), MicroUSD(int(house)), said == b"again"
                )
            case [b"other", state]:
                raise CannotCorrect(f"{order}.{call} is not parked, it is {state.decode()}.")
            case [b"more", most]:
                raise CannotCorrect(f"{order}.{call} is of {int(most)} images, not of {images}.")
            case _:
                raise CannotCorrect(f"The books have no call {order}.{call}, or no longer.")

    async def adjust(
        self,
        microusd: int,
        *,
        key: str = "",
        project: str = "",
        month: str = "",
        house: bool = False,
        reason: str,
    ) -> Adjusted:
        """Book what a key or a project has spent up or down. `house`: the house takes the other
        side, so that the sum stays what the supplier billed.
        """
        checked_reason(reason)
        if month and not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month, re.ASCII):
            raise CannotCorrect(f"{month!r} is no month such as 2026-11.")
        if not 0 < abs(microusd) <= MOST_MICROUSD:
            raise CannotCorrect(f"A correction is of 1 to {MOST_MICROUSD} micro-USD, up or down.")
        project = await self._project_of(key, project)
        identity = order_id()
        keys = self._names.money(identity, account="", key=key, project=project)
        other_side = -microusd if house else 0
        words: list[Part] = [
            identity,
            microusd,
            other_side,
            month,
            ORDER_KEPT_MS,
            key,
            project,
            reason,
        ]
        _, period = await _surely(lambda: self._store.run(ADJUST, keys, words))
        return Adjusted(identity, period.decode())

    async def accept(self, *, reason: str) -> Accepted:
        """Take orders again though the store has lost entries of the journal."""
        checked_reason(reason)
        identity = order_id()
        keys = self._names.money(identity, account="", key="", project="")
        words: list[Part] = [identity, ORDER_KEPT_MS, self._names.root, reason]
        answer = await _surely(lambda: self._store.run(ACCEPT, keys, words))
        if answer == [b"none"]:
            raise CannotCorrect("Nothing is frozen: orders are taken.")
        return Accepted(*(entry.decode() for entry in answer[1:]))

    async def _project_of(self, key: str, project: str) -> str:
        if not key:
            if not project:
                raise CannotCorrect("A correction is of a key or of a project.")
            return project
        kept = await self._store.call("HGET", self._names.key(key), "project")
        if kept is None:
            raise CannotCorrect(f"There is no key {key!r}.")
        of_key = str(kept.decode())
        if project not in {"", of_key}:
            raise CannotCorrect(f"The key {key} is of {of_key}, not of {project}.")
        return of_key


def checked_reason(reason: str) -> None:
    """Raises CannotCorrect."""
    if not (reason.strip() and reason.isprintable() and len(reason) <= REASON_LETTERS):
        raise CannotCorrect(f"A reason is needed: one line of at most {REASON_LETTERS} characters.")


async def _surely(verb: Callable[[], Awaitable[list[Any]]]) -> list[Any]:
    for _ in range(TRIES - 1):
        with contextlib.suppress(StoreSilent):
            return await verb()
    return await verb()
