"""Whether somebody is still on the line."""

import asyncio
from typing import Any

import pytest

from service.intake import ClientLeft
from service.presence import present


class Connection:
    """What a server tells of one."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.rest: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive(self) -> Any:
        if self.rest:
            return self.rest.pop()
        await self.left.wait()
        return {"type": "http.disconnect"}


async def test_work_is_done_while_somebody_is_there() -> None:
    connection, done = Connection(), []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append(1)

    async with present(connection.receive) as here:
        await here.meanwhile(work())
        assert done == [1] and not here.gone


async def test_the_error_of_the_work_is_the_error() -> None:
    async def work() -> None:
        raise ValueError("no")

    async with present(Connection().receive) as here:
        with pytest.raises(ValueError, match="no"):
            await here.meanwhile(work())


async def test_work_for_nobody_is_given_up() -> None:
    connection, seen = Connection(), []

    async def work() -> None:
        try:
            connection.left.set()
            await asyncio.Event().wait()
        finally:
            seen.append("given up")

    async with present(connection.receive) as here:
        with pytest.raises(ClientLeft):
            await here.meanwhile(work())
        assert here.gone and seen == ["given up"]
