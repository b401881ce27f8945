"""Every client that sends edits ends in pictures, with the bytes that it puts on the wire."""

from collections.abc import Iterator

import pytest

from tests.contract import rows
from tests.contract.clients.raw import exchange
from tests.contract.clients.staging import NODE as NODE_BINARY
from tests.contract.clients.staging import needs_node
from tests.contract.gateway import ROOT, Gateway, key_of, start_gateway
from tests.contract.rows import NAMELESS_BLOB, ROWS, Row
from tests.contract.sdk.editing import edited, file
from tests.contract.sdk.pictures import FOX, HEN, MASK, NAMED, OWL
from tests.contract.sdk.play import play
from tests.contract.sdk.scenarios import Scenario
from tests.contract.sdk.wiretap import wiretap

# What is said of an edit whatever its client; any other would be of a field that was misread.
EXPECTED = {"redrawn", "images_as_references"}
SDK = ROOT / "tests/contract/sdk"
HAT = {"prompt": "give the fox a hat, 狐", "model": "gpt-image-1"}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with start_gateway() as running:
        yield running


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_client_s_own_bytes_end_in_pictures(row: Row, gateway: Gateway) -> None:
    answer = exchange(gateway, row.request(gateway.key))
    assert answer.status == 200, answer.body[:500]
    assert row.pictures_of(answer) == row.pictures
    assert answer.headers["x-ideogate-images-billed"] == str(len(row.pictures))
    assert {warning["code"] for warning in answer.told["ideogate"]["warnings"]} <= EXPECTED


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_wrong_key_is_told_whatever_comes_after_it(row: Row, gateway: Gateway) -> None:
    answer = exchange(gateway, row.request(key_of("nobody")))
    assert (answer.status, answer.told["error"]["code"]) == (401, "invalid_api_key")


def test_a_blob_that_an_older_node_sdk_left_out_is_missed_by_name(gateway: Gateway) -> None:
    answer = exchange(gateway, NAMELESS_BLOB.request(gateway.key))
    error = answer.told["error"]
    assert (answer.status, error["code"], error["param"]) == (
        400,
        "missing_required_parameter",
        "image",
    )
    assert "toFile" in error["message"]


def asked(call: str, image: object, **ask: object) -> Scenario:
    """The SDK's call behind a row."""
    return edited(call, image=image, **{**HAT, **ask})._replace(name=call)


OF_PYTHON = [
    asked("an opened file or a Path", file(FOX, "opened")),
    asked("bytes or BytesIO", file(FOX, "stream")),
    asked("a tuple without a name", file(FOX, "nameless")),
    asked("a tuple without name and type", file(FOX, "bare")),
    asked("a list of one", [file(FOX)]),
    asked(
        "a list of three, two results and a mask",
        [file(FOX), file(OWL, "nameless"), file(HEN)],
        mask=file(MASK, "path"),
        n=2,
    ),
    asked("an umlaut and a quote in the name", file(NAMED, "path")),
    asked(
        "numbers and booleans as text, links of dall-e-2",
        file(FOX),
        model="dall-e-2",
        n=2,
        stream=False,
        partial_images=0,
        extra={"color_palette": {"name": "EMBER"}},
    ),
]
OF_NODE = [
    asked("createReadStream", file(FOX, "opened"), n=2),
    asked("toFile(buffer)", file(FOX)),
    asked("toFile(buffer, name, type)", file(FOX, "named")),
    asked("an array of one", [file(FOX)]),
    asked("a Blob without a name, before 7", file(FOX, "blob")),
]


PYTHON_SDK = str(SDK / "python_client.py")
# SDK -> what plays it and where, and its calls
REAL = {
    "python-1": ([str(ROOT / ".sdk/python-1/bin/python"), PYTHON_SDK, "sync"], ROOT, OF_PYTHON),
    "python-newest": (
        [str(ROOT / ".sdk/python-newest/bin/python"), PYTHON_SDK, "async"],
        ROOT,
        OF_PYTHON,
    ),
    "node": ([str(NODE_BINARY), str(SDK / "node/client.mjs")], ROOT / ".sdk/node", OF_NODE),
}
WRITTEN = {row.call: row for row in (*rows.OF_PYTHON, *rows.OF_NODE, NAMELESS_BLOB)}


@pytest.mark.parametrize(
    "sdk", ["python-1", "python-newest", pytest.param("node", marks=needs_node)]
)
def test_an_sdk_still_writes_what_its_rows_replay(sdk: str) -> None:
    command, home, calls = REAL[sdk]
    with wiretap() as tap:
        play(command, tap, home, calls)
    for call, heard in zip(calls, tap.heard, strict=True):
        row = WRITTEN[call.name]
        form = row.form.replace(row.client.boundary.encode(), heard.boundary.encode())
        assert (heard.body, heard.chunked) == (form, row.client.chunks is not None), call.name
