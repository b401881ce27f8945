"""A budget for so many images, and two hundred who want more: exactly so many are drawn."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import pytest

from service.keys import Keys, make
from tests.money.books import Books, past
from tests.money.fleet import PEPPER, Fleet, start_fleet
from tests.money.live import NAMES
from tests.money.sampling import Sampler, start_sampler
from tests.service.wire import Answer, Line, dial, request

GATEWAYS: Final = 4
CLIENTS: Final = 200
MOST: Final = 8  # images the first request of a client asks for, at most
TRIES: Final = 200  # requests of one client
ANSWER_SECONDS: Final = 60.0
BACKOFF_SECONDS: Final = 0.2
ROUND_MS: Final = 30_000
DAY_MS: Final = 24 * 3600 * 1000
UNITS: Final = {"low": 30_000, "medium": 60_000, "high": 90_000}  # micro-USD
SAYS: Final = {
    "key": "This API key",
    "project": "This project",
    "organization": "This organization",
}
# Not billed, billed to the caller though nothing came, parked: the budget takes each as it is.
FAULTS: Final = ("422", "unsafe", "reset_after", "422", "cut", "422")


@dataclass(frozen=True)
class Round:
    """`limit` of `scope` is the one that binds, and is for so many images. `project` of its own if new."""

    scope: str
    limit: str
    images: int
    quality: str = "medium"
    keys: int = 4
    projects: int = 1
    again: bool = False  # by the project of the rounds before, whose budget is raised
    faults: bool = False

    def __str__(self) -> str:
        more = "-again" * self.again + "-faults" * self.faults
        return f"{self.scope}-{self.limit}-{self.images}-{self.quality}{more}"

    @property
    def unit(self) -> int:
        return UNITS[self.quality]


ROUNDS: Final = (
    Round("key", "spend_total", 40, keys=1),
    Round("key", "spend_month", 37, "high", keys=1),
    Round("key", "spend_week", 23, "low", keys=1),
    Round("key", "spend_day", 31, keys=1),
    Round("key", "spend_total", 1, keys=1),
    Round("key", "spend_total", 29, "high", keys=1, faults=True),
    Round("project", "spend_month", 40),
    Round("project", "spend_month", 33, "low", keys=10),
    Round("project", "spend_month", 7, keys=2),
    Round("project", "spend_month", 36, "high", keys=3),
    Round("project", "spend_month", 30, again=True),
    Round("project", "spend_month", 21, again=True),
    Round("project", "spend_month", 11, "high", again=True),
    Round("project", "spend_month", 27, faults=True),
    Round("organization", "spend_month", 40, projects=2),
    Round("organization", "spend_month", 34, "low", projects=4),
    Round("organization", "spend_month", 19, "high", projects=4, keys=1),
    Round("organization", "spend_month", 38, projects=3, keys=2),
    Round("organization", "spend_month", 26, projects=2, again=True),
    Round("organization", "spend_month", 28, projects=2, faults=True),
)


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with start_fleet(GATEWAYS, seconds=0.05) as running:
        yield running
        assert running.command("ledger", "verify") == (0, "The books are equal.\n")


@pytest.fixture(scope="module")
def sampler(fleet: Fleet) -> Iterator[Sampler]:
    with start_sampler(fleet.store, NAMES.root) as looking:
        yield looking


class Ring:
    """What one round is played with: keys, and what every scope may spend in it, micro-USD."""

    def __init__(self, played: Round) -> None:
        self.played = played
        self.secrets: list[str] = []
        self.may: dict[str, int] = {}
        self.prompt = f"a fox of {make(admin=False)}"

    async def build(self, books: Books) -> None:
        """Fresh projects and keys; limits that are near everywhere, and bind in one place."""
        await self._limit(books, "organization", "spend_month")
        for number in range(self.played.projects):
            fresh = make(admin=False)[-12:]
            project = f"proj_{number}_of_all" if self.played.again else f"proj_{fresh}"
            await self._limit(books, f"project:{project}", "spend_month")
            for _ in range(self.played.keys):
                await self._key(books, project)

    async def _key(self, books: Books, project: str) -> None:
        secret = make(admin=False)
        keys = Keys(books.store, NAMES, [PEPPER.encode()])
        identity = await keys.register(secret, name="a client", project=project)
        self.secrets.append(secret)
        binding = self.played.scope == "key"
        await self._limit(books, f"key:{identity}", self.played.limit if binding else "spend_total")

    async def _limit(self, books: Books, scope: str, limit: str) -> None:
        """What it has spent so far, and so many images more; where it does not bind, a few more."""
        binds = scope.partition(":")[0] == self.played.scope
        images = self.played.images + (0 if binds else 3)
        sums = await books.balance(scope)
        spent = sums["held"] + sums["posted"] + sums["parked"]
        self.may[scope] = images * self.played.unit
        amount = spent + self.may[scope]
        dollars = f"{amount // 1_000_000}.{amount % 1_000_000:06d}"
        await books.limit(scope, **{limit: dollars})


class Client:
    """One of the two hundred, with a connection of its own."""

    def __init__(self, port: int, ring: Ring, secret: str) -> None:
        self._port = port
        self._ring = ring
        self._secret = secret
        self._connections = AsyncExitStack()
        self._line: Line | None = None
        self.came = 0

    async def draw(self, images: int) -> Answer:
        asked = {
            "prompt": self._ring.prompt,
            "n": images,
            "size": "512x1536",  # the sandbox draws it fastest
            "quality": self._ring.played.quality,
            "response_format": "url",
        }
        told = [("authorization", f"Bearer {self._secret}"), ("content-type", "application/json")]
        body = json.dumps(asked).encode()
        line = self._line
        if line is None:
            line = await self._connections.enter_async_context(dial(self._port))
        await line.send(request("POST", "/v1/images/generations", told, body))
        reply = await line.answer(seconds=ANSWER_SECONDS)
        self._line = None if reply.closing else line
        return reply

    async def leave(self) -> None:
        await self._connections.aclose()

    async def draw_on(self, images: int) -> None:
        """For fewer and fewer images, until it is refused a single one."""
        for _ in range(TRIES):
            reply = await self.draw(images)
            if reply.status == 200:
                self.came += len(reply.json["data"])
            elif reply.error["code"] == "insufficient_quota":
                assert (reply.status, reply.headers["x-should-retry"]) == (429, "false")
                if images == 1:
                    assert reply.error["message"].startswith(SAYS[self._ring.played.scope])
                    return
                images -= 1
            else:
                await self._look_away(reply)
        raise AssertionError(f"{self.came} images came, and no end")

    async def _look_away(self, reply: Answer) -> None:
        """At what may go wrong: a fault of this round, or a store that a busy machine kept waiting."""
        if reply.error["code"] == "ledger_unavailable":
            assert (reply.status, reply.headers["x-should-retry"]) == (503, "true")
            await asyncio.sleep(BACKOFF_SECONDS)
        else:
            assert self._ring.played.faults, reply.body
            assert reply.status in {400, 502}, reply.body


async def drawn_on(fleet: Fleet, ring: Ring, number: int, images: int) -> int:
    """Images that one client gets; the clients are spread over gateways and keys."""
    secret = ring.secrets[number // GATEWAYS % len(ring.secrets)]
    client = Client(fleet.gateways[number % GATEWAYS].port, ring, secret)
    try:
        await client.draw_on(images)
    finally:
        await client.leave()
    return client.came


async def rush(fleet: Fleet, ring: Ring) -> int:
    """All of them at once; the images that came."""
    async with asyncio.TaskGroup() as clients:
        drawing = [
            clients.create_task(drawn_on(fleet, ring, number, 1 + number % MOST))
            for number in range(CLIENTS)
        ]
    return sum(one.result() for one in drawing)


def moments(entries: list[dict[str, str]]) -> Mapping[str, int]:
    """The most that each scope had held, posted and parked at any moment of a part of the journal."""
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for entry in entries:
        change = sum(int(entry[column]) for column in ("held", "posted", "parked"))
        for scope in (f"key:{entry['key']}", f"project:{entry['project']}", "organization"):
            now[scope] += change
            most[scope] = max(most[scope], now[scope])
    return most


async def not_at_midnight(books: Books) -> None:
    """A day's budget ends with the day: a round is played within one."""
    now = await books.store.time_ms()
    if DAY_MS - now % DAY_MS < ROUND_MS:
        await past(books, now + DAY_MS - now % DAY_MS)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("played", ROUNDS, ids=str)
async def test_exactly_as_many_images_are_drawn_as_the_budget_buys(
    fleet: Fleet, sampler: Sampler, played: Round
) -> None:
    ring = Ring(played)
    async with fleet.books() as books:
        await not_at_midnight(books)
        await fleet.settled()
        await ring.build(books)
        before, billed = await books.balance(), fleet.upstream.bill()
        begun = len(await books.journal())
        sampler.seen()
        if played.faults:
            fleet.upstream.faults([{"kind": kind, "prompt": ring.prompt} for kind in FAULTS])

        came = await rush(fleet, ring)
        await fleet.settled()
        # one more asks when all others were told that there is no more
        more = await drawn_on(fleet, ring, 0, MOST)
        seen = sampler.seen()
        after, bill = await fleet.settled(), fleet.upstream.bill()
        entries = (await books.journal())[begun:]

    if not played.faults:
        assert came + more == played.images
    verbs = {entry["verb"] for entry in entries}
    if "void" not in verbs:  # nothing was given back after others had left
        assert more == 0
    if played.faults:
        assert verbs == {"hold", "post", "void", "park"}
    drawn = bill["images"] - billed["images"]
    assert drawn == played.images
    amount = bill["microusd"] - billed["microusd"]
    assert amount == played.images * played.unit
    posted, parked = (after[column] - before[column] for column in ("posted", "parked"))
    assert posted + parked == amount
    assert played.faults or parked == 0
    assert (after["held"], after["house"]) == (0, before["house"])
    assert sum(int(entry["billed"]) for entry in entries if entry["verb"] == "post") == (
        posted // played.unit
    )
    assert seen.over == [] and seen.looks and seen.held
    assert {scope for scope, most in moments(entries).items() if most > ring.may[scope]} == set()
    binding = next(scope for scope in ring.may if scope.partition(":")[0] == played.scope)
    assert moments(entries)[binding] == ring.may[binding]  # and to the last micro-dollar
