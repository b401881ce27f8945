"""What money tests share: real books in a real Valkey, and a supplier that plays a script."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from adapters.ideogram.client import Ideogram
from adapters.ideogram.outcome import Fetched, Outcome, Unfetched
from adapters.ideogram.wire import Payload
from adapters.openai.requests import read_generate
from adapters.store.client import Store
from adapters.translate.plan import Plan, Rules
from adapters.translate.quote import plan
from config.catalogue import PriceStep
from config.money import MicroUSD
from config.settings import load
from service.budget import ByteBudget
from service.commit import AT_THE_STORE
from service.desk import Desk
from service.health import State
from service.keys import Credential
from service.keyspace import Keyspace
from service.ledger import Folio, Held, Ledger, folio_of
from service.limits import set_limits
from service.orders import Orders
from service.render import Renderer
from service.slots import Slots

UNIT = 60_000  # ideogram-v3 at its default speed, micro-USD
SETTINGS = load({})
CALLER = Credential(id="k", kind="project", project="p", name="a test", shown="sk-ig-...0000")


def plan_of(*, slots: int = 10, unit: str = "output", **asked: Any) -> Plan:
    """The real plan of a request, on an account with so many places."""
    body = json.dumps({"prompt": "a fox", "response_format": "url", **asked}).encode()
    ask = read_generate(body, unknown_parameters="near")
    upstreams = [msgspec.structs.replace(one, slots=slots) for one in SETTINGS.upstreams]
    found = plan(ask, SETTINGS.catalogue, upstreams, Rules())
    (candidate,) = found.candidates
    return msgspec.structs.replace(
        found, candidates=(msgspec.structs.replace(candidate, unit=unit),)
    )


def priced(made: Plan, *steps: tuple[int, int]) -> Plan:
    """The same plan at other prices: (from_ms, micro-USD)."""
    schedule = tuple(PriceStep(start, MicroUSD(price), False) for start, price in steps)
    candidates = tuple(msgspec.structs.replace(c, schedule=schedule) for c in made.candidates)
    return msgspec.structs.replace(made, candidates=candidates)


class Supplier:
    """Answers each submit as `decide` says; keeps what was submitted."""

    def __init__(self, decide: Callable[[Payload], Outcome | Awaitable[Outcome]]) -> None:
        self._decide = decide
        self.submits: list[Payload] = []
        self.pictures: dict[str, bytes | Unfetched] = {}
        self.fetches: list[str] = []

    async def submit(self, payload: Payload) -> Outcome:
        self.submits.append(payload)
        decided = self._decide(payload)
        return await decided if isinstance(decided, Awaitable) else decided

    async def fetch(self, url: str, *, base64: bool) -> Fetched | Unfetched:
        self.fetches.append(url)
        await asyncio.sleep(0)
        found = self.pictures.get(url, Unfetched(reason="gone", status=404))
        if isinstance(found, Unfetched):
            return found
        content = encoded(found) if base64 else found
        return Fetched(content=content, format="png", length=len(found))


def encoded(content: bytes) -> bytes:
    return base64.b64encode(content)


@dataclass
class Books:
    """The books of one organisation; each test has its own in a shared store."""

    store: Store
    names: Keyspace
    ledger: Ledger
    desk: Desk = field(default_factory=Desk)

    def folio(self, order: str, made: Plan, key: str = "k", project: str = "p") -> Folio:
        return folio_of(order, made, key=key, project=project)

    async def limit(self, scope: str, **limits: str | None) -> None:
        """Set limits as an operator types them; None takes one away."""
        await set_limits(self.store, self.names, scope, limits, AT_THE_STORE)

    async def held(self, order: str, made: Plan) -> Held:
        """Started, and it was held."""
        started = await self.ledger.start(self.folio(order, made), made)
        assert isinstance(started, Held)
        return started

    def orders(self, supplier: Supplier) -> Orders:
        account = {one.name: cast("Ideogram", supplier) for one in SETTINGS.upstreams}
        slots = Slots(self.ledger)
        return Orders(self.ledger, account, self.desk, slots, State(), sleep=_soon)

    async def balance(self, scope: str = "organization") -> dict[str, int]:
        """held, posted, parked and house, over all months."""
        sums = dict.fromkeys(("held", "posted", "parked", "house"), 0)
        for key in await self.store.call("KEYS", f"{self.names.balance(scope)}:????-??"):
            for name, value in _pairs(await self.store.call("HGETALL", key)):
                sums[name] += int(value)
        return sums

    async def record(self, order: str) -> dict[str, str]:
        return dict(_pairs(await self.store.call("HGETALL", self.names.order(order))))

    async def journal(self) -> list[dict[str, str]]:
        entries = await self.store.call("XRANGE", self.names.journal, "-", "+")
        return [dict(_pairs(fields)) for _, fields in entries]

    async def used(self, account: str | None = None) -> int:
        """Places in use by the counter, which must be what the places add up to."""
        account = account or SETTINGS.upstreams[0].account
        members = await self.store.call("ZRANGE", self.names.places(account), 0, -1)
        used = int(await self.store.call("HGET", self.names.account(account), "used") or 0)
        assert used == sum(int(member.rpartition(b":")[2]) for member in members)
        return used


def _pairs(flat: list[bytes]) -> Iterator[tuple[str, str]]:
    return zip((f.decode() for f in flat[::2]), (v.decode() for v in flat[1::2]), strict=True)


async def _soon(seconds: float) -> None:
    """Waits between settles, shortened."""
    await asyncio.sleep(min(seconds, 0.02))


def renderer(limit: int = 64 * 1024 * 1024, pool: ThreadPoolExecutor | None = None) -> Renderer:
    return Renderer(ByteBudget(limit), cast("Any", pool), sleep=_soon)


def in_time(seconds: float = 10.0) -> float:
    """A deadline, in loop time."""
    return asyncio.get_running_loop().time() + seconds


async def past(books: Books, moment: int) -> None:
    """Until the store's clock has passed a moment."""
    await asyncio.sleep((moment - await books.store.time_ms()) / 1000 + 0.003)
    assert await books.store.time_ms() > moment
