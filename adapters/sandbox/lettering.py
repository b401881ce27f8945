"""Words on a picture: the prompt, what drew it, and the SANDBOX mark."""

from functools import lru_cache
from unicodedata import combining, normalize

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# Pillow's own typeface has plain letters only; one of these may be installed for the others.
WIDER = ("NotoSansCJK-Regular.ttc", "NotoSans-Regular.ttf", "DejaVuSans.ttf")
LONGEST = 600  # characters of a prompt that can matter in a caption
LINES = 4
MARK = "SANDBOX"


@lru_cache(maxsize=64)
def typeface(size: int, name: str | None = None) -> Font:
    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)


@lru_cache
def wider(names: tuple[str, ...] = WIDER) -> str | None:
    """An installed typeface with more than plain letters."""
    for name in names:
        try:
            ImageFont.truetype(name, 10)
        except OSError:
            continue
        return name
    return None


def spelled(text: str, wide: str | None) -> tuple[str, str | None]:
    """The text and the typeface for it; accents are dropped where nothing installed has them."""
    if text.isascii() or wide:
        return text, None if text.isascii() else wide
    apart = normalize("NFKD", text)
    return "".join(sign for sign in apart if not combining(sign)), None


def wrap(text: str, font: Font, width: float, lines: int = LINES) -> list[str]:
    """The text in at most so many lines; an ellipsis where more was said."""
    words = text.split()
    rows: list[str] = []
    row = ""
    while words:
        word = words.pop(0)
        trial = f"{row} {word}".strip()
        if font.getlength(trial) <= width:
            row = trial
        elif row:
            rows.append(row)
            row = ""
            words.insert(0, word)
        else:  # one word wider than the line: cut it
            fit = max(1, int(len(word) * width / font.getlength(word)) - 1)
            rows.append(word[:fit])
            words.insert(0, word[fit:])
        if len(rows) == lines:
            rows[-1] = rows[-1][:-1] + "…"
            return rows
    return [*rows, row] if row else rows


def caption(picture: Image.Image, prompt: str, facts: str) -> None:
    """A dark band along the bottom: the prompt, and below it what drew it."""
    width, height = picture.size
    scale = min(picture.size)
    edge = scale // 24
    text, name = spelled(prompt[:LONGEST], wider())
    large, small = typeface(max(9, scale // 28), name), typeface(max(8, scale // 44))
    rows = wrap(text, large, width - 2 * edge)
    tall, short = int(scale / 28 * 1.35), int(scale / 44 * 1.5)
    band = len(rows) * tall + short + 2 * edge
    pencil = ImageDraw.Draw(picture, "RGBA")
    pencil.rectangle((0, height - band, width, height), fill=(10, 12, 20, 165))
    down = height - band + int(edge * 0.8)
    for row in rows:
        pencil.text((edge, down), row, font=large, fill=(255, 255, 255))
        down += tall
    pencil.text((edge, down + edge // 4), facts, font=small, fill=(214, 219, 232))


def watermark(picture: Image.Image) -> None:
    """SANDBOX slantwise over the middle, faint, and plainly in the upper left corner."""
    width, height = picture.size
    _slanted(picture, min(width, height) // 6)
    scale = min(width, height)
    font = typeface(max(9, scale // 32))
    edge = scale // 24
    pencil = ImageDraw.Draw(picture, "RGBA")
    across, down = font.getbbox(MARK)[2], font.getbbox(MARK)[3]
    pad = max(3, scale // 90)
    pencil.rounded_rectangle(
        (edge, edge, edge + across + 3 * pad, edge + down + 2 * pad),
        radius=pad * 2,
        fill=(10, 12, 20, 185),
    )
    pencil.text((edge + 1.5 * pad, edge + 0.6 * pad), MARK, font=font, fill=(255, 255, 255))


def _slanted(picture: Image.Image, size: int) -> None:
    font = typeface(max(8, size))
    _, _, across, down = (int(side) for side in font.getbbox(MARK))
    stencil = Image.new("L", (across, down + size // 4))
    ImageDraw.Draw(stencil).text((0, 0), MARK, font=font, fill=46)
    stencil = stencil.rotate(24, Image.Resampling.BICUBIC, expand=True)
    place = ((picture.width - stencil.width) // 2, (picture.height - stencil.height) // 2)
    picture.paste((255, 255, 255), place, stencil)
