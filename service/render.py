"""Pictures for the caller: links as they are, or downloaded, transcoded and in base64."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import msgspec
import pybase64

from adapters.ideogram.client import Ideogram
from adapters.ideogram.outcome import Fetched, Picture, Unfetched
from adapters.openai.replies import Shown
from adapters.pixels.formats import BadPicture, render
from adapters.translate.plan import Plan
from adapters.translate.reply import expiry, rewritten
from service.budget import ByteBudget

PICTURE_BYTES: Final = 3 * 1024 * 1024  # base64 of one picture is about 2 MiB; the rest is slack
PAUSES: Final = (0.0, 0.3, 1.0)  # a download is free to repeat; the picture is paid


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A paid picture that could not be brought home; its link may still work for a person."""

    url: str
    reason: str


class Renderer:
    """Turns pictures into what the caller asked for. `pool` does the pixels."""

    def __init__(
        self,
        suppliers: Mapping[str, Ideogram],
        budget: ByteBudget,
        pool: Executor,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._suppliers = suppliers
        self._budget = budget
        self._pool = pool
        self._sleep = sleep

    @asynccontextmanager
    async def room(self, plan: Plan, pictures: int) -> AsyncIterator[None]:
        """Memory for so many downloads, all at once, so that no two answers wait for each other."""
        if plan.delivery.response_format == "url" or pictures == 0:
            yield
            return
        async with self._budget.hold(PICTURE_BYTES * pictures):
            yield

    async def show(self, picture: Picture, plan: Plan) -> Shown | Lost:
        """One picture in the form that was asked for. The picture must be safe (it has a link)."""
        assert picture.url is not None  # noqa: S101  withheld pictures are never shown
        url: str | None = picture.url
        b64: bytes | None = None
        if plan.delivery.response_format == "b64_json":
            content = await self._content(picture.url, plan)
            if isinstance(content, Lost):
                return content
            url, b64 = None, content
        return Shown(
            url=url,
            b64=b64,
            revised_prompt=rewritten(picture.prompt, plan.prompt),
            seed=picture.seed,
            resolution=picture.resolution,
            style_type=picture.style_type,
            expires_at=expiry(picture.url),
        )

    async def _content(self, url: str, plan: Plan) -> bytes | Lost:
        """The picture as base64 text in the asked format."""
        delivery = plan.delivery
        straight = delivery.exact is None and delivery.output_format == "png"
        fetched = await self._fetch(url, plan, base64=straight)
        if isinstance(fetched, Unfetched):
            return Lost(url=url, reason=fetched.reason)
        if straight and fetched.format == "png":
            return fetched.content
        raw = pybase64.b64decode(fetched.content) if straight else fetched.content
        work = partial(
            render,
            raw,
            output_format=delivery.output_format,
            compression=delivery.compression,
            exact=delivery.exact,
        )
        try:
            drawn = await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except BadPicture as bad:
            return Lost(url=url, reason=str(bad))
        return pybase64.b64encode(drawn)

    async def _fetch(self, url: str, plan: Plan, *, base64: bool) -> Fetched | Unfetched:
        supplier = self._suppliers[plan.candidates[0].upstream.name]
        fetched: Fetched | Unfetched = Unfetched(reason="unreachable")
        for pause in PAUSES:
            await self._sleep(pause)
            fetched = await supplier.fetch(url, base64=base64)
            if isinstance(fetched, Fetched):
                return fetched
        return fetched
