"""Mutants by number: always the same ones, made of the good bodies by one to three changes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any, Final

from tests.contract.fuzz.oddities import NAMES, SPLICES, TEXTS, bytes_changed, picture, value
from tests.contract.fuzz.seeds import Document, Form, Part, documents, file, forms, text

SEED: Final = "ideogate"
MOST: Final = 400_000  # bytes of a body
HEADS: Final = (
    b"Content-Disposition: form-data", b"Content-Disposition: attachment; name=image", b": empty",
    b"no colon at all", b" folded", b"Content-Type: text/plain; charset=utf-16", b"Content-Type:",
    b"Content-Type: text/plain; charset=hex", b"Content-Type: multipart/mixed; boundary=a",
    b"Content-Transfer-Encoding: quoted-printable", b"Content-Length: 5", b"X-A: " + b"a" * 9_000,
    b'Content-Disposition: form-data; name="prompt', b"Content-Disposition: form-data; name*=utf-8''n",
    b'Content-Disposition: form-data; name="n"; name="seed"', b"\xff\xfe: \0", b"X\r\nY: b",
)  # fmt: skip
TYPES: Final = (
    'multipart/form-data; boundary="3f6f2f0f1c9b"', "MULTIPART/Form-Data;boundary=3f6f2f0f1c9b",
    "multipart/form-data; charset=utf-8; boundary=3f6f2f0f1c9b; x", "multipart/form-data",
    "multipart/form-data; boundary=", 'multipart/form-data; boundary=""', "multipart/form-data; boundary=f",
    "multipart/form-data; boundary=" + "b" * 5_000, "multipart/form-data; boundary=3f6f2f0f1c9b; boundary=a",
    "multipart/form-data; boundary=3f6f2f0f1c9", "multipart/form-data; boundary=3f6f2f0f1c9b--",
    "multipart/form-data; boundary=\xe4\xff", "multipart/mixed; boundary=3f6f2f0f1c9b", "text/plain", "",
    "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded", ";;;",
)  # fmt: skip


@dataclass
class Mutant:
    """A request's body. `pieces`: sent chunked, cut so; else in one, with its length."""

    number: int
    path: str
    content_type: str
    body: bytes
    pieces: tuple[bytes, ...] = ()


def mutant(number: int) -> Mutant:
    """The one with this number."""
    dice = Random(f"{SEED}:{number}")
    made = _of_form(dice, number) if dice.random() < 0.6 else _of_document(dice, number)
    if dice.random() < 0.35:
        for _ in range(dice.randint(1, 3)):
            made.body = bytes_changed(dice, made.body)
    if dice.random() < 0.06:
        made.content_type = dice.choice(TYPES)
    made.body = made.body[:MOST]
    if dice.random() < 0.1:
        made.pieces = _cut(dice, made.body)
    return made


def _cut(dice: Random, body: bytes) -> tuple[bytes, ...]:
    places = sorted({0, len(body), *(dice.randint(0, len(body)) for _ in range(6))})
    return tuple(body[a:b] for a, b in pairwise(places))


def _of_form(dice: Random, number: int) -> Mutant:
    form = dice.choice(forms())
    for _ in range(dice.randint(0, 3)):
        dice.choice(FORM_CHANGES)(dice, form)
    boundary = b"--" + form.boundary
    blocks = [b"\r\n".join([boundary, *part.head, b"", part.content, b""]) for part in form.parts]
    body = (
        b"".join(blocks) + boundary + dice.choice((b"--\r\n",) * 20 + (b"--", b"", b"\r\n", b"-"))
    )
    return Mutant(
        number, form.path, f"multipart/form-data; boundary={form.boundary.decode()}", body
    )


def _any(dice: Random, form: Form) -> Part:
    return dice.choice(form.parts) if form.parts else text("prompt", "a fox")


def _drop(dice: Random, form: Form) -> None:
    if form.parts:
        form.parts.pop(dice.randrange(len(form.parts)))


def _double(dice: Random, form: Form) -> None:
    form.parts.extend([_any(dice, form)] * dice.choice((1, 1, 1, 17, 140)))


def _shuffle(dice: Random, form: Form) -> None:
    dice.shuffle(form.parts)


def _swap(dice: Random, form: Form) -> None:
    one, other = _any(dice, form), _any(dice, form)
    one.content, other.content = other.content, one.content


def _say_else(dice: Random, form: Form) -> None:
    _any(dice, form).content = dice.choice(TEXTS).encode()


def _add_text(dice: Random, form: Form) -> None:
    form.parts.insert(
        dice.randint(0, len(form.parts)), text(dice.choice(NAMES), dice.choice(TEXTS))
    )


def _add_picture(dice: Random, form: Form) -> None:
    form.parts.insert(dice.randint(0, len(form.parts)), file(dice.choice(NAMES), picture(dice)))


def _spoil_picture(dice: Random, form: Form) -> None:
    files = [part for part in form.parts if b"filename=" in part.head[0]]
    if files:
        dice.choice(files).content = picture(dice)


def _rename(dice: Random, form: Form) -> None:
    name = dice.choice(NAMES).encode()
    _any(dice, form).head[:1] = [b'Content-Disposition: form-data; name="' + name + b'"']


def _garble_head(dice: Random, form: Form) -> None:
    head = _any(dice, form).head
    head.insert(dice.randint(0, len(head)), dice.choice(HEADS))


def _spoil_head(dice: Random, form: Form) -> None:
    head = _any(dice, form).head
    if head:
        place = dice.randrange(len(head))
        head[place] = bytes_changed(dice, head[place])


def _play_with_the_boundary(dice: Random, form: Form) -> None:
    _any(dice, form).content += dice.choice(
        (b"\r\n--" + form.boundary, b"--" + form.boundary + b"--", b"\r\n--" + form.boundary[:-1], b"\r\n--")
    )  # fmt: skip


FORM_CHANGES: Final[tuple[Callable[[Random, Form], None], ...]] = (
    _drop, _double, _shuffle, _swap, _say_else, _say_else, _say_else, _add_text, _add_text, _add_picture,
    _spoil_picture, _spoil_picture, _spoil_picture, _rename, _garble_head, _spoil_head,
    _play_with_the_boundary,
)  # fmt: skip


def _of_document(dice: Random, number: int) -> Mutant:
    document = dice.choice(documents())
    for _ in range(dice.randint(0, 3)):
        dice.choice(DOCUMENT_CHANGES)(dice, document)
    body = json.dumps(document.fields, ensure_ascii=dice.random() < 0.5).encode("utf-8", "replace")
    if dice.random() < 0.1:  # a name twice
        body = body[:-1] + b', "prompt": ' + json.dumps(value(dice)).encode() + b"}"
    return Mutant(number, document.path, "application/json", body)


def _replace(dice: Random, document: Document) -> None:
    """One value, however deep, becomes another."""
    inside: Any = document.fields
    while inside:
        key = dice.choice(list(inside)) if isinstance(inside, dict) else dice.randrange(len(inside))
        if not isinstance(inside[key], dict | list) or not inside[key] or dice.random() < 0.3:
            inside[key] = value(dice)
            return
        inside = inside[key]


def _add(dice: Random, document: Document) -> None:
    document.fields[dice.choice(NAMES)] = value(dice)


def _leave_out(dice: Random, document: Document) -> None:
    if document.fields:
        document.fields.pop(dice.choice(list(document.fields)))


def _show_else(dice: Random, document: Document) -> None:
    urls = [dice.choice(TEXTS) for _ in range(dice.choice((0, 1, 2, 17, 70)))]
    document.fields["images"] = [{"image_url": url} for url in urls]


def _fill(dice: Random, document: Document) -> None:
    document.fields |= {f"extra{place}": 1 for place in range(dice.choice((3, 99, 200)))}


def _stretch(dice: Random, document: Document) -> None:
    document.fields["prompt"] = "a" + dice.choice(SPLICES).decode("latin-1") * dice.choice(
        (1, 9, 90)
    )


DOCUMENT_CHANGES: Final[tuple[Callable[[Random, Document], None], ...]] = (
    _replace, _replace, _replace, _replace, _add, _add, _leave_out, _show_else, _fill, _stretch,
)  # fmt: skip
