"""What we answer: replies in OpenAI's shapes, with ours beside. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

OutputFormat = Literal["png", "jpeg", "webp"]
Quality = Literal["low", "medium", "high"]  # all that OpenAI's reply type has beside xhigh and max

_encode = msgspec.json.Encoder().encode


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of an answer: exactly one of `url` and `b64` is set.

    `b64` is base64 text as bytes, spliced into the reply without a copy through JSON.
    `expires_at`: unix seconds, read from the link's `exp`.
    """

    url: str | None = None
    b64: bytes | None = None
    revised_prompt: str | None = None
    seed: int | None = None
    resolution: str | None = None
    style_type: str | None = None
    expires_at: int | None = None


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of /v1/models. `created`: unix seconds."""

    id: str
    created: int
    owned_by: str = "ideogram"
    object: Literal["model"] = "model"


def images(
    shown: Sequence[Shown],
    *,
    created: int,
    size: str | None,
    output_format: OutputFormat,
    quality: Quality,
    ideogate: Mapping[str, object],
) -> list[bytes]:
    """The JSON reply of an image route, in pieces to be sent one after the other.

    `created` in unix seconds; `size` is the real "WxH", left out when unknown. There is no
    `usage`: it counts tokens, and is all or nothing (openai-images 4).
    """
    head: dict[str, object] = {
        "created": created,
        "background": "opaque",
        "output_format": output_format,
        "quality": quality,
    }
    if size is not None:
        head["size"] = size
    head["ideogate"] = ideogate
    pieces = [_encode(head)[:-1] + b',"data":[']
    for index, picture in enumerate(shown):
        if index:
            pieces.append(b",")
        pieces.extend(_item(picture))
    pieces.append(b"]}")
    return pieces


def traits(picture: Shown) -> dict[str, object]:
    """What is known of a picture beside its bytes or link, under the names callers see."""
    known = {
        "revised_prompt": picture.revised_prompt,
        "seed": picture.seed,
        "resolution": picture.resolution,
        "style_type": picture.style_type,
        "expires_at": picture.expires_at,
    }
    return {name: value for name, value in known.items() if value is not None}


def spliced(fields: Mapping[str, object], b64: bytes) -> Iterator[bytes]:
    """A JSON object of `fields` that ends with `b64_json`, in pieces."""
    head = _encode(fields)[:-1]
    yield head + (b',"b64_json":"' if fields else b'"b64_json":"')
    yield b64
    yield b'"}'


def _item(picture: Shown) -> Iterator[bytes]:
    if picture.b64 is not None:
        yield from spliced(traits(picture), picture.b64)
    else:
        yield _encode({"url": picture.url} | traits(picture))


def length(pieces: Sequence[bytes]) -> int:
    """Bytes of all pieces together: the reply's Content-Length."""
    return sum(map(len, pieces))


def models(entries: Sequence[ModelEntry]) -> bytes:
    """The reply of GET /v1/models, in the order given."""
    return _encode({"object": "list", "data": entries})


def model(entry: ModelEntry) -> bytes:
    """The reply of GET /v1/models/{id}."""
    return _encode(entry)


def descriptions(texts: Sequence[str], *, created: int, ideogate: Mapping[str, object]) -> bytes:
    """The reply of a description. `created` in unix seconds."""
    return _encode(
        {"created": created, "data": [{"text": text} for text in texts], "ideogate": ideogate}
    )


def quote(facts: Mapping[str, object]) -> bytes:
    """The reply of a dry run: the facts as they are, marked as a quote."""
    return _encode({"object": "image.quote", **facts})
