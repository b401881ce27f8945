"""Faults on order, as a client of the application meets them, and what each one costs."""

from typing import Any

import httpx
import pytest

from adapters.sandbox.app import Sandbox
from adapters.sandbox.delivery import ABORT
from adapters.sandbox.faults import Fault
from tests.adapters.sandbox.calls import bill, order, submit


async def test_withheld_images_are_billed_and_missing_ones_are_not(
    client: httpx.AsyncClient,
) -> None:
    entries = (await submit(client, prompt="[[fault:unsafe:images=1]]", num_images=2)).json()
    safe, withheld = entries["data"]
    assert safe["is_image_safe"] and safe["url"]
    assert not withheld["is_image_safe"] and withheld["url"] is None
    few = await submit(client, prompt="[[fault:fewer:keep=1]]", num_images=3)
    assert len(few.json()["data"]) == 1
    shown = await bill(client)
    assert [(c["billed"], c["withheld"], c["asked"]) for c in shown["calls"]] == [
        (2, 1, 2),
        (1, 0, 3),
    ]
    assert (shown["images"], shown["withheld"], shown["microusd"]) == (3, 1, 240_000)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 422, 429, 500, 502, 503])
async def test_a_status_fault_is_not_billed_except_when_told(
    client: httpx.AsyncClient, status: int
) -> None:
    await order(client, {"kind": str(status)}, {"kind": str(status), "billed": True})
    assert [(await submit(client)).status_code for _ in range(3)] == [status, status, 200]
    shown = await bill(client)
    assert (shown["microusd"], shown["refusals"]) == (160_000, {str(status): 2})


async def test_spoilt_answers_are_billed(client: httpx.AsyncClient) -> None:
    page = await submit(client, prompt="[[fault:html]]")
    assert page.headers["content-type"].startswith("text/html") and page.status_code == 200
    cut = await submit(client, prompt="[[fault:truncated]]")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        cut.json()
    noted = await submit(client, prompt="[[fault:notice]] [[fault:cookie]]")
    assert noted.json()["notice"] and noted.cookies["upstream_session"]
    assert (await bill(client))["images"] == 3


async def test_links_can_be_dead_foreign_or_lead_to_no_picture(
    client: httpx.AsyncClient,
) -> None:
    dead, fine = (
        (await submit(client, prompt="[[fault:dead_link:images=0]]", num_images=2)).json()
    )["data"]
    assert (await client.get(dead["url"])).status_code == 404
    assert (await client.get(fine["url"])).status_code == 200
    (foreign,) = (await submit(client, prompt="[[fault:foreign_link]]")).json()["data"]
    assert httpx.URL(foreign["url"]).host == "elsewhere.invalid"
    (wrong,) = (await submit(client, prompt="[[fault:wrong_bytes]]")).json()["data"]
    answer = await client.get(wrong["url"])
    assert answer.headers["content-type"] == "image/png" and b"<!doctype" in answer.content


async def test_a_reset_without_a_transport_breaks_the_application(
    client: httpx.AsyncClient,
) -> None:
    for prompt in ("[[fault:reset_before]]", "[[fault:reset_after]]", "[[fault:cut]]"):
        with pytest.raises(ConnectionResetError):
            await submit(client, prompt=prompt)
    await order(client, {"kind": "reset_before", "path": "/generate"})
    with pytest.raises(ConnectionResetError):
        await submit(client)
    assert (await bill(client))["accepted"] == 2


async def test_a_server_that_lends_its_transport_has_it_cut_and_nothing_said(
    sandbox: Sandbox,
) -> None:
    cuts: list[str] = []
    coming: list[dict[str, Any]] = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> dict[str, Any]:
        return coming.pop() if coming else {"type": "http.disconnect"}

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/generate",
        "query_string": b"",
        "headers": [(b"api-key", b"first-key")],
        "extensions": {ABORT: lambda: cuts.append("cut")},
    }
    sandbox.faults.order([Fault(kind="reset_before"), Fault(kind="reset_before", prompt="fox")])
    await sandbox(scope, receive, None)  # type: ignore[arg-type]  # nothing is to be sent
    assert (cuts, coming) == (["cut"], [])
    scope["headers"] = [(b"api-key", b"first-key"), (b"content-type", b"application/json")]
    coming.append({"type": "http.request", "body": b'{"image_request":{"prompt":"a fox"}}'})
    await sandbox(scope, receive, None)  # type: ignore[arg-type]  # nothing is to be sent
    assert cuts == ["cut", "cut"]
    await sandbox(scope, receive, None)  # type: ignore[arg-type]  # it left before its body ended
    assert sandbox.bill.accepted == 0
