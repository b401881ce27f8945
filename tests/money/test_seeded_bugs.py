"""Bugs put into the scripts one by one: each is caught by a test that the scripts as they are pass."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from adapters.store.address import read_address
from adapters.store.route import Route
from service.books import verify
from service.keyspace import Keyspace
from service.ledger import Ledger
from tests.house.test_money_is_whole import lua_fractions
from tests.money.books import Books
from tests.money.bugs import (
    CLAIMED_TWICE,
    FLOAT_COMMAND,
    FRACTION,
    OF_THE_MACHINE,
    PARKED_IS_FREE,
    PLACES_OF_OTHERS,
    Bug,
)
from tests.money.machine import NUMBERS, play
from tests.money.machine_rules import Money
from tests.money.rewritten import Edit, Rewritten, changed
from tests.service import test_leases, test_limits, test_replay
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]
ROUNDS: Final = 8
Edits = tuple[Edit, ...]
Catcher = Callable[[Valkey, Edits], None]


def machine(server: Valkey, edits: Edits) -> None:
    """The machine of test_machine.py, with the same examples each time."""

    class Bugged(Money):
        pass

    Bugged.server, Bugged.edits = server, edits
    play(Bugged, range(ROUNDS))


def played(test: Callable[[Books], Awaitable[None]]) -> Catcher:
    """A test of other files, and the auditor after it as plugin.py runs it."""

    async def alone(server: Valkey, edits: Edits) -> None:
        names = Keyspace(f"bugged-{next(NUMBERS)}")
        store = Rewritten(Route(read_address(server.url), names.root), edits)
        books = Books(store, names, Ledger(store, names))
        try:
            await test(books)
            assert await verify(store, names) == []
        finally:
            await books.desk.stop()
            await store.aclose()

    return lambda server, edits: asyncio.run(alone(server, edits))


def read(_server: Valkey, edits: Edits) -> None:
    """The reader of tests/house/test_money_is_whole.py."""
    for text in changed(edits).values():
        assert lua_fractions(text) == []


claims = played(test_replay.test_a_claim_holds_while_it_is_renewed_and_no_longer)
limits = played(test_limits.test_what_is_void_may_be_spent_again_and_what_is_parked_may_not)
turns = played(test_leases.test_a_turn_whose_lease_ended_is_not_sent_once_others_have_its_places)
CAUGHT: Final = (
    *((bug, machine) for bug in OF_THE_MACHINE),
    (CLAIMED_TWICE, claims),
    (PARKED_IS_FREE, limits),
    (PLACES_OF_OTHERS, turns),
    (FLOAT_COMMAND, read),
    (FRACTION, read),
)
CATCHERS: Final = {
    "machine": machine, "claims": claims, "limits": limits, "turns": turns, "read": read,
}  # fmt: skip


@pytest.mark.parametrize(("bug", "catcher"), CAUGHT, ids=[bug.name for bug, _ in CAUGHT])
def test_a_bug_is_caught(bug: Bug, catcher: Catcher, valkey: Valkey) -> None:
    with pytest.raises(AssertionError):
        catcher(valkey, bug.edits)


@pytest.mark.parametrize("catcher", CATCHERS.values(), ids=CATCHERS)
def test_without_a_bug_nothing_is_caught(catcher: Catcher, valkey: Valkey) -> None:
    catcher(valkey, ())
