"""Places are leased: what the dead held comes back, and nobody goes over the account's limit."""

import msgspec

from service.ledger import Full, Held, Ledger, Leg
from tests.money.books import UNIT, Books, past, plan_of

pytest_plugins = ["tests.money.plugin"]
POST = Leg(call=0, verb="post", upstream="sandbox", reason="delivered", billed=1, delivered=1)


async def lapse(books: Books, lease_ms: int = 1) -> None:
    """Past the end of every lease of a ledger made with `lease_ms`."""
    await past(books, await books.store.time_ms() + lease_ms)


async def test_places_of_the_dead_come_back_with_the_next_start(books: Books) -> None:
    made = plan_of(n=10)
    brief = Ledger(books.store, books.names, lease_ms=1)
    assert isinstance(await brief.start(books.folio("A", made), made), Held)
    await lapse(books)
    assert (await books.held("B", made)).calls == (8, 2)
    assert await books.used() == 10
    # the dead one was only slow: its end takes nobody's places away
    await books.ledger.settle(books.folio("A", made), msgspec.structs.replace(POST, billed=8))
    assert await books.used() == 10


async def test_an_order_that_lost_its_places_does_not_go_over_the_limit(books: Books) -> None:
    made = plan_of(n=10, slots=8)
    brief = Ledger(books.store, books.names, lease_ms=1)
    await brief.start(books.folio("A", made), made)
    await lapse(books)
    eight = plan_of(n=8, slots=8)
    await books.held("B", eight)
    settled = await books.ledger.settle(
        books.folio("A", made), msgspec.structs.replace(POST, billed=8)
    )
    assert settled is not None and settled.next_call is None
    assert await books.used() == 8
    assert (await books.journal())[-1]["reason"] == "no_place"
    assert await books.balance() == {
        "held": 8 * UNIT, "posted": 8 * UNIT, "parked": 0, "house": 0,
    }  # fmt: skip


async def test_an_end_frees_the_places_of_the_dead_for_its_own_order(books: Books) -> None:
    one = plan_of(n=8)
    rest = plan_of(n=10)
    brief = Ledger(books.store, books.names, lease_ms=500)
    await brief.start(books.folio("dead", one), one)
    assert (await books.held("A", rest)).calls == (2,)
    await lapse(books, 500)
    settled = await books.ledger.settle(
        books.folio("A", rest), msgspec.structs.replace(POST, billed=2)
    )
    assert settled is not None and settled.next_images == 8
    assert await books.used() == 8


async def test_a_turn_whose_lease_ended_is_not_sent_once_others_have_its_places(
    books: Books,
) -> None:
    made = plan_of(n=10, slots=8)
    folio = books.folio("A", made)
    brief = Ledger(books.store, books.names, lease_ms=1)
    await books.held("A", made)
    settled = await brief.settle(folio, msgspec.structs.replace(POST, billed=8))
    assert settled is not None and settled.next_call == 1
    await lapse(books)
    await books.held("B", plan_of(n=8, slots=8))
    assert not await books.ledger.sent(folio, 1)
    await books.ledger.settle(folio, Leg(call=1, verb="void", upstream="", reason="not_sent"))
    assert await books.used() == 8


async def test_a_beat_renews_and_does_not_bring_back(books: Books) -> None:
    made = plan_of(n=10)
    folio = books.folio("A", made)
    brief = Ledger(books.store, books.names, lease_ms=1)
    await brief.start(folio, made)
    members = ["A", "A.0:8", "A.1:2", "B", "B.0:8"]
    assert await books.ledger.beat(folio.account, members) == 3
    await lapse(books)
    assert isinstance(await books.ledger.start(books.folio("C", made), made), Full)
    await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=8))
    await books.ledger.settle(folio, msgspec.structs.replace(POST, call=1, billed=2))
    assert await books.ledger.beat(folio.account, members) == 0
    assert await books.used() == 0
