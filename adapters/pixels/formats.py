"""A picture in the format and the size that were asked for."""

import io
from typing import Final

from PIL import Image, ImageOps

from adapters.pixels.decode import DAMAGE, DECODERS, plain
from adapters.pixels.sniff import Format, dimensions, sniff

MAX_PIXELS: Final = 64_000_000  # 256 MB decoded as RGBA: a worker survives one, not a bomb
_PNG_LEVEL: Final = 1  # level 6 takes several times as long for a tenth of the bytes
_BEST: Final = 100


class BadPicture(Exception):
    """Not a PNG, JPEG or WebP picture, damaged, or larger than MAX_PIXELS: the message says which."""


def render(
    content: bytes, *, output_format: Format, compression: int, exact: tuple[int, int] | None
) -> bytes:
    """The picture as `output_format`; the same bytes when nothing is to be done.

    `compression` 0..100 is the quality of JPEG and WebP. `exact` (width, height): cropped round
    the centre to that ratio, then resized. Transparency turns white in JPEG. Of the metadata the
    colour profile stays, nothing else. Raises BadPicture.
    """
    size = _checked(content)
    as_it_came = output_format == "png" or compression == _BEST
    if as_it_came and sniff(content) == output_format and exact in (None, size):
        return content
    try:
        return written(_upright(content, exact), output_format, compression)
    except DAMAGE as err:
        raise BadPicture(f"the picture is damaged: {err}") from err


def _checked(content: bytes) -> tuple[int, int]:
    size = dimensions(content)
    if size is None:
        raise BadPicture("not a PNG, JPEG or WebP picture")
    if content.startswith(b"RIFF") and len(content) < 8 + int.from_bytes(content[4:8], "little"):
        # libwebp says nothing and fills up what is missing.
        raise BadPicture("the picture is damaged: its end is missing")
    if size[0] * size[1] > MAX_PIXELS:
        raise BadPicture(f"{size[0]}x{size[1]} is more than {MAX_PIXELS} pixels")
    return size


def _upright(content: bytes, exact: tuple[int, int] | None) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=DECODERS) as opened:
        ImageOps.exif_transpose(opened, in_place=True)
        made = plain(opened)
    if exact is not None and made.size != exact:
        profile = made.info
        made = ImageOps.fit(made, exact, method=Image.Resampling.LANCZOS)
        made.info = profile
    return made


def written(
    picture: Image.Image,
    output_format: Format,
    quality: int,
    *,
    method: int = 4,
    lossless: bool = False,
) -> bytes:
    """A plain picture as a file. `quality` 0..100 of JPEG and WebP.

    WebP: `method` 0..6 is the time it may take; `quality` of `lossless` is effort too.
    """
    out = io.BytesIO()
    profile = picture.info.get("icc_profile")
    match output_format:
        case "png":
            picture.save(out, "PNG", compress_level=_PNG_LEVEL, icc_profile=profile)
        case "jpeg":
            # Quality 0 means "default" to some encoders.
            _on_white(picture).save(out, "JPEG", quality=max(1, quality), icc_profile=profile)
        case _:
            options = {"quality": quality, "method": method, "icc_profile": profile}
            # "exact": colours under transparency are kept, as in the PNG that came
            picture.save(out, "WEBP", lossless=lossless, exact=lossless, **options)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground
