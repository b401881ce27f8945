"""Buckets as they are read: spans, groups, filters, and what they come to."""

import itertools
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from adapters.store.client import Store, connect
from service.keyspace import Keyspace
from service.usage import ROWS, Bucket, Counts, Dimension, Metering, Width, line_item, spans
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]
NUMBERS = itertools.count()
DAY = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp())
HOUR = 3600
FOX = ("p", "k", "ideogram-v3", "generate", "TURBO")
CAT = ("p", "l", "ideogram-v2", "remix", "")
OWL = ("q", "m", "ideogram-describe", "describe", "")
ADJUSTED = ("p", "k", "", "adjustment", "")
WHO = ("1024x1024", "image.generation", "user_1")


class Filled:
    """Buckets written by hand, and their reader."""

    def __init__(self, store: Store, names: Keyspace) -> None:
        self.store = store
        self.names = names
        self.metering = Metering(store, names)

    async def put(self, bucket: str, *rows: tuple[tuple[str, ...], list[int]]) -> None:
        words = [json.dumps(word) for row in rows for word in row]
        await self.store.call("HSET", bucket, *words)


@pytest_asyncio.fixture
async def filled(valkey: Valkey) -> AsyncIterator[Filled]:
    names = Keyspace(f"usage-{next(NUMBERS)}")
    store = await connect(valkey.url, timeout=5.0, slot_key=names.root)
    yield Filled(store, names)
    await store.aclose()


def some(images: int, *, microusd: int = 0, assumed: int = 0) -> Counts:
    return Counts(microusd or images * 10, images, images, 0, 0, 0, 1, assumed)


def kept(images: int, microusd: int = 0) -> list[int]:
    return [microusd or images * 10, images, images, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("width", "start", "end", "starts"),
    [
        ("day", DAY, DAY + 2 * 24 * HOUR, [DAY, DAY + 24 * HOUR]),
        ("day", DAY + 5, DAY + 6, [DAY]),
        ("day", DAY, DAY, []),
        ("day", DAY + 5, DAY + 5, []),
        ("day", DAY + 9, DAY, []),
        ("hour", DAY + 59, DAY + HOUR + 1, [DAY, DAY + HOUR]),
        ("hour", DAY, DAY + HOUR, [DAY]),
        ("minute", DAY + 61, DAY + 180, [DAY + 60, DAY + 120]),
    ],
)
def test_spans_begin_at_whole_buckets_and_end_before_the_end(
    width: Width, start: int, end: int, starts: list[int]
) -> None:
    assert spans(start, end, width) == starts


def test_line_items_name_model_speed_and_operation() -> None:
    assert line_item("ideogram-v3", "TURBO", "generate") == "ideogram-v3, TURBO, generate"
    assert line_item("ideogram-v2", "", "generate") == "ideogram-v2, generate"
    assert line_item("", "", "adjustment") == "adjustment"


@pytest.mark.parametrize("width", ["minute", "hour", "day"])
async def test_buckets_without_rows_are_told_too(filled: Filled, width: Width) -> None:
    seconds = {"minute": 60, "hour": HOUR, "day": 24 * HOUR}[width]
    await filled.put(filled.names.usage(width, DAY + seconds), ((*FOX, *WHO, ""), kept(3)))
    found = await filled.metering.usage(DAY, DAY + 3 * seconds, width)
    assert found == [
        Bucket(DAY, DAY + seconds, {}),
        Bucket(DAY + seconds, DAY + 2 * seconds, {(): some(3)}),
        Bucket(DAY + 2 * seconds, DAY + 3 * seconds, {}),
    ]


@pytest.mark.parametrize(
    ("group_by", "groups"),
    [
        ([], {(): (7, 3)}),
        (["project_id"], {("p",): (3, 2), ("q",): (4, 1)}),
        (["api_key_id"], {("k",): (1, 1), ("l",): (2, 1), ("m",): (4, 1)}),
        (["model", "project_id"], {
            ("ideogram-v3", "p"): (1, 1), ("ideogram-v2", "p"): (2, 1), ("ideogram-describe", "q"): (4, 1),
        }),
        (["user_id"], {("user_1",): (1, 1), ("",): (6, 2)}),
        (["size"], {("1024x1024",): (1, 1), ("",): (6, 2)}),
        (["source"], {
            ("image.generation",): (1, 1), ("image.edit",): (2, 1), ("image.description",): (4, 1),
        }),
        (["line_item"], {
            ("ideogram-v3, TURBO, generate",): (1, 1), ("ideogram-v2, remix",): (2, 1),
            ("ideogram-describe, describe",): (4, 1),
        }),
        (["operation", "speed"], {
            ("generate", "TURBO"): (1, 1), ("remix", ""): (2, 1), ("describe", ""): (4, 1),
        }),
    ],
)  # fmt: skip
async def test_usage_is_grouped_by_any_of_its_dimensions(
    filled: Filled, group_by: list[Dimension], groups: dict[tuple[str, ...], tuple[int, int]]
) -> None:
    await filled.put(
        filled.names.usage("day", DAY),
        ((*FOX, *WHO, ""), kept(1)),
        ((*CAT, "", "image.edit", "", ""), kept(2)),
        ((*OWL, "", "image.description", "", "1"), kept(4)),
    )
    (bucket,) = await filled.metering.usage(DAY, DAY + 1, group_by=group_by)
    assert {by: (row.billed, row.requests) for by, row in bucket.groups.items()} == groups
    assert sum(row.assumed_microusd for row in bucket.groups.values()) == 40


@pytest.mark.parametrize(
    ("where", "images"),
    [
        ({"project_id": ["p"]}, 3),
        ({"project_id": ["p", "q"]}, 7),
        ({"project_id": ["p"], "model": ["ideogram-v2"]}, 2),
        ({"api_key_id": {"k", "m"}}, 5),
        ({"size": ["1024x1024"]}, 1),
        ({"source": ["image.edit"]}, 2),
        ({"user_id": ["user_1"]}, 1),
        ({"line_item": ["ideogram-describe, describe"]}, 4),
        ({"project_id": ["nobody"]}, None),
        ({"project_id": []}, None),
    ],
)
async def test_filters_take_what_fits_all_of_them(
    filled: Filled, where: dict[Dimension, list[str]], images: int | None
) -> None:
    await filled.put(
        filled.names.usage("day", DAY),
        ((*FOX, *WHO, ""), kept(1)),
        ((*CAT, "", "image.edit", "", ""), kept(2)),
        ((*OWL, "", "image.description", "", "1"), kept(4)),
    )
    (bucket,) = await filled.metering.usage(DAY, DAY + 1, where=where)
    assert [row.billed for row in bucket.groups.values()] == ([] if images is None else [images])


async def test_costs_of_assumed_prices_are_told_apart(filled: Filled) -> None:
    await filled.put(
        filled.names.costs("2026-11-22"),
        ((*FOX, ""), kept(1)),
        ((*FOX, "1"), kept(2)),
        ((*OWL, "1"), kept(4)),
    )
    (bucket,) = await filled.metering.costs(DAY, DAY + 1, group_by=["line_item"])
    assert bucket.groups == {
        ("ideogram-v3, TURBO, generate",): Counts(30, 3, 3, 0, 0, 0, 2, 20),
        ("ideogram-describe, describe",): Counts(40, 4, 4, 0, 0, 0, 1, 40),
    }


async def test_costs_by_user_are_those_of_usage_and_corrections_are_nobodys(
    filled: Filled,
) -> None:
    await filled.put(filled.names.costs("2026-11-22"), ((*FOX, ""), kept(1)))
    correction = [-500, 0, 0, 0, 0, 7, 0]
    await filled.put(filled.names.costs("2026-11-22"), ((*ADJUSTED, ""), correction))
    await filled.put(filled.names.usage("day", DAY), ((*FOX, *WHO, ""), kept(1)))
    found = await filled.metering.costs(DAY, DAY + 1, group_by=["user_id", "line_item"])
    assert found[0].groups == {
        ("user_1", "ideogram-v3, TURBO, generate"): some(1),
        ("", "adjustment"): Counts(*correction),
    }
    only = await filled.metering.costs(DAY, DAY + 1, where={"user_id": ["user_1"]})
    assert only[0].groups == {(): some(1)}
    (whole,) = await filled.metering.costs(DAY, DAY + 1, group_by=["api_key_id", "user_id"])
    assert whole.groups == {("k", "user_1"): some(1), ("k", ""): Counts(*correction)}
    (both,) = await filled.metering.costs(DAY, DAY + 1)
    assert both.groups == {(): Counts(-490, 1, 1, 0, 0, 7, 1)}


async def test_sums_are_whole_numbers_of_any_size(filled: Filled) -> None:
    most = 2**53 - 1
    await filled.put(
        filled.names.costs("2026-11-22"), ((*FOX, ""), kept(1, most)), ((*CAT, ""), kept(1, most))
    )
    (bucket,) = await filled.metering.costs(DAY, DAY + 1)
    assert bucket.groups[()].microusd == 2 * most


async def test_long_buckets_are_read_in_parts(filled: Filled) -> None:
    many = ROWS + 500
    rows = [((f"p{n % 7}", f"k{n}", *FOX[2:], ""), kept(1)) for n in range(many)]
    await filled.put(filled.names.costs("2026-11-22"), *rows)
    for day in ("2026-11-23", "2026-11-24"):
        await filled.put(filled.names.costs(day), *rows[: ROWS * 3 // 4])
    found = await filled.metering.costs(DAY, DAY + 3 * 24 * HOUR)
    assert [bucket.groups[()].billed for bucket in found] == [many, *[ROWS * 3 // 4] * 2]
    by_key = await filled.metering.costs(DAY, DAY + 1, group_by=["api_key_id"])
    assert len(by_key[0].groups) == many


async def test_a_day_of_minutes_is_read_at_once(filled: Filled) -> None:
    for minute in (0, 700, 1439):
        await filled.put(
            filled.names.usage("minute", DAY + 60 * minute), ((*FOX, *WHO, ""), kept(1))
        )
    found = await filled.metering.usage(DAY, DAY + 24 * HOUR, "minute")
    assert len(found) == 1440
    assert [bucket.start for bucket in found if bucket.groups] == [
        DAY, DAY + 60 * 700, DAY + 60 * 1439,
    ]  # fmt: skip
