"""Pictures by link become pictures in hand, before anything is planned or held."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from adapters.ideogram.inputs import InputPictures, Obstacle, Unfit
from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit, Link, Upload

AT_ONCE: Final = 4  # fetches of one request; more would let one caller press a listed host
MOST: Final = 50 * 1024 * 1024  # bytes of one request's pictures: what an uploaded body may have

_LONGEST_HOST: Final = 253  # characters that a name can have; more is no host worth repeating
_INSTEAD: Final = "send the picture as a data URL or a file."
_TOLD: Final[Mapping[Obstacle, str]] = {
    "not_a_link": "is not a plain https link",
    "not_public": "could not be reached",  # as unreachable: names inside are nobody's business
    "unreachable": "could not be reached",
    "moved": "redirects, and redirects are not followed",
    "gone": "does not lead to a picture",
    "packed": "answers compressed, which was not asked for",
    "broken": "broke off before the picture was complete",
    "too_slow": "did not deliver the picture in time",
    "not_a_picture": "leads to something that is neither PNG, JPEG nor WebP",
}


async def resolved(ask: Edit, pictures: InputPictures, *, most: int = MOST) -> Edit:
    """The same request with an Upload in the place of every Link, under the same `param`.

    A link that stands there twice is fetched once. `most`: bytes of all fetched pictures together.
    Raises ApiError, status 400, for the first link that fails; the other fetches then end.
    """
    links: dict[str, Link] = {}
    for named in (*ask.images, ask.mask, *ask.references):
        if isinstance(named, Link):
            links.setdefault(named.url, named)
    for link in links.values():  # all of them, before the first host hears from us
        if unfit := pictures.refusal(link.url):
            raise _refused(link, unfit, pictures)
    found = await _fetched(links.values(), pictures, most)

    def upload(named: Upload | Link) -> Upload:
        return Upload(named.param, found[named.url]) if isinstance(named, Link) else named

    return msgspec.structs.replace(
        ask,
        images=tuple(map(upload, ask.images)),
        mask=None if ask.mask is None else upload(ask.mask),
        references=tuple(map(upload, ask.references)),
    )


async def _fetched(
    links: Iterable[Link], pictures: InputPictures, most: int
) -> Mapping[str, bytes]:
    """The pictures by their links."""
    turns = asyncio.Semaphore(AT_ONCE)
    found: dict[str, bytes] = {}

    async def fetch(link: Link) -> None:
        async with turns:
            content = await pictures.fetch(link.url)
        if isinstance(content, Unfit):
            raise _refused(link, content, pictures)
        found[link.url] = content
        if sum(map(len, found.values())) > most:
            raise _failed(link, f"brings the pictures to more than {_mib(most)} together")

    try:
        async with asyncio.TaskGroup() as group:
            for link in links:
                group.create_task(fetch(link))
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return found


def _refused(link: Link, unfit: Unfit, pictures: InputPictures) -> ApiError:
    """Our words only: nothing that the other side said."""
    match unfit.reason:
        case "not_allowed":
            host = (unfit.host or "")[:_LONGEST_HOST]
            return ApiError(
                "invalid_value",
                f"{link.param}: this gateway does not fetch pictures from {host}; {_INSTEAD}",
                param=link.param,
            )
        case "too_big":
            return _failed(link, f"leads to more than {_mib(pictures.max_file)}")
        case reason:
            status = f" (status {unfit.status})" if reason == "gone" else ""
            return _failed(link, _TOLD[reason] + status)


def _failed(link: Link, what: str) -> ApiError:
    return ApiError(
        "invalid_image_file", f"{link.param}: the link {what}; {_INSTEAD}", param=link.param
    )


def _mib(count: int) -> str:
    return f"{count / (1024 * 1024):g} MiB"
