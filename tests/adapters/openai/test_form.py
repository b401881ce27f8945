"""Forms, piece by piece: what is taken, and what is refused."""

import pytest

from adapters.openai.errors import ApiError
from adapters.openai.form import (
    Form,
    Limits,
    Part,
)
from tests.adapters.openai.forms import LIMITS, PNG, body, checked, fed

FILE = 'Content-Disposition: form-data; name="image"; filename="a.png"'


def refused(*pieces: bytes, limits: Limits = LIMITS, status: int = 400) -> ApiError:
    with pytest.raises(ApiError) as caught:
        fed(pieces, limits)
    return checked(caught.value, status)


# Boundaries.


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=XX",
        'multipart/form-data; boundary="XX"',
        "Multipart/Form-Data;BOUNDARY=XX",
        "multipart/form-data; charset=utf-8; boundary=XX",
        "multipart/form-data; boundary=XX; charset=utf-8",
        "multipart/form-data ; boundary = XX",
    ],
)
def test_a_boundary_is_found_however_it_is_written(content_type: str) -> None:
    form = Form(content_type, LIMITS)
    form.feed(body(("prompt", b"a fox")))
    assert form.finish() == (Part("prompt", b"a fox"),)


@pytest.mark.parametrize("boundary", ["----=_Part_1_2.3", "a b'()+_,-./:=?c", "x" * 70])
def test_a_boundary_may_have_every_character_of_the_rfc(boundary: str) -> None:
    form = Form(f'multipart/form-data; boundary="{boundary}"', LIMITS)
    form.feed(body(("prompt", b"a fox"), boundary=boundary))
    assert form.finish() == (Part("prompt", b"a fox"),)


def test_a_boundary_without_quotes_may_hold_what_needs_them() -> None:
    assert fed([body(("n", b"1"), boundary="----=_Part_1")], boundary="----=_Part_1")


@pytest.mark.parametrize(
    ("content_type", "status", "part"),
    [
        ("multipart/form-data", 400, "no boundary"),
        ("multipart/form-data; boundary=", 400, "no boundary"),
        ('multipart/form-data; boundary=""', 400, "no boundary"),
        ("multipart/form-data; charset=utf-8", 400, "no boundary"),
        ("multipart/form-data; boundary=" + "x" * 71, 400, "70"),
        ("multipart/form-data; boundary=" + "x" * 5_000, 400, "70"),
        ("multipart/form-data; boundary=\u00e4", 400, "ASCII"),
        ('multipart/form-data; boundary="a\x07"', 400, "ASCII"),
        ("", 415, "multipart/form-data"),
        ("application/x-www-form-urlencoded", 415, "multipart/form-data"),
        ("multipart/mixed; boundary=XX", 415, "multipart/form-data"),
    ],
)
def test_a_content_type_without_a_usable_boundary_is_refused(
    content_type: str, status: int, part: str
) -> None:
    with pytest.raises(ApiError, match=part) as caught:
        Form(content_type, LIMITS)
    checked(caught.value, status)


# Framing.


def test_an_empty_form_has_no_parts() -> None:
    assert fed([b"--XX--"]) == ()
    assert fed([b"--XX--\r\n"]) == ()


def test_what_stands_before_and_after_the_form_is_ignored() -> None:
    form = body(("prompt", b"a fox"))
    for before in (b"\r\n", b"MIME-Version: 1.0\r\n\r\n", b"x" * 5_000 + b"\r\n"):
        assert fed([before + form]) == (Part("prompt", b"a fox"),)
    for after in (b"\r\n", b"-- bye\r\n--XX\r\n", b"x" * 5_000):
        assert fed([form + after]) == fed([form, after]) == (Part("prompt", b"a fox"),)


def test_pictures_keep_every_byte() -> None:
    everything = bytes(range(256)) * 3 + b"\r\n--X\r\n--XY\r\r\n-"
    assert fed([body((FILE, everything))]) == (Part("image", everything),)


def test_empty_pieces_change_nothing() -> None:
    form = body(("prompt", b"a fox"), (FILE, PNG))
    assert fed([b"", form[:30], b"", form[30:], b""]) == fed([form])


@pytest.mark.parametrize(
    ("name", "form", "part"),
    [
        ("nothing", b"", "it is empty"),
        ("garbage", b"prompt=a+fox", "ends before"),
        ("cut in a part", body((FILE, PNG))[:-20], "ends before"),
        ("cut in a header", b"--XX\r\nContent-Dispos", "ends before"),
        ("cut in the last boundary", body((FILE, PNG))[:-4], "ends before"),
        ("another boundary", body((FILE, PNG), boundary="YY"), "ends before"),
        ("LF instead of CRLF", body((FILE, PNG)).replace(b"\r\n", b"\n"), "line break"),
        ("LF in a header", b'--XX\r\nContent-Disposition: form-data;\n name="n"\r\n\r\n', "line"),
        ("garbage before the first", b"x" + body((FILE, PNG)), "first boundary"),
        ("a byte order mark", b"\xef\xbb\xbf" + body((FILE, PNG)), "first boundary"),
        ("LF before the first", b"x\n" + body((FILE, PNG)), "first boundary"),
        ("garbage after a boundary", b"--XX\r\n" + b"--XX \r\n", "Malformed"),
        ("no disposition", b"--XX\r\nContent-Type: text/plain\r\n\r\nx\r\n--XX--", "Missing"),
        ("no headers", b"--XX\r\n\r\nx\r\n--XX--", "Missing"),
        ("another disposition", body(('Content-Disposition: file; name="n"', b"")), "Wrong type"),
        ("no name", body(("Content-Disposition: form-data", b"x")), "no name"),
        ("an empty name", body(('Content-Disposition: form-data; name=""', b"x")), "no name"),
        ("a folded header", body((FILE + "\r\n ; x=y", b"x")), "Folded"),
        ("NUL in a header", body((FILE + "\0", b"x")), "broken line"),
        ("a header without a colon", body((FILE + "\r\nhello", b"x")), "Malformed"),
        ("a wrong length", body((FILE + "\r\nContent-Length: 3", b"x")), "Content-Length"),
        ("a length that is none", body((FILE + "\r\nContent-Length: \u0663", b"x")), "Length"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_is_no_form_is_refused_with_the_reason(name: str, form: bytes, part: str) -> None:
    error = refused(form)
    assert error.code == "invalid_value"
    assert part in error.message
    assert part in refused(*(form[i : i + 1] for i in range(len(form)))).message


def test_a_spent_form_stays_refused() -> None:
    form = Form("multipart/form-data; boundary=XX", LIMITS)
    for _ in range(2):
        with pytest.raises(ApiError):
            form.feed(b"x--XX\r\n")
    with pytest.raises(ApiError):
        form.finish()


# Headers of parts.


@pytest.mark.parametrize(
    "header",
    [
        'Content-Disposition: form-data; name="image"; filename="C:\\\\pics\\\\a.png"',
        'Content-Disposition: form-data; name="image"; filename="a\\".png"',
        'Content-Disposition: form-data; name="image"; filename="a\\"; name=\\"mask"',
        'Content-Disposition: form-data; name="image"; filename=""',
        "Content-Disposition: form-data; name=image; filename=a.png",
        'Content-Disposition: form-data; filename="a;b.png"; name="image"',
        'content-disposition: FORM-DATA; name="image"; filename="../../etc/passwd"',
        'Content-Disposition: form-data; name="image"\r\nX-Anything: goes',
        f"{FILE}\r\nContent-Type: image/svg+xml",
        f"{FILE}\r\nContent-Type: text/plain; charset=utf-8",
        f"{FILE}\r\nContent-Length: 27",
        f"{FILE}\r\nContent-Transfer-Encoding: binary",
        f"{FILE}\r\nContent-Transfer-Encoding: 8bit",
    ],
)
def test_a_picture_is_told_by_the_name_of_its_field_alone(header: str) -> None:
    (part,) = fed([body((header, PNG + b"x" * (27 - len(PNG))))])
    assert (part.name, part.content) == ("image", PNG + b"x" * (27 - len(PNG)))


def test_file_names_in_any_encoding_are_let_by() -> None:
    head = b'--XX\r\nContent-Disposition: form-data; name="image"; filename="\xc4\xe3\xff.png"'
    assert fed([head + b"\r\n\r\n" + PNG + b"\r\n--XX--"]) == (Part("image", PNG),)


def test_field_names_are_utf8() -> None:
    assert [part.name for part in fed([body(("gr\u00f6\u00dfe", b"x"))])] == ["gr\u00f6\u00dfe"]
    broken = b'--XX\r\nContent-Disposition: form-data; name="gr\xf6"\r\n\r\nx\r\n--XX--'
    assert [part.name for part in fed([broken])] == ["gr\ufffd"]


@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "gzip"])
def test_encoded_parts_are_refused_by_name(coding: str) -> None:
    error = refused(body((f"{FILE}\r\nContent-Transfer-Encoding: {coding}", b"iVBO")))
    assert error.param == "image"
