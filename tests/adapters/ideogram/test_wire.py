"""Payloads as bytes, and success bodies as structs."""

from email import message_from_bytes
from email.message import Message

import msgspec
import pytest

from adapters.ideogram.wire import (
    Answer,
    File,
    Payload,
    encode,
    read_answer,
    text,
    unix_seconds,
    whole,
)

PALETTE = '{"name":"EMBER"}'


def parts(payload: Payload) -> list[Message]:
    """The parts, read by somebody else's parser."""
    body = encode(payload, "BOUNDARY")
    whole_message = b"content-type: " + body.content_type.encode() + b"\r\n\r\n"
    message = message_from_bytes(whole_message + b"".join(body.pieces))
    assert message.is_multipart()
    assert message.defects == []
    read = message.get_payload()
    assert isinstance(read, list)
    return [part for part in read if isinstance(part, Message)]


def content(part: Message) -> bytes:
    read = part.get_payload(decode=True)
    assert isinstance(read, bytes)
    return read


def multipart(**changes: object) -> Payload:
    plain = Payload(path="/x", encoding="multipart", images=1, fields=(("prompt", "a cat"),))
    return msgspec.structs.replace(plain, **changes)


def test_text_parts_keep_their_order_repeat_their_names_and_are_utf_8() -> None:
    fields = (("prompt", "un café\r\n猫"), ("style_codes", "0A0B0C0D"), ("style_codes", "FFFFFFFF"))
    read = parts(multipart(fields=fields))
    assert [part.get_param("name", header="content-disposition") for part in read] == [
        "prompt",
        "style_codes",
        "style_codes",
    ]
    assert [content(part).decode() for part in read] == [value for _, value in fields]
    assert all("content-type" not in part for part in read)


def test_a_json_part_says_so() -> None:
    payload = multipart(
        fields=(("prompt", "a cat"), ("color_palette", PALETTE)), parts_json=("color_palette",)
    )
    prompt, palette = parts(payload)
    assert prompt["content-type"] is None
    assert palette["content-type"] == "application/json"
    assert content(palette).decode() == PALETTE


def test_files_carry_our_names_and_types_and_their_bytes_untouched() -> None:
    raw = bytes(range(256)) + b"\r\n--"
    payload = multipart(
        files=(
            File("style_reference_images", "style-0.png", "image/png", raw),
            File("style_reference_images", "style-1.webp", "image/webp", b""),
        )
    )
    _, first, second = parts(payload)
    assert first.get_filename() == "style-0.png"
    assert first["content-type"] == "image/png"
    assert second["content-type"] == "image/webp"
    assert content(second) == b""
    assert raw in encode(payload, "BOUNDARY").pieces  # not copied into a larger one


def test_the_exact_bytes_of_a_small_form() -> None:
    body = encode(multipart(), "B")
    assert b"".join(body.pieces) == (
        b'--B\r\ncontent-disposition: form-data; name="prompt"\r\n\r\na cat\r\n--B--\r\n'
    )
    assert body.length == len(b"".join(body.pieces))
    assert body.content_type == "multipart/form-data; boundary=B"


def test_a_json_payload_is_its_document() -> None:
    document = {"image_request": {"prompt": "猫", "model": "V_2"}}
    body = encode(Payload(path="/generate", encoding="json", images=1, body=document), "unused")
    assert body.content_type == "application/json"
    assert msgspec.json.decode(b"".join(body.pieces)) == document


def test_a_json_payload_without_a_document_is_an_empty_object() -> None:
    body = encode(Payload(path="/generate", encoding="json", images=1), "unused")
    assert body.pieces == (b"{}",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"data":[{"url":"x"}',
        b"<html></html>",
        b"[]",
        b"null",
        b'{"data":{}}',
        b'{"data":["x"]}',
        b'{"data":[]} and more',
        b'{"data":[{"prompt":"\xff"}]}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_an_answer_is_none(body: bytes) -> None:
    assert read_answer(body) is None


def test_unknown_keys_and_a_byte_order_mark_are_ignored() -> None:
    read = read_answer(b'\xef\xbb\xbf{"data":[{"url":"u","new":{}}],"request_id":"r","x":[1]}')
    assert read is not None
    assert read.data is not None
    assert read.data[0].url == "u"


def test_a_request_id_alone_is_no_answer() -> None:
    assert read_answer(b'{"request_id":"r"}') == Answer()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-01-01T00:00:00Z", 1767225600),
        ("2026-01-01T00:00:00.123456+00:00", 1767225600),
        ("2026-01-01T01:00:00+01:00", 1767225600),
        ("2026-01-01T00:00:00", 1767225600),
        (" 2026-01-01 00:00:00 ", 1767225600),
        (1767225600, 1767225600),
        ("1767225600", 1767225600),
        ("yesterday", None),
        ("9" * 400, None),
        ("", None),
        (None, None),
        ({}, None),
    ],
)
def test_created_becomes_unix_seconds_whatever_its_form(value: object, seconds: int | None) -> None:
    assert unix_seconds(value) == seconds


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        (7.0, 7),
        ("7", 7),
        (2**64, None),
        ("9" * 9000, None),
        (1e300, None),
        (7.5, None),
        ("x", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_a_whole_number_in_any_dress(value: object, number: int | None) -> None:
    assert whole(value) == number


@pytest.mark.parametrize(
    ("value", "read"), [("a", "a"), ("", None), ("  ", None), (None, None), (3, None)]
)
def test_text_that_is_there(value: object, read: str | None) -> None:
    assert text(value) == read
