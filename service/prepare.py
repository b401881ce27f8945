"""Pictures of an edit, from the bytes that came to those that go out. Pixels are done in a pool."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple, TypeVar, get_args

from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit, Link, Upload
from adapters.pixels.formats import MAX_PIXELS, BadPicture
from adapters.pixels.masks import BadMask, Lone, Mask, Polarity, convert, lone_alpha
from adapters.pixels.prepare import Upright, upright
from adapters.translate.plan import Input, Inputs, MaskInput, Warn

T = TypeVar("T")

# OpenAI's first editing model took the picture's own transparency for the mask (openai-images 2b).
_OWN_MASK_MODEL: Final = "dall-e-2"
_POLARITIES: Final[tuple[Polarity, ...]] = get_args(Polarity)


class Prepare:
    """`pool` does the pixels, `at_once` requests at a time: as many as it has threads."""

    def __init__(self, pool: Executor, *, at_once: int, max_pixels: int = MAX_PIXELS) -> None:
        self._pool = pool
        self._free = asyncio.Semaphore(at_once)
        self._max_pixels = max_pixels

    async def inputs(self, ask: Edit, *, max_file: int, own_mask: bool = True) -> Inputs:
        """The picture facts of an edit. `max_file`: bytes that the upstream takes per file.

        `own_mask=False`: a picture's transparency is never its mask (variations, descriptions).
        Links must have been fetched. Raises ApiError that names the upload.
        """
        return await self._in_pool(
            partial(_inputs, ask, _Caps(max_file, self._max_pixels), own_mask)
        )

    async def _in_pool(self, work: Callable[[], T]) -> T:
        """A caller that leaves gives its place back once no thread works for it any more."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()

        def over(_: Future[T]) -> None:
            with suppress(RuntimeError):  # the loop has closed, and nobody waits in it
                loop.call_soon_threadsafe(self._free.release)

        try:
            job = self._pool.submit(work)
        except RuntimeError:  # the pool is shut down
            self._free.release()
            raise
        job.add_done_callback(over)
        return await asyncio.wrap_future(job)


class _Caps(NamedTuple):
    file: int  # bytes
    pixels: int


class _Seen(NamedTuple):
    input: Input
    came: tuple[int, int]
    warnings: tuple[Warn, ...]


def _inputs(ask: Edit, caps: _Caps, own_mask: bool) -> Inputs:
    images, references = _uploads(ask.images), _uploads(ask.references)
    if not images:
        raise ApiError(
            "missing_required_parameter", "image is required: send a picture.", param="image"
        )
    polarity = _polarity(ask)
    lone = _lone(images, caps) if own_mask and _may_mask_itself(ask) else None
    first = _seen(images[0], caps) if lone is None else _flattened(images[0], lone, caps)
    others = [_seen(one, caps) for one in images[1:]]
    styles = [_seen(one, caps) for one in references]
    mask = _mask(ask.mask, polarity, first) if ask.mask else None
    return Inputs(
        image=first.input,
        mask=_own_mask(lone.mask, images[0], first) if lone else mask,
        others=tuple(one.input for one in others),
        references=tuple(one.input for one in styles),
        warnings=tuple(warn for one in (first, *others, *styles) for warn in one.warnings),
    )


def _uploads(pictures: tuple[Upload | Link, ...]) -> list[Upload]:
    return [_fetched(picture) for picture in pictures]


def _fetched(picture: Upload | Link) -> Upload:
    if isinstance(picture, Link):
        raise TypeError(f"{picture.param} is still a link: links are fetched before this")
    return picture


def _polarity(ask: Edit) -> Polarity:
    said = (ask.mask_polarity or _POLARITIES[0]).lower()
    for polarity in _POLARITIES:
        if polarity == said:
            return polarity
    raise ApiError(
        "invalid_value", f"mask_polarity takes: {', '.join(_POLARITIES)}.", param="mask_polarity"
    )


def _may_mask_itself(ask: Edit) -> bool:
    alone = len(ask.images) == 1 and ask.mask is None and ask.operation is None
    return alone and (ask.model or "").strip().lower() == _OWN_MASK_MODEL


def _lone(images: list[Upload], caps: _Caps) -> Lone | None:
    try:
        return lone_alpha(images[0].content, max_pixels=caps.pixels)
    except BadPicture as bad:
        raise _refused(images[0], bad) from bad


def _seen(upload: Upload, caps: _Caps) -> _Seen:
    try:
        made = upright(upload.content, max_bytes=caps.file, max_pixels=caps.pixels)
    except BadPicture as bad:
        raise _refused(upload, bad) from bad
    warnings = (_reencoded(upload, made, caps),) if made.reencoded else ()
    return _Seen(_input(made), made.came, warnings)


def _flattened(upload: Upload, lone: Lone, caps: _Caps) -> _Seen:
    seen = _seen(Upload(upload.param, lone.content), caps)
    told = Warn(
        code="mask_from_image",
        param=upload.param,
        message=f"{upload.param} came alone and has transparent pixels: they were taken as the mask.",
    )
    return seen._replace(warnings=(told, *seen.warnings))


def _mask(mask: Upload | Link, polarity: Polarity, first: _Seen) -> MaskInput:
    upload = _fetched(mask)
    sent = (first.input.width, first.input.height)
    try:
        return _mask_input(convert(upload.content, polarity=polarity, size=first.came, sent=sent))
    except BadMask as bad:
        raise ApiError(
            "invalid_mask", f"Invalid {upload.param}: {bad}", param=upload.param
        ) from bad


def _own_mask(mask: Mask, upload: Upload, first: _Seen) -> MaskInput:
    if (first.input.width, first.input.height) == first.came:
        return _mask_input(mask)
    return _mask(Upload(upload.param, mask.content), "black_edits", first)


def _mask_input(mask: Mask) -> MaskInput:
    return MaskInput(content=mask.content, coverage=mask.coverage)


def _input(made: Upright) -> Input:
    return Input(content=made.content, format=made.format, width=made.width, height=made.height)


def _reencoded(upload: Upload, made: Upright, caps: _Caps) -> Warn:
    smaller = (
        " and {}x{} pixels instead of {}x{}".format(made.width, made.height, *made.came)
        if (made.width, made.height) != made.came
        else ""
    )
    return Warn(
        code="image_reencoded",
        param=upload.param,
        message=f"{upload.param} was {len(upload.content):,} bytes, and the upstream takes"
        f" {caps.file:,}: it went as {made.format} with {len(made.content):,} bytes{smaller}.",
    )


def _refused(upload: Upload, bad: BadPicture) -> ApiError:
    return ApiError("invalid_image_file", f"Invalid {upload.param}: {bad}", param=upload.param)
