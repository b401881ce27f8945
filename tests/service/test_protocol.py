"""Before there is a request: connections that say nothing, or never finish saying it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar.types import Receive, Scope, Send

from service.outbox import Answer, send_answer
from service.protocol import Protocol
from tests.service.wire import dial, request, serving


class Impatient(Protocol):
    head_seconds = 0.15


class Brief(Protocol):
    head_bytes = 1000


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    whole, more = b"", True
    while more:
        message = await receive()
        whole += message.get("body", b"")  # type: ignore[operator]
        more = bool(message.get("more_body"))
    await send_answer(send, Answer(chunks=[scope["method"].encode(), b" ", whole]))  # type: ignore[typeddict-item]


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(echo, Impatient) as found:
        yield found


async def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    async with dial(port) as line:
        assert await line.hung_up()


async def test_a_head_that_stops_is_408(port: int) -> None:
    async with dial(port) as line:
        await line.send(b"GET / HTTP/1.1\r\nhost")
        answer = await line.answer()
        assert await line.hung_up()
    assert (answer.status, answer.error["code"]) == (408, "request_timeout")


async def test_a_head_that_stops_after_a_served_request_is_408_too(port: int) -> None:
    async with dial(port) as line:
        await line.send(request("GET", "/"))
        assert (await line.answer()).status == 200
        await line.send(b"GET / HT")
        assert (await line.answer()).status == 408


async def test_line_breaks_between_requests_do_not_keep_a_connection(port: int) -> None:
    async with dial(port) as line:
        await line.send(request("GET", "/"))
        assert (await line.answer()).status == 200
        await line.send(b"\r\n")
        assert await line.hung_up()


async def test_the_clock_of_the_head_does_not_run_during_the_body(port: int) -> None:
    async with dial(port) as line:
        await line.send(request("POST", "/", [("content-length", "3")]))
        await asyncio.sleep(0.3)
        await line.send(b"abc")
        assert (await line.answer()).body == b"POST abc"


async def test_a_head_may_come_in_pieces_and_must_not_be_too_long() -> None:
    async with serving(echo, Brief) as port, dial(port) as line:
        for byte in request("GET", "/", [("x-long", "a" * 300)]):
            await line.send(bytes([byte]))
        assert (await line.answer()).status == 200
        await line.send(b"GET / HTTP/1.1\r\nx-long: ")
        for _ in range(3):
            await asyncio.sleep(0.02)  # else they may arrive as one
            await line.send(b"a" * 600)
        answer = await line.answer()
    assert (answer.status, answer.error["code"]) == (413, "request_too_large")


async def test_a_large_body_does_not_count_as_a_head(port: int) -> None:
    body = b"a" * 5000
    async with dial(port) as line:
        for _ in range(2):
            await line.send(request("POST", "/", body=body))
            assert (await line.answer()).body == b"POST " + body


@pytest.mark.parametrize("cut", [1, 40, 150, 190, -1])
async def test_a_declined_upgrade_keeps_body_and_connection(port: int, cut: int) -> None:
    offer = [
        ("connection", "upgrade, http2-settings"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAEA"),
    ]
    chunks = [*offer, ("transfer-encoding", "chunked")]
    async with dial(port) as line:
        whole = request("POST", "/", offer, b"a body of some length")
        await line.send(whole[:cut])
        await asyncio.sleep(0.02)
        await line.send(whole[cut:])
        assert (await line.answer()).body == b"POST a body of some length"
        await line.send(request("POST", "/", chunks, b"3\r\nabc\r\n0\r\n\r\n"))
        assert (await line.answer()).body == b"POST abc"
        await line.send(request("GET", "/", offer))
        assert (await line.answer()).body == b"GET "
        await line.send(request("GET", "/"))
        assert (await line.answer()).status == 200


async def test_a_client_that_waits_for_100_continue_may_offer_an_upgrade(port: int) -> None:
    told = [("connection", "upgrade"), ("upgrade", "h2c"), ("expect", "100-continue")]
    async with dial(port) as line:
        await line.send(request("POST", "/", [*told, ("content-length", "3")]))
        assert b"100 Continue" in await line.reader.readuntil(b"\r\n\r\n")
        await line.send(b"abc")
        assert (await line.answer()).body == b"POST abc"


async def test_garbage_behind_a_begun_answer_only_cuts_it_off() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await receive()
        await receive()

    async with serving(slow) as port, dial(port) as line:
        await line.send(request("GET", "/"))
        await line.reader.readuntil(b"begun\r\n")
        await line.send(b"\x00\x00garbage\r\n\r\n")
        async with asyncio.timeout(5):
            assert await line.reader.read() == b""
