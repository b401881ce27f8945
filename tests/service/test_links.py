"""Links of an edit: fetched side by side, in their own places, or refused by name."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import get_args

import aiohttp
import httpx
import msgspec
import pytest

from adapters.ideogram.inputs import InputPictures, Obstacle
from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit, Link, Upload
from service.links import _TOLD, AT_ONCE, resolved

MIB = 1024 * 1024
INSTEAD = "; send the picture as a data URL or a file."
Answer = Callable[[httpx.Request], Awaitable[httpx.Response]]


def png(name: str, size: int = 0) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + name.encode().rjust(20) + bytes(size)


async def drawn(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(png(request.url.path)))


class Web:
    """Where links lead: every fetch that is asked for, and how many there are at once."""

    def __init__(self, answer: Answer = drawn) -> None:
        self._answer = answer
        self.asked: list[str] = []
        self.open = 0
        self.most = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            return await self._answer(request)
        finally:
            self.open -= 1


def fetcher(web: Web, *, max_file: int = 10 * MIB, seconds: float = 5) -> InputPictures:
    return InputPictures(
        ["pictures.test"],
        max_file=max_file,
        seconds=seconds,
        transport=lambda: httpx.MockTransport(web),
    )


def link(param: str, name: str) -> Link:
    return Link(param, f"https://pictures.test/{name}")


async def refusal(ask: Edit, pictures: InputPictures, **more: int) -> ApiError:
    with pytest.raises(ApiError) as refused:
        await resolved(ask, pictures, **more)
    return refused.value


async def test_every_link_becomes_an_upload_in_its_own_place() -> None:
    web = Web()
    held = Upload("image[1]", b"held")
    ask = Edit(
        prompt="a cat",
        n=3,
        images=(link("image", "a"), held, link("image[2]", "c")),
        mask=link("mask", "m"),
        references=(link("style_reference_images", "r"), Upload("style_reference_images[1]", b"s")),
    )
    found = await resolved(ask, fetcher(web))
    assert found == msgspec.structs.replace(
        ask,
        images=(Upload("image", png("/a")), held, Upload("image[2]", png("/c"))),
        mask=Upload("mask", png("/m")),
        references=(
            Upload("style_reference_images", png("/r")),
            Upload("style_reference_images[1]", b"s"),
        ),
    )
    assert sorted(web.asked) == ["/a", "/c", "/m", "/r"]


@pytest.mark.parametrize("mask", [None, Upload("mask", b"m")])
async def test_without_links_nothing_is_fetched(mask: Upload | None) -> None:
    web = Web()
    ask = Edit(prompt="a cat", images=(Upload("image", b"a"),), mask=mask)
    assert await resolved(ask, fetcher(web)) == ask
    assert web.asked == []


async def test_a_link_that_stands_there_twice_is_fetched_once() -> None:
    web = Web()
    ask = Edit(images=(link("image", "a"), link("image[1]", "a")), mask=link("mask", "a"))
    found = await resolved(ask, fetcher(web))
    assert found.images == (Upload("image", png("/a")), Upload("image[1]", png("/a")))
    assert found.mask == Upload("mask", png("/a"))
    assert web.asked == ["/a"]


async def test_one_request_fetches_a_few_pictures_at_a_time() -> None:
    async def slowly(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.01)
        return await drawn(request)

    web = Web(slowly)
    ask = Edit(images=tuple(link(f"image[{turn}]", str(turn)) for turn in range(16)))
    found = await resolved(ask, fetcher(web))
    assert [picture.content for picture in found.images if isinstance(picture, Upload)] == [
        png(f"/{turn}") for turn in range(16)
    ]
    assert web.most == AT_ONCE


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://evil.example/a.png?key=secret", "evil.example"),
        ("https://pictures.test:8443/a.png", "pictures.test:8443"),
        ("https://169.254.169.254/latest", "169.254.169.254"),
        ("https://" + "a" * 3000 + "/a.png", "a" * 253),
    ],
)
async def test_a_host_that_is_not_listed_is_refused_before_any_fetch(url: str, host: str) -> None:
    web = Web()
    ask = Edit(images=(link("image", "a"),), mask=Link("mask", url))
    refused = await refusal(ask, fetcher(web))
    assert refused.code == "invalid_value"
    assert refused.shape.status == 400
    assert refused.param == "mask"
    assert refused.message == f"mask: this gateway does not fetch pictures from {host}{INSTEAD}"
    assert web.asked == []


@pytest.mark.parametrize("url", ["http://pictures.test/a.png", "https://me:pw@pictures.test/", "x"])
async def test_what_is_no_https_link_is_refused_before_any_fetch(url: str) -> None:
    web = Web()
    refused = await refusal(Edit(images=(link("image", "a"), Link("image[1]", url))), fetcher(web))
    assert (refused.code, refused.param) == ("invalid_image_file", "image[1]")
    assert refused.message == f"image[1]: the link is not a plain https link{INSTEAD}"
    assert web.asked == []


SECRET = "of-the-inside"


async def _stall(_: httpx.Request) -> httpx.Response:
    await asyncio.sleep(10)
    raise AssertionError


async def _break(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(SECRET)


async def _refuse(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(SECRET) from aiohttp.ConnectionTimeoutError(SECRET)


def _say(status: int, content: bytes = b"", **headers: str) -> Answer:
    named: Mapping[str, str] = {name.replace("_", "-"): said for name, said in headers.items()}

    async def say(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            status, headers={"x-secret": SECRET, **named}, stream=httpx.ByteStream(content)
        )

    return say


FAILURES: dict[str, tuple[Answer, str]] = {
    "unreachable": (_refuse, "could not be reached"),
    "broken": (_break, "broke off before the picture was complete"),
    "stalled": (_stall, "did not deliver the picture in time"),
    "moved": (
        _say(302, location=f"https://pictures.test/{SECRET}"),
        "redirects, and redirects are not followed",
    ),
    "gone": (_say(403, SECRET.encode()), "does not lead to a picture (status 403)"),
    "packed": (
        _say(200, png("a"), content_encoding=SECRET),
        "answers compressed, which was not asked for",
    ),
    "too big": (_say(200, png("a", MIB)), "leads to more than 1 MiB"),
    "a page": (
        _say(200, f"<html>{SECRET}".encode()),
        "leads to something that is neither PNG, JPEG nor WebP",
    ),
}


@pytest.mark.parametrize(("answer", "told"), FAILURES.values(), ids=FAILURES)
async def test_a_picture_that_does_not_arrive_is_named_in_our_own_words(
    answer: Answer, told: str
) -> None:
    ask = Edit(images=(Upload("image", b""), link("image[7]", "b")))
    pictures = fetcher(Web(answer), max_file=MIB, seconds=0.1)
    refused = await refusal(ask, pictures)
    assert (refused.code, refused.param) == ("invalid_image_file", "image[7]")
    assert refused.shape.status == 400
    assert refused.message == f"image[7]: the link {told}{INSTEAD}"
    assert SECRET not in refused.message


def test_every_obstacle_has_its_words() -> None:
    assert set(_TOLD) | {"not_allowed", "too_big"} == set(get_args(Obstacle))


def test_a_name_that_leads_inwards_sounds_like_one_that_leads_nowhere() -> None:
    assert _TOLD["not_public"] == _TOLD["unreachable"]


async def test_the_first_failure_ends_the_other_fetches() -> None:
    async def mostly_stalled(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/2":
            await asyncio.sleep(10)
        return httpx.Response(404)

    web = Web(mostly_stalled)
    ask = Edit(images=tuple(link(f"image[{turn}]", str(turn)) for turn in range(16)))
    refused = await asyncio.wait_for(refusal(ask, fetcher(web, seconds=9)), 5)
    assert refused.param == "image[2]"
    assert web.open == 0
    assert len(web.asked) <= AT_ONCE + 1


async def test_a_caller_that_leaves_ends_every_fetch() -> None:
    started = asyncio.Event()

    async def stalled(request: httpx.Request) -> httpx.Response:
        started.set()
        return await _stall(request)

    web = Web(stalled)
    ask = Edit(images=(link("image", "a"), link("image[1]", "b")))
    call = asyncio.create_task(resolved(ask, fetcher(web)))
    await asyncio.wait_for(started.wait(), 5)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert web.open == 0


async def test_the_pictures_of_one_request_have_a_size_together() -> None:
    async def large(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.05 * int(request.url.path[1:]))
        return httpx.Response(200, stream=httpx.ByteStream(png("x", MIB - 28)))

    ask = Edit(images=tuple(link(f"image[{turn}]", str(turn)) for turn in range(3)))
    assert len((await resolved(ask, fetcher(Web(large)), most=3 * MIB)).images) == 3
    refused = await refusal(ask, fetcher(Web(large)), most=2 * MIB)
    assert (refused.code, refused.param) == ("invalid_image_file", "image[2]")
    assert refused.message == (
        f"image[2]: the link brings the pictures to more than 2 MiB together{INSTEAD}"
    )
