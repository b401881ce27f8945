"""Queries of lists: what they come to, and how bad ones are refused."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from adapters.openai.organization_lists import Listing
from adapters.openai.organization_query import (
    MOST_VALUES,
    YEAR_9999,
    AuditListing,
    KeyListing,
    ProjectListing,
    read_audit_listing,
    read_key_listing,
    read_listing,
    read_no_query,
    read_project_listing,
)
from tests.adapters.openai.asking import refused_by

Asked = Sequence[tuple[str, str]]
Read = Callable[[Asked], Any]

GOOD: list[tuple[Read, Asked, object]] = [
    (read_listing, [], Listing()),
    (read_listing, [("after", "proj_1"), ("limit", "100")], Listing(after="proj_1", limit=100)),
    (read_listing, [("before", "a"), ("order", "desc")], Listing(before="a", order="desc")),
    (read_listing, [("limit", "5"), ("limit", "5")], Listing(limit=5)),
    (read_project_listing, [("include_archived", "true")], ProjectListing(include_archived=True)),
    (read_project_listing, [("include_archived", "false")], ProjectListing()),
    (read_key_listing, [], KeyListing()),
    (
        read_key_listing,
        [("owner_project_access", "any")],
        KeyListing(owner_project_access="any"),
    ),
    (read_audit_listing, [], AuditListing()),
    (
        read_audit_listing,
        [
            ("effective_at[gte]", "10"),
            ("effective_at[lt]", "20"),
            ("event_types[]", "project.created"),
            ("event_types[]", "login.failed"),
            ("project_ids", "proj_1"),
            ("project_ids", "proj_2"),
            ("project_ids", "proj_1"),
            ("actor_ids[0]", "command line"),
            ("resource_ids[]", "rl-ideogram-v3"),
            ("actor_emails[]", "a@example.com"),
            ("tenant_only", "true"),
        ],
        AuditListing(
            effective_from=10,
            effective_until=19,
            event_types=("project.created", "login.failed"),
            project_ids=("proj_1", "proj_2"),
            actor_ids=("command line",),
            resource_ids=("rl-ideogram-v3",),
            actor_emails=("a@example.com",),
            tenant_only=True,
        ),
    ),
    (
        read_audit_listing,
        [("effective_at[gt]", "10"), ("effective_at[lte]", "20"), ("effective_at[gte]", "5")],
        AuditListing(effective_from=11, effective_until=20),
    ),
    (read_no_query, [], None),
]


@pytest.mark.parametrize(("read", "asked", "meant"), GOOD, ids=lambda v: str(v)[:60])
def test_a_query_is_read(read: Read, asked: Asked, meant: object) -> None:
    assert read(asked) == meant


def test_a_route_may_have_a_page_of_its_own_size() -> None:
    assert read_listing([], limit=100).limit == 100
    assert read_listing([("limit", "3")], limit=100).limit == 3


def test_the_audit_log_begins_with_the_latest() -> None:
    assert AuditListing().order == "desc"
    assert read_audit_listing([("order", "asc")]).order == "asc"


ABOVE, BELOW, WRONG, VALUE = (
    "integer_above_max_value",
    "integer_below_min_value",
    "invalid_type",
    "invalid_value",
)
BAD: list[tuple[Read, Asked, str, str]] = [
    (read_listing, [("limit", "0")], BELOW, "limit"),
    (read_listing, [("limit", "101")], ABOVE, "limit"),
    (read_listing, [("limit", "9" * 500)], ABOVE, "limit"),
    (read_listing, [("limit", "ten")], WRONG, "limit"),
    (read_listing, [("limit", "")], WRONG, "limit"),
    (read_listing, [("limit", "1e1")], WRONG, "limit"),
    (read_listing, [("limit", "5"), ("limit", "6")], VALUE, "limit"),
    (read_listing, [("limit[]", "5")], "unknown_parameter", "limit[]"),
    (read_listing, [("after", "")], VALUE, "after"),
    (read_listing, [("after", "a b")], VALUE, "after"),
    (read_listing, [("after", "x" * 101)], VALUE, "after"),
    (read_listing, [("after", "a"), ("before", "b")], "mutually_exclusive_parameters", "before"),
    (read_listing, [("order", "DESC")], VALUE, "order"),
    (read_listing, [("include_archived", "true")], "unknown_parameter", "include_archived"),
    (read_listing, [("x" * 500, "1")], "unknown_parameter", "x" * 64 + "…"),
    (read_project_listing, [("include_archived", "yes")], WRONG, "include_archived"),
    (read_key_listing, [("owner_project_access", "all")], VALUE, "owner_project_access"),
    (read_audit_listing, [("effective_at", "5")], "unknown_parameter", "effective_at"),
    (read_audit_listing, [("effective_at[eq]", "5")], "unknown_parameter", "effective_at[eq]"),
    (read_audit_listing, [("effective_at[gt]", "-5")], BELOW, "effective_at[gt]"),
    (read_audit_listing, [("effective_at[gt]", "1.5")], WRONG, "effective_at[gt]"),
    (read_audit_listing, [("effective_at[gt]", str(YEAR_9999 + 1))], ABOVE, "effective_at[gt]"),
    (read_audit_listing, [("event_types[]", "Project Created")], VALUE, "event_types"),
    (read_audit_listing, [("event_types", "project.create")], VALUE, "event_types"),
    (read_audit_listing, [("event_types", "")], VALUE, "event_types"),
    (read_audit_listing, [("project_ids[x]", "a")], "unknown_parameter", "project_ids[x]"),
    (read_audit_listing, [("actor_ids", "x" * 300)], "string_above_max_length", "actor_ids"),
    (read_audit_listing, [("actor_ids", "a\0b")], VALUE, "actor_ids"),
    (read_no_query, [("limit", "1")], "unknown_parameter", "limit"),
]


@pytest.mark.parametrize(("read", "asked", "code", "param"), BAD, ids=lambda v: str(v)[:60])
def test_a_bad_query_is_refused_by_name(read: Read, asked: Asked, code: str, param: str) -> None:
    error = refused_by(read, asked)
    assert (error.code, error.param) == (code, param)


def test_a_misspelt_name_or_event_is_told_the_right_one() -> None:
    assert "`limit`?" in refused_by(read_listing, [("limits", "5")]).message
    told = refused_by(read_audit_listing, [("event_types", "project.create")]).message
    assert "project.created" in told


def test_a_list_of_values_has_an_end() -> None:
    asked = [("actor_ids[]", f"key_{n}") for n in range(MOST_VALUES)]
    assert len(read_audit_listing(asked).actor_ids) == MOST_VALUES
    error = refused_by(read_audit_listing, [*asked, ("actor_ids[]", "one more")])
    assert (error.code, error.param) == ("invalid_value", "actor_ids")
