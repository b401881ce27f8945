"""Bodies come in whole and bounded, or are refused while the connection ends in order."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import repeat

import pytest

from service.budget import ByteBudget
from service.front import Front
from service.intake import Intake
from tests.service.conftest import Site
from tests.service.pouring import CHUNKED, Reading, chunk, poured
from tests.service.wire import dial, request, serving

GENERATE = "/v1/images/generations"
JSON = ("content-type", "application/json")
MIB = 1024 * 1024


# -- through the gateway, which takes 1 MiB at most


async def test_a_body_that_announces_too_much_is_refused_unread(untouched: Site) -> None:
    told = [untouched.bearer, JSON, ("content-length", str(MIB + 1))]
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, told))
        answer = await line.answer()
    assert (answer.status, answer.error["code"], answer.closing) == (413, "request_too_large", True)


async def test_a_body_that_grows_too_large_is_refused(untouched: Site) -> None:
    told = [untouched.bearer, JSON, CHUNKED]
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, told))
        answer, _ = await poured(line, repeat(chunk(b"a" * 64 * 1024), 18))
    assert (answer.status, answer.error["code"], answer.closing) == (413, "request_too_large", True)


async def test_a_chunked_body_is_read_like_any_other(untouched: Site) -> None:
    told = [untouched.bearer, JSON, CHUNKED, ("x-ideogate-dry-run", "true")]
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, told))
        pieces = (b'{"prompt"', b': "a li', b'ghthouse"}', b"")
        answer, _ = await poured(line, map(chunk, pieces))
    assert (answer.status, answer.closing) == (200, False)


@pytest.mark.parametrize("broken", [b"zz\r\n", b"5\r\nabcdefgh\r\n", b"ffffffffffffffffff\r\n"])
async def test_broken_chunks_are_refused(broken: bytes, untouched: Site) -> None:
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, [untouched.bearer, JSON, CHUNKED]))
        await line.send(broken)
        answer = await line.answer()
    assert (answer.status, answer.error["code"]) == (400, "invalid_value")


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "image/png"]
)
async def test_another_content_type_is_415(kind: str, untouched: Site) -> None:
    async with dial(untouched.port) as line:
        told = [untouched.bearer, ("content-type", kind)]
        await line.send(request("POST", GENERATE, told, b'{"prompt": "a"}'))
        answer = await line.answer()
    assert (answer.status, answer.error["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("coding", ["gzip", "GZip", "deflate", "br", "gzip, identity", "zst\xe4d"])
async def test_a_packed_body_is_415_and_names_the_header(coding: str, untouched: Site) -> None:
    async with dial(untouched.port) as line:
        told = [untouched.bearer, JSON, ("content-encoding", coding)]
        await line.send(request("POST", GENERATE, told, gzip.compress(b'{"prompt": "a"}')))
        answer = await line.answer()
    assert (answer.status, answer.error["code"]) == (415, "unsupported_media_type")
    assert (answer.error["type"], answer.error["param"]) == (
        "invalid_request_error",
        "Content-Encoding",
    )
    assert "Content-Encoding" in answer.error["message"]


@pytest.mark.parametrize("path", ["edits", "variations", "descriptions"])
async def test_a_packed_form_is_415_too(path: str, untouched: Site) -> None:
    async with dial(untouched.port) as line:
        kind = ("content-type", "multipart/form-data; boundary=XX")
        told = [untouched.bearer, kind, ("content-encoding", "gzip")]
        await line.send(request("POST", f"/v1/images/{path}", told, gzip.compress(b"--XX--")))
        answer = await line.answer()
    assert (answer.status, answer.error["param"]) == (415, "Content-Encoding")


@pytest.mark.parametrize("coding", ["", "identity", "Identity"])
async def test_a_body_that_says_it_is_not_packed_is_read(coding: str, untouched: Site) -> None:
    async with dial(untouched.port) as line:
        told = [untouched.bearer, JSON, ("content-encoding", coding), ("x-ideogate-dry-run", "1")]
        await line.send(request("POST", GENERATE, told, b'{"prompt": "a"}'))
        assert (await line.answer()).status == 200


@pytest.mark.parametrize(
    "kind", [None, "application/json; charset=utf-8", "Text/Plain", "application/vnd.api+json"]
)
async def test_json_is_taken_under_the_names_it_comes_with(
    kind: str | None, untouched: Site
) -> None:
    told = [untouched.bearer, ("x-ideogate-dry-run", "true")]
    told += [("content-type", kind)] if kind else []
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, told, b'{"prompt": "a"}'))
        assert (await line.answer()).status == 200


@pytest.mark.parametrize(
    ("target", "told", "status"),
    [
        (GENERATE, [], 401),
        (GENERATE, [("authorization", "Bearer wrong")], 401),
        ("/v1/nowhere", [], 404),
        ("/v1/models", [], 405),
    ],
)
async def test_a_refusal_does_not_wait_for_the_body(
    target: str, told: list[tuple[str, str]], status: int, untouched: Site
) -> None:
    """The answer comes while nothing of the body has."""
    async with dial(untouched.port) as line:
        await line.send(request("POST", target, [*told, JSON, ("content-length", "900000")]))
        async with asyncio.timeout(1.5):  # well before the drain gives up
            top = await line.reader.readuntil(b"\r\n\r\n")
    assert f" {status} ".encode() in top
    assert b"connection: close" in top


async def test_a_refused_caller_that_sends_on_can_read_its_answer(untouched: Site) -> None:
    body = b"a" * (900 * 1024)
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, [JSON], body))
        answer = await line.answer()
        assert (answer.status, answer.closing) == (401, True)
        assert await line.hung_up()


async def test_at_most_a_mebibyte_of_a_refused_body_is_read(untouched: Site) -> None:
    sent, most = 0, 64 * MIB
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, [JSON, ("content-length", str(most))]))
        with suppress(OSError):  # reset or broken pipe: it was hung up on
            while sent < most:
                await line.send(b"a" * 256 * 1024)
                sent += 256 * 1024
    assert sent < 32 * MIB  # what was read, and what the two kernels hold


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([], 401),
        ([("content-length", str(2 * MIB))], 413),
        ([("content-type", "image/png")], 415),
    ],
)
async def test_who_waits_for_100_continue_is_not_told_to_go_on(
    told: list[tuple[str, str]], status: int, untouched: Site
) -> None:
    names = {name for name, _ in told}
    told = [*told, ("expect", "100-continue")]
    told += [untouched.bearer] if status != 401 else []
    told += [("content-length", "20")] if "content-length" not in names else []
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, told))
        answer = await line.answer()
    assert (answer.status, answer.interim, answer.closing) == (status, [], True)


async def test_who_may_draw_is_told_to_go_on(untouched: Site) -> None:
    told = [untouched.bearer, JSON, ("expect", "100-continue"), ("content-length", "15")]
    told.append(("x-ideogate-dry-run", "true"))
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, told))
        assert b"100 Continue" in await line.reader.readuntil(b"\r\n\r\n")
        await line.send(b'{"prompt": "a"}')
        assert (await line.answer()).status == 200


async def test_a_connection_is_kept_over_refusals_of_read_bodies(untouched: Site) -> None:
    async with dial(untouched.port) as line:
        for _ in range(3):
            await line.send(request("POST", GENERATE, [untouched.bearer, JSON], b"{}"))
            assert (await line.answer()).status == 400


async def test_pipelined_requests_are_answered_in_turn(untouched: Site) -> None:
    told = [untouched.bearer, JSON]
    async with dial(untouched.port) as line:
        await line.send(request("POST", GENERATE, told, b"{}") + request("GET", "/v1/models", told))
        assert [(await line.answer()).status, (await line.answer()).status] == [400, 200]


# -- the room by itself, behind the real server


@pytest.fixture
def budget() -> ByteBudget:
    return ByteBudget(1000)


@pytest.fixture
def reading(budget: ByteBudget) -> Reading:
    return Reading(Intake(800, budget, stall=0.15, whole=0.6, full=0.15).json_body)


@pytest.fixture
async def port(reading: Reading) -> AsyncIterator[int]:
    async with serving(Front(reading, ())) as found:
        yield found


async def test_an_upload_that_stalls_is_408(port: int, budget: ByteBudget) -> None:
    async with dial(port) as line:
        await line.send(request("POST", "/", [("content-length", "500")]) + b"abc")
        answer = await line.answer()
    assert (answer.status, answer.error["code"], answer.closing) == (408, "request_timeout", True)
    assert answer.headers["x-should-retry"] == "true"
    assert budget.used == 0


async def test_an_upload_that_trickles_for_ever_is_408(port: int, budget: ByteBudget) -> None:
    async with dial(port) as line:
        await line.send(request("POST", "/", [("content-length", "500")]))
        answer, _ = await poured(line, repeat(b"a", 40), pause=0.05)
        assert answer.status == 408
    assert budget.used == 0


async def test_a_caller_that_leaves_during_its_upload_is_nobody_s_error(
    port: int, reading: Reading, budget: ByteBudget
) -> None:
    async with dial(port) as line:
        await line.send(request("POST", "/", [("content-length", "500")]) + b"abc")
    async with asyncio.timeout(5):
        await reading.left.wait()
    await asyncio.sleep(0)
    assert budget.used == 0


async def test_an_upload_waits_for_memory_and_then_gets_it(port: int, budget: ByteBudget) -> None:
    await budget.take(900)
    async with dial(port) as line:
        await line.send(request("POST", "/", body=b"a" * 500))
        await asyncio.sleep(0.05)
        budget.give(900)
        answer = await line.answer()
    assert (answer.status, answer.body) == (200, b"500")


async def test_without_memory_an_upload_is_sent_away_to_come_again(
    port: int, budget: ByteBudget
) -> None:
    await budget.take(900)
    async with dial(port) as line:
        await line.send(request("POST", "/", body=b"a" * 500))
        answer = await line.answer()
    assert (answer.status, answer.error["code"], answer.closing) == (503, "overloaded", True)
    assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("5", "true")
    assert budget.used == 900
