"""The event stream, read by a parser of its own (openai-images 5)."""

import base64
import json
from typing import Any

import pytest

from adapters.openai.errors import ApiError
from adapters.openai.events import END, KEEPALIVE, Kind, completed, error
from adapters.openai.replies import Shown

PIXELS = base64.b64encode(b"\x89PNG" * 50)

# ImageGenCompletedEvent and its usage: all required.
REQUIRED = {
    "type",
    "b64_json",
    "created_at",
    "size",
    "quality",
    "background",
    "output_format",
    "usage",
}


def parsed(stream: bytes) -> list[tuple[str, Any]]:
    """Events by the letter of the HTML standard: name and data; comments vanish."""
    events = []
    name, lines = "", list[str]()
    for line in stream.decode().splitlines():  # the strictest reader: splits at U+2028, too
        field, _, value = line.partition(":")
        if not line and lines:
            events.append((name, json.loads("\n".join(lines))))
        if not line:
            name, lines = "", []
        elif field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            lines.append(value.removeprefix(" "))
        else:
            assert field == "", f"a line that SDKs trip over: {line}"
    assert (name, lines) == ("", []), "the last event was cut off"
    return events


def event(kind: Kind = "image_generation", **of: Any) -> bytes:
    facts: dict[str, Any] = {
        "created_at": 1_790_000_000,
        "size": "1024x1024",
        "quality": "high",
        "output_format": "png",
    }
    return b"".join(completed(kind, of.pop("picture", Shown(b64=PIXELS)), **facts | of))


@pytest.mark.parametrize("kind", ["image_generation", "image_edit"])
def test_a_finished_picture_is_one_event_with_every_required_field(kind: Kind) -> None:
    ((name, payload),) = parsed(event(kind))
    assert name == payload["type"] == f"{kind}.completed"
    assert set(payload) == REQUIRED
    assert payload["b64_json"] == PIXELS.decode()
    assert (payload["size"], payload["quality"], payload["background"]) == (
        "1024x1024",
        "high",
        "opaque",
    )
    assert payload["usage"] == {
        "total_tokens": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
    }


def test_an_unknown_size_is_auto() -> None:
    assert parsed(event(size=None))[0][1]["size"] == "auto"


def test_our_keys_ride_along_and_openais_win() -> None:
    picture = Shown(b64=PIXELS, seed=7, revised_prompt="a fox")
    extras = {"ideogate": {"cost_microusd": 60_000}, "index": 1, "type": "ours", "size": "ours"}
    payload = parsed(event(picture=picture, extras=extras))[0][1]
    assert payload["type"] == "image_generation.completed"
    assert payload["size"] == "1024x1024"
    assert (payload["ideogate"], payload["index"]) == ({"cost_microusd": 60_000}, 1)
    assert (payload["seed"], payload["revised_prompt"]) == (7, "a fox")


def test_a_prompt_cannot_break_a_line() -> None:
    prompt = "one\ntwo\rthree\u0085four\u2028five\u2029six 狐\x1c\x0b"
    picture = Shown(b64=PIXELS, revised_prompt=prompt)
    assert parsed(event(picture=picture))[0][1]["revised_prompt"] == prompt


def test_base64_goes_out_as_the_same_object() -> None:
    pieces = completed(
        "image_edit",
        Shown(b64=PIXELS),
        created_at=1,
        size=None,
        quality="low",
        output_format="webp",
    )
    assert any(piece is PIXELS for piece in pieces)


def test_an_event_without_base64_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="base64"):
        event(picture=Shown(url="https://ideogram.ai/a.png"))


def test_a_refusal_in_the_stream_is_nested_so_that_every_sdk_raises() -> None:
    refusal = ApiError("upstream_error", "Ideogram failed.\nTwice.", param=None)
    ((name, payload),) = parsed(error(refusal))
    assert name == payload["type"] == "error"
    assert payload["error"] == {
        "message": "Ideogram failed.\nTwice.",
        "type": "server_error",
        "param": None,
        "code": "upstream_error",
    }


def test_a_stream_with_keepalives_and_an_end_holds_only_its_events() -> None:
    stream = KEEPALIVE + event() + KEEPALIVE * 2 + event() + END
    assert [name for name, _ in parsed(stream)] == ["image_generation.completed"] * 2
