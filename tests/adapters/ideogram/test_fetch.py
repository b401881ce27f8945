"""Pictures on their way: from listed hosts only, checked and encoded while they arrive."""

import base64
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.ideogram.outcome import Fetched, Unfetched
from adapters.ideogram.transport import pooled
from adapters.pixels.sniff import Format
from tests.adapters.ideogram.accounts import LINK, Broken, Loopback, account
from tests.adapters.ideogram.raw_server import Line, Script, http, raw_server, reply

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 700  # 179,208 bytes: several slices
HEADS: dict[Format, bytes] = {
    "png": PNG,
    "jpeg": b"\xff\xd8\xff\xe0" + b"j" * 99,
    "webp": b"RIFF1234WEBPVP8 " + b"w",
}


class Pieces(httpx.AsyncByteStream):
    def __init__(self, content: bytes, size: int) -> None:
        self._content = content
        self._size = size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), self._size):
            yield self._content[start : start + self._size]


def pictures(content: bytes, *, size: int = 1000, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, stream=Pieces(content, size)))


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("size", [1, 7, 1000, 65_536, 1_000_000])
async def test_a_picture_arrives_raw_or_as_base64_however_it_is_cut(
    name: Format, size: int
) -> None:
    content = HEADS[name][:5000] if size == 1 else HEADS[name]
    async with account(download_transport=pictures(content, size=size)) as client:
        raw = await client.fetch(LINK, base64=False)
        coded = await client.fetch(LINK, base64=True)
    assert raw == Fetched(content=content, format=name, length=len(content))
    assert coded == Fetched(content=base64.b64encode(content), format=name, length=len(content))


async def test_a_picture_may_be_exactly_as_large_as_allowed() -> None:
    for room, kind in ((len(PNG), Fetched), (len(PNG) - 1, Unfetched)):
        async with account(download_transport=pictures(PNG), max_download=room) as client:
            assert isinstance(await client.fetch(LINK, base64=True), kind)


@pytest.mark.parametrize("content", [b"", b"<html>", b"GIF89a" + b"\0" * 99, b"\x89PN"])
async def test_what_is_not_a_picture_is_not_passed_on(content: bytes) -> None:
    async with account(download_transport=pictures(content)) as client:
        assert await client.fetch(LINK, base64=False) == Unfetched(
            reason="not_a_picture", status=200
        )


@pytest.mark.parametrize("status", [204, 302, 403, 404, 410, 500])
async def test_any_status_but_200_means_gone(status: int) -> None:
    async with account(download_transport=pictures(PNG, status=status)) as client:
        assert await client.fetch(LINK, base64=True) == Unfetched(reason="gone", status=status)


async def test_a_host_that_is_not_listed_is_not_visited() -> None:
    async with account(download_transport=Broken(AssertionError("visited"))) as client:
        outcome = await client.fetch("https://evil.example/a.png", base64=True)
    assert outcome == Unfetched(reason="not_allowed")


async def test_a_download_carries_neither_key_nor_cookies_and_follows_nothing() -> None:
    async def script(line: Line) -> None:
        for _ in range(2):
            await line.request()
            await line.say(http(PNG, more="set-cookie: a=b; path=/\r\n"))
        await line.request()
        await line.say(http(b"", status="302 Found", more="location: /a.png\r\n"))
        await line.request()

    async with raw_server(script) as server:
        host = server.netloc.replace("127.0.0.1", "supplier.test")
        link = f"http://{host}/api/a%20b.png?exp=1790000000&sig=a%2Bb%2F%3D"
        async with account(
            f"http://{host}", image_hosts=(host,), download_transport=pooled(resolver=Loopback())
        ) as client:
            for _ in range(2):
                assert isinstance(await client.fetch(link, base64=True), Fetched)
            assert await client.fetch(link, base64=True) == Unfetched(reason="gone", status=302)
        assert len(server.heads) == 3
        assert server.lines == 1
        for head in server.heads:
            assert head.startswith(b"GET /api/a%20b.png?exp=1790000000&sig=a%2B")
            assert b"user-agent: ideogate/0.1" in head.lower()
            assert b"api-key" not in head.lower()
            assert b"cookie" not in head.lower()


async def _stall(line: Line) -> None:
    await line.request()
    await line.say(http(PNG[:100], length=1000))
    await line.until_closed()


BOMB = gzip.compress(PNG + bytes(20_000_000))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (reply(http(PNG, length=len(PNG) + 1)), "broken"),
        (reply(b"not http at all\r\n\r\n"), "broken"),
        (reply(b""), "broken"),
        (_stall, "too_slow"),
        (reply(http(BOMB, more="content-encoding: gzip\r\n")), "too_big"),
    ],
    ids=["cut", "garbage", "closed", "stalled", "bomb"],
)
async def test_a_download_that_breaks_says_how(script: Script, reason: str) -> None:
    async with (
        raw_server(script) as server,
        account(
            server.url,
            image_hosts=(server.netloc,),
            deadline=0.5,
            max_download=2_000_000,
            download_transport=None,
        ) as client,
    ):
        outcome = await client.fetch(server.url + "/a.png", base64=True)
    assert isinstance(outcome, Unfetched)
    assert outcome.reason == reason


async def test_a_download_that_never_connects_says_so() -> None:
    async with raw_server(reply(b"")) as server:
        pass
    async with account(server.url, image_hosts=(server.netloc,), download_transport=None) as client:
        outcome = await client.fetch(server.url + "/a.png", base64=True)
    assert outcome == Unfetched(reason="unreachable")
