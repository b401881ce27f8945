"""The journal never goes backwards: a store that lost entries takes no order until they are healed."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import redis
from structlog.testing import capture_logs

from adapters.openai.errors import ApiError
from adapters.store.client import connect
from service.books import verify
from service.corrections import CannotCorrect, Corrections
from service.health import State
from service.keyspace import Keyspace
from service.ledger import Frozen, Held, Joined, Ledger
from service.orders import Orders
from service.recovery import Recovery
from service.safeguards import Safeguards
from service.scripts import ACCEPT
from service.seen import Seen
from service.slots import Slots
from service.storewatch import StoreWatch
from tests.contract.gateway import start_gateway
from tests.money.books import CALLER, SETTINGS, UNIT, Books, Supplier, plan_of
from tests.money.outcomes import drawn
from tests.money.told import told
from tests.service.conftest import PEPPER, Site
from tests.service.processes import run
from tests.stores import Valkey, start_valkey
from tests.upstream import Upstream

OLD = "5-0"  # an entry of 1970: nobody can tell what was then
LEAST_MS = 50


class Replica:
    """One gateway's books and watch, on a store that others share. `clock`: its own, in seconds."""

    def __init__(self, books: Books, clock: float = 0.0) -> None:
        self.books = books
        self.clock = clock
        books.ledger.seen = Seen(110, now=lambda: self.clock)
        self.recovery = Recovery(books.store, books.names, now=lambda: self.clock)
        self.watch = StoreWatch(books.store, books.ledger, self.recovery, least_ms=LEAST_MS)
        suppliers: Any = {
            one.name: Supplier(lambda p: drawn(p.images)) for one in SETTINGS.upstreams
        }
        guards = Safeguards(recovery=self.recovery)
        slots = Slots(books.ledger)
        self.orders = Orders(books.ledger, suppliers, books.desk, slots, State(), guards=guards)

    async def draws(self, images: int = 1) -> int:
        try:
            return (await told(await self.orders.begin(plan_of(n=images), CALLER))).status
        except ApiError as refused:
            return refused.shape.status

    async def looks(self) -> list[str]:
        """What its log says of the look, which the store answers by and by."""
        with capture_logs() as lines:
            async with asyncio.timeout(5):
                while True:
                    try:
                        await self.watch.look()
                        break
                    except Exception:
                        await asyncio.sleep(0.02)
        return [line["event"] for line in lines]

    async def opens(self) -> None:
        async with asyncio.timeout(5):
            while self.watch.ledger != "open":
                await asyncio.sleep(LEAST_MS / 1000)
                await self.watch.look()


class Fleet:
    """Replicas on one server."""

    def __init__(self, server: Valkey, stack: AsyncExitStack) -> None:
        self.server = server
        self.names = Keyspace("o")
        self._stack = stack

    async def replica(self, clock: float = 0.0) -> Replica:
        store = await connect(self.server.url)
        self._stack.push_async_callback(store.aclose)
        return Replica(Books(store, self.names, Ledger(store, self.names)), clock)

    async def begins_with(self, one: Replica, entry: str) -> None:
        """A journal that ends with an old entry, which moved nothing."""
        sums = ("held", 0, "posted", 0, "parked", 0, "house", 0)
        facts = ("verb", "accept", "period", "1970-01", "day", "", "key", "", "project", "")
        await one.books.store.call("XADD", self.names.journal, entry, *facts, *sums)

    def comes_back(self) -> None:
        """As it was when it last saved."""
        self.server.kill()
        self.server.start()


@pytest_asyncio.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        yield Fleet(stack.enter_context(start_valkey()), stack)


# --- what was seen


def test_the_newest_entry_is_remembered_and_the_oldest_of_the_last_moments() -> None:
    now = 0.0
    seen = Seen(110, now=lambda: now)
    assert (seen.newest, seen.oldest) == ("", "")
    seen.note("1-0")
    now = 50.0
    seen.note("1-0")
    now = 60.0
    seen.note("2-0")
    now = 100.0
    seen.note("3-0")
    assert (seen.newest, seen.oldest) == ("3-0", "1-0")
    now = 161.0  # 1-0 was last the end 111 s ago
    assert (seen.newest, seen.oldest) == ("3-0", "2-0")
    now = 1000.0
    assert (seen.newest, seen.oldest) == ("3-0", "")
    seen.begin_anew()
    assert (seen.newest, seen.oldest) == ("", "")


# --- what is lost


async def test_a_lost_tail_is_told_again_and_the_freeze_lifts_by_itself(fleet: Fleet) -> None:
    one = await fleet.replica()
    await fleet.begins_with(one, OLD)
    await one.looks()
    await one.books.store.call("SAVE")
    assert [await one.draws(), await one.draws(2)] == [200, 200]
    await one.looks()
    fleet.comes_back()
    assert await one.looks() == [
        "ledger_frozen",
        "call_recovered",
        "call_recovered",
        "store_changed",
    ]
    assert await one.draws() == 503
    assert one.watch.ledger.startswith(f"frozen: the store has lost the journal from {OLD} to ")
    assert one.watch.ledger.endswith("until it is told again")
    with capture_logs() as lines:
        await one.opens()
    assert [line["event"] for line in lines] == ["ledger_open_again"]
    assert await one.draws() == 200
    assert (await one.books.balance())["posted"] == 4 * UNIT
    assert await verify(one.books.store, fleet.names) == []


async def test_nobody_takes_an_order_between_the_loss_and_the_look_that_finds_it(
    fleet: Fleet,
) -> None:
    one = await fleet.replica()
    await fleet.begins_with(one, OLD)
    await one.looks()
    await one.books.store.call("DEL", fleet.names.journal)
    held = await one.books.ledger.start(one.books.folio("A", plan_of()), plan_of())
    assert held == Frozen()
    assert await one.books.journal() == []
    assert await one.books.balance() == {"held": 0, "posted": 0, "parked": 0, "house": 0}


async def test_a_replica_that_never_saw_the_later_entry_is_frozen_with_the_others(
    fleet: Fleet,
) -> None:
    one, other = await fleet.replica(), await fleet.replica()
    await fleet.begins_with(one, OLD)
    await one.looks()
    await one.books.store.call("DEL", fleet.names.journal)
    assert await one.looks() == ["ledger_frozen", "store_changed"]
    assert await other.draws() == 503
    assert await other.looks() == ["ledger_frozen"]
    assert other.watch.ledger.endswith("until an operator accepts it (`ledger accept`)")


async def test_what_is_older_than_the_ends_that_are_known_stays_frozen_until_it_is_accepted(
    fleet: Fleet,
) -> None:
    one = await fleet.replica()
    await one.looks()
    await one.books.store.call("SAVE")
    assert await one.draws() == 200
    await one.looks()
    one.clock = 1000.0
    assert await one.draws(2) == 200
    await one.looks()
    fleet.comes_back()
    assert await one.looks() == ["ledger_frozen", "call_recovered", "store_changed"]
    for _ in range(3):
        await asyncio.sleep(LEAST_MS / 1000)
        assert await one.looks() == []
        assert await one.draws() == 503
    assert (await one.books.balance())["posted"] == 2 * UNIT  # what is known is told all the same
    done = await Corrections(one.books.store, fleet.names).accept(reason="the backup of today")
    assert done.left == "0-0" and int(done.seen.partition("-")[0]) > 0
    entry = (await one.books.journal())[-1]
    assert (entry["verb"], entry["reason"]) == ("accept", "the backup of today")
    assert (entry["left"], entry["seen"]) == (done.left, done.seen)
    assert await one.draws() == 200
    assert await one.looks() == ["ledger_open_again"]
    assert await verify(one.books.store, fleet.names) == []


async def test_it_lifts_when_all_who_missed_something_have_told_it_and_one_has_the_proof(
    fleet: Fleet,
) -> None:
    old, young = await fleet.replica(), await fleet.replica()
    await fleet.begins_with(old, OLD)
    await old.looks()
    await old.books.store.call("SAVE")
    assert await old.draws() == 200
    assert await young.draws(2) == 200
    await old.looks()
    await young.looks()
    fleet.comes_back()
    assert "ledger_frozen" in await young.looks()
    await asyncio.sleep(LEAST_MS / 1000)
    await young.looks()
    assert young.watch.ledger.endswith("(`ledger accept`)")  # it cannot know what was before it
    assert await old.looks() == [
        "ledger_frozen", "call_recovered", "store_changed", "ledger_open_again",
    ]  # fmt: skip
    assert await young.looks() == ["ledger_open_again"]
    assert (await old.books.balance())["posted"] == 3 * UNIT
    assert await verify(old.books.store, fleet.names) == []


async def test_one_that_has_not_told_its_ends_yet_keeps_it_frozen(fleet: Fleet) -> None:
    one, other = await fleet.replica(), await fleet.replica()
    await fleet.begins_with(one, OLD)
    await one.looks()
    await one.books.store.call("SAVE")
    assert await one.draws() == 200
    await one.looks()
    await other.looks()
    fleet.comes_back()
    async with asyncio.timeout(5):
        while "ledger_frozen" not in await _found(other):  # noqa: ASYNC110  a start rings no bell
            await asyncio.sleep(0.02)
    await one.looks()
    await asyncio.sleep(LEAST_MS / 1000)
    assert await one.looks() == []
    assert await one.draws() == 503
    await other.looks()
    await one.opens()


async def _found(one: Replica) -> list[str]:
    """It looks, and dies before it has told anything."""
    with capture_logs() as lines:
        try:
            await one.watch._freeze.look()
        except Exception:
            return []
    return [line["event"] for line in lines]


async def test_a_recent_end_of_what_is_left_is_a_proof_too(fleet: Fleet) -> None:
    one = await fleet.replica()
    assert await one.draws() == 200
    await one.books.store.call("SAVE")
    assert await one.draws() == 200
    await one.looks()  # its first one: it has seen nothing that is left
    fleet.comes_back()
    await one.looks()
    assert one.watch.ledger.endswith("until it is told again")
    await one.opens()


async def test_repeats_get_their_pictures_while_it_is_frozen(fleet: Fleet) -> None:
    one = await fleet.replica()
    ledger, made = one.books.ledger, plan_of()
    held = await ledger.start(one.books.folio("A", made), made, ticket="aa,bb,")
    assert isinstance(held, Held)
    await one.books.store.call("HSET", fleet.names.frozen, "left", "1-0", "seen", "2-0")
    assert await ledger.start(one.books.folio("B", made), made, ticket="aa,bb,") == Joined("A")
    assert await ledger.start(one.books.folio("C", made), made) == Frozen()


async def test_an_order_that_is_in_work_ends_while_it_is_frozen(fleet: Fleet) -> None:
    one = await fleet.replica()

    async def decide(payload: Any) -> Any:
        await one.books.store.call("HSET", fleet.names.frozen, "left", "1-0", "seen", "2-0")
        return drawn(payload.images)

    suppliers: Any = {upstream.name: Supplier(decide) for upstream in SETTINGS.upstreams}
    orders = Orders(one.books.ledger, suppliers, one.books.desk, Slots(one.books.ledger), State())
    reply = await told(await orders.begin(plan_of(n=10, slots=8), CALLER))
    assert (reply.status, len(reply.body["data"])) == (200, 10)


async def test_an_acceptance_needs_a_freeze_and_a_reason_and_is_written_once(fleet: Fleet) -> None:
    one = await fleet.replica()
    corrections = Corrections(one.books.store, fleet.names)
    with pytest.raises(CannotCorrect, match="Nothing is frozen"):
        await corrections.accept(reason="r")
    with pytest.raises(CannotCorrect, match="A reason is needed"):
        await corrections.accept(reason=" ")
    await one.books.store.call("HSET", fleet.names.frozen, "left", "1-0", "seen", "2-0")
    keys = fleet.names.money("ID", account="", key="", project="")
    for word in (b"accepted", b"again"):
        said = await one.books.store.run(ACCEPT, keys, ["ID", 60_000, fleet.names.root, "r"])
        assert said == [word, b"1-0", b"2-0"]
    assert len(await one.books.journal()) == 1
    assert await verify(one.books.store, fleet.names) == []


# --- over HTTP, with the command


@pytest.fixture
def reverted(upstream: Upstream) -> Iterator[Site]:
    """A gateway whose store has lost a journal of 1970."""
    with start_valkey() as server:
        settings = {
            "IDEOGATE_STORE_URL": server.url,
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_KIND": "aihubmix",
            "IDEOGATE_UPSTREAM_API_KEY": "canary-upstream-key",
        }
        with redis.Redis(unix_socket_path=str(server.place)) as store:
            store.xadd("ig:{org-default}:journal", {"verb": "checkpoint"}, OLD)
            with start_gateway(settings) as gateway:
                end = time.monotonic() + 10
                while "cmdstat_xrevrange" not in store.info("commandstats"):
                    assert time.monotonic() < end
                    time.sleep(0.02)
                store.delete("ig:{org-default}:journal")
                yield Site(gateway, upstream, server)


async def _ready(site: Site) -> dict[str, str]:
    said = await site.get("/health/ready?verbose")
    assert said.status == 200
    facts: dict[str, str] = said.json
    return facts


async def test_the_gateway_says_that_it_is_frozen_and_the_command_lifts_it(
    reverted: Site, tmp_path: Path
) -> None:
    submits = reverted.upstream.bill()["submits"]
    async with asyncio.timeout(10):
        while "frozen" not in (await _ready(reverted))["ledger"]:  # noqa: ASYNC110  nor does a look
            await asyncio.sleep(0.05)
    refused = await reverted.draw({"prompt": "a fox"})
    assert (refused.status, refused.error["code"]) == (503, "ledger_unavailable")
    assert (refused.headers["x-should-retry"], refused.headers["retry-after"]) == ("true", "5")
    assert reverted.upstream.bill()["submits"] == submits
    assert reverted.gateway.output.count("ledger_frozen") == 1
    settings = {
        "IDEOGATE_STORE_URL": reverted.store.url,
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_URL": "sandbox:",
    }
    done = run(tmp_path, "ledger", "accept", "--reason", "the volume was lost", **settings)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "Orders are taken again. The journal has lost what stood behind its beginning, up to "
        "5-0 (1970-01-01 00:00:00 UTC) or later."
    )
    assert (await reverted.draw({"prompt": "a fox"})).status == 200
    async with asyncio.timeout(10):
        while (await _ready(reverted))["ledger"] != "open":  # noqa: ASYNC110  nor does a look
            await asyncio.sleep(0.05)
    done = run(tmp_path, "ledger", "accept", "--reason", "again", **settings)
    assert (done.returncode, done.stderr) == (1, "Error: Nothing is frozen: orders are taken.\n")
