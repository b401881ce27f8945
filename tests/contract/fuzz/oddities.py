"""Values that parsers stumble over, and small damage to bytes."""

import zlib
from collections.abc import Callable
from random import Random
from typing import Any, Final

from tests.contract.fuzz.seeds import DATA_URL, JPEG, MASK, PALETTE, PNG, WEBP

NUMBERS: Final = (
    "0",
    "-1",
    "1e400",
    "9" * 400,
    "2147483648",
    "1.5",
    "0x10",
    "١٢",
    "NaN",
    "+1",
    " 3 ",
)
TEXTS: Final = (
    *NUMBERS, "", " ", "null", "true", "False", "undefined", "\0", "a\0b", "\u202e", "\ud7ff",
    "狐" * 300, "e\u0301" * 40, "\U0001f98a", "\r\n", "a\r\nb: c", "[]", "{}", '{"name":', "a" * 2_000,
    "b" * 33_000, "../../etc/passwd", "%00%0d%0a", "auto", "AUTO", "1024x1024", "1x1", "99999x1",
    "16:9", "V_3", "ideogram-describe", "ideogram-upscale", "dall-e-3", "edit", "remix", "upscale",
    "data:", "data:image/png;base64,", "data:image/png;base64,!!!", "data:,x", DATA_URL,
    "http://127.0.0.1/", "https://127.0.0.1/a.png", "https://[::1]/", "https://user@host:99999/",
    "file:///etc/passwd", '{"members": [{"color_hex": "#F00"}]}', '{"members": 1}', "[[[[",
)  # fmt: skip
NAMES: Final = (
    "image", "image[]", "image[0]", "image[1]", "image[99999999999]", "image[-1]", "image[", "image]",
    "image[][]", "images", "image_file", "image_url", "mask", "mask[]", "Mask", "prompt", "promt",
    "prompt[]", "n", "num_images", "N", "seed", "size", "operation", "stream", "svg", "markup",
    "style_codes", "style_codes[]", "style_reference_images", "style_reference_images[3]",
    "color_palette", "color_palette[name]", "color_palette[members][0][color_hex]",
    "color_palette[members][][color_weight]", "color_palette[__proto__]", "character_reference_images",
    "mask_polarity", "model", "quality", "", " ", "\0", "狐", "a" * 300, "strange", "user", "file_id",
)  # fmt: skip
PICTURES: Final = (
    PNG, JPEG, WEBP, MASK, PALETTE, b"", b"\0", b"GIF89a" + b"\0" * 30, b"BM" + b"\0" * 60,
    b"II*\0" + b"\0" * 60, b"\0\0\0\x1cftypheic" + b"\0" * 40, b"<svg xmlns='x'/>", b"%PDF-1.7\n",
    b"<!doctype html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\xff\xff\xff\xffWEBP",
    PNG * 3, PNG + b"\0" * 5_000, JPEG[:-2] + JPEG, b"\xff\xd8" + b"\xff\xe1\0\x02" * 900,
)  # fmt: skip
SPLICES: Final = (
    b"\r\n", b"\n", b"\r", b"--", b"\r\n--3f6f2f0f1c9b\r\n", b"\r\n--3f6f2f0f1c9b--\r\n", b'"', b";", b"\\",
    b"\0", b"name=", b"[]", b"]", b"{", b"}", b",", b":", b"null", b"\\ud800", b"\\u0000", b"\xff",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"9" * 60, b"[" * 3_000, b'{"a":' * 2_000, b"x" * 3_000,
    b"Content-Type: text/plain; charset=utf-7\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b" folded", b"1e999", b"-", b".", b"\\",
)  # fmt: skip
SCALARS: Final = (
    None, True, False, 0, -1, 1, 3, 11, 2**31, 2**63, -(2**70), 10**300, 0.5, -0.0, 1e308, 2.0, 1e-300,
)  # fmt: skip
CHUNKS: Final = (b"tRNS", b"acTL", b"fcTL", b"iCCP", b"eXIf", b"PLTE", b"iTXt", b"zTXt", b"IDAT", b"IHDR", b"IEND")  # fmt: skip


def bytes_changed(dice: Random, content: bytes) -> bytes:
    """One small damage."""
    return dice.choice(_DAMAGES)(dice, content)


def _flipped(dice: Random, content: bytes) -> bytes:
    made = bytearray(content)
    for _ in range(dice.randint(1, 8) if made else 0):
        made[dice.randrange(len(made))] ^= 1 << dice.randrange(8)
    return bytes(made)


def _spliced(dice: Random, content: bytes) -> bytes:
    place = dice.randint(0, len(content))
    return content[:place] + dice.choice(SPLICES) + content[place + dice.choice((0, 0, 1, 4, 40)) :]


def _truncated(dice: Random, content: bytes) -> bytes:
    return content[: dice.randint(0, len(content))]


def _repeated(dice: Random, content: bytes) -> bytes:
    start, end = sorted((dice.randint(0, len(content)), dice.randint(0, len(content))))
    return content[:end] + content[start:]


def _noise(dice: Random, content: bytes) -> bytes:
    place = dice.randint(0, len(content))
    return content[:place] + dice.randbytes(dice.randint(1, 64)) + content[place:]


_DAMAGES: Final[tuple[Callable[[Random, bytes], bytes], ...]] = (
    _flipped, _flipped, _spliced, _spliced, _truncated, _repeated, _noise,
)  # fmt: skip


def picture(dice: Random) -> bytes:
    """A picture that is none, or one whose parts lie although their checksums are right."""
    match dice.randrange(3):
        case 0:
            return dice.choice(PICTURES)
        case 1:
            return bytes_changed(dice, dice.choice(PICTURES))
        case _:
            return _lying(dice, dice.choice((PNG, MASK, PALETTE)))


def _lying(dice: Random, png: bytes) -> bytes:
    """Parts of a PNG changed, added, dropped or moved, each with a checksum that is right."""
    parts, place = list[tuple[bytes, bytes]](), 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4])
        parts.append((png[place + 4 : place + 8], png[place + 8 : place + 8 + length]))
        place += 12 + length
    where = dice.randrange(len(parts))
    kind, inside = parts[where]
    match dice.randrange(5):
        case 0:
            parts[where] = kind, _flipped(dice, inside)
        case 1:
            parts[where] = dice.choice(CHUNKS), inside
        case 2:
            parts.insert(where, (dice.choice(CHUNKS), dice.randbytes(dice.randint(0, 40))))
        case 3:
            dice.shuffle(parts)
        case _:
            side = dice.choice((b"\0\0\0\0", b"\0\0\xea\x60", b"\x7f\xff\xff\xff", b"\0\0\0\x01"))
            parts[0] = b"IHDR", side * 2 + png[24:29]
    return png[:8] + b"".join(
        len(inside).to_bytes(4) + kind + inside + zlib.crc32(kind + inside).to_bytes(4)
        for kind, inside in parts
    )


def value(dice: Random, depth: int = 0) -> Any:
    """A JSON value of any kind, of the wrong kind most of the time."""
    if depth == 3 or dice.random() < 0.6:
        return dice.choice((dice.choice(TEXTS), dice.choice(SCALARS)))
    match dice.randrange(3):
        case 0:
            return [value(dice, depth + 1) for _ in range(dice.choice((0, 1, 2, 20)))]
        case 1:
            return {dice.choice(NAMES): value(dice, depth + 1) for _ in range(dice.randint(0, 4))}
        case _:
            return nested(dice.choice((5, 60, 400)))


def nested(depth: int) -> Any:
    made: Any = 1
    for place in range(depth):
        made = [made] if place % 2 else {"a": made}
    return made
