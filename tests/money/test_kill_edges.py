"""Killed in the middle of a step: an answer that its store takes along, a call, a body, a sweep."""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from adapters.ideogram.outcome import Outcome, Refused
from adapters.openai.errors import ApiError
from adapters.store.address import read_address
from adapters.store.client import Script, Store, StoreSilent
from adapters.store.route import Route
from adapters.store.wire import Part
from service.books import verify
from service.corrections import Corrections
from service.health import State
from service.keyspace import Keyspace
from service.ledger import Ledger, Leg
from service.orders import Orders
from service.recovery import Recovery
from service.replicas import Replicas
from service.retention import Retention
from service.safeguards import Safeguards
from service.slots import Slots
from service.storewatch import StoreWatch
from service.sweeper import Sweeper
from tests.contract.gateway import Gateway
from tests.money.books import CALLER, SETTINGS, UNIT, Books, Supplier, plan_of
from tests.money.live import client_of, draw, submitted
from tests.money.outcomes import drawn
from tests.money.test_kills import SAFE, books_of, gateway_on, lapse
from tests.money.told import told
from tests.stores import Valkey, start_valkey
from tests.upstream import start_sandbox

NAMES: Final = Keyspace("o")
NOTHING: Final = {"held": 0, "posted": 0, "parked": 0, "house": 0}
REFUSED: Final = Refused(reason="bad_request", message="no", status=400)


class Cut(Store):
    """Its server dies each time when one of these scripts has written and not yet answered."""

    def __init__(self, server: Valkey, *scripts: str) -> None:
        super().__init__(Route(read_address(server.url), NAMES.root), timeout=0.2)
        self.scripts = list(scripts)
        self.server = server

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[Part]) -> Any:
        answer = await super().run(script, keys, args)
        if self.scripts and script.name == self.scripts[0]:
            del self.scripts[0]
            self.server.kill()
            raise StoreSilent("the server died before it answered")
        return answer


@asynccontextmanager
async def cut(*scripts: str) -> AsyncIterator[Books]:
    """Books whose store has all that it has written when it is started again."""
    with start_valkey(*SAFE) as server:
        store = Cut(server, *scripts)
        books = Books(store, NAMES, Ledger(store, NAMES))
        yield books
        assert store.scripts == []
        assert await verify(store, NAMES) == []
        assert await books.used() == 0
        await store.aclose()


async def back(books: Books) -> None:
    """Its server is started whenever it is dead, until all is written and it answers."""
    store: Any = books.store
    async with asyncio.timeout(20):
        while len(books.desk):
            _start(store.server)
            await asyncio.sleep(0.02)
        _start(store.server)
        await answering(store)


def _start(server: Valkey) -> None:
    if server.process.poll() is not None:
        server.start()


async def answering(store: Store) -> None:
    """The first command finds out that the connection is a dead server's."""
    with contextlib.suppress(StoreSilent):
        await store.ping()
    await store.ping()


async def _soon(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.02))


def orders_of(books: Books, supplier: Any, **guards: Any) -> Orders:
    return Orders(
        books.ledger,
        {one.name: supplier for one in SETTINGS.upstreams},
        books.desk,
        Slots(books.ledger),
        State(),
        guards=Safeguards(**guards),
        sleep=_soon,
    )


# Of ten images on eight places: scripts whose answers are lost, how calls end, images that come.
LOST: Final = {
    "start": (("start",), None, 0),
    "start, drop": (("start", "drop"), None, 0),
    "sent": (("sent",), None, 8),
    "settle": (("settle",), None, 8),
    "settle, settle": (("settle", "settle"), None, 8),
    "settle, refused": (("settle",), REFUSED, 0),
    "settle, settle, refused": (("settle", "settle"), REFUSED, 0),
}


@pytest.mark.parametrize(("scripts", "end", "came"), LOST.values(), ids=LOST)
async def test_what_was_written_before_the_store_died_is_not_written_again(
    scripts: tuple[str, ...], end: Outcome | None, came: int
) -> None:
    async with cut(*scripts) as books:
        supplier = Supplier(lambda payload: end or drawn(payload.images))
        orders = orders_of(books, supplier, recovery=Recovery(books.store, NAMES))
        got = 0
        with contextlib.suppress(ApiError):
            reply = await told(await orders.begin(plan_of(n=10, slots=8), CALLER))
            got = len(reply.body.get("data", ()))
        await back(books)
        assert got == came == sum(payload.images for payload in supplier.submits if not end)
        assert await books.balance() == NOTHING | {"posted": came * UNIT}
        assert await books.store.call("ZCARD", NAMES.open) == 0


@pytest.mark.parametrize("park_seconds", [900, 0])
async def test_a_sweep_that_its_store_cut_off_is_done_once(park_seconds: int) -> None:
    async with cut("sweep") as books:
        store: Any = books.store
        sweeper = Sweeper(store, NAMES, Retention(store, NAMES, days=90), park_seconds=park_seconds)
        await books.held("A", plan_of(n=10, slots=8))
        await lapse(books)
        with pytest.raises(StoreSilent):
            await sweeper.sweep()
        await back(books)
        await lapse(books)
        await asyncio.gather(*(sweeper.sweep() for _ in range(3)))
        where = "parked" if park_seconds else "house"
        assert await books.balance() == NOTHING | {where: 8 * UNIT}


async def test_a_call_that_was_resolved_while_the_store_died_is_resolved_once() -> None:
    async with cut("resolve") as books:
        store: Any = books.store
        made = plan_of(n=2)
        await books.held("A", made)
        leg = Leg(call=0, verb="park", upstream=made.candidates[0].upstream.name, reason="x")
        await books.ledger.settle(books.folio("A", made), leg)
        corrections = Corrections(store, NAMES)
        with pytest.raises(StoreSilent):
            await corrections.resolve("A", 0, "post", images=2, reason="a test")
        await back(books)
        done = await corrections.resolve("A", 0, "post", images=2, reason="a test")
        assert (done.again, done.posted) == (True, 2 * UNIT)
        assert await books.balance() == NOTHING | {"posted": 2 * UNIT}


async def test_a_hold_that_was_taken_back_and_comes_back_with_a_failover_is_taken_back_again() -> (
    None
):
    class Behind(Replicas):
        """Has the hold, has not said so in time, and takes over before it has what follows."""

        async def have_it(self) -> bool:
            await books.store.call("SAVE")
            return False

    with start_valkey() as server:
        store = Store(Route(read_address(server.url), NAMES.root), timeout=5.0)
        books = Books(store, NAMES, Ledger(store, NAMES))
        recovery = Recovery(store, NAMES)
        watch = StoreWatch(store, books.ledger, recovery)
        await watch.look()
        supplier: Any = Supplier(lambda p: drawn(p.images))
        orders = orders_of(books, supplier, recovery=recovery, replicas=Behind(store, 1))
        with pytest.raises(ApiError):
            await orders.begin(plan_of(n=10, slots=8), CALLER)
        assert await books.desk.drain(10) == 0
        assert await books.balance() == NOTHING
        server.kill()
        server.start()
        await answering(store)
        assert await books.balance() == NOTHING | {"held": 10 * UNIT}
        await watch.look()
        assert await books.balance() == NOTHING
        assert await books.used() == 0
        assert await verify(store, NAMES) == []
        assert supplier.submits == []
        await store.aclose()


async def test_a_gateway_that_dies_while_its_call_is_drawn_leaves_it_to_the_house() -> None:
    """Nobody read the answer: it may be billed, and no customer pays for it."""
    with start_valkey(*SAFE) as server, start_sandbox(limit=100, seconds=0.5) as sandbox:
        with gateway_on(server, sandbox, "o") as gateway:
            async with client_of(gateway) as client:
                asking = asyncio.create_task(draw(client, n=4))
                await submitted(sandbox)
                gateway.process.kill()
                gateway.process.wait()
                with pytest.raises(httpx.TransportError):
                    await asking
        async with books_of(server, "o") as books:
            for park_seconds, where in ((900, "parked"), (0, "house")):
                await lapse(books)
                retention = Retention(books.store, NAMES, days=90)
                await Sweeper(books.store, NAMES, retention, park_seconds=park_seconds).sweep()
                assert await books.balance() == NOTHING | {where: 4 * UNIT}
            assert sandbox.bill()["microusd"] <= 4 * UNIT
            assert await verify(books.store, NAMES) == []
            assert await books.used("aihubmix") == 0


def read_in_part(gateway: Gateway, asked: dict[str, Any], key: str) -> tuple[int, int]:
    """Begin to read an answer, kill the gateway, read the rest: bytes that came, and bytes promised.

    In small segments, so that the kernel takes little of it from the gateway at once.
    """
    body = json.dumps(asked)
    head = (
        "POST /v1/images/generations HTTP/1.1", f"host: {gateway.host}",
        f"authorization: Bearer {gateway.key}", f"idempotency-key: {key}",
        "content-type: application/json", f"content-length: {len(body)}", "", body,
    )  # fmt: skip
    with socket.socket() as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1024)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        link.settimeout(30)
        link.connect((gateway.host, gateway.port))
        link.sendall("\r\n".join(head).encode())
        came = b""
        while len(came.partition(b"\r\n\r\n")[2]) < 20_000:
            part = link.recv(4096)
            assert part, came
            came += part
        gateway.process.kill()
        gateway.process.wait()
        with contextlib.suppress(ConnectionResetError):
            while part := link.recv(65536):
                came += part
    told, _, body_came = came.partition(b"\r\n\r\n")
    (length,) = re.findall(rb"(?i)content-length: (\d+)", told)
    return len(body_came), int(length)


async def test_a_gateway_that_dies_in_the_middle_of_an_answer_owes_it_to_the_retry() -> None:
    keyed = {"idempotency-key": "half"}
    asked = {"prompt": "a fox", "n": 8, "quality": "high"}
    with start_valkey(*SAFE) as server, start_sandbox(limit=100) as sandbox:
        with gateway_on(server, sandbox, "o") as gateway:
            got, length = await asyncio.to_thread(read_in_part, gateway, asked, "half")
            assert 0 < got < length
        with gateway_on(server, sandbox, "o") as other:
            async with client_of(other) as client:
                again = await client.post("/images/generations", json=asked, headers=keyed)
        assert again.status_code == 200 and len(again.json()["data"]) == 8
        assert sandbox.bill()["images"] == 8
        async with books_of(server, "o") as books:
            price = sandbox.bill()["microusd"]
            assert await books.balance() == NOTHING | {"posted": price}
            assert await verify(books.store, NAMES) == []
