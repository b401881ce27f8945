"""What apps put on the wire for an edit, byte for byte (openai-images 2a, 9)."""

import pytest

from adapters.openai.requests import Edit, Upload
from tests.adapters.openai.forms import JPEG, PNG
from tests.adapters.openai.test_clients import ONE, read

AISDK = "multipart/form-data; boundary=----formdata-undici-042"


@pytest.mark.parametrize("count", [1, 2])
def test_the_ai_sdk_calls_files_blob_and_sends_moderation(count: int) -> None:
    line = b"------formdata-undici-042\r\n"
    field = b"image" if count == 1 else b"image[]"
    file = (
        b'Content-Disposition: form-data; name="' + field + b'"; filename="blob"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PNG + b"\r\n"
    )
    body = (
        line
        + b'Content-Disposition: form-data; name="model"\r\n\r\nideogram-v3\r\n'
        + line
        + b'Content-Disposition: form-data; name="prompt"\r\n\r\na red hat\r\n'
        + (line + file) * count
        + line
        + b'Content-Disposition: form-data; name="n"\r\n\r\n1\r\n'
        + line
        + b'Content-Disposition: form-data; name="moderation"\r\n\r\nlow\r\n'
        + b"------formdata-undici-042--\r\n\r\n"
    )  # fmt: skip  the lines of the wire
    heard = read(AISDK, body)
    assert heard.moderation == "low"
    assert [image.content for image in heard.images if isinstance(image, Upload)] == [PNG] * count


def test_open_webui_types_its_texts_and_percent_encodes_its_names() -> None:
    line = b"--a1b2c3d4e5f60718293a4b5c6d7e8f90"
    text = b"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name="
    body = (
        line
        + b"\r\n"
        + text
        + b'"prompt"\r\n\r\nein H\xc3\xbctchen\r\n'
        + line
        + b"\r\n"
        + text
        + b'"n"\r\n\r\n1\r\n'
        + line
        + b"\r\nContent-Type: image/png\r\nContent-Disposition: form-data; "
        b'name="image[]"; filename="k%C3%A4tzchen.png"; filename*=utf-8\'\'k%C3%A4tzchen.png'
        b"\r\n\r\n" + PNG + b"\r\n" + line + b"--\r\n"
    )  # fmt: skip  the lines of the wire
    assert read(f'multipart/form-data; boundary="{line[2:].decode()}"', body) == Edit(
        prompt="ein H\u00fctchen", images=(Upload("image", PNG),)
    )


def test_librechat_streams_stored_files() -> None:
    line = b"----------------------------515890814546601021194782"
    body = (
        line
        + b'\r\nContent-Disposition: form-data; name="model"\r\n\r\ngpt-image-1\r\n'
        + line
        + b'\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na red hat\r\n'
        + line
        + b'\r\nContent-Disposition: form-data; name="quality"\r\n\r\nauto\r\n'
        + line
        + b'\r\nContent-Disposition: form-data; name="size"\r\n\r\nauto\r\n'
        + line
        + b'\r\nContent-Disposition: form-data; name="image[]"; filename="x__cat.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PNG + b"\r\n" + line + b"--\r\n"
    )  # fmt: skip  the lines of the wire
    kind = f"multipart/form-data; boundary={line[2:].decode()}"
    assert read(kind, body) == Edit(**ONE, model="gpt-image-1", quality="auto", size="auto")


def test_n8n_sends_numbers_as_text_and_names_its_list() -> None:
    line = b"----------------------------n8n"
    body = (
        line
        + b'\r\nContent-Disposition: form-data; name="n"\r\n\r\n3\r\n'
        + line
        + b'\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na red hat\r\n'
        + line
        + b'\r\nContent-Disposition: form-data; name="image[]"; filename="file.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PNG + b"\r\n" + line + b"--\r\n"
    )  # fmt: skip  the lines of the wire
    assert read(f"multipart/form-data; boundary={line[2:].decode()}", body) == Edit(**ONE, n=3)


def test_cherry_studio_repeats_the_bare_name() -> None:
    line = b"------WebKitFormBoundary7MA4YWxkTrZu0gW"
    file = b'\r\nContent-Disposition: form-data; name="image"; filename="%b"\r\nContent-Type: %b'
    body = (
        line
        + b'\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na red hat\r\n'
        + line
        + file % (b"a.png", b"image/png")
        + b"\r\n\r\n"
        + PNG
        + b"\r\n"
        + line
        + file % (b"b.jpg", b"image/jpeg")
        + b"\r\n\r\n"
        + JPEG
        + b"\r\n"
        + line
        + b'\r\nContent-Disposition: form-data; name="moderation"\r\n\r\nauto\r\n'
        + line
        + b"--\r\n"
    )  # fmt: skip  the lines of the wire
    assert read(f"multipart/form-data; boundary={line[2:].decode()}", body) == Edit(
        prompt="a red hat",
        moderation="auto",
        images=(Upload("image[0]", PNG), Upload("image[1]", JPEG)),
    )
