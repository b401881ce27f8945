"""Drawing in threads, at most two at a time, and the success body that names the pictures."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from adapters.sandbox import drawing
from adapters.sandbox.ask import Ask
from adapters.sandbox.faults import Fault
from adapters.sandbox.shelf import Shelf
from adapters.sandbox.wire import Answer, as_json

AT_ONCE: Final = 2
NOTICE: Final = "This endpoint is deprecated; a successor is available"
FOREIGN: Final = "https://elsewhere.invalid/images/0.png"
NOT_A_PICTURE: Final = b"<!doctype html><title>moved</title>"


class Studio:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._easels = asyncio.Semaphore(AT_ONCE)

    async def answer(
        self, ask: Ask, seeds: Sequence[int], withheld: frozenset[int], faults: Sequence[Fault]
    ) -> Answer:
        """The 200, as the document has it (ideogram-upstream 3.1)."""
        body: dict[str, Any]
        if ask.endpoint.operation == "describe":
            async with self._easels:
                body = {"descriptions": [{"text": await asyncio.to_thread(drawing.describe, ask)}]}
        else:
            drawn = await self._drawn(ask, [s for i, s in enumerate(seeds) if i not in withheld])
            entries = [
                self._entry(
                    ask, seed, None if i in withheld else await self._link(i, drawn, seed, faults)
                )
                for i, seed in enumerate(seeds)
            ]
            body = {"created": datetime.now(UTC).isoformat(), "data": entries}
        if any(fault.kind == "notice" for fault in faults):
            body["notice"] = NOTICE
        return as_json(200, body)

    async def _drawn(self, ask: Ask, seeds: Sequence[int]) -> dict[int, bytes]:
        """A seed is drawn once, however often it is asked for."""

        async def one(seed: int) -> bytes:
            async with self._easels:
                return await asyncio.to_thread(drawing.draw, ask, seed)

        different = list(dict.fromkeys(seeds))
        return dict(zip(different, await asyncio.gather(*map(one, different)), strict=True))

    async def _link(
        self, index: int, drawn: dict[int, bytes], seed: int, faults: Sequence[Fault]
    ) -> str:
        kinds = {fault.kind for fault in faults if fault.hits(index)}
        if "foreign_link" in kinds:
            return FOREIGN
        if "dead_link" in kinds:
            return self._shelf.link()
        content = NOT_A_PICTURE if "wrong_bytes" in kinds else drawn[seed]
        return await asyncio.to_thread(self._shelf.put, content)

    def _entry(self, ask: Ask, seed: int, url: str | None) -> dict[str, Any]:
        width, height = ask.size
        entry: dict[str, Any] = {
            "url": url,
            "prompt": ask.final_prompt,
            "resolution": f"{width}x{height}",
            "is_image_safe": url is not None,
            "seed": seed,
        }
        if ask.endpoint.operation == "upscale":
            entry["upscaled_resolution"] = f"{width * 2}x{height * 2}"
        if ask.style is not None:
            entry["style_type"] = ask.style
        return entry
