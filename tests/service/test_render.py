"""Paid pictures on their way home: as links, in base64, in another format, or lost but named."""

import asyncio
import base64
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from PIL import Image

from adapters.ideogram.outcome import Outcome, Unfetched
from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from service.answers import answer
from service.budget import ByteBudget
from service.faults import error_headers
from service.render import PICTURE_BYTES, Renderer
from tests.money.books import CALLER, UNIT, Books, Supplier, in_time, plan_of, renderer
from tests.money.outcomes import drawn

pytest_plugins = ["tests.money.plugin"]


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def png(width: int = 32, height: int = 16, *, format_: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, format_)
    return out.getvalue()


def supplier_of(pictures: dict[str, bytes | Unfetched]) -> Supplier:
    def decide(payload: Payload) -> Outcome:
        return drawn(payload.images, host="p")

    supplier = Supplier(decide)
    supplier.pictures = {f"https://p/{name}.png": found for name, found in pictures.items()}
    return supplier


async def draw(
    books: Books, supplier: Supplier, how: Renderer, *, seconds: float = 10.0, **asked: Any
) -> dict[str, Any]:
    made = plan_of(**{"response_format": "b64_json", **asked})
    order = await books.orders(supplier).begin(made, CALLER)
    reply = await answer(order, how, in_time(seconds))
    assert reply.status == 200
    body: dict[str, Any] = json.loads(b"".join(reply.chunks))
    return body


async def test_a_png_goes_through_as_it_came(books: Books, pool: ThreadPoolExecutor) -> None:
    supplier = supplier_of({"0": png()})
    body = await draw(books, supplier, renderer(pool=pool))
    assert base64.b64decode(body["data"][0]["b64_json"]) == png()
    assert "url" not in body["data"][0]
    assert body["output_format"] == "png"


async def test_links_are_handed_on_without_a_visit(books: Books) -> None:
    supplier = supplier_of({})
    body = await draw(books, supplier, renderer(), response_format="url", n=2)
    assert [p["url"] for p in body["data"]] == ["https://p/0.png", "https://p/1.png"]
    assert supplier.fetches == []


@pytest.mark.parametrize(("wanted", "seen"), [("jpeg", "JPEG"), ("webp", "WEBP")])
async def test_another_format_is_made_here(
    books: Books, pool: ThreadPoolExecutor, wanted: str, seen: str
) -> None:
    body = await draw(
        books, supplier_of({"0": png()}), renderer(pool=pool),
        output_format=wanted, output_compression=40,
    )  # fmt: skip
    picture = Image.open(io.BytesIO(base64.b64decode(body["data"][0]["b64_json"])))
    assert (picture.format, picture.size) == (seen, (32, 16))
    assert body["output_format"] == wanted


async def test_an_exact_size_is_cut_here(books: Books, pool: ThreadPoolExecutor) -> None:
    body = await draw(
        books, supplier_of({"0": png(1344, 768)}), renderer(pool=pool),
        size="1792x1024", size_policy="exact",
    )  # fmt: skip
    picture = Image.open(io.BytesIO(base64.b64decode(body["data"][0]["b64_json"])))
    assert picture.size == (1792, 1024)
    assert body["size"] == "1792x1024"


async def test_a_jpeg_of_the_suppliers_becomes_the_png_that_was_asked_for(
    books: Books, pool: ThreadPoolExecutor
) -> None:
    class Jpeg(Supplier):
        async def fetch(self, url: str, *, base64: bool) -> Any:
            found = await super().fetch(url, base64=base64)
            return msgspec.structs.replace(found, format="jpeg")

    supplier = Jpeg(lambda payload: drawn(payload.images, host="p"))
    supplier.pictures = {"https://p/0.png": png(format_="JPEG")}
    body = await draw(books, supplier, renderer(pool=pool))
    picture = Image.open(io.BytesIO(base64.b64decode(body["data"][0]["b64_json"])))
    assert picture.format == "PNG"


@pytest.mark.parametrize(
    ("loss", "tries", "words"),
    [
        (Unfetched(reason="gone", status=404), 3, "its link answered HTTP 404"),
        (Unfetched(reason="gone", status=503), 3, "its link answered HTTP 503"),
        (Unfetched(reason="broken"), 3, "broke off"),
        (Unfetched(reason="too_slow"), 3, "too long"),
        (Unfetched(reason="unreachable"), 3, "cannot be reached"),
        (Unfetched(reason="not_a_picture", status=200), 3, "no picture"),
        (Unfetched(reason="not_allowed"), 1, "IDEOGATE_IMAGE_HOSTS"),
        (Unfetched(reason="too_big"), 1, "too large"),
        (b"\x89PNG\r\n\x1a\n" + b"damaged" * 9, 1, "damaged"),
    ],
    ids=lambda value: getattr(value, "reason", None),
)
async def test_a_lost_picture_is_a_warning_with_its_link(
    books: Books, pool: ThreadPoolExecutor, loss: Any, tries: int, words: str
) -> None:
    supplier = supplier_of({"0": png(), "1": loss, "2": png()})
    asked = {"output_format": "webp"} if isinstance(loss, bytes) else {}
    body = await draw(books, supplier, renderer(pool=pool), n=3, **asked)
    assert len(body["data"]) == 2
    (warning,) = body["ideogate"]["warnings"]
    assert (warning["code"], warning["param"]) == ("download_failed", "response_format")
    assert warning["message"].startswith("Image 2 of 3 was drawn and is billed")
    assert words in warning["message"] or isinstance(loss, bytes)
    assert warning["message"].endswith("https://p/1.png")
    assert supplier.fetches.count("https://p/1.png") == tries
    assert body["ideogate"]["cost_microusd"] == 3 * UNIT


async def test_a_picture_that_breaks_the_converter_is_only_lost(books: Books) -> None:
    broken = ThreadPoolExecutor(1)
    broken.shutdown()  # whatever it is handed raises RuntimeError
    supplier = supplier_of({"0": png(), "1": png()})
    with pytest.raises(ApiError) as lost:
        await draw(books, supplier, renderer(pool=broken), n=2, output_format="jpeg")
    assert lost.value.code == "result_expired"


async def test_when_none_comes_home_the_error_names_the_links_and_forbids_a_retry(
    books: Books,
) -> None:
    supplier = supplier_of({})
    with pytest.raises(ApiError) as lost:
        await draw(books, supplier, renderer(), n=2)
    error = lost.value
    assert (error.shape.status, error.code) == (502, "result_expired")
    headers = dict(error_headers(error))
    assert headers["x-should-retry"] == "false"
    assert headers["x-ideogate-cost-usd"] == "0.120000"
    assert "https://p/0.png" in error.message and "https://p/1.png" in error.message


async def test_what_is_not_here_at_the_deadline_is_a_warning_not_an_error(books: Books) -> None:
    class Slow(Supplier):
        async def fetch(self, url: str, *, base64: bool) -> Any:
            if url.endswith("1.png"):
                await asyncio.Event().wait()
            return await super().fetch(url, base64=base64)

    supplier = Slow(lambda payload: drawn(payload.images, host="p"))
    supplier.pictures = {"https://p/0.png": png()}
    body = await draw(books, supplier, renderer(), n=2, seconds=0.2)
    assert len(body["data"]) == 1
    assert "not here in time" in body["ideogate"]["warnings"][0]["message"]


async def test_large_answers_take_turns_and_none_waits_for_ever(books: Books) -> None:
    budget = ByteBudget(64 * 1024 * 1024)
    highest = 0

    class Watched(Supplier):
        async def fetch(self, url: str, *, base64: bool) -> Any:
            nonlocal highest
            highest = max(highest, budget.used)
            await asyncio.sleep(0.005)
            return await super().fetch(url, base64=base64)

    supplier = Watched(lambda payload: drawn(payload.images, host="p"))
    supplier.pictures = {f"https://p/{place}.png": png() for place in range(8)}
    how = Renderer(budget, None, sleep=asyncio.sleep)  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        bodies = await asyncio.gather(
            *(draw(books, supplier, how, n=10, slots=100) for _ in range(8))
        )
    assert [len(body["data"]) for body in bodies] == [10] * 8
    assert highest == 20 * PICTURE_BYTES  # two of ten fit
    assert budget.used == 0


async def test_an_answer_larger_than_the_whole_budget_proceeds_alone(books: Books) -> None:
    budget = ByteBudget(PICTURE_BYTES)
    supplier = supplier_of({str(place): png() for place in range(8)})
    how = Renderer(budget, None)  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        bodies = await asyncio.gather(*(draw(books, supplier, how, n=8, slots=99) for _ in "abc"))
    assert [len(body["data"]) for body in bodies] == [8] * 3
    assert budget.used == 0
