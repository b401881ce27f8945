"""Pictures drawn for the tests: a red left half and a blue right half."""

import io
import random
import zlib

from PIL import Image

RED, BLUE = (255, 0, 0), (0, 0, 255)


def halves(width: int = 64, height: int = 32, mode: str = "RGB") -> Image.Image:
    picture = Image.new("RGB", (width, height), BLUE)
    picture.paste(RED, (0, 0, width // 2, height))
    return picture.convert(mode)


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def chunk(kind: bytes, body: bytes) -> bytes:
    """A part of a PNG, with its checksum."""
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def png(
    depth: int, colour: int, row: bytes, *, extra: bytes = b"", size: tuple[int, int] = (2, 1)
) -> bytes:
    """A PNG by hand: every row the same, unfiltered. `extra` parts stand before the pixels."""
    width, height = size
    head = width.to_bytes(4) + height.to_bytes(4) + bytes((depth, colour, 0, 0, 0))
    pixels = zlib.compress((b"\0" + row) * height)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            extra,
            chunk(b"IDAT", pixels),
            chunk(b"IEND", b""),
        )
    )


def webp(*parts: tuple[bytes, bytes]) -> bytes:
    """A WebP by hand, from the type and content of its parts."""
    inside = b"".join(
        kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
        for kind, body in parts
    )
    return b"RIFF" + (4 + len(inside)).to_bytes(4, "little") + b"WEBP" + inside


def exif(turn: int) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = turn
    return made


def busy(width: int = 256, height: int = 256, mode: str = "RGB") -> Image.Image:
    """A picture that compresses badly, the same at every run."""
    dice = random.Random(7)
    small = Image.frombytes("RGB", (32, 32), dice.randbytes(32 * 32 * 3))
    grain = Image.frombytes("RGB", (width, height), dice.randbytes(width * height * 3))
    return Image.blend(small.resize((width, height)), grain, 0.3).convert(mode)
