"""Ask and seed -> the bytes of a PNG. Every operation visibly does what it is asked."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from adapters.sandbox.ask import Ask
from adapters.sandbox.endpoints import Operation
from adapters.sandbox.lettering import caption, watermark
from adapters.sandbox.scenery import dice, landscape
from adapters.sandbox.tables import Size

SMALLEST: Final = 24  # a change of a few pixels is still drawn on a canvas that takes letters
SHRUNK: Final = 96  # pixels a side on which colours are counted


def draw(ask: Ask, seed: int) -> bytes:
    """One picture, complete; the same ask and seed give the same bytes. CPU-bound."""
    target = BytesIO()
    # Level 1: a third of the time of the default for a tenth more bytes.
    DRAWN[ask.endpoint.operation](ask, seed).save(target, "PNG", compress_level=1)
    return target.getvalue()


def _scene(ask: Ask, seed: int, size: Size) -> Image.Image:
    throw = dice(seed, ask.final_prompt, ask.model, ask.speed, ask.style)
    return landscape(size, ask.values.get("color_palette", ()), throw)


def _signed(picture: Image.Image, ask: Ask, seed: int) -> Image.Image:
    watermark(picture)
    what = " · ".join(filter(None, (ask.model, ask.speed, ask.values.get("style_preset"))))
    facts = f"{what} · {picture.width} x {picture.height} · seed {seed}"
    caption(picture, ask.final_prompt or ask.endpoint.operation, facts)
    return picture


def _generate(ask: Ask, seed: int) -> Image.Image:
    return _signed(_scene(ask, seed, ask.size), ask, seed)


def _edit(ask: Ask, seed: int) -> Image.Image:
    """Black in the mask is drawn anew, every other pixel stays (ideogram-upstream 0.10)."""
    picture = ask.picture.convert("RGB")
    change = ImageOps.invert(ask.values["mask"].convert("L"))
    box = change.getbbox()
    if box is None:
        return picture
    size = (max(SMALLEST, box[2] - box[0]), max(SMALLEST, box[3] - box[1]))
    fresh = _signed(_scene(ask, seed, size), ask, seed)
    layer = Image.new("RGB", picture.size)
    layer.paste(fresh, box[:2])
    return Image.composite(layer, picture, change)


def _remix(ask: Ask, seed: int) -> Image.Image:
    """The input, cropped to the output's ratio, shines through by its weight."""
    source = ImageOps.fit(ask.picture.convert("RGB"), ask.size)
    weight = ask.values.get("image_weight", 50) / 100
    return _signed(Image.blend(_scene(ask, seed, ask.size), source, weight), ask, seed)


def _reframe(ask: Ask, seed: int) -> Image.Image:
    """The whole input in the middle, the rest of the canvas drawn round it."""
    source = ImageOps.contain(ask.picture.convert("RGB"), ask.size)
    picture = _scene(ask, seed, ask.size)
    picture.paste(
        source, ((picture.width - source.width) // 2, (picture.height - source.height) // 2)
    )
    return _signed(picture, ask, seed)


def _replace_background(ask: Ask, seed: int) -> Image.Image:
    """An oval in the middle is taken for the subject and stays as it was."""
    source = ask.picture.convert("RGB")
    picture = _signed(_scene(ask, seed, ask.size), ask, seed)
    width, height = picture.size
    subject = Image.new("L", picture.size)
    ImageDraw.Draw(subject).ellipse(
        (width * 0.28, height * 0.22, width * 0.72, height * 0.68), fill=255
    )
    return Image.composite(source, picture, subject)


def _upscale(ask: Ask, seed: int) -> Image.Image:
    source = ask.picture.convert("RGB")
    size = (source.width * 2, source.height * 2)
    return _signed(source.resize(size, Image.Resampling.BICUBIC), ask, seed)


DRAWN: Final[Mapping[Operation, Callable[[Ask, int], Image.Image]]] = {
    "generate": _generate,
    "edit": _edit,
    "remix": _remix,
    "reframe": _reframe,
    "replace_background": _replace_background,
    "upscale": _upscale,
}


def describe(ask: Ask) -> str:
    """A sentence on size and colours: enough to see that it was this picture."""
    picture = ask.picture.convert("RGB")
    width, height = picture.size
    few = picture.resize((SHRUNK, SHRUNK), Image.Resampling.BOX).quantize(3)
    palette = few.getpalette() or []
    ranked = sorted(few.getcolors() or [], key=lambda entry: -entry[0])
    names = [
        "#{:02x}{:02x}{:02x}".format(*palette[3 * index : 3 * index + 3])
        for _, index in ranked
        if isinstance(index, int)
    ]
    form = "square" if width == height else "wide" if width > height else "tall"
    return f"A {form} picture of {width} x {height} pixels, mostly {', '.join(names)}"
