"""The way to the master that holds the money: alone, behind sentinels, or in a cluster."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from redis.asyncio.connection import (
    AbstractConnection,
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import MovedError, RedisError

from adapters.store.address import Address

HOST_SECONDS: Final = 0.4  # one silent sentinel or node must not eat the time of the others
HOPS: Final = 3  # MOVED, and once more while a failover settles


class Route:
    """Dials the master anew each time; keeps only what it learned about where to ask first."""

    def __init__(self, address: Address, slot_key: str) -> None:
        self._address = address
        self._slot_key = slot_key
        self._hosts = list(address.hosts)

    @property
    def follows_moves(self) -> bool:
        """A MOVED answer says where the slot is now; only a cluster URL asked for that."""
        return self._address.kind == "cluster"

    async def dial(self) -> AbstractConnection:
        """A connection that has shaken hands. Raises RedisError or OSError."""
        match self._address.kind:
            case "unix":
                return await _opened(self._connection())
            case "sentinel":
                return await self._dial_by_any(self._master_named_by)
            case "cluster":
                return await self._dial_by_any(self._owner_of_slot)
            case _:
                return await _opened(self._connection(self._hosts[0]))

    async def _dial_by_any(
        self, way: Callable[[tuple[str, int]], Awaitable[AbstractConnection]]
    ) -> AbstractConnection:
        """The first host that leads to the master; it is asked first the next time."""
        failed: Exception = ConnectionLost("nobody was asked")
        for host in tuple(self._hosts):
            try:
                async with asyncio.timeout(HOST_SECONDS):
                    connection = await way(host)
            except (RedisError, OSError) as err:  # TimeoutError is an OSError
                failed = err
            else:
                self._hosts.remove(host)
                self._hosts.insert(0, host)
                return connection
        raise failed

    async def _master_named_by(self, sentinel: tuple[str, int]) -> AbstractConnection:
        master = await self._ask_sentinel(sentinel)
        connection = await _opened(self._connection(master))
        if (await _answer(connection, "ROLE"))[0] == b"master":
            return connection
        await close_now(connection)
        raise ConnectionLost(f"{master[0]}:{master[1]} is no longer the master")

    async def _ask_sentinel(self, sentinel: tuple[str, int]) -> tuple[str, int]:
        options, service = self._address.options, self._address.service
        connection = await _opened(
            self._connection(
                sentinel,
                username=options.get("sentinel_username"),
                password=options.get("sentinel_password"),
                db=0,
            )
        )
        try:
            found = await _answer(connection, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", service)
        finally:
            await close_now(connection)
        if not found:
            raise ConnectionLost(f"the sentinels know no service named {service!r}")
        return found[0].decode(), int(found[1])

    async def _owner_of_slot(self, node: tuple[str, int]) -> AbstractConnection:
        """Any node says who owns a key, and a replica says MOVED too: no slot table is needed."""
        for _ in range(HOPS):
            connection = await _opened(self._connection(node))
            try:
                await _answer(connection, "EXISTS", self._slot_key)
            except MovedError as moved:
                await close_now(connection)
                host = str(moved.host)  # empty or '?': the same host (Redis 7, unknown endpoint)
                node = (node[0] if host in {"", "?"} else host, int(moved.port))
            else:
                return connection
        raise ConnectionLost("the cluster sends us round in circles")

    def _connection(self, host: tuple[str, int] | None = None, **other: Any) -> AbstractConnection:
        address = self._address
        options: dict[str, Any] = {
            "username": address.username,
            "password": address.password,
            "db": address.db,
            "protocol": 2,  # bytes and integers only: RESP3 would turn scores into floats
            "client_name": "ideogate",
            "driver_info": None,
            "socket_timeout": None,  # the caller of dial() and Store watch the clock
            "retry": Retry(NoBackoff(), 0),  # the default of 10 wrote one sum twice (money 0.9)
            **other,
        }
        if host is None:
            return UnixDomainSocketConnection(path=address.path, **options)
        options |= {"host": host[0], "port": host[1]}
        if not address.tls:
            return Connection(**options)
        tls: dict[str, Any] = {
            name: text for name, text in address.options.items() if name.startswith("ssl_")
        }
        return SSLConnection(**options, **tls)


async def _opened(connection: AbstractConnection) -> AbstractConnection:
    try:
        await connection.connect()  # type: ignore[no-untyped-call]  # redis-py left it bare
    except BaseException:
        await close_now(connection)
        raise
    return connection


async def _answer(connection: AbstractConnection, *command: str) -> Any:
    """One question while dialling; the connection is closed when it goes wrong."""
    try:
        await connection.send_command(*command)
        return await connection.read_response()
    except BaseException:
        await close_now(connection)
        raise


async def close_now(connection: AbstractConnection) -> None:
    """Drop the connection with whatever was not written yet: nothing may trickle out later."""
    writer = connection._writer  # noqa: SLF001  redis-py only offers a close that flushes first
    if writer is not None:
        writer.transport.abort()
    await connection.disconnect(nowait=True)


async def is_spent(connection: AbstractConnection) -> bool:
    """Closed by the other side while idle, or holding bytes nobody asked for: not to be reused."""
    writer = connection._writer  # noqa: SLF001  after a reset, only the transport knows
    return writer is None or writer.transport.is_closing() or await connection.can_read()
