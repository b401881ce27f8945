"""A webhook is one POST to one address; only a 2xx is a yes, and nothing the receiver does hurts."""

import asyncio
import time

import pytest

from adapters.webhook.client import Webhook
from adapters.webhook.signing import key_of, signed
from tests.receiver import HANG, receiving, serving
from tests.stores import free_port

BODY = b'{"type":"spend_alert.crossed"}'


async def told(url: str, within: float = 5.0) -> tuple[int | None, str, bool]:
    webhook = Webhook(url, "shh", within=within)
    try:
        heard = await webhook.tell("alert_1", BODY, seconds=1_700_000_000)
    finally:
        await webhook.aclose()
    return heard.status, heard.why, heard.good


async def test_what_goes_out_is_one_signed_post() -> None:
    async with receiving() as receiver:
        assert await told(f"{receiver.url}?team=a%20b") == (204, "", True)
        (one,) = receiver.told
    assert (one.path, one.body) == ("/alerts?team=a%20b", BODY)
    assert one.headers.items() >= {"content-type": "application/json"}.items()
    assert (
        one.headers.items()
        >= signed(key_of("shh"), identity="alert_1", seconds=1_700_000_000, body=BODY).items()
    )
    assert not {"cookie", "authorization"} & set(one.headers)


@pytest.mark.parametrize(
    ("status", "good"),
    [(200, True), (202, True), (299, True), (300, False), (400, False), (410, False), (503, False)],
)
async def test_only_a_2xx_is_a_yes(status: int, *, good: bool) -> None:
    async with receiving(status) as receiver:
        assert await told(receiver.url) == (status, "", good)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with receiving() as other:
        away = b"HTTP/1.1 %d Go\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n"
        async with receiving(away % (status, other.url.encode())) as receiver:
            assert await told(receiver.url) == (status, "", False)
        assert other.told == []


async def test_a_body_without_an_end_is_not_read() -> None:
    endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"5\r\nhello\r\n" * 100_000
    async with receiving(endless) as receiver:
        assert await told(receiver.url) == (200, "", True)


async def test_a_receiver_that_is_silent_is_left_in_time() -> None:
    async with receiving(HANG) as receiver:
        began = time.monotonic()
        assert await told(receiver.url, within=0.3) == (None, "no answer in time", False)
        assert time.monotonic() - began < 5


async def test_a_receiver_that_drips_is_left_in_time() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(drip) as port:
        heard = await told(f"http://127.0.0.1:{port}/", within=0.3)
        assert heard == (None, "no answer in time", False)


@pytest.mark.parametrize(
    "answer",
    [
        b"\0garbage\r\n\r\n",
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
    ],
)
async def test_what_is_no_answer_is_not_a_yes(answer: bytes) -> None:
    async with receiving(answer) as receiver:
        status, why, good = await told(receiver.url)
    assert (status, good) == (None, False)
    assert why
    assert str(receiver.port) not in why


async def test_nobody_there_is_said_without_the_address() -> None:
    port = free_port()
    assert await told(f"http://127.0.0.1:{port}/hunter2") == (None, "unreachable", False)
