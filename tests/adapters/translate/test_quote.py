"""The plan: who serves it, at which price, in how many calls, and what strictness makes of it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.openai.errors import ApiError
from adapters.translate.plan import Rules
from adapters.translate.quote import plan
from adapters.translate.serving import MAKERS
from config.files import shipped
from tests.adapters.translate.asking import RELAXED, ask, planned, refused, sent
from tests.adapters.translate.upstreams import AIHUBMIX, OFFICIAL

BOTH = (AIHUBMIX, OFFICIAL)


def changed(**fields: Any) -> list[Any]:
    return [msgspec.structs.replace(AIHUBMIX, **fields)]


def names(made: Any) -> list[str]:
    return [one.upstream.name for one in made.candidates]


def test_every_row_that_offers_generation_has_a_maker() -> None:
    rows = shipped().models.values()
    assert all((row.family, "generate") in MAKERS for row in rows if "generate" in row.operations)


def test_candidates_stand_in_the_order_of_the_upstreams() -> None:
    assert names(planned(upstreams=BOTH)) == ["aihubmix", "ideogram"]
    assert names(planned(upstreams=BOTH[::-1])) == ["ideogram", "aihubmix"]


def test_an_upstream_without_a_price_is_passed_over() -> None:
    made = planned(upstreams=BOTH, rendering_speed="flash")
    assert names(made) == ["ideogram"]
    assert made.speed == "FLASH" and made.delivery.quality == "low"


def test_without_any_price_the_model_is_not_sold() -> None:
    assert refused(upstreams=changed(prices="elsewhere")).code == "model_not_priced"
    legacy = refused(upstreams=changed(prices="elsewhere"), model="ideogram-v2")
    assert (legacy.code, legacy.param) == ("model_not_priced", "model")


@pytest.mark.parametrize("upstreams", [[], changed(operations=("edit",))])
def test_without_an_upstream_that_offers_it_nothing_is_planned(upstreams: list[Any]) -> None:
    refusal = refused(upstreams=upstreams)
    assert (refusal.code, refusal.param) == ("operation_not_offered", "model")


@pytest.mark.parametrize(("param", "value"), [("quality", "hd"), ("rendering_speed", "Quality")])
def test_a_speed_that_the_row_does_not_list_is_refused_by_the_name_that_was_used(
    param: str, value: str
) -> None:
    catalogue = shipped()
    slow = msgspec.structs.replace(catalogue.models["ideogram-v3"], speeds=("TURBO", "DEFAULT"))
    narrowed = msgspec.structs.replace(catalogue, models={**catalogue.models, "ideogram-v3": slow})
    with pytest.raises(ApiError, match="not sold") as caught:
        plan(ask(**{param: value}), narrowed, BOTH, Rules())
    assert caught.value.param == param


def test_a_field_that_one_upstream_does_not_take_leaves_the_others() -> None:
    poor = msgspec.structs.replace(AIHUBMIX, fields_removed=("generate.style_preset",))
    assert names(planned(upstreams=[poor, OFFICIAL], style_preset="WEIRD")) == ["ideogram"]
    assert names(planned(upstreams=[poor, OFFICIAL])) == ["aihubmix", "ideogram"]
    refusal = refused(upstreams=[poor], style_preset="WEIRD")
    assert (refusal.code, refusal.param) == ("unsupported_parameter", "style_preset")
    assert "upstream" in refusal.message


def test_two_fields_that_no_upstream_takes_together_are_refused() -> None:
    one = msgspec.structs.replace(AIHUBMIX, fields_removed=("generate.seed",))
    other = msgspec.structs.replace(OFFICIAL, fields_removed=("generate.style_preset",))
    refusal = refused(upstreams=[one, other], seed=1, style_preset="WEIRD")
    assert refusal.code == "unsupported_parameter"


def test_a_removed_field_is_not_sent_where_we_would_have_said_it_ourselves() -> None:
    made = planned(upstreams=changed(fields_removed=("generate.style_type", "edit.seed")), seed=1)
    assert "style_type" not in sent(made) and sent(made)["seed"] == "1"


def test_style_is_warned_of_where_the_upstream_cannot_follow() -> None:
    for field, style in (("style_type", "natural"), ("magic_prompt", "vivid")):
        made = planned(upstreams=changed(fields_removed=(f"generate.{field}",)), style=style)
        assert [warning.code for warning in made.warnings] == ["style_ignored"]
        assert field not in sent(made) or sent(made)[field] == "AUTO"


def test_a_size_goes_by_the_field_that_is_left() -> None:
    made = planned(upstreams=changed(fields_removed=("generate.resolution",)), size="1792x1024")
    assert sent(made)["aspect_ratio"] == "16x9"
    refusal = refused(
        upstreams=changed(fields_removed=("generate.resolution", "generate.aspect_ratio")),
        size="1792x1024",
    )
    assert refusal.code == "unsupported_parameter"


def test_an_added_field_goes_out_where_the_payload_has_a_place_for_it() -> None:
    rich = changed(fields_added=("generate.negative_prompt", "generate.style_codes", "edit.seed"))
    made = planned(upstreams=rich, model="ideogram-v2a", negative_prompt="hats")
    assert sent(made)["negative_prompt"] == "hats"
    refusal = refused(upstreams=rich, model="ideogram-v2a", style_codes=["01234567"])
    assert refusal.param == "style_codes"


def test_a_field_is_refused_with_the_models_that_take_it() -> None:
    said = refused(model="ideogram-v1", style_type="AUTO").message
    assert "ideogram-v1 does not take style_type" in said
    assert "ideogram-v2a-turbo" in said and "ideogram-v1-turbo" not in said


def test_fiction_on_a_legacy_model_goes_to_the_upstream_that_has_it() -> None:
    made = planned(upstreams=BOTH, model="ideogram-v2", style_type="fiction")
    assert names(made) == ["ideogram"]


def test_the_price_table_is_the_catalogues() -> None:
    assert planned().table_version == shipped().table_version


def test_strict_refuses_the_first_warning_by_its_parameter() -> None:
    strict = Rules(strict=True)
    refusal = refused(size="1792x1024", quality="hd", moderation="low", rules=strict)
    assert (refusal.code, refusal.param) == ("warning_refused", "size")
    assert "1344x768" in refusal.message and "x-ideogate-strict" in refusal.message
    assert refused(unheard_of=1, rules=strict).param == "unheard_of"
    assert planned(size="1024x1024", rules=strict).warnings == ()


def test_the_name_that_was_asked_is_kept_beside_the_row() -> None:
    made = planned(model="Dall-E-3")
    assert (made.asked_model, made.model.name) == ("Dall-E-3", "ideogram-v3")
    assert planned().asked_model == shipped().default_model


def test_an_unknown_model_is_said_not_to_exist() -> None:
    refusal = refused(model="midjourney\n")
    assert (refusal.code, refusal.param) == ("unknown_model", "model")
    assert "does not exist" in refusal.message and "\n" not in refusal.message


@RELAXED
@given(
    n=st.integers(1, 10),
    seed=st.none() | st.integers(0, 2**31 - 1),
    model=st.sampled_from(("ideogram-v3", "ideogram-v2")),
    data=st.data(),
)
def test_any_cut_of_an_order_asks_for_what_fits_one_call(
    n: int, seed: int | None, model: str, data: st.DataObject
) -> None:
    made = planned(model=model, n=n, seed=seed)
    assert made.per_call == (1 if seed is not None and n > 1 else 8)
    seeds: list[int] = []
    first = 0
    while first < n:
        images = data.draw(st.integers(1, min(made.per_call, n - first)))
        payload = made.candidates[0].payload(first, images)
        fields = dict(payload.fields) if payload.body is None else payload.body["image_request"]
        assert int(fields["num_images"]) == payload.images == images <= 8
        seeds += [int(fields["seed"])] if seed is not None else []
        first += images
    if seed is not None:
        assert seeds == [(seed + index) % 2**31 for index in range(n)]
