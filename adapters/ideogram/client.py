"""The one door to the supplier: a payload out, an outcome back; a link out, a picture back."""

import asyncio
import io
import secrets
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import cycle
from typing import Final

import httpx
import pybase64

from adapters.ideogram.complaint import plain
from adapters.ideogram.links import ImageHosts
from adapters.ideogram.outcome import (
    Fetched,
    Missing,
    Outcome,
    Refused,
    Unfetched,
    Unknown,
    judge,
)
from adapters.ideogram.transport import CONNECT_SECONDS, USER_AGENT, never_ran, pooled
from adapters.ideogram.wire import Encoded, Payload, encode
from adapters.pixels.sniff import sniff

MAX_ANSWER: Final = 4 * 1024 * 1024  # bytes of JSON: eight pictures with long prompts need 1 %
MAX_DOWNLOAD: Final = 32 * 1024 * 1024
DOWNLOAD_SECONDS: Final = 60.0
_SLICE: Final = 48 * 1024  # bytes; a multiple of 3, so that base64 slices join without padding
_AT_ONCE: Final = 64 * 1024  # a larger body goes out in slices, with the loop turning in between
_TIMEOUTS: Final = {"connect": CONNECT_SECONDS, "pool": CONNECT_SECONDS}
_SHORTEST_SECRET: Final = 8  # characters; a shorter key is a test's and may be part of any word


class TooBig(Exception):
    """An answer went over its cap and was dropped."""


class _Arrived:
    """What of an answer has arrived so far."""

    status: int | None = None
    headers: httpx.Headers = httpx.Headers()

    def __init__(self) -> None:
        self.body = bytearray()


class Ideogram:
    """One account at a supplier. It answers; it does not raise for the supplier's sake.

    One call is one attempt: nothing here tries again. Cancelling the caller cancels the call.
    """

    def __init__(  # noqa: PLR0913  one account, and the two seams of tests and the sandbox
        self,
        base_url: str,
        keys: Sequence[str],
        *,
        failed_is_free: bool,
        image_hosts: Iterable[str],
        deadline: float,
        transport: httpx.AsyncBaseTransport | None = None,
        download_transport: httpx.AsyncBaseTransport | None = None,
        max_download: int = MAX_DOWNLOAD,
    ) -> None:
        """`keys` are used in turn; `deadline` in seconds, for a whole call; `max_download` bytes.

        `image_hosts`: see links.py. Without transports each kind of call gets a pool of its own.
        """
        if not keys:
            raise ValueError("an upstream account needs at least one key")
        self._base = base_url.rstrip("/")
        self._keys = cycle(keys)
        self._failed_is_free = failed_is_free
        self._hosts = ImageHosts(image_hosts, upstream=base_url)
        self._deadline = deadline
        self._transport = transport or pooled()
        self._downloads = download_transport or pooled()
        self._max_download = max_download

    async def submit(self, payload: Payload) -> Outcome:
        """Send one payload, once, and judge what came back."""
        key = next(self._keys)
        arrived = _Arrived()
        try:
            async with asyncio.timeout(self._deadline):
                await self._exchange(self._request(payload, key), arrived)
        except Exception as err:  # noqa: BLE001  whatever broke, the ledger needs an answer
            return self._interrupted(err, arrived, key)
        return self._judge(arrived, key)

    async def fetch(self, url: str, *, base64: bool) -> Fetched | Unfetched:
        """Download one picture from an allowed host; `base64`: as text, encoded while it arrives."""
        if not self._hosts.allow(url):
            return Unfetched(reason="not_allowed")
        arrived = _Arrived()
        try:
            async with asyncio.timeout(min(DOWNLOAD_SECONDS, self._deadline)):
                return await self._download(url, arrived, base64=base64)
        except Exception as err:  # noqa: BLE001  a picture that does not arrive is an answer too
            return Unfetched(reason=_why(err), status=arrived.status)

    async def aclose(self) -> None:
        """Close the pools. Calls under way end as unknown: drain first."""
        await self._transport.aclose()
        await self._downloads.aclose()

    def _request(self, payload: Payload, key: str) -> httpx.Request:
        body = encode(payload, boundary=secrets.token_hex(16))
        return httpx.Request(
            "POST",
            self._base + payload.path,
            headers={
                "api-key": key,
                "content-type": body.content_type,
                "content-length": str(body.length),
                "accept": "application/json",
                "accept-encoding": "identity",  # answers are small; nothing to unpack, no bombs
                "user-agent": USER_AGENT,
            },
            content=b"".join(body.pieces) if body.length <= _AT_ONCE else _slices(body),
            extensions={"timeout": _TIMEOUTS},
        )

    async def _exchange(self, request: httpx.Request, arrived: _Arrived) -> None:
        # The transport itself: the client on top would add cookies, redirects and 120 us.
        response = await self._transport.handle_async_request(request)
        arrived.status = response.status_code
        arrived.headers = response.headers
        try:
            async for chunk in response.aiter_bytes():
                arrived.body += chunk
                if len(arrived.body) > MAX_ANSWER:
                    raise TooBig(f"the answer is larger than {MAX_ANSWER} bytes")
        finally:
            await response.aclose()

    def _interrupted(self, err: Exception, arrived: _Arrived, key: str) -> Outcome:
        """A call that ended early: free only if it never connected, or was refused in the head."""
        if arrived.status is not None and 400 <= arrived.status < 500:  # noqa: PLR2004  client errors
            return self._judge(arrived, key)
        message = _told(err, key)
        if arrived.status is None and never_ran(err):
            return Refused(reason="unreachable", message=message)
        return Unknown(message=message, status=arrived.status)

    def _judge(self, arrived: _Arrived, key: str) -> Outcome:
        body = bytes(arrived.body)
        if len(key) >= _SHORTEST_SECRET:  # an error may quote the key
            body = body.replace(key.encode(), b"***")
        return judge(
            arrived.status or 0,
            arrived.headers,
            body,
            failed_is_free=self._failed_is_free,
            now=time.time(),
        )

    async def _download(self, url: str, arrived: _Arrived, *, base64: bool) -> Fetched | Unfetched:
        request = httpx.Request(
            "GET",
            url,
            headers={
                "accept": "image/png,image/jpeg,image/webp",
                "accept-encoding": "identity",
                "user-agent": USER_AGENT,
            },
            extensions={"timeout": _TIMEOUTS},
        )
        response = await self._downloads.handle_async_request(request)
        arrived.status = response.status_code
        try:
            if response.status_code != httpx.codes.OK:
                return Unfetched(reason="gone", status=response.status_code)
            return await self._picture(response.aiter_bytes(_SLICE), base64=base64)
        finally:
            await response.aclose()

    async def _picture(self, chunks: AsyncIterator[bytes], *, base64: bool) -> Fetched | Unfetched:
        found = None
        length = 0
        out = io.BytesIO()  # its value is handed over without a copy
        async for chunk in chunks:
            found = found or sniff(chunk)
            if found is None:
                break
            length += len(chunk)
            if length > self._max_download:
                raise TooBig
            out.write(pybase64.b64encode(chunk) if base64 else chunk)
        if found is None:
            return Unfetched(reason="not_a_picture", status=httpx.codes.OK)
        return Fetched(content=out.getvalue(), format=found, length=length)


async def _slices(body: Encoded) -> AsyncIterator[bytes]:
    for piece in body.pieces:
        view = memoryview(piece)
        for start in range(0, len(piece), _AT_ONCE):
            yield bytes(view[start : start + _AT_ONCE])


def _told(err: Exception, key: str) -> str:
    """What broke, in one line without the key."""
    if isinstance(err, TimeoutError):
        return "no complete answer within the deadline"
    said = str(err)
    if len(key) >= _SHORTEST_SECRET:
        said = said.replace(key, "***")
    return plain(f"{type(err.__cause__ or err).__name__}: {said}")


def _why(err: Exception) -> Missing:
    if isinstance(err, TooBig):
        return "too_big"
    if isinstance(err, TimeoutError):
        return "too_slow"
    return "unreachable" if never_ran(err) else "broken"
