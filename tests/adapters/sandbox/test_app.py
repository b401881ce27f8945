"""The stand-in as an application: who gets in, what is counted, what is billed."""

import asyncio
from typing import Any

import httpx
import pytest

from adapters.sandbox.app import Sandbox
from adapters.sandbox.refusal import Refusal
from adapters.sandbox.wire import MAX_FILE, Gone, parts_of, read
from tests.adapters.sandbox.calls import LINKS, SMALL, bill, in_progress, order, submit
from tests.contract.submits import form


async def test_a_wrong_path_method_or_key_is_told_before_the_body(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.post("/v1/edit")).status_code == 404
    answer = await client.get("/generate")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    for key in ("", "other-key"):
        answer = await client.post("/generate", headers={"api-key": key})
        assert (answer.status_code, list(answer.json())) == (401, ["error"])
    shown = await bill(client)
    assert shown["refusals"] == {"401": 2, "404": 1, "405": 1}
    assert shown["submits"] == {"/v1/edit": 1, "/generate": 3}


@pytest.mark.parametrize(
    ("path", "headers", "content"),
    [
        ("/generate", {"content-type": "text/plain"}, b"{}"),
        ("/generate", {"content-type": "application/json"}, b"{"),
        ("/generate", {"content-type": "application/json"}, b"[]"),
        ("/generate", {"content-type": "application/json"}, b"[" * 100_000),
        ("/generate", {}, b""),
        ("/edit", {"content-type": "application/json"}, b"{}"),
        ("/edit", {"content-type": "multipart/form-data"}, b"--x--"),
        ("/edit", {"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nbroken"),
        ("/edit", {"content-type": "multipart/form-data; boundary=x"}, b""),
    ],
)
async def test_a_body_of_the_wrong_kind_is_refused(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], content: bytes
) -> None:
    answer = await client.post(path, headers=headers, content=content)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


@pytest.mark.parametrize(
    ("files", "naming"),
    [
        ([("prompt", (None, b"\xff"))], "UTF-8"),
        ([("prompt", (None, b"a")), ("prompt", (None, b"b"))], "2 times"),
        ([("prompt", ("a.txt", b"a"))], "must not be a file"),
        ([("prompt", (None, b"  "))], "blank"),
        (
            [("prompt", (None, b"a")), ("enable_copyright_detection", (None, b"yes"))],
            "true or false",
        ),
        ([("prompt", (None, b"a")), ("sead", (None, b"\xff"))], "sead"),
        ([("prompt", (None, b"a")), ("color_palette", (None, b'{"name":"EMBER"}'))], "json"),
    ],
)
async def test_a_part_that_cannot_be_read_is_refused_by_name(
    client: httpx.AsyncClient, files: Any, naming: str
) -> None:
    answer = await client.post("/v1/ideogram-v3/generate", files=files)
    assert answer.status_code == 400 and naming in answer.json()["error"]


async def test_an_image_request_may_come_as_plain_text(client: httpx.AsyncClient) -> None:
    files = {"image_request": (None, b'{"prompt": 7}'), "image_file": ("a.png", b"")}
    answer = await client.post("/remix", files=files)
    assert answer.status_code == 400 and "prompt must be a string" in answer.json()["error"]


async def test_a_body_over_the_limit_is_refused_while_reading() -> None:
    chunks = iter([b"x" * 6, b"x" * 6, b"never read"])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(chunks), "more_body": True}

    with pytest.raises(Refusal) as no:
        await read(receive, limit=10)
    assert no.value.status == 413
    assert next(chunks) == b"never read"


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(Refusal) as no:
        parts_of(*form([("image", "a.png", "image/png", bytes(MAX_FILE + 1))]))
    assert no.value.status == 413


async def test_a_client_that_leaves_before_the_end_is_nobody() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(Gone):
        await read(receive)


async def test_pictures_come_under_their_links_and_from_a_mount_of_their_own(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    link = (await submit(client)).json()["data"][0]["url"]
    assert link.startswith(f"{LINKS}/images/")
    mounted = httpx.AsyncClient(transport=httpx.ASGITransport(sandbox.pictures))
    for reader in (client, mounted):
        picture = await reader.get(link)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert picture.content.startswith(b"\x89PNG")
        assert (await reader.head(link)).headers["content-length"] == str(len(picture.content))
        assert (await reader.get(link.partition("?")[0])).status_code == 404
        assert (await reader.delete(link)).status_code == 405
    await mounted.aclose()


async def test_one_seed_for_several_images_gives_the_same_picture_each_time(
    client: httpx.AsyncClient,
) -> None:
    entries = (await submit(client, seed=5, num_images=2)).json()["data"]
    assert [entry["seed"] for entry in entries] == [5, 5]
    first, second = [(await client.get(entry["url"])).content for entry in entries]
    assert first == second


async def test_accepted_images_are_billed_with_all_that_was_sent(
    client: httpx.AsyncClient,
) -> None:
    await submit(client, num_images=2, seed=5)
    await submit(client, model="V_2_TURBO", cookie="no field")
    shown = await bill(client)
    (call,) = shown["calls"]
    assert (shown["microusd"], shown["images"], shown["accepted"]) == (160_000, 2, 1)
    assert call["sent"] == {"image_request": SMALL | {"num_images": 2, "seed": 5}}
    assert (call["sequence"], call["operation"], call["model"]) == (1, "generate", "V_2")
    assert (call["prompt"], call["seeds"], call["key"]) == ("a fox", [5, 5], "-key")


async def test_images_in_progress_over_the_limit_get_the_documented_429(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/__sandbox__/limit", json={"limit": 4})
    slow = asyncio.create_task(submit(client, prompt="[[fault:slow:seconds=0.3]]", num_images=3))
    await in_progress(client, 3)
    busy = await submit(client, num_images=2)
    assert (busy.status_code, busy.json()["reject_reason"]) == (429, "inflight_limit")
    assert busy.json()["max_inflight_requests"] == 4
    assert busy.json()["task_completion_speed"] in ("fast", "slow")
    assert (await submit(client)).status_code == 200
    assert (await slow).status_code == 200
    state = (await client.get("/__sandbox__/state")).json()
    assert state == {"in_progress": 0, "max_seen": 4, "limit": 4}


async def test_a_client_that_leaves_stops_neither_drawing_nor_bill(
    client: httpx.AsyncClient,
) -> None:
    leaving = asyncio.create_task(submit(client, prompt="[[fault:slow:seconds=0.1]]"))
    await in_progress(client, 1)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert (await client.get("/__sandbox__/state")).json()["in_progress"] == 1
    await in_progress(client, 0)
    assert (await bill(client))["images"] == 1


async def test_the_control_plane_shows_resets_and_refuses(client: httpx.AsyncClient) -> None:
    await order(client, {"kind": "500", "count": 3})
    assert (await submit(client)).status_code == 500
    (fault,) = (await client.get("/__sandbox__/faults")).json()["faults"]
    assert fault["count"] == 2
    assert (await client.post("/__sandbox__/reset", json={})).json() == {"ok": True}
    shown = await bill(client)
    assert (shown["submits"], shown["refusals"], shown["calls"]) == ({}, {}, [])
    assert (await submit(client)).status_code == 200
    assert (await client.post("/__sandbox__/elsewhere")).status_code == 404
    assert (await client.post("/__sandbox__/limit", content=b"\xff")).status_code == 400
    wrong = await client.post("/__sandbox__/faults", json=[{"kind": "meteor"}])
    assert (wrong.status_code, list(wrong.json())) == (400, ["error"])


async def test_only_http_is_spoken(sandbox: Sandbox) -> None:
    with pytest.raises(TypeError, match="websocket"):
        await sandbox({"type": "websocket"}, None, None)  # type: ignore[arg-type]  # never used
