"""What a repeat gets when whose it is, what was read of it or where it lies is out of the ordinary."""

import asyncio
import base64
import json
import os
import socket
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from tests.contract.gateway import Gateway
from tests.money.books import UNIT
from tests.money.fleet import Fleet, app, draw, error, pictures, png, slowly, start_fleet

AGAIN: Final = {"x-stainless-retry-count": "1"}
SHORT: Final = {"x-stainless-read-timeout": "0.6"}
SAFE: Final = ("--appendonly", "yes", "--appendfsync", "always")
SEALED_BYTES: Final = 4_096  # what is kept of ten pictures; each has some 100,000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the upstream's pictures lie."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def started(folder: Path) -> Iterator[Fleet]:
    with start_fleet(2, *SAFE, folder=folder) as running:
        yield running


@pytest_asyncio.fixture
async def fleet(started: Fleet) -> AsyncIterator[Fleet]:
    yield started
    await started.settled()


@pytest.fixture
def prompt() -> str:
    """Like no other test's, so that its calls can be counted."""
    return f"a fox {uuid.uuid4().hex}"


@pytest.fixture
def keyed(prompt: str) -> dict[str, str]:
    return {"idempotency-key": prompt}


@pytest.fixture
def stranger(started: Fleet) -> dict[str, str]:
    """The credential of another app of the same project."""
    status, key = started.command("keys", "create", "--name", "another app")
    assert status == 0, key
    return {"authorization": f"Bearer {key.strip()}"}


async def test_an_idempotency_key_is_of_the_app_that_sent_it(
    fleet: Fleet, prompt: str, keyed: dict[str, str], stranger: dict[str, str]
) -> None:
    own = await draw(fleet.gateways[0], prompt, keyed)
    other = await draw(fleet.gateways[1], prompt, keyed | stranger)
    assert pictures(own) != pictures(other)
    assert pictures(await draw(fleet.gateways[0], prompt, keyed | stranger)) == pictures(other)
    assert fleet.calls(prompt) == 2


async def test_a_retry_claims_nothing_of_another_app(
    fleet: Fleet, prompt: str, stranger: dict[str, str]
) -> None:
    asked = slowly(prompt)
    assert (await draw(fleet.gateways[0], asked, SHORT)).status_code == 504
    other = await draw(fleet.gateways[1], asked, AGAIN | stranger)
    assert "x-ideogate-replayed" not in other.headers
    assert fleet.calls(prompt) == 2
    own = await draw(fleet.gateways[1], asked, AGAIN)
    assert own.headers["x-ideogate-replayed"] == "true"
    assert pictures(own) != pictures(other)
    assert fleet.calls(prompt) == 2


async def test_another_body_is_refused_while_the_first_is_still_drawn(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    first = asyncio.create_task(draw(fleet.gateways[0], slowly(prompt), keyed))
    await fleet.drawing(prompt)
    other = await draw(fleet.gateways[1], slowly(prompt), keyed, n=2)
    assert error(other) == (422, "idempotency_key_reused", None)
    assert len(pictures(await first)) == 1
    assert fleet.calls(prompt) == 1


@pytest.mark.parametrize("safe", [0, 1], ids=["all", "some"])
async def test_what_was_withheld_is_withheld_again_and_billed_once(
    fleet: Fleet, prompt: str, keyed: dict[str, str], safe: int
) -> None:
    before = await fleet.settled()
    asked = f"[[fault:unsafe{':images=0' * safe}]] {prompt}"
    first, again = [await draw(one, asked, keyed, n=2) for one in fleet.gateways]
    assert again.json() == first.json()
    if safe:
        assert len(pictures(again)) == 1
    else:
        assert error(again) == error(first) == (400, "moderation_blocked", "false")
    assert again.headers["x-ideogate-cost-usd"] == "0.120000"
    assert fleet.calls(prompt) == 1
    assert await fleet.settled() == before | {"posted": before["posted"] + 2 * UNIT}


def lying_in(folder: Path) -> set[Path]:
    return set(folder.glob("*.png"))


async def test_pictures_are_not_kept_but_downloaded_again(
    fleet: Fleet, folder: Path, prompt: str, keyed: dict[str, str]
) -> None:
    before = lying_in(folder)
    first = await draw(fleet.gateways[0], prompt, keyed, n=10)
    drawn = sorted(lying_in(folder) - before)
    assert len(pictures(first)) == len(drawn) == 10
    order = first.headers["x-ideogate-order"]
    kept = fleet.dump.hgetall(f"ig:{{org-default}}:result:{order}")
    assert sum(len(sealed) for sealed in kept.values()) < SEALED_BYTES

    bill, posted = fleet.upstream.bill()["microusd"], await fleet.settled()
    other = png(32, 32)
    for picture in drawn:
        picture.write_bytes(other)
    again = await draw(fleet.gateways[1], prompt, keyed, n=10)
    assert [base64.b64decode(one) for one in pictures(again)] == [other] * 10

    for picture in drawn:
        picture.unlink()
    gone = await draw(fleet.gateways[1], prompt, keyed, n=10)
    assert error(gone) == (502, "result_expired", "false")
    assert gone.headers["x-ideogate-replayed"] == "true"
    assert (fleet.upstream.bill()["microusd"], await fleet.settled()) == (bill, posted)


def half_read(
    gateway: Gateway, body: dict[str, Any], words: bytes, headers: Mapping[str, str] | None = None
) -> bytes:
    """Post, read until these words have come, and hang up."""
    content = json.dumps(body).encode()
    told = {
        "host": gateway.host,
        "authorization": f"Bearer {gateway.key}",
        "content-type": "application/json",
        "content-length": str(len(content)),
        **(headers or {}),
    }
    head = "".join(f"{name}: {text}\r\n" for name, text in told.items())
    whole = f"POST /v1/images/generations HTTP/1.1\r\n{head}\r\n".encode() + content
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(20)
        line.connect((gateway.host, gateway.port))
        line.sendall(whole)
        found = b""
        while words not in found:
            part = line.recv(1024)
            assert part, found
            found += part
    return found


async def retried(fleet: Fleet, body: dict[str, Any]) -> httpx.Response:
    async with app(fleet.gateways[1]) as client:
        return await client.post("/images/generations", json=body, headers=AGAIN)


async def unclaimed(fleet: Fleet, order: str) -> None:
    """Until the gateway has seen that nobody reads its answer any more."""
    async with asyncio.timeout(15):
        while fleet.dump.hexists(f"ig:{{org-default}}:order:{order}", "claimed"):  # noqa: ASYNC110  the store rings no bell
            await asyncio.sleep(0.05)


async def test_an_answer_that_was_read_in_part_is_claimed_whole(
    fleet: Fleet, folder: Path, prompt: str
) -> None:
    before = lying_in(folder)
    asked = slowly(prompt)
    assert (await draw(fleet.gateways[0], asked, SHORT, n=8)).status_code == 504
    body = {"prompt": asked, "n": 8}
    await fleet.settled()
    for picture in lying_in(folder) - before:  # so much that it cannot wait on the way
        noise = Image.frombytes("RGB", (700, 700), os.urandom(700 * 700 * 3))
        noise.save(picture, compress_level=0)
    found = await asyncio.to_thread(half_read, fleet.gateways[0], body, b'"b64_json":', AGAIN)
    head = found.decode("latin-1").split("\r\n")
    assert head[0].startswith("HTTP/1.1 200 ") and "x-ideogate-replayed: true" in head
    (order,) = (line.split()[1] for line in head if line.startswith("x-ideogate-order: "))
    await unclaimed(fleet, order)
    reply = await retried(fleet, body)
    assert reply.headers["x-ideogate-order"] == order
    assert len(set(pictures(reply))) == 8
    assert "x-ideogate-replayed" not in (await retried(fleet, body)).headers  # it has been read now
    assert fleet.calls(prompt) == 2


async def test_a_stream_that_was_left_after_its_first_picture_is_claimed_whole(
    fleet: Fleet, prompt: str
) -> None:
    fleet.upstream.faults(
        [{"kind": "slow", "prompt": prompt, "seconds": seconds} for seconds in (0.0, 1.5)]
    )
    body = {"prompt": prompt, "n": 2, "seed": 7, "stream": True}  # a seed is a call by itself
    await asyncio.to_thread(half_read, fleet.gateways[0], body, b"image_generation.completed")
    assert fleet.calls(prompt) == 2
    reply = await retried(fleet, body)
    lines = [line[6:] for line in reply.text.splitlines() if line.startswith("data: ")]
    assert [json.loads(line)["index"] for line in lines] == [0, 1]
    assert fleet.calls(prompt) == 2


async def once_back(fleet: Fleet, prompt: str, headers: dict[str, str]) -> httpx.Response:
    """As soon as the gateway has found its store again."""
    async with asyncio.timeout(15):
        while True:
            reply = await draw(fleet.gateways[0], prompt, headers)
            if reply.status_code != 503:
                return reply
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("told", ["key", "retry"])
async def test_a_result_outlives_a_restart_of_the_store(
    fleet: Fleet, prompt: str, keyed: dict[str, str], told: str
) -> None:
    asked = slowly(prompt)
    first, again = (keyed, keyed) if told == "key" else (SHORT, AGAIN)
    before = await draw(fleet.gateways[1], asked, first)
    await fleet.settled()
    fleet.store.kill()
    fleet.store.start()
    reply = await once_back(fleet, asked, again)
    assert reply.headers["x-ideogate-replayed"] == "true"
    assert len(pictures(reply)) == 1
    if told == "key":
        assert pictures(reply) == pictures(before)
    assert fleet.calls(prompt) == 1
