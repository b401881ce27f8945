"""Payloads, answers and clients that the tests of this room share."""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.ideogram.client import MAX_DOWNLOAD, Ideogram
from adapters.ideogram.wire import File, Payload

KEY = "key-of-the-account-0001"
LINK = "https://ideogram.ai/api/images/ephemeral/a.png?exp=1790000000&sig=ab12"
GOOD = (
    b'{"created":"2026-01-01T00:00:00Z","data":[{"url":"https://ideogram.ai/api/images/ephemeral/'
    b'a.png?exp=1790000000&sig=ab12","is_image_safe":true,"seed":7,"resolution":"1024x1024"}]}'
)

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

GENERATE = Payload(
    path="/v1/ideogram-v3/generate",
    encoding="multipart",
    images=1,
    fields=(("prompt", "a cat"), ("num_images", "1")),
)
LARGE = Payload(
    path="/v1/ideogram-v3/remix",
    encoding="multipart",
    images=1,
    fields=(("prompt", "a cat"),),
    files=(File("image", "image.png", "image/png", bytes(range(256)) * 12_000),),
)


class Broken(httpx.AsyncBaseTransport):
    """Fails as it is told."""

    def __init__(self, failure: BaseException) -> None:
        self._failure = failure

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        raise self._failure


class Loopback(AbstractResolver):
    """Every name is this machine: the connection library takes no cookies from bare addresses."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        """Nothing is open."""


NO_DOWNLOADS = Broken(AssertionError("a download that nobody asked for"))


@asynccontextmanager
async def account(  # every seam of the client, with a test's defaults
    url: str = "http://supplier.test/ideogram",
    *,
    keys: Sequence[str] = (KEY,),
    failed_is_free: bool = True,
    image_hosts: Sequence[str] = ("ideogram.ai",),
    deadline: float = 10.0,
    transport: httpx.AsyncBaseTransport | None = None,
    download_transport: httpx.AsyncBaseTransport | None = NO_DOWNLOADS,
    max_download: int = MAX_DOWNLOAD,
) -> AsyncIterator[Ideogram]:
    client = Ideogram(
        url,
        keys,
        failed_is_free=failed_is_free,
        image_hosts=image_hosts,
        deadline=deadline,
        transport=transport,
        download_transport=download_transport,
        max_download=max_download,
    )
    try:
        yield client
    finally:
        await client.aclose()
