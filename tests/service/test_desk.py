"""Work that outlives its caller."""

import asyncio

from structlog.testing import capture_logs

from service.desk import Desk


async def test_work_that_starts_further_work_is_waited_for() -> None:
    desk = Desk()
    done: list[str] = []

    async def second() -> None:
        await asyncio.sleep(0.01)
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0.01)
        desk.keep(second())

    desk.keep(first())
    assert await desk.drain(5) == 0
    assert done == ["second"]


async def test_what_does_not_end_in_time_is_counted() -> None:
    desk = Desk()
    desk.keep(asyncio.Event().wait())
    assert await desk.drain(0.01) == 1
    assert len(desk) == 1
    assert await desk.stop() == 0


async def test_one_that_breaks_leaves_its_siblings_and_a_line_in_the_log() -> None:
    desk = Desk()
    done: list[bool] = []

    async def breaks() -> None:
        raise RuntimeError

    async def works() -> None:
        await asyncio.sleep(0.01)
        done.append(True)

    with capture_logs() as lines:
        desk.keep(breaks())
        desk.keep(works())
        assert await desk.drain(5) == 0
    assert done == [True]
    assert [line["event"] for line in lines] == ["work_broke"]


async def test_what_writes_the_books_is_not_cancelled_and_what_it_starts_is_waited_for() -> None:
    desk = Desk()
    written: list[str] = []

    async def parks() -> None:
        await asyncio.sleep(0.02)
        written.append("parked")

    async def call() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            desk.keep(parks(), firm=True)

    async def settles() -> None:
        await asyncio.sleep(0.02)
        written.append("settled")

    desk.keep(call())
    desk.keep(settles(), firm=True)
    await asyncio.sleep(0)
    assert await desk.stop() == 0
    assert sorted(written) == ["parked", "settled"]


async def test_books_that_cannot_be_written_do_not_hold_up_the_end() -> None:
    desk = Desk()
    end = asyncio.Event()
    desk.keep(end.wait(), firm=True)
    assert await desk.stop(0.01) == 1
    end.set()
    assert await desk.drain(1) == 0
