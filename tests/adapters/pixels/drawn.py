"""Pictures drawn for the tests: a red left half and a blue right half."""

import io

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
