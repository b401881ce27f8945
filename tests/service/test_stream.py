"""Pictures as they come: events, comments, errors in their nested form."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from adapters.ideogram.outcome import Failed, Outcome, Unfetched
from adapters.ideogram.wire import Payload
from service.order import Order
from service.stream import stream
from tests.money.books import CALLER, UNIT, Books, Supplier, in_time, plan_of, renderer
from tests.money.outcomes import drawn

pytest_plugins = ["tests.money.plugin"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


class Reader:
    """The client's end: headers, events and comments, in order."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.raw = b""
        self.ended = False

    async def send(self, message: Any) -> None:
        await asyncio.sleep(0)
        assert not self.ended
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {n.decode(): v.decode() for n, v in message["headers"]}
        else:
            self.raw += message["body"]
            self.ended = not message["more_body"]

    @property
    def blocks(self) -> list[str]:
        assert self.raw.endswith(b"\n\n")
        return self.raw.decode().split("\n\n")[:-1]

    @property
    def comments(self) -> list[str]:
        return [block for block in self.blocks if block.startswith(":")]

    @property
    def events(self) -> list[dict[str, Any]]:
        found = []
        for block in self.blocks:
            if not block.startswith(":"):
                name, data = block.split("\n")
                assert name.startswith("event: ") and data.startswith("data: ")
                found.append(json.loads(data[6:]))
        return found


def supplier_of(decide: Any) -> Supplier:
    supplier = Supplier(decide)
    for host in ("p", "late"):
        supplier.pictures |= {f"https://{host}/{place}.png": PNG for place in range(8)}
    return supplier


async def begun(books: Books, supplier: Supplier, **asked: Any) -> Order:
    return await books.orders(supplier).begin(plan_of(stream=True, **asked), CALLER)


async def read(
    order: Order, *, seconds: float = 10.0, every: float = 10.0, reader: Reader | None = None
) -> Reader:
    reader = reader or Reader()
    await stream(reader.send, order, renderer(), in_time(seconds), every=every)
    assert reader.ended
    return reader


async def test_an_event_for_each_picture_as_its_call_ends(books: Books) -> None:
    async def decide(payload: Payload) -> Outcome:
        await asyncio.sleep(0.03 if payload.images == 8 else 0)
        return drawn(payload.images, host="p")

    reader = await read(await begun(books, supplier_of(decide), n=10))
    assert (reader.status, reader.headers["content-type"]) == (200, "text/event-stream")
    assert [event["index"] for event in reader.events] == [8, 9, *range(8)]
    assert {event["type"] for event in reader.events} == {"image_generation.completed"}
    assert all(event["b64_json"] and event["usage"]["total_tokens"] == 0 for event in reader.events)
    assert reader.events[-1]["ideogate"]["cost_microusd"] == 10 * UNIT
    assert reader.comments == [": end"]


async def test_comments_keep_the_line_open_while_a_picture_is_drawn_and_fetched(
    books: Books,
) -> None:
    class Slow(Supplier):
        async def fetch(self, url: str, *, base64: bool) -> Any:
            await asyncio.sleep(0.05)
            return await super().fetch(url, base64=base64)

    async def decide(payload: Payload) -> Outcome:
        await asyncio.sleep(0.05)
        return drawn(payload.images, host="p")

    supplier = Slow(decide)
    supplier.pictures = {"https://p/0.png": PNG}
    reader = await read(await begun(books, supplier), every=0.02)
    before, _, after = reader.raw.partition(b"event:")
    assert before.count(b": keepalive") >= 3  # two while it is drawn, and more while it comes
    assert b"keepalive" not in after
    assert len(reader.events) == 1


async def test_withheld_and_lost_pictures_are_told_as_comments(books: Books) -> None:
    supplier = supplier_of(lambda p: drawn(p.images, withheld=[0], host="p"))
    supplier.pictures["https://p/1.png"] = Unfetched(reason="gone", status=404)
    reader = await read(await begun(books, supplier, n=3))
    assert [event["index"] for event in reader.events] == [2]
    lost, missing, end = reader.comments
    assert lost.startswith(": warning download_failed: Image 2 of 3")
    assert missing.startswith(": warning image_missing: Image 1 of 3")
    assert end == ": end"


async def test_a_link_cannot_write_into_the_stream(books: Books) -> None:
    evil = "https://p/\n\nevent: image_generation.completed\ndata: {}\n\n"
    good = drawn(2, host="p")
    first, second = good.pictures
    bad = msgspec.structs.replace(first, url=evil)
    outcome = msgspec.structs.replace(good, pictures=(bad, second))
    reader = await read(await begun(books, supplier_of(lambda _: outcome), n=2))
    assert [event["index"] for event in reader.events] == [1]


@pytest.mark.parametrize(
    ("outcome", "code", "billed"),
    [
        (drawn(2, withheld=[0, 1]), "moderation_blocked", 2),
        (Failed(message="no", status=500), "upstream_error", 0),
        (drawn(2, host="nowhere"), "result_expired", 2),
    ],
    ids=["withheld", "failed", "lost"],
)
async def test_without_a_picture_the_stream_ends_in_a_nested_error(
    books: Books, outcome: Outcome, code: str, billed: int
) -> None:
    reader = await read(await begun(books, supplier_of(lambda _: outcome), n=2))
    assert reader.status == 200
    (error,) = reader.events
    assert error["type"] == "error" and error["error"]["code"] == code
    assert b": end" not in reader.raw
    assert (await books.balance())["posted"] == billed * UNIT


@pytest.mark.parametrize("where", ["drawing", "fetching"])
async def test_the_deadline_ends_the_stream_and_the_call_runs_on(books: Books, where: str) -> None:
    gate = asyncio.Event()

    class Slow(Supplier):
        async def fetch(self, url: str, *, base64: bool) -> Any:
            await asyncio.Event().wait()
            return await super().fetch(url, base64=base64)

    async def decide(payload: Payload) -> Outcome:
        if where == "drawing":
            await gate.wait()
        return drawn(payload.images, host="p")

    order = await begun(books, Slow(decide))
    reader = await read(order, seconds=0.1, every=0.03)
    (error,) = reader.events
    assert error["error"]["code"] == "timeout"
    assert ": keepalive" in reader.comments
    gate.set()
    await books.desk.drain(5)
    assert (await books.balance())["posted"] == UNIT


async def test_a_reader_that_leaves_cancels_nothing(books: Books) -> None:
    class Left(Reader):
        async def send(self, message: Any) -> None:
            if self.status:
                raise OSError("the client has gone")
            await super().send(message)

    supplier = supplier_of(lambda p: drawn(p.images, host="p"))
    order = await begun(books, supplier, n=10, slots=4)
    with pytest.raises(OSError, match="gone"):
        await stream(Left().send, order, renderer(), in_time())
    await books.desk.drain(5)
    assert len(supplier.submits) == 3
    assert (await books.balance())["posted"] == 10 * UNIT
