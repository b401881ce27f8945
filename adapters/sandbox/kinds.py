"""What a field may hold, and how strictly it is read: from parts or from a JSON value."""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final, NamedTuple

from PIL import Image, UnidentifiedImageError

from adapters.sandbox.refusal import bad
from adapters.sandbox.tables import MOST_MEMBERS, PALETTES
from adapters.sandbox.wire import Part, decoded

FORMATS: Final = ("PNG", "JPEG", "WEBP")
MAX_PIXELS: Final = 64 * 1024 * 1024  # ours: a stand-in on a laptop must not swell
HEX_COLOUR: Final = r"^#(?:[0-9a-fA-F]{3}){1,2}$"
HEX_CODE: Final = r"^[0-9a-fA-F]{8}$"
MODEL_URI: Final = r"^model/[^/]+/version/[^/]+$"
LIGHTEST, HEAVIEST = 0.05, 1.0  # color_weight


class Text(NamedTuple):
    """Free text; `pattern` as a full regular expression, `blank` when it may be empty."""

    pattern: str | None = None
    blank: bool = True


class Whole(NamedTuple):
    low: int
    high: int
    default: int | None = None


class Choice(NamedTuple):
    """One of a closed list; `name` is the list's name in the official document."""

    name: str
    members: Sequence[str]
    default: str | None = None


class Picture(NamedTuple):
    """A JPEG, PNG or WebP file; `many` when the part may repeat."""

    many: bool = False


class Palette(NamedTuple):
    """A preset's name or members with colours, never both."""


class Codes(NamedTuple):
    """A list of style codes: the part repeats, so it is a list however it came."""


class Flag(NamedTuple):
    """true or false."""


class Wrapped(NamedTuple):
    """A JSON object of fields: `image_request`."""

    fields: Mapping[str, "Kind"]
    required: tuple[str, ...]


Kind = Text | Whole | Choice | Picture | Palette | Codes | Flag | Wrapped


def lift(name: str, kind: Kind, parts: Sequence[Part]) -> Any:
    """The value of a field that came as multipart parts."""
    if isinstance(kind, Picture):
        if any(part.filename is None for part in parts):
            raise bad(f"{name} must be a file")
        contents = [part.content for part in parts]
        return contents if kind.many else _only(name, contents)
    if any(part.filename is not None for part in parts):
        raise bad(f"{name} must not be a file")
    texts = [_text(part) for part in parts]
    if isinstance(kind, Codes):
        return texts
    return _lift_text(name, kind, _only(name, texts), parts[0].content_type)


def _lift_text(name: str, kind: Kind, text: str, content_type: str | None) -> Any:
    if isinstance(kind, Whole):
        return int(text) if re.fullmatch(r"-?[0-9]{1,12}", text) else text
    if isinstance(kind, Flag):
        return {"true": True, "false": False}.get(text, text)
    if isinstance(kind, Palette) and content_type != "application/json":
        # An object in a form is a JSON part (ideogram-upstream 1.2). `image_request` may also come
        # as plain text, which is how AiHubMix shows it (1.4).
        raise bad(f"{name} must be a part of content type application/json")
    return decoded(name, text.encode()) if isinstance(kind, Palette | Wrapped) else text


def _only(name: str, values: Sequence[Any]) -> Any:
    if len(values) != 1:
        raise bad(f"{name} was sent {len(values)} times")
    return values[0]


def _text(part: Part) -> str:
    try:
        return part.content.decode()
    except UnicodeDecodeError as err:
        raise bad(f"{part.name} is not valid UTF-8") from err


def check(name: str, kind: Kind, value: Any) -> Any:
    """The value, decoded (pictures as PIL images), or a Refusal that names the field."""
    match kind:
        case Text() | Choice():
            return _check_text(name, kind, value)
        case Whole(low, high):
            if type(value) is not int or not low <= value <= high:
                raise bad(f"{name} must be an integer from {low} to {high}")
            return value
        case Flag():
            if type(value) is not bool:
                raise bad(f"{name} must be true or false")
            return value
        case Picture(many):
            return [_picture(name, one) for one in value] if many else _picture(name, value)
        case _:
            return _check_nested(name, kind, value)


def _check_text(name: str, kind: Text | Choice, value: Any) -> str:
    if not isinstance(value, str):
        raise bad(f"{name} must be a string")
    if isinstance(kind, Choice):
        if value not in kind.members:
            raise bad(f"{name} must be one of {', '.join(kind.members)}")
    elif not kind.blank and not value.strip():
        raise bad(f"{name} must not be blank")
    elif kind.pattern and not re.fullmatch(kind.pattern, value):
        raise bad(f"{name} must match {kind.pattern}")
    return value


def _check_nested(name: str, kind: Kind, value: Any) -> Any:
    if isinstance(kind, Codes):
        return [_check_text(name, Text(HEX_CODE), code) for code in value]
    if not isinstance(value, dict):
        raise bad(f"{name} must be an object")
    if isinstance(kind, Wrapped):
        return check_all(kind.fields, kind.required, value)
    return _colours(name, value)


def check_all(
    fields: Mapping[str, Kind], required: Sequence[str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Every value checked: nothing unknown, nothing missing."""
    for name in values:
        if name not in fields:
            raise bad(f"{name} is not a field of this endpoint")
    for name in required:
        if name not in values:
            raise bad(f"{name} is required")
    return {name: check(name, fields[name], value) for name, value in values.items()}


def _colours(name: str, value: dict[str, Any]) -> tuple[str, ...]:
    if set(value) == {"name"}:
        return PALETTES[_check_text(f"{name}.name", PALETTE_NAME, value["name"])]
    if set(value) != {"members"}:
        raise bad(f"{name} takes either name or members")
    members = value["members"]
    if not isinstance(members, list) or not 1 <= len(members) <= MOST_MEMBERS:
        raise bad(f"{name}.members must be a list of 1 to {MOST_MEMBERS}")
    return tuple(_colour(name, member) for member in members)


def _colour(name: str, member: Any) -> str:
    if not isinstance(member, dict) or not {"color_hex"} <= set(member) <= {
        "color_hex",
        "color_weight",
    }:
        raise bad(f"A member of {name} takes color_hex and color_weight")
    weight = member.get("color_weight", HEAVIEST)
    if type(weight) not in (int, float) or not LIGHTEST <= weight <= HEAVIEST:
        raise bad(f"{name}.color_weight must be from {LIGHTEST} to {HEAVIEST}")
    return _check_text(f"{name}.color_hex", Text(HEX_COLOUR), member["color_hex"])


PALETTE_NAME: Final = Choice("ColorPalettePresetName", tuple(PALETTES))


def _picture(name: str, content: bytes) -> Image.Image:
    """The picture, wholly decoded: a file that breaks off is refused now, before it is billed."""
    try:
        return _loaded(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as err:
        raise bad(f"{name} has more than {MAX_PIXELS} pixels") from err
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as err:
        raise bad(f"{name} must be a JPEG, PNG or WebP picture") from err


def _loaded(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content), formats=FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    picture.load()
    return picture
