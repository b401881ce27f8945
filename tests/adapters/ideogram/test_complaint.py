"""Error bodies in every shape that anybody has seen."""

import pytest

from adapters.ideogram.complaint import LONGEST, Complaint, plain, read_complaint


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":"Prompt failed the safety check"}', "Prompt failed the safety check"),
        (b'{"error":{"message":"no (tid: 1)","type":"Aihubmix_api_error"}}', "no (tid: 1)"),
        (b'{"message":"no such route"}', "no such route"),
        (b'{"detail":"not allowed"}', "not allowed"),
        (b'{"detail":[{"loc":["body","seed"],"msg":"too large"}]}', "body.seed: too large"),
        (b'{"detail":[{"msg":"too large"},"and so on",3]}', "too large; and so on"),
        (b'{"reject_reason":"inflight_limit"}', "inflight_limit"),
        (b'{"error":{"reject_reason":"inflight_limit"}}', "inflight_limit"),
        (b'{"error":"","message":"the second place"}', "the second place"),
        (b'{"error":"a\\r\\nb\\u0000c\\u202e"}', "a b c"),
    ],
)
def test_json_that_says_something_is_readable(body: bytes, message: str) -> None:
    complaint = read_complaint(body)
    assert complaint.message == message
    assert complaint.readable


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"  upstream connect error\n", "upstream connect error"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"<html><head><title>502 Bad\nGateway</title></head></html>", "502 Bad Gateway"),
        (b"<!doctype html><p>no title", "an HTML page"),
        (b"<title> </title>", "an HTML page"),
        (b'"only a string"', "only a string"),
        (b"[1]", ""),
        (b"{}", ""),
        (b'{"error":null}', ""),
        (b'{"detail":[]}', ""),
        (b"[" * 50_000, "[" * (LONGEST - 1) + "…"),
    ],
)
def test_anything_else_gives_its_words_and_is_not_readable(body: bytes, message: str) -> None:
    assert read_complaint(body) == Complaint(message)


def test_a_message_is_bounded() -> None:
    message = read_complaint(b'{"error":"' + b"a " * 9000 + b'"}').message
    assert len(message) == LONGEST
    assert message.endswith("…")


def test_plain_text_of_just_the_right_length_is_whole() -> None:
    assert plain("a" * LONGEST) == "a" * LONGEST


@pytest.mark.parametrize(
    ("body", "most"),
    [
        (b'{"error":"busy","max_inflight_requests":4}', 4),
        (b'{"error":{"message":"busy","max_inflight_requests":"4"}}', 4),
        (b'{"error":"busy","max_inflight_requests":0}', None),
        (b'{"error":"busy","max_inflight_requests":"many"}', None),
        (b'{"error":"busy"}', None),
    ],
)
def test_the_number_of_places_is_read_where_it_stands(body: bytes, most: int | None) -> None:
    assert read_complaint(body).max_inflight == most


def test_the_form_of_an_error_is_told() -> None:
    assert read_complaint(b'{"error":{"message":"m"}}').wrapped
    assert not read_complaint(b'{"error":"m"}').wrapped
    assert read_complaint(b'{"detail":[{"loc":["seed"],"msg":"m"}]}').by_field
    assert not read_complaint(b'{"detail":["m"]}').by_field
    assert read_complaint(b'{"reject_reason":"daily_limit"}').reject_reason == "daily_limit"
