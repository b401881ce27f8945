"""Replies against OpenAI's field lists (openai-images 4, 8)."""

import base64
import json
from typing import Any

import msgspec

from adapters.openai.replies import (
    ModelEntry,
    Shown,
    images,
    length,
    model,
    models,
    quote,
)

PIXELS = base64.b64encode(bytes(range(256)))

# ImagesResponse and Image of OpenAI, and what is ours.
RESPONSE = {"created", "data", "background", "output_format", "quality", "size"}
ITEM = {"b64_json", "url", "revised_prompt"}
OURS = {"seed", "resolution", "style_type", "expires_at"}


def reply(*shown: Shown, size: str | None = "1024x1024", **ideogate: Any) -> dict[str, Any]:
    pieces = images(
        shown,
        created=1_790_000_000,
        size=size,
        output_format="jpeg",
        quality="medium",
        ideogate=ideogate,
    )
    body = b"".join(pieces)
    assert length(pieces) == len(body)
    document: dict[str, Any] = json.loads(body)
    return document


def test_a_reply_has_the_fields_that_clients_read_and_no_usage() -> None:
    document = reply(Shown(url="https://ideogram.ai/a.png"), cost_microusd=60_000)
    assert set(document) == RESPONSE | {"ideogate"}
    assert type(document["created"]) is int
    assert document["background"] == "opaque"
    assert document["output_format"] == "jpeg"
    assert document["quality"] == "medium"
    assert document["size"] == "1024x1024"
    assert document["ideogate"] == {"cost_microusd": 60_000}


def test_an_unknown_size_is_left_out() -> None:
    assert "size" not in reply(Shown(url="https://ideogram.ai/a.png"), size=None)


def test_a_picture_shows_either_its_link_or_its_bytes() -> None:
    by_link, by_bytes = reply(Shown(url="https://ideogram.ai/a.png"), Shown(b64=PIXELS))["data"]
    assert by_link == {"url": "https://ideogram.ai/a.png"}
    assert by_bytes == {"b64_json": PIXELS.decode()}
    assert base64.b64decode(by_bytes["b64_json"]) == bytes(range(256))


def test_what_is_known_of_a_picture_stands_beside_it() -> None:
    known = {
        "revised_prompt": 'a "red" fox\n狐',
        "seed": 0,
        "resolution": "1024x1024",
        "style_type": "AUTO",
        "expires_at": 1_790_000_600,
    }
    by_link, by_bytes = reply(Shown(url="u", **known), Shown(b64=PIXELS, **known))["data"]  # type: ignore[arg-type]
    assert by_link == {"url": "u"} | known
    assert by_bytes == {"b64_json": PIXELS.decode()} | known
    assert set(known) | {"b64_json", "url"} == ITEM | OURS


def test_ten_pictures_keep_their_order() -> None:
    data = reply(*(Shown(b64=PIXELS, seed=seed) for seed in range(10)))["data"]
    assert [item["seed"] for item in data] == list(range(10))


def test_base64_goes_out_as_the_same_object() -> None:
    pieces = images(
        [Shown(b64=PIXELS)], created=1, size=None, output_format="png", quality="low", ideogate={}
    )
    assert any(piece is PIXELS for piece in pieces)


def test_structs_are_shown_in_the_ideogate_object() -> None:
    class Warn(msgspec.Struct):
        code: str

    assert reply(Shown(url="u"), warnings=(Warn("resized"),))["ideogate"] == {
        "warnings": [{"code": "resized"}]
    }


def test_models_are_listed_as_openai_lists_them() -> None:
    entries = [ModelEntry(id="ideogram-v3", created=1), ModelEntry(id="dall-e-3", created=2)]
    document = json.loads(models(entries))
    assert document["object"] == "list"
    assert document["data"][0] == {
        "id": "ideogram-v3",
        "object": "model",
        "created": 1,
        "owned_by": "ideogram",
    }
    assert document["data"][1] == json.loads(model(entries[1]))


def test_a_quote_says_that_it_is_one() -> None:
    assert json.loads(quote({"model": "ideogram-v3", "price": {"microusd": 60_000}})) == {
        "object": "image.quote",
        "model": "ideogram-v3",
        "price": {"microusd": 60_000},
    }
