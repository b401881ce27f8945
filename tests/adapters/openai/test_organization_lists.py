"""Pages of a list: no entry twice, none left out, in either direction."""

import json

import pytest

from adapters.openai.errors import ApiError
from adapters.openai.organization import encode
from adapters.openai.organization_lists import Cut, Listing, Order, cut, page

IDS = [f"proj_{n:03}" for n in range(250)]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 7, 50, 100])
def test_pages_one_after_the_other_have_every_entry_once(order: Order, limit: int) -> None:
    seen: list[str] = []
    after = None
    for _ in range(251):
        found = cut(IDS, Listing(limit=limit, order=order, after=after))
        seen += found.ids
        if not found.has_more:
            break
        after = found.ids[-1]
    assert seen == (IDS if order == "asc" else IDS[::-1])


def test_before_goes_the_other_way() -> None:
    found = cut(IDS, Listing(limit=3, before="proj_010"))
    assert found == Cut(("proj_007", "proj_008", "proj_009"), has_more=True)
    assert cut(IDS, Listing(limit=3, before="proj_002")) == Cut(("proj_000", "proj_001"), False)
    assert cut(IDS, Listing(before="proj_000")) == Cut((), has_more=False)


def test_a_page_may_start_at_an_entry_that_went_meanwhile() -> None:
    hidden = {"proj_001", "proj_002"}
    assert cut(IDS[:5], Listing(), hidden=hidden).ids == ("proj_000", "proj_003", "proj_004")
    assert cut(IDS[:5], Listing(after="proj_001"), hidden=hidden).ids == ("proj_003", "proj_004")
    assert cut(IDS[:4], Listing(limit=1), hidden={"proj_003"}).has_more
    assert not cut(IDS[:4], Listing(limit=3), hidden={"proj_003"}).has_more


@pytest.mark.parametrize("param", ["after", "before"])
def test_a_page_cannot_start_at_what_the_list_does_not_have(param: str) -> None:
    listing = Listing(after="proj_x") if param == "after" else Listing(before="proj_x")
    with pytest.raises(ApiError) as caught:
        cut(IDS, listing)
    assert (caught.value.code, caught.value.param) == ("invalid_value", param)
    assert '"proj_x"' in caught.value.message


def test_an_empty_list_is_an_empty_page() -> None:
    assert json.loads(encode(page([], cut([], Listing())))) == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }
