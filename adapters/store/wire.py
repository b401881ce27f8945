"""One command and one answer on redis-py's connection: what goes out, and what an error is."""

from collections.abc import Sequence
from typing import Any, Final

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    MasterDownError,
    MovedError,
    ReadOnlyError,
    ResponseError,
)

Part = str | int | bytes

# Error answers that redis-py files under lost connections, though the connection is fine.
ANSWERED: Final = (ResponseError, AuthenticationError, BusyLoadingError)
WRONG_SERVER: Final = (ReadOnlyError, MasterDownError, MovedError)  # after a failover: dial anew


def packed(command: Sequence[Part]) -> bytes:
    """The command in bytes. A float, a bool or None is a TypeError: money is whole numbers."""
    for part in command:
        if type(part) not in {str, int, bytes}:
            raise TypeError(f"a store command takes str, int and bytes, not {type(part).__name__}")
    return bytes(hiredis.pack_command((*command,)))  # type: ignore[arg-type]  # stub: a one-tuple


async def read_answer(connection: AbstractConnection) -> Any:
    """One answer. An error answer is a value here; only a broken connection raises."""
    try:
        return await connection.read_response(disconnect_on_error=False)
    except ANSWERED as err:
        return err
