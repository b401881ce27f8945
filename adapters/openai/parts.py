"""The parts of a form as the fields of a request: which is which, and each read as its kind says."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.openai.asked import Asked
from adapters.openai.errors import ApiError
from adapters.openai.fields import Route
from adapters.openai.flattened import PATH, palette
from adapters.openai.form import TEXT_BYTES, Part, Parts
from adapters.openai.kinds import Kind, Palette, Refused, Texts
from adapters.openai.near import UnknownRule
from adapters.openai.pictures import Pictures
from adapters.openai.wording import shown

_INDEX: Final = re.compile(r"[0-9]{0,9}\]", re.ASCII)

# Charsets by their labels. Never looked up by a caller's word: Python also has "hex", "rot13" and
# "utf-7", and remembers every unknown name for ever.
CHARSETS: Final[Mapping[str, str]] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",  # what says ASCII and is not, is UTF-8
    "ascii": "utf-8",
    "iso-8859-1": "latin-1",
    "latin-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-15": "iso8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "shift_jis": "cp932",
    "euc-jp": "euc-jp",
    "euc-kr": "euc-kr",
}


def asked_form(parts: Parts, route: Route, rule: UnknownRule) -> Asked:
    """What a form says; empty texts mean absent. Raises ApiError, status 400."""
    asked = Asked(route, rule)
    heard: dict[str, list[Part]] = {}
    for part in parts:
        name = _field(part.name, route)
        if name is None:
            asked.strange(part.name)
        else:
            heard.setdefault(name, []).append(part)
    for name, said in heard.items():
        kind = route.fields[name].kind
        if isinstance(kind, Pictures):
            asked.put(name, kind.parts(name, [part.content for part in said]))
            continue
        texts = [part for part in said if part.content or part.cut]
        if texts:
            asked.put(name, _value(name, kind, texts))
    return asked


def _field(name: str, route: Route) -> str | None:
    """The field that a part belongs to: `image`, `image[]` and `image[0]` are `image`."""
    if name in route.fields:
        return name
    stem, bracket, rest = name.partition("[")
    if not bracket or stem not in route.fields:
        return None
    match route.fields[stem].kind:
        case Refused():
            meant = True  # whatever is in it
        case Pictures() | Texts():
            meant = _INDEX.fullmatch(rest) is not None
        case Palette():
            meant = PATH.fullmatch(name) is not None
        case _:
            meant = False
    return stem if meant else None


def _value(name: str, kind: Kind, parts: Sequence[Part]) -> Any:
    if isinstance(kind, Refused):
        return kind.text(shown(parts[0].name), "")
    texts = [_text(part) for part in parts]
    if isinstance(kind, Texts):
        return kind.texts(name, texts)
    if isinstance(kind, Palette) and any(part.name != name for part in parts):
        named = [(part.name, text) for part, text in zip(parts, texts, strict=True)]
        return kind.text(name, palette(name, named))
    if len(texts) > 1:
        raise ApiError(
            "invalid_value", f"{name} was sent {len(texts)} times: send it once.", param=name
        )
    return kind.text(name, texts[0])


def _text(part: Part) -> str:
    name = shown(part.name)
    if part.cut:
        raise ApiError(
            "string_above_max_length",
            f"{name} must be a text, and not longer than {TEXT_BYTES:,} bytes.",
            param=name,
        )
    charset = CHARSETS.get((part.charset or "utf-8").strip().lower())
    if charset is None:
        raise ApiError(
            "invalid_value",
            f'{name} comes with the charset "{shown(part.charset or "")}", which is not taken: '
            "send UTF-8.",
            param=name,
        )
    try:
        return part.content.decode(charset)
    except UnicodeDecodeError:
        raise ApiError(
            "invalid_value", f"{name} is not text in {charset.upper()}.", param=name
        ) from None
