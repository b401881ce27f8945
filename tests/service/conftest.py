"""One gateway for all that only ask: its store and its upstream can be looked into."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
import redis

from tests.contract.gateway import Gateway, key_of, start_gateway
from tests.service.wire import Answer, ask
from tests.stores import Valkey, start_valkey
from tests.upstream import Upstream, start_sandbox

ORIGIN: Final = "https://app.example.com"
PEPPER: Final = "pepper-of-the-tests-32-characters"
ADMIN: Final = key_of("administration", "sk-ig-admin-")


class Site:
    """The gateway, what it draws with and where it writes."""

    def __init__(self, gateway: Gateway, upstream: Upstream, store: Valkey) -> None:
        self.gateway = gateway
        self.upstream = upstream
        self.store = store
        self.books: Any = redis.Redis(unix_socket_path=str(store.place), decode_responses=True)

    @property
    def port(self) -> int:
        return self.gateway.port

    @property
    def key(self) -> str:
        return self.gateway.key

    @property
    def bearer(self) -> tuple[str, str]:
        return ("authorization", f"Bearer {self.key}")

    @property
    def admin(self) -> str:
        return ADMIN

    def verbs(self) -> Counter[str]:
        """How many calls were posted, voided, parked so far."""
        lines = self.books.xrange("ig:{org-default}:journal")
        ends = [line["verb"] for _, line in lines]
        return Counter(verb for verb in ends if verb in {"post", "void", "park"})

    def held(self) -> int:
        """Micro-dollars held for calls that have not ended."""
        names = self.books.keys("ig:{org-default}:balance:organization:*")
        return sum(int(self.books.hget(name, "held") or 0) for name in names)

    def money(self) -> dict[str, Any]:
        """All that an order would leave: keys of the store, and what the upstream was sent."""
        keys = {str(key) for key in self.books.scan_iter()}
        quiet = (
            "credential:",
            ":schema",
            ":first-keys",
            ":refused:",
            "}:key:",
            "}:keys",
            "}:admin-keys",
            "}:project",
            "}:audit",
            "}:limits:",
        )
        orders = sorted(key for key in keys if not any(one in key for one in quiet))
        bill = self.upstream.bill()
        return {
            "keys": orders,
            "journal": self.books.xlen("ig:{org-default}:journal"),
            "submits": bill["submits"],
            "accepted": bill["accepted"],
        }

    async def logged(self, words: str) -> None:
        """Wait for words in the log: a line is written after its answer was sent."""
        async with asyncio.timeout(5):
            while words not in self.gateway.output:  # noqa: ASYNC110  a file rings no bell
                await asyncio.sleep(0.02)

    async def get(self, target: str, *headers: tuple[str, str]) -> Answer:
        return await ask(self.port, "GET", target, [self.bearer, *headers])

    async def draw(
        self, body: Any, *headers: tuple[str, str], path: str = "/v1/images/generations"
    ) -> Answer:
        """POST with the key; `body` as it is when bytes, else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = [self.bearer, ("content-type", "application/json"), *headers]
        return await ask(self.port, "POST", path, told, raw)


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with start_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def site(upstream: Upstream) -> Iterator[Site]:
    with start_valkey() as store:
        env = {
            "IDEOGATE_STORE_URL": store.url,
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_KIND": "aihubmix",
            "IDEOGATE_UPSTREAM_API_KEY": "canary-upstream-key",
            "IDEOGATE_ADMIN_KEY": ADMIN,
            "IDEOGATE_CORS_ORIGINS": ORIGIN,
            "IDEOGATE_MAX_BODY": "1MiB",
        }
        with start_gateway(env) as gateway:
            yield Site(gateway, upstream, store)


@pytest.fixture
def untouched(site: Site) -> Iterator[Site]:
    """The site, for a test after which nothing may be held and nothing may have been sent."""
    before = site.money()
    yield site
    assert site.money() == before
