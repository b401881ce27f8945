"""Pictures for the caller: links as they are, or downloaded, transcoded and in base64."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
import pybase64
import structlog

from adapters.ideogram.client import Ideogram
from adapters.ideogram.outcome import Fetched, Missing, Picture, Unfetched
from adapters.openai.replies import Shown
from adapters.pixels.formats import BadPicture, render
from adapters.translate.plan import Plan
from adapters.translate.reply import expiry, rewritten
from service.budget import ByteBudget
from service.order import Order

_log = structlog.get_logger()
PICTURE_BYTES: Final = 3 * 1024 * 1024  # base64 of one picture is about 2 MiB; the rest is slack
PAUSES: Final = (0.0, 0.3, 1.0)  # a download is free to repeat; the picture is paid
_WORDS: Final[dict[Missing, str]] = {
    "not_allowed": "its link leads to a host that is not in IDEOGATE_IMAGE_HOSTS",
    "gone": "its link answered HTTP {status}",
    "unreachable": "its host cannot be reached",
    "broken": "the download broke off",
    "too_slow": "the download took too long",
    "too_big": "it is too large",
    "not_a_picture": "its link leads to something that is no picture",
}
_FINAL: Final[frozenset[Missing]] = frozenset({"not_allowed", "too_big"})  # again is no use


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A paid picture that could not be brought home; its link may still work for a person."""

    url: str
    reason: str


class Renderer:
    """Turns pictures into what the caller asked for. `pool` does the pixels."""

    def __init__(
        self,
        budget: ByteBudget,
        pool: Executor,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._budget = budget
        self._pool = pool
        self._sleep = sleep

    async def show(
        self, pictures: Sequence[Picture], order: Order, deadline: float
    ) -> list[Shown | Lost]:
        """Safe pictures of an order (they have links), in the form that was asked for.

        Room for all of them is taken at once, so that no two answers wait for each other. What is
        not here at the deadline (loop time, seconds) is lost, but never an error: it is paid.
        """
        links = [picture.url or "" for picture in pictures]
        if order.plan.delivery.response_format == "url":
            return [
                _shown(picture, order.plan, url=link)
                for picture, link in zip(pictures, links, strict=True)
            ]
        found: list[Shown | Lost] = [
            Lost(url=link, reason="it was not here in time") for link in links
        ]

        async def bring(place: int) -> None:
            content = await self._content(links[place], order)
            found[place] = (
                content
                if isinstance(content, Lost)
                else _shown(pictures[place], order.plan, b64=content)
            )

        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                async with self._budget.hold(PICTURE_BYTES * len(pictures)):
                    await asyncio.gather(*map(bring, range(len(pictures))))
        return found

    async def _content(self, url: str, order: Order) -> bytes | Lost:
        """The picture as base64 text in the asked format."""
        try:
            return await self._drawn(url, order)
        except BadPicture as bad:
            return Lost(url=url, reason=str(bad))
        except Exception:  # noqa: BLE001  whatever broke, the other pictures are paid too
            _log.exception("picture_broke", order=order.id)
            return Lost(url=url, reason="it could not be converted")

    async def _drawn(self, url: str, order: Order) -> bytes | Lost:
        delivery = order.plan.delivery
        straight = delivery.exact is None and delivery.output_format == "png"
        fetched = await self._fetch(url, order.supplier, base64=straight)
        if isinstance(fetched, Unfetched):
            return Lost(url=url, reason=_WORDS[fetched.reason].format(status=fetched.status))
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
        drawn = await asyncio.get_running_loop().run_in_executor(self._pool, work)
        return pybase64.b64encode(drawn)

    async def _fetch(self, url: str, supplier: Ideogram, *, base64: bool) -> Fetched | Unfetched:
        fetched: Fetched | Unfetched = Unfetched(reason="unreachable")
        for pause in PAUSES:
            await self._sleep(pause)
            fetched = await supplier.fetch(url, base64=base64)
            if isinstance(fetched, Fetched) or fetched.reason in _FINAL:
                break
        return fetched


def _shown(
    picture: Picture, plan: Plan, *, url: str | None = None, b64: bytes | None = None
) -> Shown:
    return Shown(
        url=url,
        b64=b64,
        revised_prompt=rewritten(picture.prompt, plan.prompt),
        seed=picture.seed,
        resolution=picture.resolution,
        style_type=picture.style_type,
        expires_at=expiry(picture.url or ""),
    )
