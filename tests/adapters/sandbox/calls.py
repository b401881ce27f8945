"""What tests ask of a sandbox: a small submit, its bill, a fault, its state."""

import asyncio
from typing import Any

import httpx
import pytest

SMALL = {"prompt": "a fox", "model": "V_2", "resolution": "RESOLUTION_832_960"}
KEY = {"api-key": "first-key"}
LINKS = "http://pictures.test/sandbox"


async def submit(client: httpx.AsyncClient, **more: Any) -> httpx.Response:
    return await client.post("/generate", json={"image_request": SMALL | more})


async def bill(client: httpx.AsyncClient) -> dict[str, Any]:
    shown: dict[str, Any] = (await client.get("/__sandbox__/bill")).json()
    return shown


async def in_progress(client: httpx.AsyncClient, images: int) -> None:
    """Wait until so many are."""
    for _ in range(1000):
        if (await client.get("/__sandbox__/state")).json()["in_progress"] == images:
            return
        await asyncio.sleep(0.005)
    pytest.fail(f"never {images} images in progress")


async def order(client: httpx.AsyncClient, *faults: dict[str, Any]) -> None:
    assert (await client.post("/__sandbox__/faults", json=list(faults))).status_code == 200
