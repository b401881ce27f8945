"""Real pictures of any size, in one colour; the mask's left half is black."""

import io
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from PIL import Image


def content_of(marker: str, picture: Mapping[str, Any]) -> bytes:
    if marker == "mask":
        return _mask(picture["width"], picture["height"])
    return _plain(picture["width"], picture["height"], picture["format"])


@lru_cache(maxsize=64)
def _plain(width: int, height: int, kind: str) -> bytes:
    return _saved(Image.new("RGB", (width, height), "teal"), kind)


@lru_cache(maxsize=64)
def _mask(width: int, height: int) -> bytes:
    mask = Image.new("L", (width, height), 255)
    mask.paste(0, (0, 0, max(1, width // 2), height))
    return _saved(mask, "png")


def _saved(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind.upper())
    return out.getvalue()
