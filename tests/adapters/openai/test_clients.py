"""What real clients put on the wire for an edit, byte for byte (openai-images 2a)."""

import pytest

from adapters.openai.edits import read_edit_form, read_variation_form
from adapters.openai.errors import ApiError
from adapters.openai.form import Form
from adapters.openai.requests import Edit, Upload
from tests.adapters.openai.forms import JPEG, LIMITS, MASK, PNG


def read(content_type: str, body: bytes) -> Edit:
    form = Form(content_type, LIMITS)
    form.feed(body)
    return read_edit_form(form.finish(), unknown_parameters="near")


PY = "multipart/form-data; boundary=4b9dfb2bb2e3d6a3c7d6fa2b7a3d1c55"


def py(*parts: bytes) -> bytes:
    line = b"--4b9dfb2bb2e3d6a3c7d6fa2b7a3d1c55"
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


PY_PROMPT = b'Content-Disposition: form-data; name="prompt"\r\n\r\na red hat'
ONE = {"prompt": "a red hat", "images": (Upload("image", PNG),)}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(
            b'Content-Disposition: form-data; name="image"; filename="cat.png"\r\n'
            b"Content-Type: image/png",
            id="an opened file or a Path",
        ),
        pytest.param(
            b'Content-Disposition: form-data; name="image"; filename="upload"\r\n'
            b"Content-Type: application/octet-stream",
            id="bytes or BytesIO",
        ),
        pytest.param(
            b'Content-Disposition: form-data; name="image"; filename="my.bin"\r\n'
            b"Content-Type: image/webp",
            id="a tuple of name, data and type",
        ),
        pytest.param(
            b'Content-Disposition: form-data; name="image"\r\nContent-Type: image/png',
            id="a tuple without a name",
        ),
        pytest.param(
            b'Content-Disposition: form-data; name="image[]"; filename="cat.png"\r\n'
            b"Content-Type: image/png",
            id="a list of one",
        ),
        pytest.param(
            b'Content-Disposition: form-data; name="image"; '
            b'filename="k\xc3\xa4tz%22chen \xf0\x9f\x90\x88.png"\r\nContent-Type: image/png',
            id="umlauts, a cat and a quote in the name",
        ),
    ],
)
def test_python_sends_one_picture(headers: bytes) -> None:
    assert read(PY, py(PY_PROMPT, headers + b"\r\n\r\n" + PNG)) == Edit(**ONE)


def test_python_sends_several_pictures_a_mask_and_every_value_as_text() -> None:
    body = py(
        PY_PROMPT,
        b'Content-Disposition: form-data; name="model"\r\n\r\ngpt-image-1',
        b'Content-Disposition: form-data; name="n"\r\n\r\n2',
        b'Content-Disposition: form-data; name="output_compression"\r\n\r\n80',
        b'Content-Disposition: form-data; name="partial_images"\r\n\r\n0',
        b'Content-Disposition: form-data; name="stream"\r\n\r\nfalse',
        b'Content-Disposition: form-data; name="quality"\r\n\r\nhigh',
        b'Content-Disposition: form-data; name="user"\r\n\r\n',
        b'Content-Disposition: form-data; name="image_weight"\r\n\r\n60',
        b'Content-Disposition: form-data; name="style_codes[]"\r\n\r\n1A2B3C4D',
        b'Content-Disposition: form-data; name="style_codes[]"\r\n\r\n5E6F7A8B',
        b'Content-Disposition: form-data; name="color_palette[name]"\r\n\r\nEMBER',
        b'Content-Disposition: form-data; name="image[]"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PNG,
        b'Content-Disposition: form-data; name="image[]"; filename="b.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + JPEG,
        b'Content-Disposition: form-data; name="mask"; filename="m.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + MASK,
    )
    assert read(PY, body) == Edit(
        prompt="a red hat",
        model="gpt-image-1",
        n=2,
        output_compression=80,
        partial_images=0,
        stream=False,
        quality="high",
        image_weight=60,
        style_codes=("1A2B3C4D", "5E6F7A8B"),
        color_palette={"name": "EMBER"},
        images=(Upload("image[0]", PNG), Upload("image[1]", JPEG)),
        mask=Upload("mask", MASK),
    )


def test_python_before_1_sends_names_that_are_the_fields() -> None:
    octets = b"Content-Type: application/octet-stream\r\n\r\n"
    body = py(
        b'Content-Disposition: form-data; name="prompt"\r\n\r\na red hat',
        b'Content-Disposition: form-data; name="image"; filename="image"\r\n' + octets + PNG,
        b'Content-Disposition: form-data; name="mask"; filename="mask"\r\n' + octets + MASK,
    )
    assert read(PY, body) == Edit(**ONE, mask=Upload("mask", MASK))


JS = "multipart/form-data; boundary=----formdata-undici-013371337133"


def js(*parts: bytes) -> bytes:
    line = b"------formdata-undici-013371337133"
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n\r\n"


JS_PROMPT = b'Content-Disposition: form-data; name="prompt"\r\n\r\na red hat'


@pytest.mark.parametrize(
    ("field", "name", "kind"),
    [
        pytest.param(b"image", b"cat.png", b"application/octet-stream", id="createReadStream"),
        pytest.param(b"image", b"unknown_file", b"application/octet-stream", id="toFile(buffer)"),
        pytest.param(b"image", b"cat.png", b"image/png", id="toFile(buffer, name, type)"),
        pytest.param(b"image[]", b"cat.png", b"image/png", id="an array of one"),
        pytest.param(b"image", b"blob", b"application/octet-stream", id="a nameless Blob, JS 7"),
    ],
)
def test_node_sends_one_picture(field: bytes, name: bytes, kind: bytes) -> None:
    head = b'Content-Disposition: form-data; name="%b"; filename="%b"\r\nContent-Type: %b'
    body = js(JS_PROMPT, head % (field, name, kind) + b"\r\n\r\n" + PNG)
    assert read(JS, body) == Edit(**ONE)


def test_node_sends_the_mask_before_the_pictures() -> None:
    body = js(
        b'Content-Disposition: form-data; name="mask"; filename="mask.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + MASK,
        JS_PROMPT,
        b'Content-Disposition: form-data; name="stream"\r\n\r\ntrue',
        b'Content-Disposition: form-data; name="user"\r\n\r\n',
        b'Content-Disposition: form-data; name="image[]"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PNG,
        b'Content-Disposition: form-data; name="image[]"; filename="b.jpg"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + JPEG,
    )
    assert read(JS, body) == Edit(
        prompt="a red hat",
        stream=True,
        images=(Upload("image[0]", PNG), Upload("image[1]", JPEG)),
        mask=Upload("mask", MASK),
    )


def test_node_before_7_sends_a_nameless_blob_as_nothing() -> None:
    with pytest.raises(ApiError, match="Blob") as caught:
        read(JS, js(JS_PROMPT))
    assert (caught.value.code, caught.value.param) == ("missing_required_parameter", "image")


def test_java_names_no_file_and_gives_every_text_a_type() -> None:
    body = (
        b"--5b1fe2d0-7d2e-4b5c-8d8e-0f5b2f3d4c5e\r\n"
        b'Content-Disposition: form-data; name="image"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + PNG + b"\r\n"
        b"--5b1fe2d0-7d2e-4b5c-8d8e-0f5b2f3d4c5e\r\n"
        b'Content-Disposition: form-data; name="prompt"\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\na red hat\r\n"
        b"--5b1fe2d0-7d2e-4b5c-8d8e-0f5b2f3d4c5e\r\n"
        b'Content-Disposition: form-data; name="n"\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n1\r\n"
        b"--5b1fe2d0-7d2e-4b5c-8d8e-0f5b2f3d4c5e--\r\n"
    )
    kind = "multipart/form-data; boundary=5b1fe2d0-7d2e-4b5c-8d8e-0f5b2f3d4c5e"
    assert read(kind, body) == Edit(**ONE)


def test_go_calls_every_file_anonymous() -> None:
    line = b"--5e1d8a8b6c0f4f3f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39"
    body = (
        line + b'\r\nContent-Disposition: form-data; name="image"; filename="anonymous_file"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + PNG + b"\r\n" + line + b"\r\n"
        b'Content-Disposition: form-data; name="prompt"\r\n\r\na red hat\r\n' + line + b"--\r\n"
    )
    kind = f"multipart/form-data; boundary={line[2:].decode()}"
    assert read(kind, body) == Edit(**ONE)


def test_litellm_sends_a_path_as_the_name_and_always_a_list() -> None:
    body = py(
        b'Content-Disposition: form-data; name="model"\r\n\r\ngpt-image-1',
        PY_PROMPT,
        b'Content-Disposition: form-data; name="image[]"; filename="/srv/pictures/../cat.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PNG,
    )
    assert read(PY, body) == Edit(**ONE, model="gpt-image-1")


def test_requests_sends_no_type_at_all() -> None:
    headers = b'Content-Disposition: form-data; name="image"; filename="cat.png"\r\n\r\n'
    assert read(PY, py(PY_PROMPT, headers + PNG)) == Edit(**ONE)


def test_curl_sends_lists_and_types_of_its_own() -> None:
    line = b"--------------------------d74496d66958873e"
    body = (
        line + b'\r\nContent-Disposition: form-data; name="image[]"; filename="cat.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PNG + b"\r\n" + line + b"\r\n"
        b'Content-Disposition: form-data; name="prompt"\r\nContent-Type: text/plain\r\n\r\n'
        b"a red hat\r\n" + line + b"--\r\n"
    )
    assert read(f"multipart/form-data; boundary={line[2:].decode()}", body) == Edit(**ONE)


def test_a_variation_is_one_picture_and_a_few_texts() -> None:
    form = Form(PY, LIMITS)
    form.feed(
        py(
            b'Content-Disposition: form-data; name="n"\r\n\r\n2',
            b'Content-Disposition: form-data; name="size"\r\n\r\n512x512',
            b'Content-Disposition: form-data; name="response_format"\r\n\r\nb64_json',
            b'Content-Disposition: form-data; name="image"; filename="upload"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n" + PNG,
        )
    )
    assert read_variation_form(form.finish(), unknown_parameters="near") == Edit(
        n=2, size="512x512", response_format="b64_json", images=(Upload("image", PNG),)
    )
