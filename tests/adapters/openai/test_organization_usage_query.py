"""Queries of metering: what they come to, pages, and how bad ones are refused."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from adapters.openai.organization_usage_query import (
    CostsQuery,
    UsageQuery,
    Width,
    page_token,
    read_costs_query,
    read_usage_query,
)
from tests.adapters.openai.asking import refused_by

Asked = Sequence[tuple[str, str]]
Read = Callable[[Asked], Any]

DAY = 86_400
START = 1_790_000_000
SINCE = ("start_time", str(START))
NEXT = START - START % DAY + DAY


def test_only_a_start_is_needed() -> None:
    assert read_usage_query([SINCE]) == UsageQuery(start_time=START, limit=7)
    assert read_costs_query([SINCE]) == CostsQuery(start_time=START, limit=7)


@pytest.mark.parametrize(
    ("width", "seconds", "default", "most"),
    [("1m", 60, 60, 1440), ("1h", 3600, 24, 168), ("1d", DAY, 7, 31)],
)
def test_a_page_has_as_many_buckets_as_at_openai(
    width: Width, seconds: int, default: int, most: int
) -> None:
    asked = [SINCE, ("bucket_width", width)]
    query = read_usage_query(asked)
    assert (query.bucket_width, query.seconds, query.limit) == (width, seconds, default)
    assert read_usage_query([*asked, ("limit", str(most))]).limit == most
    error = refused_by(read_usage_query, [*asked, ("limit", str(most + 1))])
    assert (error.code, error.param) == ("integer_above_max_value", "limit")
    assert str(most) in error.message


def test_a_page_of_costs_has_up_to_half_a_year() -> None:
    query = read_costs_query([SINCE, ("limit", "180"), ("bucket_width", "1d")])
    assert (query.limit, query.seconds) == (180, DAY)
    error = refused_by(read_costs_query, [SINCE, ("limit", "181")])
    assert (error.code, error.param) == ("integer_above_max_value", "limit")


@pytest.mark.parametrize("name", ["{}", "{}[]", "{}[0]"])
def test_a_filter_is_read_in_every_spelling(name: str) -> None:
    def named(word: str) -> str:
        return name.format(word)

    assert read_usage_query(
        [
            SINCE,
            ("end_time", str(START + 60)),
            (named("group_by"), "model"),
            (named("group_by"), "size"),
            (named("project_ids"), "proj_1"),
            (named("api_key_ids"), "key_1"),
            (named("user_ids"), "user_1"),
            (named("models"), "ideogram-v3"),
            (named("sizes"), "1024x1024"),
            (named("sources"), "image.description"),
        ]
    ) == UsageQuery(
        start_time=START,
        end_time=START + 60,
        limit=7,
        group_by=("model", "size"),
        project_ids=("proj_1",),
        api_key_ids=("key_1",),
        user_ids=("user_1",),
        models=("ideogram-v3",),
        sizes=("1024x1024",),
        sources=("image.description",),
    )
    assert read_costs_query(
        [
            SINCE,
            (named("group_by"), "line_item"),
            (named("group_by"), "api_source"),
            (named("line_items"), "ideogram-v3, TURBO, generate"),
        ]
    ) == CostsQuery(
        start_time=START,
        limit=7,
        group_by=("line_item", "api_source"),
        line_items=("ideogram-v3, TURBO, generate",),
    )


@pytest.mark.parametrize("read", [read_usage_query, read_costs_query])
def test_a_page_goes_on_where_the_last_one_ended(read: Read) -> None:
    query = read([SINCE, ("end_time", str(NEXT + 1)), ("page", page_token(NEXT))])
    assert query.resume_at == NEXT
    assert read([SINCE, ("page", page_token(NEXT))]).resume_at == NEXT
    assert read([SINCE]).resume_at is None
    assert not page_token(NEXT).isdigit()  # nobody is to reckon with it


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "next",
        "é",
        "====",
        str(NEXT),
        page_token(NEXT) + "=",
        page_token(NEXT) + "*",
        page_token(NEXT)[:-1],
        page_token(-NEXT),
        page_token(NEXT + 1),
        page_token(NEXT - DAY),
        page_token(NEXT + DAY),
        page_token(10**15),
        "A" * 65,
    ],
)
def test_a_page_nobody_gave_out_is_refused(token: str) -> None:
    error = refused_by(read_costs_query, [SINCE, ("end_time", str(NEXT + DAY)), ("page", token)])
    assert error.param == "page"


def test_a_page_of_another_width_is_refused() -> None:
    hour = START - START % 3600 + 3600
    assert hour % DAY
    asked = [SINCE, ("page", page_token(hour))]
    assert read_usage_query([*asked, ("bucket_width", "1h")]).resume_at == hour
    assert refused_by(read_usage_query, asked).param == "page"


VALUE = "invalid_value"
BAD: list[tuple[Read, Asked, str, str]] = [
    (read_usage_query, [], "missing_required_parameter", "start_time"),
    (read_costs_query, [], "missing_required_parameter", "start_time"),
    (read_usage_query, [("start_time", "2026-11-01")], "invalid_type", "start_time"),
    (read_usage_query, [("start_time", "-1")], "integer_below_min_value", "start_time"),
    (read_usage_query, [("start_time", f"{START}000")], "integer_above_max_value", "start_time"),
    (read_usage_query, [SINCE, ("end_time", str(START))], VALUE, "end_time"),
    (read_usage_query, [SINCE, ("end_time", "now")], "invalid_type", "end_time"),
    (read_usage_query, [SINCE, ("limit", "0")], "integer_below_min_value", "limit"),
    (read_usage_query, [SINCE, ("bucket_width", "1w")], VALUE, "bucket_width"),
    (read_usage_query, [SINCE, ("group_by", "line_item")], VALUE, "group_by"),
    (read_usage_query, [SINCE, ("group_by[]", "model,size")], VALUE, "group_by"),
    (read_usage_query, [SINCE, ("sizes", "big")], VALUE, "sizes"),
    (read_usage_query, [SINCE, ("sizes", "1" * 10 + "x1")], VALUE, "sizes"),
    (read_usage_query, [SINCE, ("sources", "generation")], VALUE, "sources"),
    (read_usage_query, [SINCE, ("project_ids", "a/b")], VALUE, "project_ids"),
    (read_usage_query, [SINCE, ("models", "x" * 257)], "string_above_max_length", "models"),
    (read_usage_query, [SINCE, ("line_items", "x")], "unknown_parameter", "line_items"),
    (read_usage_query, [SINCE, ("batch", "true")], "unknown_parameter", "batch"),
    (read_costs_query, [SINCE, ("bucket_width", "1h")], VALUE, "bucket_width"),
    (read_costs_query, [SINCE, ("group_by", "model")], VALUE, "group_by"),
    (read_costs_query, [SINCE, ("models[]", "x")], "unknown_parameter", "models[]"),
]


@pytest.mark.parametrize(("read", "asked", "code", "param"), BAD, ids=lambda v: str(v)[:60])
def test_a_bad_query_is_refused_by_name(read: Read, asked: Asked, code: str, param: str) -> None:
    error = refused_by(read, asked)
    assert (error.code, error.param) == (code, param)


def test_a_misspelt_filter_is_told_the_right_one() -> None:
    assert "`project_ids`?" in refused_by(read_usage_query, [SINCE, ("project_id", "x")]).message
