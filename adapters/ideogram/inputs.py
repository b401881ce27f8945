"""Callers' pictures by link: fetched from listed hosts only, as bytes or as the reason why not."""

import asyncio
import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal

import httpx
import msgspec

from adapters.ideogram.guarded import GuardedTransport, was_not_public
from adapters.ideogram.links import InputHosts, host_of
from adapters.ideogram.transport import CONNECT_SECONDS, USER_AGENT, never_ran
from adapters.pixels.sniff import sniff

Obstacle = Literal[
    "not_a_link",  # no https link, or one that readers could read differently
    "not_allowed",  # a host or port that is not listed
    "not_public",  # the host leads to an address that is not for callers to reach
    "unreachable",  # never connected
    "moved",  # a redirect: not followed, since it could lead anywhere
    "gone",  # any other status but 200
    "packed",  # a content-encoding nobody asked for
    "broken",  # the answer was cut or garbled
    "too_slow",
    "too_big",
    "not_a_picture",  # neither PNG, JPEG nor WebP
]

SECONDS: Final = 20.0  # for one picture, from the name to the last byte
_MAGIC: Final = 12  # bytes that tell a format
_TIMEOUTS: Final = {"connect": CONNECT_SECONDS, "pool": CONNECT_SECONDS}


class Unfit(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was not fetched. `host`: when it is not listed; `status`: of an answer."""

    reason: Obstacle
    host: str | None = None
    status: int | None = None


class InputPictures:
    """Fetches the pictures that requests name by link. It answers; it does not raise for the
    other side's sake. Cancelling the caller cancels the fetch.

    Nothing outlives a fetch: no connection, no cookie, no answer of a name server.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        *,
        max_file: int,
        seconds: float = SECONDS,
        transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        """`hosts`: see links.py; `max_file` in bytes; `transport` makes one for each fetch."""
        self.max_file = max_file
        self._hosts = InputHosts(hosts)
        self._seconds = seconds
        self._transport = transport or partial(GuardedTransport, httpx.create_ssl_context())

    def refusal(self, url: str) -> Unfit | None:
        """Why `url` would not even be tried."""
        host = host_of(url)
        if host is None:
            return Unfit(reason="not_a_link")
        return None if self._hosts.allow(url) else Unfit(reason="not_allowed", host=host)

    async def fetch(self, url: str) -> bytes | Unfit:
        """One picture as it stands there: PNG, JPEG or WebP, at most `max_file` bytes."""
        if unfit := self.refusal(url):
            return unfit
        transport = self._transport()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._visit(transport, url)
        except Exception as err:  # noqa: BLE001  a picture that does not arrive is an answer too
            return Unfit(reason=_obstacle(err))
        finally:
            await transport.aclose()

    async def _visit(self, transport: httpx.AsyncBaseTransport, url: str) -> bytes | Unfit:
        request = httpx.Request(
            "GET",
            url,
            headers={
                "accept": "image/png,image/jpeg,image/webp",
                "accept-encoding": "identity",  # a packed answer could unpack without end
                "user-agent": USER_AGENT,
            },
            extensions={"timeout": _TIMEOUTS},
        )
        response = await transport.handle_async_request(request)
        try:
            return self._unfit(response) or await self._picture(response)
        finally:
            await response.aclose()

    def _unfit(self, response: httpx.Response) -> Unfit | None:
        """What is wrong with an answer's head."""
        status = response.status_code
        if status != httpx.codes.OK:
            return Unfit(reason="moved" if 300 <= status < 400 else "gone", status=status)  # noqa: PLR2004  redirects
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            return Unfit(reason="packed", status=status)
        if int(response.headers.get("content-length", 0)) > self.max_file:
            return Unfit(reason="too_big", status=status)
        return None

    async def _picture(self, response: httpx.Response) -> bytes | Unfit:
        """The body, as long as it looks like a picture and fits."""
        head = b""
        length = 0
        out = io.BytesIO()  # its value is handed over without a copy
        async for chunk in response.aiter_raw():
            head += chunk[: _MAGIC - len(head)]
            length += len(chunk)
            if length > self.max_file:
                return Unfit(reason="too_big", status=response.status_code)
            if len(head) == _MAGIC and sniff(head) is None:
                break
            out.write(chunk)
        if sniff(head) is None:
            return Unfit(reason="not_a_picture", status=response.status_code)
        return out.getvalue()


def _obstacle(err: Exception) -> Obstacle:
    if isinstance(err, TimeoutError):
        return "too_slow"
    if was_not_public(err):
        return "not_public"
    return "unreachable" if never_ran(err) else "broken"
