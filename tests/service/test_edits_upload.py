"""Uploads that are too large, too slow or too curious, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from service.budget import ByteBudget
from service.front import Front
from service.intake import Intake
from tests.adapters.openai.forms import body
from tests.adapters.pixels.drawn import busy, halves, saved
from tests.service.editing import DESCRIPTIONS, EDITS, FORM, MASK, PICTURE, VARIATIONS, Editor, form
from tests.service.pouring import CHUNKED, Reading, chunk, poured
from tests.service.wire import dial, request, serving

pytest_plugins = ["tests.service.editors"]

MIB = 1024 * 1024
GIB = 1024 * MIB
JSON = ("content-type", "application/json")
FILE = 'Content-Disposition: form-data; name="image"; filename="x.png"'
GROWTH = 32 * MIB
PIECE = 128 * 1024


class Memory:
    """Of a process, in bytes: what it has now, and the most it had since `mark`."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def mark(self) -> int:
        (self._folder / "clear_refs").write_text("5")  # the peak starts again
        return self._read("VmRSS")

    def peak(self) -> int:
        return self._read("VmHWM")

    def _read(self, name: str) -> int:
        lines = (self._folder / "status").read_text("ascii").splitlines()
        (line,) = (one for one in lines if one.startswith(f"{name}:"))
        return int(line.split()[1]) * 1024


def endless(head: bytes) -> Iterator[bytes]:
    """A gibibyte that is made as it is sent."""
    yield head
    for _ in range(GIB // (PIECE)):
        yield bytes(PIECE)


@pytest.mark.parametrize("path", [EDITS, VARIATIONS, DESCRIPTIONS])
async def test_a_gibibyte_that_is_announced_is_refused_unread(path: str, unmoved: Editor) -> None:
    memory = Memory(unmoved.gateway.pid)
    before = memory.mark()
    async with dial(unmoved.port) as line:
        told = [unmoved.bearer, FORM, ("content-length", str(GIB))]
        await line.send(request("POST", path, told))
        answer, sent = await poured(line, endless(form({"image": b""})[:-12]))
    assert (answer.status, answer.error["code"], answer.closing) == (413, "request_too_large", True)
    assert sent < 16 * MIB
    assert memory.peak() - before < 4 * MIB


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (FORM, f"--XX\r\n{FILE}\r\n\r\n".encode()),
        (FORM, f"--XX\r\n{FILE}\r\n\r\ndata:image/png;base64,".encode()),
        (FORM, b'--XX\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n'),
        (FORM, b"--XX\r\nContent-Disposition: form-data; name=x; y="),
        (FORM, b"what stands before a form"),
        (JSON, b'{"images": ["data:image/png;base64,'),
    ],
    ids=["a file", "a data URL", "a text", "a header", "a preamble", "JSON"],
)
async def test_a_gibibyte_in_chunks_is_refused_on_the_way(
    kind: tuple[str, str], head: bytes, unmoved: Editor
) -> None:
    memory = Memory(unmoved.gateway.pid)
    before = memory.mark()
    async with dial(unmoved.port) as line:
        await line.send(request("POST", EDITS, [unmoved.bearer, kind, CHUNKED]))
        answer, sent = await poured(line, map(chunk, endless(head)))
    assert answer.status in (400, 413) and answer.closing
    assert answer.error["code"] in ("request_too_large", "invalid_value")
    assert sent < 128 * MIB
    assert memory.peak() - before < GROWTH


async def test_a_picture_over_the_cap_is_413_and_names_itself(unmoved: Editor) -> None:
    answer = await unmoved.edit(image=b"\x89PNG" + bytes(15 * MIB), prompt="a fox")
    assert (answer.status, answer.error["param"]) == (413, "image")
    assert "15 MiB" in answer.error["message"]


async def test_a_body_over_the_cap_is_413(unmoved: Editor) -> None:
    def pictures() -> Iterator[bytes]:
        for _ in range(4):
            yield f"--XX\r\n{FILE}\r\n\r\n".encode()
            yield from [bytes(MIB)] * 14
            yield b"\r\n"

    async with dial(unmoved.port) as line:
        await line.send(request("POST", EDITS, [unmoved.bearer, FORM, CHUNKED]))
        answer, _ = await poured(line, map(chunk, pictures()))
    assert (answer.status, answer.error["code"]) == (413, "request_too_large")
    assert "50 MiB" in answer.error["message"]


async def test_a_picture_over_the_upstreams_cap_goes_out_smaller(editor: Editor) -> None:
    picture = saved(busy(2000, 1900), "PNG", compress_level=0)
    assert 10 * MIB < len(picture) < 15 * MIB
    answer = await editor.edit(image=picture, prompt="a fox", response_format="url")
    assert answer.status == 200, answer.body
    (warning,) = (w for w in answer.json["ideogate"]["warnings"] if w["code"] == "image_reencoded")
    assert warning["param"] == "image"
    call = editor.upstream.bill()["calls"][-1]
    assert call["sent"]["image"][0]["bytes"] <= 10 * MIB


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with a length"])
@pytest.mark.parametrize("size", [1, 7, 4096])
async def test_a_form_is_read_however_it_is_cut(chunked: bool, size: int, unmoved: Editor) -> None:
    whole = form({"mask": MASK, "image": PICTURE, "prompt": "a fox"})
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    told = [unmoved.bearer, FORM, ("x-ideogate-dry-run", "true")]
    told.append(CHUNKED if chunked else ("content-length", str(len(whole))))
    async with dial(unmoved.port) as line:
        await line.send(request("POST", EDITS, told))
        for piece in pieces:
            await line.send(chunk(piece) if chunked else piece)
        if chunked:
            await line.send(b"0\r\n\r\n")
        answer = await line.answer()
    assert (answer.status, answer.json["operation"]) == (200, "edit")
    assert not answer.closing


async def test_nothing_of_a_caller_without_a_key_is_read(unmoved: Editor) -> None:
    async with dial(unmoved.port) as line:
        await line.send(request("POST", EDITS, [FORM, ("content-length", str(40 * MIB))]))
        async with asyncio.timeout(1.5):
            top = await line.reader.readuntil(b"\r\n\r\n")
    assert b" 401 " in top and b"connection: close" in top


# -- what of a file is the caller's alone

CURIOUS = (
    "canary-name.png",
    "../../canary-name/etc/passwd",
    "C:\\\\canary-name\\\\x.png",
    "canary-name%0d%0aX-Canary: 1.png",
    'canary-name\\"; name=\\"mask',
    "canary-name-\xfc\xf1\xee.png",
)


@pytest.mark.parametrize("name", CURIOUS)
async def test_names_and_types_of_files_go_no_further(name: str, editor: Editor) -> None:
    head = 'Content-Disposition: form-data; name="{}"; filename="{}"\r\nContent-Type: {}'
    raw = body(
        (head.format("image", name, "application/x-canary"), PICTURE),
        (head.format("mask", name, "text/x-canary; charset=canary"), MASK),
        (head.format("style_reference_images[]", name, "image/x-canary"), PICTURE),
        ("prompt", b"a fox"),
    )
    answer = await editor.post(EDITS, raw)
    assert answer.status == 200, answer.body
    call = editor.upstream.bill()["calls"][-1]
    files = [
        one for name in ("image", "mask", "style_reference_images") for one in call["sent"][name]
    ]
    assert [(file["filename"], file["content_type"]) for file in files] == [
        ("image.png", "image/png"),
        ("mask.png", "image/png"),
        ("style-1.png", "image/png"),
    ]
    for told in (
        str(call["sent"]),
        str(answer.headers),
        answer.body.decode(),
        editor.gateway.output,
    ):
        assert "canary-name" not in told and "x-canary" not in told.lower()


async def test_a_name_of_a_part_cannot_forge_a_log_line_or_a_header(unmoved: Editor) -> None:
    raw = body(
        ('Content-Disposition: form-data; name="x\x1b[31m\xe2\x80\xa8canary"', b"1"),
        ("image", PICTURE),
        ("prompt", b"a"),
    )
    answer = await unmoved.post(EDITS, raw, ("x-ideogate-strict", "true"))
    assert answer.status == 400
    assert answer.error["message"].isprintable()
    assert "\x1b" not in unmoved.gateway.output


# -- the room by itself, behind the real server: with the gateway's patience a stall takes 30 s


@pytest.fixture
def budget() -> ByteBudget:
    return ByteBudget(20_000)


@pytest.fixture
def reading(budget: ByteBudget) -> Reading:
    intake = Intake(10_000, budget, stall=0.15, whole=0.6, full=0.15)
    return Reading(lambda visit, receive: intake.pictures(visit, receive, 4000, json=False))


@pytest.fixture
async def port(reading: Reading) -> AsyncIterator[int]:
    async with serving(Front(reading, ())) as found:
        yield found


SMALL = form({"image": saved(halves(16, 16), "PNG"), "prompt": "a fox"})


@pytest.mark.parametrize("how", [("content-length", str(len(SMALL))), CHUNKED])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
async def test_a_form_that_stalls_is_408(
    how: tuple[str, str], share: float, port: int, budget: ByteBudget
) -> None:
    begun = SMALL[: int(len(SMALL) * share)]
    async with dial(port) as line:
        await line.send(request("POST", "/", [FORM, how]))
        if begun:
            await line.send(chunk(begun) if how == CHUNKED else begun)
        answer = await line.answer()
    assert (answer.status, answer.error["code"], answer.closing) == (408, "request_timeout", True)
    assert answer.headers["x-should-retry"] == "true"
    assert budget.used == 0


async def test_a_form_that_trickles_for_ever_is_408(port: int, budget: ByteBudget) -> None:
    async with dial(port) as line:
        await line.send(request("POST", "/", [FORM, ("content-length", "9000")]))
        answer, _ = await poured(line, (bytes([byte]) for byte in SMALL), pause=0.05)
        assert answer.status == 408
    assert budget.used == 0


async def test_a_caller_that_leaves_during_its_form_is_nobody_s_error(
    port: int, reading: Reading, budget: ByteBudget
) -> None:
    async with dial(port) as line:
        await line.send(request("POST", "/", [FORM, ("content-length", "9000")]) + SMALL[:200])
    async with asyncio.timeout(5):
        await reading.left.wait()
    await asyncio.sleep(0)
    assert budget.used == 0


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (form({"image": bytes(4001)}), 413),
        (form({"a": "x" * 9000, "b": "x" * 3000}), 413),
        (b"--XX\r\nno header\r\n\r\n", 400),
        (SMALL[:-9], 400),
    ],
    ids=["a large file", "a large body", "no form", "no end"],
)
async def test_a_refused_form_gives_its_memory_back(
    raw: bytes, status: int, port: int, budget: ByteBudget
) -> None:
    async with dial(port) as line:
        await line.send(request("POST", "/", [FORM], raw))
        assert (await line.answer()).status == status
    assert budget.used == 0
