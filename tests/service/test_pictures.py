"""The sandbox's links, opened as a browser opens them."""

import time
from collections.abc import AsyncIterator

import pytest
from litestar import Litestar
from litestar.exceptions import HTTPException

from adapters.openai.errors import ApiError
from adapters.sandbox.pictures import Pictures
from adapters.sandbox.shelf import LIFE, Memory, Shelf
from service.faults import on_api_error, on_http_error
from service.front import Front
from service.pictures import picture_route
from tests.service.wire import ask, serving

PICTURE = b"\x89PNG of a fox"


class Clock:
    now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def link(clock: Clock, shelf: Shelf) -> str:
    return shelf.put(PICTURE)


@pytest.fixture
def shelf(clock: Clock) -> Shelf:
    return Shelf(Memory(), "/sandbox", clock)


@pytest.fixture
async def port(shelf: Shelf) -> AsyncIterator[int]:
    app = Litestar(
        [picture_route(Pictures(shelf))],
        exception_handlers={ApiError: on_api_error, HTTPException: on_http_error},
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = Front(app.asgi_handler, ())
    async with serving(app) as found:
        yield found


async def test_a_link_opens(port: int, link: str) -> None:
    answer = await ask(port, "GET", link)
    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"


async def test_head_of_a_link_has_the_length_and_no_body(port: int, link: str) -> None:
    answer = await ask(port, "HEAD", link)
    assert (answer.status, answer.headers["content-length"]) == (200, str(len(PICTURE)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link.partition("?")[0],
        lambda link: link + "0",
        lambda link: link.replace("exp=", "exp=9"),
        lambda link: link.replace(".png", ".jpg"),
        lambda link: link.replace("/images/", "/images/%2e%2e%2f"),
        lambda link: link.replace("sig=", "sig=%ff"),
        lambda link: link.replace(".png", ""),
    ],
)
async def test_a_spoiled_link_is_404(spoil: object, port: int, link: str) -> None:
    assert callable(spoil)
    answer = await ask(port, "GET", spoil(link))
    assert (answer.status, answer.error["code"]) == (404, "unknown_url")


async def test_an_old_link_is_410(port: int, link: str, clock: Clock) -> None:
    clock.now += LIFE + 1
    answer = await ask(port, "GET", link)
    assert answer.status == 410
    assert "expired" in answer.error["message"]


async def test_nothing_can_be_posted_there(port: int, link: str) -> None:
    answer = await ask(port, "POST", link, [], b"{}")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
