"""Edits: which upstream takes them, how large they may be, who hears of what, and how calls are cut."""

from typing import Any

import msgspec
import pytest

from adapters.translate import fields, references
from adapters.translate.edits import plan_edit
from adapters.translate.plan import Rules, Warn
from adapters.translate.serving import MAKERS
from config.catalogue import Upstream
from config.files import shipped
from tests.adapters.translate.editing import SQUARE, codes, edit, inputs_of, planned, refused, sent
from tests.adapters.translate.upstreams import AIHUBMIX, OFFICIAL

BOTH = (AIHUBMIX, OFFICIAL)
MASK = {"mask": {"coverage": 0.5}}
TWO = {"others": [SQUARE]}


def changed(upstream: Upstream = AIHUBMIX, **fields: Any) -> Upstream:
    return msgspec.structs.replace(upstream, **fields)


def sized(**sizes: int) -> Any:
    """Pictures of so many bytes: `image=10, mask=3`; the others are small."""

    def content(marker: str, _: Any) -> bytes:
        return b"x" * sizes.get(marker.replace(" ", "_"), 1)

    return content


def names(made: Any) -> list[str]:
    return [one.upstream.name for one in made.candidates]


def test_every_operation_that_a_row_offers_has_a_maker_and_a_table_of_fields() -> None:
    pairs = {(row.family, one) for row in shipped().models.values() for one in row.operations}
    assert pairs == set(MAKERS) == set(fields.ENDPOINTS)


def test_each_upstream_gets_the_edit_by_the_name_it_knows() -> None:
    made = planned(inputs=MASK, upstreams=BOTH)
    assert [one.payload(0, 1).path for one in made.candidates] == [
        "/v1/ideogram-v3/edit",
        "/v1/ideogram-v3/inpaint",
    ]


def test_each_upstream_gets_the_image_request_as_it_shows_it() -> None:
    made = planned(model="ideogram-v2", upstreams=BOTH)
    payloads = [one.payload(0, 1) for one in made.candidates]
    assert [one.parts_json for one in payloads] == [(), ("image_request",)]
    assert payloads[0].fields == payloads[1].fields


def test_legacy_reframe_goes_to_the_upstream_that_prices_it() -> None:
    made = planned(model="ideogram-v2", operation="reframe", size="1024x768", upstreams=BOTH)
    assert names(made) == ["ideogram"]


@pytest.mark.parametrize(("named", "param"), [(None, "model"), ("remix", "operation")])
def test_an_operation_that_no_upstream_offers_is_refused(named: str | None, param: str) -> None:
    refusal = refused(upstreams=[changed(operations=("generate",))], operation=named)
    assert (refusal.code, refusal.param) == ("operation_not_offered", param)


def test_an_operation_that_no_row_offers_is_refused() -> None:
    catalogue = shipped()
    rows = {name: row for name, row in catalogue.models.items() if name != "ideogram-upscale"}
    poorer = msgspec.structs.replace(catalogue, models=rows)
    told = {"image": SQUARE}
    ask = edit(told, operation="upscale")
    with pytest.raises(Exception, match="models that do: none"):
        plan_edit(ask, inputs_of(told), poorer, BOTH, Rules())


def test_a_refusal_names_the_models_that_offer_the_operation() -> None:
    said = refused(model="ideogram-v1", inputs=MASK).message
    assert "ideogram-v2-turbo" in said and "ideogram-v2a" not in said


@pytest.mark.parametrize(
    ("asked", "takers"),
    [
        ({"operation": "replace_background", "negative_prompt": "hats"}, "generate, remix"),
        ({"operation": "remix", "resemblance": 3, "size": "1024x1024"}, "upscale"),
        ({"operation": "replace_background", "image_weight": 3}, "remix"),
        ({"model": "ideogram-v1", "style_type": "AUTO"}, "ideogram-v2a-turbo"),
    ],
)
def test_a_field_is_refused_with_those_who_take_it(asked: dict[str, Any], takers: str) -> None:
    assert takers in refused(**asked).message


def test_a_field_that_an_upstream_took_away_is_refused_in_its_name() -> None:
    refusal = refused(upstreams=[changed(fields_removed=("remix.seed",))], seed=1)
    assert refusal.param == "seed" and "upstream" in refusal.message


# what AiHubMix's page shows


@pytest.mark.parametrize(
    ("added", "asked", "field", "value"),
    [
        ("edit.negative_prompt", {"negative_prompt": "hats"}, "negative_prompt", "hats"),
        ("edit.aspect_ratio", {"aspect_ratio": "16:9"}, "aspect_ratio", "16x9"),
        ("replace_background.style_type", {"style_type": "design"}, "style_type", "DESIGN"),
    ],
)
def test_a_field_of_the_page_goes_out_where_the_upstreams_row_adds_it(
    added: str, asked: dict[str, Any], field: str, value: str
) -> None:
    operation = added.partition(".")[0]
    inputs = MASK if operation == "edit" else None
    rich = changed(fields_added=(added,))
    made = planned(upstreams=[OFFICIAL, rich], inputs=inputs, operation=operation, **asked)
    assert (names(made), codes(made)) == (["aihubmix"], [])
    assert sent(made)[field] == value
    plain = planned(upstreams=BOTH, inputs=inputs, operation=operation, **asked)
    assert (names(plain), codes(plain)) == (["aihubmix", "ideogram"], ["field_not_sent"])
    assert field not in sent(plain)


def test_a_ratio_that_an_edit_was_given_wins_over_a_size() -> None:
    rich = changed(fields_added=("edit.aspect_ratio",))
    made = planned(upstreams=[rich], inputs=MASK, aspect_ratio="16:9", size="1024x1024")
    assert codes(made) == ["size_ignored"]


def test_a_palette_that_an_upstream_adds_to_legacy_edit_is_a_json_part() -> None:
    rich = changed(fields_added=("edit.color_palette",))
    asked: dict[str, Any] = {"model": "ideogram-v2", "color_palette": {"name": "ember"}}
    payload = planned(upstreams=[rich], inputs=MASK, **asked).candidates[0].payload(0, 1)
    assert payload.parts_json == ("color_palette",)
    assert dict(payload.fields)["color_palette"] == '{"name":"EMBER"}'


# fields that an upstream's row takes away


def test_without_ratios_a_remix_is_told_the_nearest_size() -> None:
    poor = changed(fields_removed=("remix.aspect_ratio",))
    oblong = {"image": {"width": 1792, "height": 1024, "format": "png"}}
    made = planned(upstreams=[poor], inputs=oblong)
    assert sent(made)["resolution"] == "1344x768"


def test_without_ratios_and_sizes_a_remix_is_told_none_and_expected_to_be_square() -> None:
    poor = changed(fields_removed=("remix.aspect_ratio", "remix.resolution"))
    made = planned(upstreams=[poor])
    assert not {"aspect_ratio", "resolution"} & set(sent(made))
    assert made.delivery.expected_size == "1024x1024"


def test_without_image_weight_the_fidelity_is_warned_of() -> None:
    poor = changed(fields_removed=("remix.image_weight",))
    made = planned(upstreams=[poor], input_fidelity="low")
    assert codes(made) == ["redrawn", "input_fidelity_ignored"]
    assert "image_weight" not in sent(made)


def test_without_style_references_further_images_are_refused_by_their_own_name() -> None:
    poor = changed(fields_removed=("remix.style_reference_images",))
    refusal = refused(upstreams=[poor], inputs=TWO)
    assert (refusal.code, refusal.param) == ("unsupported_parameter", "image[1]")
    assert names(planned(upstreams=[poor, OFFICIAL], inputs=TWO)) == ["ideogram"]


# bytes


@pytest.mark.parametrize(
    ("content", "inputs", "param"),
    [
        (sized(image=101), {}, "image"),
        (sized(mask=101), MASK, "mask"),
        (sized(other_1=101), TWO, "image[1]"),
        (sized(reference_1=101), {"references": [SQUARE]}, "style_reference_images"),
    ],
)
def test_a_file_goes_to_the_upstream_that_takes_its_size_or_is_refused_by_name(
    content: Any, inputs: dict[str, Any], param: str
) -> None:
    small, large = changed(max_file=100), changed(OFFICIAL, max_file=101)
    made = planned(upstreams=[small, large], inputs=inputs, content=content)
    assert names(made) == ["ideogram"]
    refusal = refused(upstreams=[changed(max_file=9), small], inputs=inputs, content=content)
    assert (refusal.code, refusal.shape.status) == ("request_too_large", 413)
    assert refusal.param == param and "at most 100 in" in refusal.message


def test_an_upstream_that_has_no_price_is_not_the_reason_why_a_file_is_too_large() -> None:
    dear = changed(OFFICIAL, max_file=1000, prices="elsewhere")
    refusal = refused(upstreams=[changed(max_file=100), dear], content=sized(image=500))
    assert refusal.code == "request_too_large"


@pytest.mark.parametrize("param", ["image", "image[0]"])
def test_all_files_together_stay_under_50_mb(param: str) -> None:
    roomy = [changed(max_file=references.WHOLE_REQUEST)]
    half = references.WHOLE_REQUEST // 2
    inputs = TWO if param == "image[0]" else MASK
    second = "other_1" if inputs is TWO else "mask"
    fits = sized(**{"image": half, second: half - 1})
    assert names(planned(upstreams=roomy, inputs=inputs, content=fits)) == ["aihubmix"]
    refusal = refused(
        upstreams=roomy, inputs=inputs, content=sized(**{"image": half, second: half})
    )
    assert (refusal.code, refusal.param) == ("request_too_large", param)


def test_a_described_picture_is_bound_by_its_upstream_too() -> None:
    for route in ("descriptions", "variations"):
        refusal = refused(
            route=route, prompt="", upstreams=[changed(max_file=9)], content=sized(image=10)
        )
        assert (refusal.code, refusal.param) == ("request_too_large", "image")


# a mask that came with the image itself


def test_a_mask_from_the_images_own_transparency_edits_and_is_named_after_it() -> None:
    told = {"image": SQUARE, **MASK}
    ask = msgspec.structs.replace(edit(told, prompt="a red fox"), mask=None)
    small = [changed(max_file=3)]
    made = plan_edit(ask, inputs_of(told), shipped(), BOTH, Rules())
    assert made.operation == "edit"
    with pytest.raises(Exception, match=r"^image has 4 bytes"):
        plan_edit(ask, inputs_of(told, sized(mask=4)), shipped(), small, Rules())


def test_such_a_mask_is_left_aside_by_an_operation_that_takes_none() -> None:
    told = {"image": SQUARE, **MASK}
    ask = msgspec.structs.replace(edit(told, prompt="a", operation="remix"), mask=None)
    made = plan_edit(ask, inputs_of(told), shipped(), BOTH, Rules())
    assert [file.field for file in made.candidates[0].payload(0, 1).files] == ["image"]


# warnings


def test_the_warnings_of_the_pictures_come_first() -> None:
    told = {"image": SQUARE, "mask": {"coverage": 0.05}}
    shrunk = Warn("image_shrunk", "image", "It was shrunk.")
    inputs = msgspec.structs.replace(inputs_of(told), warnings=(shrunk,))
    ask = edit(told, prompt="a red fox", size="64x64")
    made = plan_edit(ask, inputs, shipped(), BOTH, Rules())
    assert codes(made) == ["image_shrunk", "small_mask", "size_ignored"]


def test_strict_refuses_a_remix_that_nobody_asked_for_and_takes_one_that_was() -> None:
    strict = Rules(strict=True)
    refusal = refused(rules=strict)
    assert (refusal.code, refusal.param) == ("warning_refused", "mask")
    assert planned(rules=strict, operation="remix", size="1024x1024").warnings == ()
    assert planned(rules=strict, operation="remix", aspect_ratio="1:1").warnings == ()
    for route in ("variations", "descriptions"):
        assert refused(rules=strict, route=route).param == "prompt"
        assert planned(rules=strict, route=route, prompt="").warnings == ()


# names, cuts, size policies


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({}, "ideogram-v3"),
        ({"model": "V_2"}, "V_2"),
        ({"operation": "upscale"}, "ideogram-upscale"),
        ({"operation": "upscale", "model": "dall-e-2"}, "dall-e-2"),
        ({"route": "descriptions", "prompt": ""}, "ideogram-describe"),
        ({"route": "descriptions", "prompt": "", "model": "V_2"}, "V_2"),
    ],
)
def test_the_name_that_was_asked_is_kept_beside_the_row(asked: dict[str, Any], name: str) -> None:
    assert planned(**asked).asked_model == name


def test_every_image_of_an_order_with_a_seed_has_its_own() -> None:
    made = planned(inputs=MASK, seed=2**31 - 1, n=3)
    seeds = [dict(made.candidates[0].payload(i, 1).fields)["seed"] for i in range(made.images)]
    assert seeds == ["2147483647", "0", "1"]


@pytest.mark.parametrize(("operation", "v2_reaches"), [("remix", True), ("reframe", False)])
def test_a_size_out_of_reach_names_models_that_reach_it_by_that_operation(
    operation: str, v2_reaches: bool
) -> None:
    # 800x1280 is what 2.0 yields for 10:16; its list of resolutions lacks it (ideogram-upstream 2.3)
    model = "ideogram-v1" if operation == "remix" else "ideogram-v2"
    strict = Rules(size_policy="strict")
    asked = {"operation": operation, "model": model, "size": "800x1280"}
    reach = refused(upstreams=BOTH, rules=strict, **asked).message.partition("reach it: ")[2]
    assert reach.startswith("ideogram-v3, ")
    assert ("ideogram-v2-turbo" in reach) is v2_reaches


def test_the_size_policy_of_the_settings_holds_for_edits() -> None:
    strict = Rules(size_policy="strict")
    assert refused(inputs=MASK, size="512x512", rules=strict).code == "unsupported_size"
    exact = planned(inputs=MASK, size="512x512", rules=Rules(size_policy="exact"))
    assert exact.delivery.exact == (512, 512)


# a variation


def test_a_variation_needs_an_upstream_for_each_of_its_calls() -> None:
    for missing in ("describe", "remix"):
        able = tuple(one for one in AIHUBMIX.operations if one != missing)
        refusal = refused(route="variations", prompt="", upstreams=[changed(operations=able)])
        assert refusal.code == "operation_not_offered" and missing in refusal.message


def test_both_calls_of_a_variation_go_to_one_account() -> None:
    half = changed(operations=("describe",))
    made = planned(route="variations", prompt="", upstreams=[half, OFFICIAL])
    assert made.lead is not None
    assert [one.upstream.name for one in made.lead.candidates] == ["ideogram"]
    assert names(made) == ["ideogram"]
    assert [one.upstream.name for one in made.lead.then("a fox")] == ["ideogram"]
    assert (made.prompt, made.operation) == ("", "remix")

    other_half = changed(OFFICIAL, operations=("remix",))
    refusal = refused(route="variations", prompt="", upstreams=[half, other_half])
    assert refusal.code == "operation_not_offered" and "describes and remixes" in refusal.message


def test_the_text_of_a_description_goes_out_as_it_is() -> None:
    made = planned(route="variations", prompt="", model="ideogram-v2")
    text = 'a "fox"\n<red> ' + "é" * 9000
    assert made.lead is not None
    (drawer,) = made.lead.then(text)
    asked = msgspec.json.decode(dict(drawer.payload(0, 1).fields)["image_request"])
    assert asked["prompt"] == text
