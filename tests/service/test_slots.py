"""What is in work keeps its places while this replica lives."""

import asyncio
from typing import Any, cast

from structlog.testing import capture_logs

from adapters.store.client import StoreSilent
from service.ledger import Full, Held, Ledger, Leg
from service.slots import Slots
from tests.money.books import Books, plan_of

pytest_plugins = ["tests.money.plugin"]


def test_members_are_orders_and_places_as_the_store_names_them() -> None:
    slots = Slots(cast("Any", None))
    slots.hold("A", "one", [8, 2])
    slots.hold("B", "two", [1])
    slots.take("A", 2, 4)
    slots.give("A", 0)
    slots.give("B", 0)
    slots.give("B", 0)
    assert slots.members() == {"one": ["A", "A.1:2", "A.2:4"]}
    slots.give("A", 1)
    slots.give("A", 2)
    assert slots.members() == {}


async def test_a_beat_keeps_the_places_of_what_is_in_work(books: Books) -> None:
    made = plan_of(n=10)
    brief = Ledger(books.store, books.names, lease_ms=300)
    folio = books.folio("A", made)
    started = await brief.start(folio, made)
    assert isinstance(started, Held)
    slots = Slots(brief, sleep=lambda _: asyncio.sleep(0.05))
    slots.hold("A", folio.account, started.calls)
    beating = asyncio.create_task(slots.keep_beating())
    await asyncio.sleep(0.6)
    assert isinstance(await brief.start(books.folio("B", made), made), Full)
    beating.cancel()
    for call in (0, 1):
        await brief.settle(folio, Leg(call=call, verb="void", upstream="", reason=""))


async def test_a_missed_beat_and_a_broken_one_are_not_the_last() -> None:
    class Books:
        beats = 0

        async def beat(self, _account: str, _members: list[str]) -> int:
            self.beats += 1
            if self.beats == 1:
                raise StoreSilent("no answer")
            if self.beats == 2:
                raise RuntimeError("a bug")
            return 1

    books = Books()
    slots = Slots(cast("Ledger", books), sleep=lambda _: asyncio.sleep(0))
    slots.hold("A", "one", [1])
    with capture_logs() as lines:
        beating = asyncio.create_task(slots.keep_beating())
        await asyncio.sleep(0.01)
        beating.cancel()
    assert [line["event"] for line in lines] == ["beat_missed", "beat_broke"]
    assert books.beats > 3
