"""Complete answers over real connections: kept between calls, with nothing of a call in them."""

import asyncio
import gzip
import socket

import pytest

from adapters.ideogram.outcome import Delivered, Unknown
from adapters.ideogram.transport import kept_alive, pooled
from tests.adapters.ideogram.accounts import CHUNKED, GENERATE, GOOD, KEY, LARGE, Loopback, account
from tests.adapters.ideogram.raw_server import Line, Script, http, raw_server, reply


@pytest.mark.parametrize(
    "words",
    [
        http(GOOD),
        CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD),
        b"HTTP/1.1 200 OK\r\n\r\n" + GOOD,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + http(GOOD),
        http(GOOD, more=f"content-security-policy: {'a' * 30_000}\r\n"),
        http(gzip.compress(GOOD), more="content-encoding: gzip\r\n"),
    ],
    ids=["length", "chunked", "until close", "after early hints", "a long header", "gzip"],
)
async def test_a_complete_answer_is_delivered_however_it_is_framed(words: bytes) -> None:
    async with raw_server(reply(words)) as server, account(server.url) as client:
        outcome = await client.submit(GENERATE)
    assert isinstance(outcome, Delivered)
    assert [picture.seed for picture in outcome.pictures] == [7]


async def test_a_large_upload_arrives_whole_with_its_length_announced() -> None:
    async with raw_server(reply(http(GOOD))) as server, account(server.url) as client:
        assert isinstance(await client.submit(LARGE), Delivered)
        (head,), (body,) = server.heads, server.bodies
    assert LARGE.files[0].content in body
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert b"transfer-encoding" not in head.lower()


async def test_the_request_carries_the_key_our_name_and_nothing_of_the_library() -> None:
    async with (
        raw_server(reply(http(GOOD))) as server,
        account(server.url + "/ideogram/") as client,
    ):
        await client.submit(GENERATE)
        (head,) = server.heads
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /ideogram/v1/ideogram-v3/generate HTTP/1.1"
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    assert headers.pop("content-type").startswith("multipart/form-data; boundary=")
    assert headers.pop("content-length").isdecimal()
    assert headers == {
        "host": server.netloc,
        "api-key": KEY,
        "accept": "application/json",
        "accept-encoding": "identity",
        "user-agent": "ideogate/0.1",
    }


# Connections are kept, state is not.


def _keeping(*answers: bytes) -> Script:
    async def script(line: Line) -> None:
        for answer in answers:
            await line.request()
            await line.say(answer)
        await line.until_closed()

    return script


async def test_a_connection_is_used_again_and_cookies_are_not() -> None:
    cookie = http(GOOD, more="set-cookie: session=of-another-customer; path=/\r\n")
    async with (
        raw_server(_keeping(cookie, cookie)) as server,
        account(
            server.url.replace("127.0.0.1", "supplier.test"),
            transport=pooled(resolver=Loopback()),
        ) as client,
    ):
        await client.submit(GENERATE)
        assert isinstance(await client.submit(GENERATE), Delivered)
        assert server.lines == 1
        assert len(server.heads) == 2
        assert not any(b"cookie" in head.lower() for head in server.heads)


async def test_a_kept_connection_that_dies_under_a_request_does_not_send_it_twice() -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(http(GOOD))
        await line.request()  # takes the second body and hangs up

    async with raw_server(script) as server, account(server.url) as client:
        assert isinstance(await client.submit(GENERATE), Delivered)
        assert isinstance(await client.submit(GENERATE), Unknown)
        await asyncio.sleep(0.05)
        assert len(server.bodies) == 2
        assert server.lines == 1


async def test_a_kept_connection_that_the_peer_closed_is_not_used_again() -> None:
    async with raw_server(reply(http(GOOD))) as server, account(server.url) as client:
        for _ in range(3):
            assert isinstance(await client.submit(GENERATE), Delivered)
            await asyncio.sleep(0.02)  # lets the end of the connection arrive
        assert server.lines == 3
        assert len(server.bodies) == 3


async def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else() -> None:
    async with raw_server(reply(http(GOOD))) as elsewhere:
        moved = http(b"", status="302 Found", more=f"location: {elsewhere.url}/x\r\n")
        async with raw_server(reply(moved)) as server, account(server.url) as client:
            assert isinstance(await client.submit(GENERATE), Unknown)
        assert elsewhere.lines == 0


async def test_many_calls_at_once_do_not_wait_for_each_other() -> None:
    everyone = asyncio.Barrier(120)  # more than a pool's usual 100 places

    async def script(line: Line) -> None:
        await line.request()
        await everyone.wait()
        await line.say(http(GOOD))

    async with raw_server(script) as server, account(server.url) as client:
        outcomes = await asyncio.gather(*(client.submit(GENERATE) for _ in range(120)))
    assert all(isinstance(outcome, Delivered) for outcome in outcomes)


def test_probes_keep_a_silent_connection_alive() -> None:
    with kept_alive((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 0))) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
