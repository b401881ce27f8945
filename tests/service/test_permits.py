"""A list of models is no fence with a gap: every name, quality and operation meets it."""

import itertools
from collections.abc import Iterator
from typing import Any, Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.openai.errors import ApiError
from adapters.translate.plan import Plan
from config.catalogue import Catalogue, Model, Operation, Speed
from config.entries import Mode, fault
from config.files import shipped
from config.settings import load
from service.models import entries as listed
from service.permits import Fence, Permit, allowed, refuse_forbidden, refuse_unknown
from tests.adapters.translate import asking, editing
from tests.adapters.translate.upstreams import AIHUBMIX, OFFICIAL

CATALOGUE = shipped()
BOTH = (AIHUBMIX, OFFICIAL)  # only one of them prices FLASH
NAMES = [
    *CATALOGUE.models,
    *(name.upper() for name in CATALOGUE.models),
    *CATALOGUE.aliases,
    *(f"{stem}of-tomorrow" for stem, _ in CATALOGUE.patterns),
    None,
]
HOW: list[dict[str, str]] = [
    {},
    *({"quality": word} for word in ("auto", "low", "medium", "high", "standard", "hd")),
    *({"rendering_speed": word} for word in get_args(Speed)),
]
MASK = {"mask": {"coverage": 0.5}}
ROUTES: dict[str, dict[str, Any]] = {
    "edit": {"inputs": MASK},
    "remix": {},
    "reframe": {"operation": "reframe", "size": "512x512"},
    "replace_background": {"operation": "replace_background"},
    "upscale": {"operation": "upscale"},
    "describe": {"route": "descriptions"},
    "variations": {"route": "variations", "prompt": ""},
}
PRODUCTS: list[tuple[Model, Speed | None, Operation]] = [
    (model, speed, operation)
    for model in CATALOGUE.models.values()
    for speed in model.speeds or (None,)
    for operation in model.operations
]


def permit(mode: Mode, *entries: str, whose: Literal["project", "key"] = "project") -> Permit:
    return Permit(whose=whose, mode=mode, entries=entries)


TURBO_ALONE = (permit("allow_list", "ideogram-v3-turbo"),)


def plan_of(route: str, **asked: Any) -> Plan | None:
    """By the real functions; None where they refuse."""
    asked = {name: value for name, value in asked.items() if value is not None}
    try:
        if route == "generate":
            return asking.planned(upstreams=BOTH, **asked)
        return editing.planned(upstreams=BOTH, **ROUTES[route], **asked)
    except ApiError:
        return None


def plans() -> Iterator[tuple[str, Plan]]:
    for route, name, how in itertools.product(("generate", *ROUTES), NAMES, HOW):
        found = plan_of(route, model=name, **how)
        if found is not None:
            yield route, found


def refused(found: Plan, *permits: Permit, catalogue: Catalogue = CATALOGUE) -> ApiError | None:
    try:
        refuse_forbidden(permits, catalogue, found)
    except ApiError as refusal:
        return refusal
    return None


def test_turbo_alone_lets_turbo_generation_through_and_nothing_else() -> None:
    seen = {"generate": 0, **dict.fromkeys(ROUTES, 0)}
    passed = set()
    for route, found in plans():
        seen[route] += 1
        refusal = refused(found, *TURBO_ALONE)
        turbo = (found.model.upstream_model, found.speed) == ("V_3", "TURBO")
        assert (refusal is None) == (route == "generate" and turbo), (route, found.asked_model)
        if refusal is None:
            passed.add(found.asked_model)
        else:
            assert (refusal.shape.status, refusal.shape.code) == (403, "model_not_allowed")
            assert refusal.param == "model"
            assert "ideogram-v3-turbo (generate)" in refusal.message
    assert all(seen.values()), seen
    assert {"gpt-image-1", "v_3", "ideogram-v3", "ideogram-v3-turbo", "dall-e-3"} <= passed


def test_an_alias_passes_exactly_where_its_row_does() -> None:
    lists = [
        permit("allow_list", "ideogram-v3-turbo"),
        permit("deny_list", "ideogram-v3-quality", "ideogram-v2:edit"),
        permit("allow_list", "V_2", "ideogram-describe"),
    ]
    for route, how in itertools.product(("generate", *ROUTES), HOW):
        for alias, row in CATALOGUE.aliases.items():
            both = [plan_of(route, model=name, **how) for name in (alias, row)]
            for one in lists:
                told = [found and refused(found, one) for found in both]
                words = [refusal and refusal.message for refusal in told]
                assert words[0] == words[1]


ENTRIES = st.lists(
    st.one_of(
        st.sampled_from([*CATALOGUE.models, *CATALOGUE.aliases, "gpt-image-*"]),
        st.sampled_from(
            [
                f"{name}:{operation}"
                for name, model in CATALOGUE.models.items()
                for operation in (*model.operations, "*")
            ]
        ),
    ),
    max_size=6,
)


def narrow(entries: list[str]) -> bool:
    """Whether one stands for more in a deny list."""
    rows = [CATALOGUE.find(entry) for entry in entries]
    return any(row is not None and row.speed is not None for row in rows)


@given(entries=ENTRIES, product=st.sampled_from(PRODUCTS))
@settings(deadline=None, database=None)
def test_a_deny_list_is_the_complement(
    entries: list[str], product: tuple[Model, Speed | None, Operation]
) -> None:
    allow = allowed([permit("allow_list", *entries)], CATALOGUE, *product)
    deny = allowed([permit("deny_list", *entries)], CATALOGUE, *product)
    if narrow(entries):
        assert not (allow and deny)
    else:
        assert allow != deny


@given(entries=ENTRIES, more=ENTRIES, product=st.sampled_from(PRODUCTS))
@settings(deadline=None, database=None)
def test_a_second_list_only_takes_away(
    entries: list[str], more: list[str], product: tuple[Model, Speed | None, Operation]
) -> None:
    first = permit("allow_list", *entries)
    for mode in get_args(Mode):
        second = permit(mode, *more, whose="key")
        both = allowed([first, second], CATALOGUE, *product)
        alone = [allowed([one], CATALOGUE, *product) for one in (first, second)]
        assert both == all(alone)


@pytest.mark.parametrize(
    ("mode", "entry", "passing"),
    [
        ("allow_list", "ideogram-v3", "* *"),
        ("allow_list", "dall-e-3", "* *"),
        ("allow_list", "gpt-image-*", "* *"),
        ("allow_list", "gpt-image-9", "* *"),
        ("allow_list", "ideogram-v3:edit", "* edit"),
        ("allow_list", "GPT-Image-1:Edit", "* edit"),
        ("allow_list", "ideogram-v3-turbo", "TURBO generate"),
        ("allow_list", "ideogram-v3-turbo:remix", "TURBO remix"),
        ("allow_list", "ideogram-v3-turbo:replace-background", "TURBO replace_background"),
        ("allow_list", "ideogram-v3-turbo:*", "TURBO *"),
        ("allow_list", "ideogram-v2", ""),
        ("allow_list", "a-row-of-last-year", ""),
        ("deny_list", "ideogram-v3", ""),
        ("deny_list", "a-row-of-last-year", "* *"),
    ],
)
def test_what_an_entry_stands_for(mode: Mode, entry: str, passing: str) -> None:
    speed, _, operation = passing.partition(" ")
    for product in PRODUCTS:
        if product[0].name == "ideogram-v3":
            wanted = bool(passing) and speed in {"*", product[1]} and operation in {"*", product[2]}
            assert allowed([permit(mode, entry)], CATALOGUE, *product) == wanted


def test_a_speed_row_denies_every_operation_at_that_speed() -> None:
    one = [permit("deny_list", "ideogram-v3-quality")]
    for model, speed, operation in PRODUCTS:
        wanted = (model.upstream_model, speed) != ("V_3", "QUALITY")
        assert allowed(one, CATALOGUE, model, speed, operation) == wanted


def test_a_variation_needs_the_description_that_comes_first() -> None:
    variation = plan_of("variations", model="ideogram-v3", quality="low")
    assert variation is not None
    assert variation.lead is not None
    remixes = permit("allow_list", "ideogram-v3-turbo:*")
    refusal = refused(variation, remixes)
    assert refusal is not None
    assert "ideogram-describe (describe)" in refusal.message
    assert (
        refused(variation, permit("allow_list", "ideogram-v3-turbo:*", "ideogram-describe")) is None
    )
    assert refused(variation, permit("deny_list", "ideogram-describe")) is not None


def test_a_refusal_says_whose_list_it_is_and_what_it_allows() -> None:
    found = plan_of("generate", model="dall-e-3", quality="hd")
    assert found is not None
    of_key = refused(found, permit("deny_list", "ideogram-v3-quality", whose="key"))
    assert of_key is not None
    assert of_key.message.startswith(
        "This API key may not use ideogram-v3 (QUALITY, generate); "
        "it may use all but ideogram-v3-quality."
    )
    nothing = refused(found, permit("allow_list"))
    assert nothing is not None
    assert "it may use no model at all" in nothing.message
    many = refused(found, permit("allow_list", *(f"ideogram-v{n}" for n in range(100, 300))))
    assert many is not None
    assert "188 more" in many.message


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("ideogram-v3-trubo", "did you mean ideogram-v3-turbo?"),
        ("gpt-imagine-1", "did you mean gpt-image-1"),
        ("", "no model is called"),
        ("*", "no model is called"),
        ("ideogram-*", "no model is called"),
        ("gpt-image-1*", "no model is called"),
        ("ideogram-v3:draw", "ideogram-v3 has no operation draw; it has generate"),
        ("ideogram-v3:edt", "ideogram-v3 has no operation edt, did you mean edit?"),
        ("ideogram-upscale:generate", "it has upscale"),
        ("ideogram-v1:edit", "it has generate, remix"),
    ],
)
def test_an_entry_that_stands_for_nothing_is_not_written(entry: str, why: str) -> None:
    with pytest.raises(ApiError) as caught:
        refuse_unknown(["ideogram-v3", entry], CATALOGUE, "model_ids")
    assert caught.value.param == "model_ids[1]"
    assert caught.value.shape.status == 400
    assert why in caught.value.message


def test_every_name_that_is_sold_can_be_an_entry() -> None:
    patterns = [f"{stem}*" for stem, _ in CATALOGUE.patterns]
    for name in (*CATALOGUE.models, *CATALOGUE.aliases, *patterns):
        assert fault(name, CATALOGUE) == ""
        assert fault(f"{name}:*", CATALOGUE) == ""


def test_names_are_listed_of_which_something_may_be_used() -> None:
    ids = {one.id for one in listed(CATALOGUE, TURBO_ALONE)}
    assert {"ideogram-v3", "ideogram-v3-turbo", "gpt-image-1"} <= ids
    assert not {"ideogram-v3-quality", "ideogram-v2", "v_2", "ideogram-describe"} & ids
    both = (*TURBO_ALONE, permit("deny_list", "ideogram-v3", whose="key"))
    assert listed(CATALOGUE, both) == []


def test_a_row_of_the_operator_is_what_it_draws(tmp_path: Any) -> None:
    file = tmp_path / "ideogate.toml"
    file.write_text(
        '[[alias]]\nname = "drafts:edit"\nmodel = "ideogram-v3-turbo"\n'
        '[[model]]\nname = "brand"\nupstream_model = "V_3"\nfamily = "v3"\nspeeds = ["QUALITY"]\n'
        'operations = ["generate"]\nsizes = "v3"\n'
    )
    catalogue = load({"IDEOGATE_CONFIG": str(file)}).catalogue
    brand = catalogue.models["brand"]
    assert not Fence([permit("deny_list", "ideogram-v3-quality")], catalogue).shows(brand)
    assert not Fence(TURBO_ALONE, catalogue).shows(brand)
    turbo = (catalogue.models["ideogram-v3"], "TURBO")
    drafts = [permit("allow_list", "drafts:edit")]
    assert allowed(drafts, catalogue, *turbo, "generate")
    assert not allowed(drafts, catalogue, *turbo, "edit")
    # the same list, read after the row has gone
    assert not Fence([permit("allow_list", "brand")], CATALOGUE).shows(turbo[0])
