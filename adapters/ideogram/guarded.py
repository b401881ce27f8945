"""Connections for a caller's links: to public addresses only, one call each, cut at its end."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

from adapters.ideogram.addresses import is_public
from adapters.ideogram.transport import Address, kept_alive, session

Admits = Callable[[str], bool]


class NotPublic(OSError):
    """A name or a link led to an address that is not for callers to reach."""


class GuardedTransport(AiohttpTransport):
    """A transport for one call. Every address is checked twice: when its name is looked up, all
    answers together, and when a socket is made for it, which no later answer can change.

    `names` looks names up; `admits` is another rule for tests on loopback.
    """

    def __init__(
        self,
        tls: ssl.SSLContext,
        *,
        names: AbstractResolver | None = None,
        admits: Admits = is_public,
    ) -> None:
        self._admits = admits
        self._opened: list[socket.socket] = []
        resolver = CheckedNames(names, admits)
        super().__init__(verify=tls, client=session(tls, resolver, self._open))

    def _open(self, address: Address) -> socket.socket:
        if not self._admits(str(address[4][0])):
            raise NotPublic("the address is not public")
        made = kept_alive(address)
        self._opened.append(made)
        return made

    async def aclose(self) -> None:
        """Cut the sockets, then close: TLS alone would wait 30 s for a silent peer's farewell."""
        for opened in self._opened:
            with suppress(OSError):  # it was closed before
                opened.shutdown(socket.SHUT_RDWR)
        await super().aclose()


class CheckedNames(AbstractResolver):
    """Looks names up; one answer that is not public spoils them all."""

    def __init__(self, names: AbstractResolver | None, admits: Admits) -> None:
        self._names = names
        self._admits = admits

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        names = self._names or aiohttp.ThreadedResolver()
        found = await names.resolve(host, port, family)
        if not found or not all(self._admits(answer["host"]) for answer in found):
            raise NotPublic("the name leads to an address that is not public, or to none")
        return found

    async def close(self) -> None:
        """Nothing is open: the names are whoever's gave them."""


def was_not_public(err: Exception) -> bool:
    """Whether a call ended because of the address it would have gone to."""
    cause = err.__cause__
    return isinstance(cause, aiohttp.ClientConnectorError) and isinstance(cause.os_error, NotPublic)
