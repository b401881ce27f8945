"""The limits of a form: how much is taken, and how little is held."""

import tracemalloc
from itertools import chain, repeat

import pytest

from adapters.openai.errors import ApiError
from adapters.openai.form import HEADER_BYTES, PARTS, TEXT_BYTES, TEXTS_BYTES, Form, Limits, Part
from tests.adapters.openai.forms import MIB, PNG, body, checked, fed
from tests.adapters.openai.test_form import FILE, refused


def test_128_parts_are_enough() -> None:
    assert len(fed([body(*[("a", b"")] * PARTS)])) == PARTS
    for count in (PARTS + 1, 10_000):
        assert "128 parts" in refused(body(*[("a", b"")] * count)).message


def test_the_headers_of_a_part_are_bounded_wherever_the_body_is_cut() -> None:
    def with_header(size: int) -> bytes:
        return body((f"{FILE}\r\nX-A: {'x' * (size - len(FILE) - 5)}", PNG))

    assert fed([with_header(HEADER_BYTES)])
    for size in (HEADER_BYTES + 1, HEADER_BYTES + 2, HEADER_BYTES + 3, MIB):
        form = with_header(size)
        assert "8192" in refused(form).message
        assert "8192" in refused(*(form[i : i + 4_097] for i in range(0, len(form), 4_097))).message
    assert fed(with_header(HEADER_BYTES)[i : i + 1] for i in range(HEADER_BYTES + 100))


def test_headers_that_never_end_are_not_held() -> None:
    assert "8192" in refused(b"--XX\r\nX-A: ", *repeat(b"x" * 1_000, 10)).message
    assert "8 headers" in refused(b"--XX\r\n" + b"a:b\r\n" * 9).message


def test_folded_headers_cost_nothing() -> None:
    assert "Folded" in refused(b"--XX\r\nX-A: a\r\n" + b" a\r\n" * 1_000_000).message


def test_a_picture_over_the_cap_is_refused_by_its_field() -> None:
    limits = Limits(file_bytes=1_000, request_bytes=1_000_000)
    for name in ("image", "image[]", "image[3]", "image_file", "mask", "style_reference_images[]"):
        header = f'Content-Disposition: form-data; name="{name}"'
        assert fed([body((header, b"x" * 1_000))], limits)
        error = refused(body((header, b"x" * 1_001)), limits=limits, status=413)
        assert error.param == name.partition("[")[0]
        assert "1,000 bytes" in error.message


def test_a_data_url_may_be_as_long_as_its_picture_needs() -> None:
    limits = Limits(file_bytes=3_000, request_bytes=1_000_000)
    url = b"Data:image/png;base64," + b"A" * 4_000
    for pieces in ([body((FILE, url))], [bytes([byte]) for byte in body((FILE, url))]):
        assert fed(pieces, limits) == (Part("image", url),)
    refused(body((FILE, url + b"A" * 1_024)), limits=limits, status=413)


def test_a_body_over_the_cap_is_refused() -> None:
    form = body((FILE, PNG))
    assert fed([form], Limits(MIB, len(form)))
    for pieces in ([form], [form[:-1], form[-1:]]):
        assert "The body" in refused(*pieces, limits=Limits(MIB, len(form) - 1), status=413).message
    assert "2 MiB" in refused(b"x" * (2 * MIB + 1), limits=Limits(MIB, 2 * MIB), status=413).message


def test_a_text_that_is_too_long_is_cut_and_marked() -> None:
    whole = b"x" * TEXT_BYTES
    assert fed([body(("prompt", whole))]) == (Part("prompt", whole),)
    form = body(("prompt", whole + b"x"), ("n", b"1"))
    cut = (Part("prompt", b"", None, cut=True), Part("n", b"1"))
    assert fed([form]) == fed([form[i : i + 5_000] for i in range(0, len(form), 5_000)]) == cut


def test_texts_together_are_bounded_but_not_by_what_was_cut() -> None:
    full = [("a", b"x" * TEXT_BYTES)] * (TEXTS_BYTES // TEXT_BYTES)
    assert fed([body(*full, *[("b", b"x" * (TEXT_BYTES + 1))] * 20)])
    assert "1 MiB" in refused(body(*full, ("b", b"x")), status=413).message


def peak_until_refused(limits: Limits, head: bytes, piece: bytes) -> tuple[ApiError, int]:
    """Feeds a gigabyte, lazily: the refusal, and the most bytes held on the way."""
    tracemalloc.start()
    try:
        with pytest.raises(ApiError) as caught:
            fed(chain([head], repeat(piece, 1024 * MIB // len(piece))), limits)
        return checked(caught.value, 413), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_gigabyte_stops_at_the_cap_and_is_never_held() -> None:
    limits = Limits(file_bytes=4 * MIB, request_bytes=50 * MIB)
    head = b"--XX\r\n" + FILE.encode() + b"\r\n\r\n"
    error, peak = peak_until_refused(limits, head, bytes(65_536))
    assert error.param == "image"
    assert peak < 5 * MIB


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"", id="before the form"),
        pytest.param(
            b'--XX\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n', id="as text"
        ),
        pytest.param(b"--XX--", id="behind the form"),
    ],
)
def test_a_gigabyte_of_anything_else_is_never_held(head: bytes) -> None:
    limits = Limits(file_bytes=4 * MIB, request_bytes=32 * MIB)
    error, peak = peak_until_refused(limits, head, b"\r\n" + bytes(65_534))
    assert error.param is None
    assert peak < MIB


def test_a_picture_is_held_once() -> None:
    limits = Limits(file_bytes=8 * MIB, request_bytes=50 * MIB)
    tracemalloc.start()
    try:
        form = Form("multipart/form-data; boundary=XX", limits)
        form.feed(b"--XX\r\n" + FILE.encode() + b"\r\n\r\n")
        for piece in repeat(b"x" * 65_536, 128):
            form.feed(piece)
        form.feed(b"\r\n--XX--")
        (part,) = form.finish()
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(part.content) == 8 * MIB
    assert held < 8 * MIB + MIB
    assert peak < 10 * MIB  # grown by an eighth at a time
