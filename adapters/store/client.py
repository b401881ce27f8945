"""The door of redis-py: one pipelined connection, and what may be said when it falls silent."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, Self

import msgspec
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import MovedError, NoScriptError, RedisError

from adapters.store.address import read_address
from adapters.store.facts import StoreFacts, read_facts
from adapters.store.route import Route, close_now, is_spent
from adapters.store.wire import ANSWERED, WRONG_SERVER, Part, packed, read_answer

ANSWER_SECONDS: Final = 0.2  # leaves 50 ms of the promised 250 for a late event loop
DIAL_SECONDS: Final = 1.5  # a handshake may outlast the command that began it
START_SECONDS: Final = 5.0  # at start nobody waits for an answer yet


class StoreSilent(Exception):
    """No answer in time, or the connection was lost: whether the command ran cannot be said."""


class StoreRefused(Exception):
    """The store answered with an error. `code` is its first word: OOM, READONLY, NOAUTH, ERR."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code

    @property
    def full(self) -> bool:
        """maxmemory is reached and nothing may be evicted."""
        return self.code == "OOM"


class Script(msgspec.Struct, frozen=True):
    """A Lua script, called by its SHA-1."""

    name: str
    source: str
    sha: str

    @classmethod
    def of(cls, name: str, source: str) -> Self:
        """Names a source text."""
        sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        return cls(name, source, sha)


class _Ask:
    """One command under way. `source` is what to send when the store has lost the script."""

    __slots__ = ("answer", "deadline", "redirected", "source", "wire")

    def __init__(self, wire: bytes, source: tuple[Part, ...] | None, deadline: float) -> None:
        self.wire = wire
        self.source = source
        self.deadline = deadline
        self.redirected = False
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def fail(self, why: Exception) -> None:
        if not self.answer.done():  # a caller that left has cancelled it
            self.answer.set_exception(why)

    def give(self, value: object) -> None:
        if not self.answer.done():
            self.answer.set_result(value)


class Store:
    """Commands of all callers, on one connection that one task owns.

    A caller that is cancelled leaves its place in the line behind; answers are read strictly in
    turn, so nobody gets another's. After silence the connection is dropped, and everything that
    was sent on it is answered StoreSilent. Replies are those of RESP2: bytes, int, list, None.
    Commands that block (BLPOP, XREAD BLOCK) hold up everybody: open another Store for them.
    """

    def __init__(self, route: Route, *, timeout: float, facts: StoreFacts | None = None) -> None:
        self.facts = facts or StoreFacts()  # as of the start
        self._route = route
        self._timeout = timeout
        self._line: deque[_Ask] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._connection: AbstractConnection | None = None
        self._broken: Exception = StoreSilent("not connected yet")
        self._closed = False
        self.connections = 0  # goes up with every new one: WAIT and run ids hold for one only
        self.last_error: str | None = None

    @property
    def connected(self) -> bool:
        """Whether the last command left a working connection behind."""
        return self._connection is not None

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[Part]) -> Any:
        """Raises StoreSilent (may have run) or StoreRefused (the script's or the store's error)."""
        tail = (len(keys), *keys, *args)
        return await self._ask(("EVALSHA", script.sha, *tail), ("EVAL", script.source, *tail))

    async def call(self, *command: Part) -> Any:
        """Any one command, sent once. Raises StoreSilent or StoreRefused."""
        return await self._ask(command)

    async def call_all(self, commands: Sequence[Sequence[Part]]) -> list[Any]:
        """Several commands in one write, their answers in order; others may run in between.

        Raises StoreSilent or StoreRefused as the first that failed.
        """
        return await asyncio.gather(*(self._ask(command) for command in commands))

    async def time_ms(self) -> int:
        """The store's clock, in milliseconds since 1970."""
        seconds, micros = await self.call("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    async def ping(self) -> None:
        """Returns when the store answers and takes commands."""
        await self.call("PING")

    async def ask_facts(self) -> StoreFacts:
        """What the store says about itself now."""
        return read_facts((await self.call("INFO")).decode())

    async def aclose(self) -> None:
        """Lets what was asked be answered, within its time; later commands are StoreSilent."""
        self._closed = True
        if self._worker is not None:
            await asyncio.wait({self._worker})
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.wait({self._dialling})
        await self._drop()

    async def _ask(self, command: Sequence[Part], source: tuple[Part, ...] | None = None) -> Any:
        if self._closed:
            raise StoreSilent("the store's connection is closed")
        loop = asyncio.get_running_loop()
        ask = _Ask(packed(command), source, loop.time() + self._timeout)
        self._line.append(ask)
        if self._worker is None:
            self._worker = loop.create_task(self._work())
        return await ask.answer

    async def _work(self) -> None:
        """Lives while somebody waits. Never cancelled by a caller: that mixed up answers once."""
        try:
            while self._line:
                if self._connection is None:
                    await self._reach(self._line[0].deadline)
                elif await is_spent(self._connection):
                    await self._drop()  # nothing was sent on it: no reason to be silent
                else:
                    await self._exchange(self._connection)
        finally:
            self._worker = None
            self._fail_line(StoreSilent("the connection's task has ended"))

    async def _reach(self, deadline: float) -> None:
        """A connection, or an answer for all who wait for one. Dialling goes on without them."""
        loop = asyncio.get_running_loop()
        if self._dialling is None:
            self._dialling = loop.create_task(self._dial())
        dialling = self._dialling
        await asyncio.wait({dialling}, timeout=max(0.0, deadline - loop.time()))
        if dialling.done():
            if self._connection is None:
                self._fail_line(self._broken)
            return
        while self._line and self._line[0].deadline <= loop.time():
            self._line.popleft().fail(StoreSilent("the store took no connection in time"))

    async def _dial(self) -> None:
        try:
            async with asyncio.timeout(DIAL_SECONDS):
                self._connection = await self._route.dial()
        except Exception as err:  # noqa: BLE001  a host name alone can raise UnicodeError
            self._broken = err
            self.last_error = str(_fault(err))
        else:
            self.connections += 1
            self.last_error = None
        finally:
            self._dialling = None

    def _fail_line(self, why: Exception) -> None:
        while self._line:
            self._line.popleft().fail(_fault(why))

    async def _exchange(self, connection: AbstractConnection) -> None:
        """Send all that is waiting in one write, read one answer each."""
        batch = deque(ask for ask in self._line if not ask.answer.done())
        self._line.clear()
        if not batch:
            return
        again: list[_Ask] = []
        wrong_server = False
        why: Exception = StoreSilent("the connection's task has ended")
        try:
            async with asyncio.timeout_at(batch[0].deadline) as limit:
                await connection.send_packed_command(
                    [ask.wire for ask in batch], check_health=False
                )
                while batch:
                    limit.reschedule(batch[0].deadline)
                    answer = await read_answer(connection)
                    wrong_server |= isinstance(answer, WRONG_SERVER)
                    again.extend(self._settle(batch.popleft(), answer))
        except Exception as err:  # noqa: BLE001  a garbled answer raises anything; no connection survives it
            why = err
            self.last_error = str(_fault(err))
            await self._drop()
        finally:
            for ask in batch:
                ask.fail(_fault(why))
        self._line.extendleft(reversed(again))
        if wrong_server:
            await self._drop()

    def _settle(self, ask: _Ask, answer: object) -> Sequence[_Ask]:
        """Hands out the answer; or gives the ask back when it provably did not run."""
        if not isinstance(answer, RedisError):
            ask.give(answer)
            return ()
        if isinstance(answer, NoScriptError) and ask.source:
            ask.wire, ask.source = packed(ask.source), None
            return (ask,)
        moved = isinstance(answer, MovedError) and self._route.follows_moves
        if moved and not ask.redirected:
            ask.redirected = True
            return (ask,)
        ask.fail(_fault(answer))
        return ()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await close_now(connection)


def _fault(err: BaseException) -> StoreSilent | StoreRefused:
    """redis-py's exception in our two words; a new one for each caller. What a handshake on a
    unix socket raises, redis-py wraps once more.
    """
    if isinstance(err.__cause__, ANSWERED):
        err = err.__cause__
    if not isinstance(err, ANSWERED):
        return StoreSilent(str(err) or "the store did not answer in time")
    code, _, message = str(err).partition(" ")
    status = getattr(err, "status_code", None)
    return StoreRefused(status, str(err)) if status else StoreRefused(code, message)


async def connect(
    url: str,
    *,
    timeout: float = ANSWER_SECONDS,  # noqa: ASYNC109  kept by the store, for each command of its life
    slot_key: str = "{org-default}",
) -> Store:
    """A store that answers and fits. `timeout` bounds each command, connecting included, in
    seconds; `slot_key` is any key of the slot that everything lives in: it finds the master in a
    cluster. Raises BadStoreUrl, StoreSilent, StoreRefused.
    """
    route = Route(read_address(url), slot_key)
    probe = Store(route, timeout=START_SECONDS)
    try:
        await probe.ping()  # INFO is answered even while the data is still being loaded
        facts = await probe.ask_facts()
    finally:
        await probe.aclose()
    if facts.too_old:
        raise StoreRefused("VERSION", f"Redis 7 or Valkey is needed, not {facts.version}")
    if facts.role != "master":
        raise StoreRefused("READONLY", "this server is a replica: the URL must lead to its master")
    return Store(route, timeout=timeout, facts=facts)
