"""The landscape behind every sandbox picture: a few colours and shapes cast from seed and prompt."""

from collections.abc import Iterator, Sequence
from hashlib import shake_256
from math import pi, sin

from PIL import Image, ImageColor, ImageDraw

Colour = tuple[int, int, int]

# Sky above, sky below, sun, then the hills from far to near.
MOODS = (
    ("#1b2a4e", "#f4a261", "#ffe8c2", "#6d5a7e", "#463b63", "#241f3d"),
    ("#2f80c2", "#cdeaf7", "#fffbe6", "#7fb3a2", "#3f8377", "#1e4f4f"),
    ("#0b1030", "#4b3f8f", "#f5f3ff", "#3a2f74", "#251d52", "#130f30"),
    ("#f7b5a7", "#fdeccb", "#ff7f5c", "#d98f85", "#9c5f73", "#573a56"),
    ("#0f4c5c", "#e8d7a9", "#fff3c7", "#5f9e8f", "#34766f", "#16434a"),
    ("#3d1d4f", "#ef6f6c", "#ffd9a0", "#9a3f69", "#642a58", "#331a3f"),
)
STEPS = 72  # points of a hill's outline


def dice(*facts: object) -> Iterator[float]:
    """Numbers in [0, 1) that follow from the facts alone: same facts, same picture."""
    cast = shake_256(repr(facts).encode(errors="replace")).digest(512)
    return (byte / 256 for byte in cast)


def landscape(size: tuple[int, int], palette: Sequence[str], throw: Iterator[float]) -> Image.Image:
    """Sky, sun and three hills, in the palette's colours when there is one.

    Drawn at twice the size and reduced, so that the edges come out smooth.
    """
    width, height = size[0] * 2, size[1] * 2
    top, low, sun, *hills = _colours(palette, next(throw))
    canvas = _sky((width, height), top, low)
    pencil = ImageDraw.Draw(canvas, "RGBA")
    _sun(pencil, (width, height), sun, throw)
    for depth, hill in enumerate(hills):
        pencil.polygon(_outline((width, height), depth, throw), fill=hill)
    return canvas.reduce(2)


def _colours(palette: Sequence[str], cast: float) -> list[Colour]:
    chosen = palette or MOODS[int(cast * len(MOODS))]
    rgb = [ImageColor.getrgb(colour)[:3] for colour in chosen]
    if not palette:
        return [_rgb(colour) for colour in rgb]
    # A short palette is stretched: the same colours again, each round darker.
    return [
        _rgb(int(part * (1 - 0.25 * (place // len(rgb)))) for part in rgb[place % len(rgb)])
        for place in range(6)
    ]


def _rgb(parts: Iterator[int] | Sequence[int]) -> Colour:
    red, green, blue = parts
    return red, green, blue


def _sky(size: tuple[int, int], top: Colour, low: Colour) -> Image.Image:
    sky = Image.new("RGB", (1, 2))
    sky.putpixel((0, 0), top)
    sky.putpixel((0, 1), low)
    column = sky.resize((1, size[1]), Image.Resampling.BILINEAR, box=(0, 0.5, 1, 1.5))
    return column.resize(size, Image.Resampling.NEAREST)


def _sun(
    pencil: ImageDraw.ImageDraw, size: tuple[int, int], colour: Colour, throw: Iterator[float]
) -> None:
    width, height = size
    across, up = width * (0.2 + 0.6 * next(throw)), height * (0.14 + 0.26 * next(throw))
    radius = min(size) * (0.07 + 0.08 * next(throw))
    for ring, strength in ((2.6, 26), (1.8, 44), (1.3, 70), (1.0, 255)):
        reach = radius * ring
        pencil.ellipse(
            (across - reach, up - reach, across + reach, up + reach), fill=(*colour, strength)
        )


def _outline(
    size: tuple[int, int], depth: int, throw: Iterator[float]
) -> list[tuple[float, float]]:
    width, height = size
    ground = height * (0.48 + 0.14 * depth)
    swing = height * (0.05 + 0.05 * next(throw))
    waves, shift = 1 + 2 * next(throw), 2 * pi * next(throw)
    ripple = 2 * pi * next(throw)
    crest = [
        (
            width * step / STEPS,
            ground
            + swing * sin(shift + waves * 2 * pi * step / STEPS)
            + swing * 0.3 * sin(ripple + waves * 5 * pi * step / STEPS),
        )
        for step in range(STEPS + 1)
    ]
    return [*crest, (width, height), (0, height)]
