"""An organization to administer: one gateway on a store of its own, and a second beside it."""

import asyncio
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
import redis

from tests.contract.gateway import Gateway, key_of, start_gateway
from tests.service.wire import Answer, ask
from tests.stores import Valkey, start_valkey
from tests.upstream import Upstream

OWNER: Final = key_of("owner", "sk-ig-admin-")
PEPPER: Final = "pepper-of-the-tests-32-characters"
ROOT: Final = "ig:{org-default}:"
V1: Final = "/v1/organization"
PROJECTS: Final = f"{V1}/projects"
SECONDS: Final = 2.0  # after which a revocation is seen everywhere
SLACK: Final = 4.0  # of a machine that does much else


class Organization:
    """The gateway's administration as a client without an SDK sees it, and what is in the store."""

    def __init__(self, gateway: Gateway, replica: Gateway, store: Valkey) -> None:
        self.gateway = gateway
        self.replica = replica
        self.store = store
        self.books: Any = redis.Redis(
            unix_socket_path=str(store.place),
            decode_responses=True,
            encoding_errors="backslashreplace",  # sealed results are no text
        )
        self._hosts = itertools.count(1)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = OWNER,
        headers: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> Answer:
        """One request; `body` as it is when bytes, else as JSON. Each comes from an address of its
        own, so that wrong keys are never too many.
        """
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        host = next(self._hosts)
        told = [("x-forwarded-for", f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}")]
        told += [("authorization", f"Bearer {key}")] if key else []
        told += [("content-type", "application/json")] if raw is not None else []
        told += (headers or {}).items()
        answer = await ask(port or self.gateway.port, method, path, told, raw)
        assert answer.status != 500, self.gateway.output + self.replica.output
        return answer

    async def get(self, path: str, *, key: str = OWNER) -> Any:
        """The JSON of a GET that is answered."""
        answer = await self.ask("GET", path, key=key)
        assert answer.status == 200, answer.body
        return answer.json

    async def post(self, path: str, body: Any, *, key: str = OWNER) -> Any:
        """The JSON of a POST that is answered."""
        answer = await self.ask("POST", path, body, key=key)
        assert answer.status == 200, answer.body
        return answer.json

    async def delete(self, path: str) -> Any:
        """The JSON of a DELETE that is answered."""
        answer = await self.ask("DELETE", path)
        assert answer.status == 200, answer.body
        return answer.json

    async def project(self, **more: Any) -> str:
        """The id of a new one."""
        made = await self.post(PROJECTS, {"name": "shop", **more})
        return str(made["id"])

    async def key(self, project: str, **more: Any) -> dict[str, Any]:
        """A new account's first key, with its value; `account` is the account's id."""
        made = await self.post(f"{PROJECTS}/{project}/service_accounts", {"name": "app", **more})
        return {**made["api_key"], "account": made["id"]}

    async def admin(self, **more: Any) -> dict[str, Any]:
        """A new admin key, with its value."""
        made: dict[str, Any] = await self.post(f"{V1}/admin_api_keys", {"name": "team", **more})
        return made

    async def draws(self, key: str, *, port: int = 0) -> int:
        """The status of a dry run with a project's key."""
        headers = {"x-ideogate-dry-run": "true"}
        path, body = "/v1/images/generations", {"prompt": "a fox"}
        return (await self.ask("POST", path, body, key=key, headers=headers, port=port)).status

    async def refused(self, key: str) -> None:
        """Wait until no replica draws with the key any more; a revocation takes two seconds."""
        async with asyncio.timeout(SECONDS + SLACK):
            for port in (self.gateway.port, self.replica.port):
                while await self.draws(key, port=port) != 401:  # noqa: ASYNC110  the store rings no bell
                    await asyncio.sleep(0.1)

    def lines(self) -> list[dict[str, str]]:
        """The audit log as it is kept."""
        return [fields for _, fields in self.books.xrange(f"{ROOT}audit")]

    def dump(self) -> str:
        """Every key of the store with all it holds."""
        kinds = {
            "string": self.books.get,
            "hash": self.books.hgetall,
            "zset": lambda name: self.books.zrange(name, 0, -1),
            "set": self.books.smembers,
            "stream": self.books.xrange,
            "list": lambda name: self.books.lrange(name, 0, -1),
        }
        names = sorted(self.books.scan_iter(count=1000))
        return "\n".join(f"{name} {kinds[self.books.type(name)](name)}" for name in names)


@pytest.fixture(scope="session")
def organization(upstream: Upstream) -> Iterator[Organization]:
    with start_valkey() as store:
        env = {
            "IDEOGATE_STORE_URL": store.url,
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_KIND": "aihubmix",
            "IDEOGATE_UPSTREAM_API_KEY": "canary-upstream-key",
            "IDEOGATE_ADMIN_KEY": OWNER,
            "IDEOGATE_TRUSTED_PROXIES": "127.0.0.1",
            "IDEOGATE_LOG_LEVEL": "warning",
        }
        with start_gateway(env) as gateway, start_gateway(env) as replica:
            yield Organization(gateway, replica, store)
