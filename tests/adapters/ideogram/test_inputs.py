"""Callers' links: what is visited, and what an answer must be to be taken."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from adapters.ideogram.inputs import InputPictures, Obstacle, Unfit

LINK = "https://pictures.test/a.png"
HEADS = {
    "png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300,
    "jpeg": b"\xff\xd8\xff\xe0" + b"j" * 99,
    "webp": b"RIFF1234WEBPVP8 " + b"w",
}
PNG = HEADS["png"]


class Pieces(httpx.AsyncByteStream):
    def __init__(self, content: bytes, size: int, failure: Exception | None = None) -> None:
        self._content = content
        self._size = size
        self._failure = failure
        self.given = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), self._size):
            self.given += 1
            yield self._content[start : start + self._size]
        if self._failure is not None:
            raise self._failure

    async def aclose(self) -> None:
        self.closed = True


class Site(httpx.AsyncBaseTransport):
    """Answers as it is told, and counts its calls and its endings."""

    def __init__(self, answer: Callable[[], httpx.Response]) -> None:
        self._answer = answer
        self.asked: list[httpx.Request] = []
        self.closed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answer()

    async def aclose(self) -> None:
        self.closed += 1


def site(
    content: bytes = PNG, *, size: int = 1000, status: int = 200, **headers: str
) -> tuple[Site, Pieces]:
    pieces = Pieces(content, size)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Site(lambda: httpx.Response(status, headers=named, stream=pieces)), pieces


def fetcher(transport: Site, *, max_file: int = 1_000_000, seconds: float = 5) -> InputPictures:
    return InputPictures(
        ["pictures.test"], max_file=max_file, seconds=seconds, transport=lambda: transport
    )


@pytest.mark.parametrize("content", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("size", [1, 7, 1000, 1_000_000])
async def test_a_picture_arrives_as_it_stands_there_however_it_is_cut(
    content: bytes, size: int
) -> None:
    content = content[:3000] if size == 1 else content
    there, _ = site(content, size=size)
    assert await fetcher(there).fetch(LINK) == content
    assert there.closed == 1


@pytest.mark.parametrize(
    "link",
    [
        "",
        "pictures.test/a.png",
        "//pictures.test/a.png",
        "http://pictures.test/a.png",
        "http://127.0.0.1/a.png",
        "ftp://pictures.test/a.png",
        "file:///etc/passwd",
        "gopher://pictures.test:443/_x",
        "https://user@pictures.test/a.png",
        "https://user:password@pictures.test/a.png",
        "https://pictures.test\\@evil.example/a.png",
        "https://pictures.test#@evil.example/a.png",
        "https://pictures.test:443:80/a.png",
        "https://pictures.test:-1/a.png",
        "https://pictures.test:/a.png",
        "https://pictures.test/a b.png",
        "https://pictures.test/a\r\nhost: evil.example",
        "https://pictures.test/a.png\n",
        " https://pictures.test/a.png",
        "https://pictures.teśt/a.png",
        "https://pictures%2etest/a.png",
        "https://pictures.test/" + "a" * 5000,
        "https://",
    ],
)
async def test_what_readers_could_read_differently_is_no_link(link: str) -> None:
    there, _ = site()
    assert await fetcher(there).fetch(link) == Unfit(reason="not_a_link")
    assert there.asked == []


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://evil.example/a.png", "evil.example"),
        ("https://EVIL.example:443/a.png", "evil.example"),
        ("https://pictures.test:8443/a.png", "pictures.test:8443"),
        ("https://pictures.test:99999/a.png", "pictures.test:99999"),
        ("https://pictures.test./a.png", "pictures.test."),
        ("https://a.pictures.test/a.png", "a.pictures.test"),
        ("https://pictures.test.evil.example/a.png", "pictures.test.evil.example"),
        ("https://evil.example/?u=https://pictures.test/a.png", "evil.example"),
        ("https://evil.example/@pictures.test/a.png", "evil.example"),
        ("https://169.254.169.254/latest/meta-data", "169.254.169.254"),
        ("https://2130706433/a.png", "2130706433"),
        ("https://0x7f000001/a.png", "0x7f000001"),
        ("https://[::1]:8443/a.png", "[::1]:8443"),
        ("https://[::ffff:169.254.169.254]/", "[::ffff:169.254.169.254]"),
        ("https://localhost", "localhost"),
    ],
)
async def test_a_host_that_is_not_listed_is_named_and_not_visited(link: str, host: str) -> None:
    there, _ = site()
    assert await fetcher(there).fetch(link) == Unfit(reason="not_allowed", host=host)
    assert there.asked == []


async def test_a_request_carries_nothing_but_what_it_wants() -> None:
    there, _ = site()
    await fetcher(there).fetch("https://pictures.test/a%20b.png?sig=a%2Bb%2F%3D#part")
    (request,) = there.asked
    assert request.method == "GET"
    assert request.url.raw_path == b"/a%20b.png?sig=a%2Bb%2F%3D"
    assert dict(request.headers) == {
        "host": "pictures.test",
        "accept": "image/png,image/jpeg,image/webp",
        "accept-encoding": "identity",
        "user-agent": "ideogate/0.1",
    }


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((status, "moved") for status in (300, 301, 302, 303, 304, 307, 308)),
        *((status, "gone") for status in (201, 204, 206, 400, 401, 403, 404, 410, 429, 500, 503)),
    ],
)
async def test_only_a_200_is_a_picture(status: int, reason: Obstacle) -> None:
    there, pieces = site(status=status, location="https://pictures.test/b.png")
    assert await fetcher(there).fetch(LINK) == Unfit(reason=reason, status=status)
    assert len(there.asked) == 1
    assert pieces.given == 0
    assert pieces.closed


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "GZIP, identity", "x", ""])
async def test_a_packed_answer_is_not_unpacked(coding: str) -> None:
    there, pieces = site(content_encoding=coding)
    assert await fetcher(there).fetch(LINK) == Unfit(reason="packed", status=200)
    assert pieces.given == 0


async def test_an_answer_may_say_that_it_is_not_packed() -> None:
    there, _ = site(content_encoding="Identity")
    assert await fetcher(there).fetch(LINK) == PNG


async def test_a_picture_may_be_exactly_as_large_as_allowed() -> None:
    for length in ({}, {"content_length": str(len(PNG))}):
        there, _ = site(**length)
        assert await fetcher(there, max_file=len(PNG)).fetch(LINK) == PNG


async def test_a_length_that_is_announced_too_large_is_not_read() -> None:
    there, pieces = site(content_length=str(len(PNG)))
    unfit = await fetcher(there, max_file=len(PNG) - 1).fetch(LINK)
    assert unfit == Unfit(reason="too_big", status=200)
    assert pieces.given == 0


@pytest.mark.parametrize("headers", [{}, {"content_length": "10"}], ids=["silent", "lying"])
async def test_reading_stops_at_the_cap_whatever_was_announced(headers: dict[str, str]) -> None:
    there, pieces = site(HEADS["png"], size=100, **headers)
    unfit = await fetcher(there, max_file=1000).fetch(LINK)
    assert unfit == Unfit(reason="too_big", status=200)
    assert pieces.given == 11
    assert pieces.closed


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PN",
        b"\xff\xd8",
        b"RIFF1234WEB",
        b"RIFF1234WAVEfmt ",
        b"GIF89a" + bytes(99),
        b"BM" + bytes(99),
        b"II*\0" + bytes(99),
        b"%PDF-1.7" + bytes(99),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html>" + PNG,
        b" " + PNG,
        b'{"secret":"of the inside"}',
    ],
)
@pytest.mark.parametrize("size", [5, 1000])
async def test_what_is_no_picture_is_not_passed_on(content: bytes, size: int) -> None:
    there, pieces = site(content, size=size, content_type="image/png")
    assert await fetcher(there).fetch(LINK) == Unfit(reason="not_a_picture", status=200)
    assert pieces.given <= 3
    assert pieces.closed


async def test_a_length_that_is_no_number_is_a_broken_answer() -> None:
    there, _ = site(content_length="5, 5")
    assert await fetcher(there).fetch(LINK) == Unfit(reason="broken")


async def test_an_answer_that_breaks_off_is_broken_and_closed() -> None:
    pieces = Pieces(PNG, 1000, failure=httpx.ReadError("cut"))
    there = Site(lambda: httpx.Response(200, stream=pieces))
    assert await fetcher(there).fetch(LINK) == Unfit(reason="broken")
    assert pieces.closed
    assert there.closed == 1


class Stalled(Pieces):
    """Gives one piece, says so, and then nothing."""

    def __init__(self) -> None:
        super().__init__(PNG, 1000)
        self.started = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield PNG[:1000]
        self.started.set()
        await asyncio.Event().wait()


async def test_a_picture_that_does_not_end_is_too_slow_and_closed() -> None:
    pieces = Stalled()
    there = Site(lambda: httpx.Response(200, stream=pieces))
    assert await fetcher(there, seconds=0.05).fetch(LINK) == Unfit(reason="too_slow")
    assert pieces.closed
    assert there.closed == 1


async def test_cancelling_closes_the_answer_and_the_connection() -> None:
    pieces = Stalled()
    there = Site(lambda: httpx.Response(200, stream=pieces))
    call = asyncio.create_task(fetcher(there).fetch(LINK))
    await asyncio.wait_for(pieces.started.wait(), 5)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert pieces.closed
    assert there.closed == 1
