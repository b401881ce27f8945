"""Golden pairs of edits, variations and descriptions: what was asked -> what goes out, at what cost."""

from typing import Any

import pytest

from adapters.openai.errors import ApiError
from config.money import total
from tests.adapters.translate.editing import (
    CASES,
    DRAWN,
    REFUSED,
    expected,
    planned_case,
    prompt_of,
    told,
)

VARIED = [case for case in DRAWN if "lead" in case.values[0]]


def test_every_operation_of_every_row_that_offers_it_has_a_pair() -> None:
    pairs = {(case.values[0]["model"], case.values[0]["operation"]) for case in DRAWN}
    v3 = ("ideogram-v3", "ideogram-v3-turbo", "ideogram-v3-default", "ideogram-v3-quality")
    operations = ("edit", "remix", "reframe", "replace_background")
    wanted = {(model, operation) for model in v3 for operation in operations}
    for stem in ("ideogram-v2", "ideogram-v2a", "ideogram-v1"):
        wanted |= {(f"{stem}{speed}", "remix") for speed in ("", "-turbo")}
    for model in ("ideogram-v2", "ideogram-v2-turbo"):
        wanted |= {(model, "edit"), (model, "reframe")}
    wanted |= {("ideogram-upscale", "upscale"), ("ideogram-describe", "describe")}
    assert pairs == wanted
    assert len(CASES) > 500


@pytest.mark.parametrize("case", DRAWN)
def test_the_first_call_goes_out_as_the_reference_says(case: dict[str, Any]) -> None:
    made = planned_case(case)
    assert (made.model.name, made.operation) == (case["model"], case["operation"])
    assert [one.upstream.name for one in made.candidates] == [case["upstream"]]
    assert made.per_call == case["per_call"]
    candidates = made.lead.then(case["lead"]["text"]) if made.lead else made.candidates
    first = candidates[0].payload(0, min(made.images, made.per_call))
    assert told(first) == expected(case["payload"])


@pytest.mark.parametrize("case", DRAWN)
def test_everything_that_changed_is_warned_of(case: dict[str, Any]) -> None:
    warnings = planned_case(case).warnings
    assert [warning.code for warning in warnings] == case["warnings"]
    assert all(warning.message.endswith(".") for warning in warnings)


@pytest.mark.parametrize("case", DRAWN)
def test_the_order_costs_what_the_page_says(case: dict[str, Any]) -> None:
    made = planned_case(case)
    assert made.candidates[0].unit == case["unit"]
    assert total(made.candidates[0].schedule[-1].microusd, made.images) == case["microusd"]


@pytest.mark.parametrize("case", [case for case in DRAWN if "delivery" in case.values[0]])
def test_the_answer_looks_as_it_was_asked(case: dict[str, Any]) -> None:
    delivery = planned_case(case).delivery
    for name, value in case["delivery"].items():
        found = getattr(delivery, name)
        assert (list(found) if isinstance(found, tuple) else found) == value


@pytest.mark.parametrize("case", VARIED)
def test_a_variation_is_led_by_a_description_whose_text_it_then_draws(case: dict[str, Any]) -> None:
    made = planned_case(case)
    lead = made.lead
    assert lead is not None
    assert (lead.model.name, lead.operation) == (case["lead"]["model"], "describe")
    (describer,) = lead.candidates
    assert describer.unit == "input"
    assert describer.schedule[-1].microusd == case["lead"]["microusd"]
    assert told(describer.payload(0, 1)) == expected(case["lead"]["payload"])
    (drawer,) = lead.then(case["lead"]["text"])
    first = min(made.images, made.per_call)
    drawn, empty = drawer.payload(0, first), made.candidates[0].payload(0, first)
    assert (prompt_of(drawn), prompt_of(empty)) == (case["lead"]["text"], "")
    assert (drawn.path, drawn.files) == (empty.path, empty.files)
    assert told(drawn)["fields"].keys() == told(empty)["fields"].keys()
    assert (drawer.unit, drawer.schedule) == (
        made.candidates[0].unit,
        made.candidates[0].schedule,
    )


@pytest.mark.parametrize("case", [case for case in DRAWN if "lead" not in case.values[0]])
def test_nothing_else_has_a_lead(case: dict[str, Any]) -> None:
    assert planned_case(case).lead is None


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_refused_by_the_parameters_name(case: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refused:
        planned_case(case)
    shape = refused.value.shape
    said = {"status": shape.status, "code": shape.code, "param": refused.value.param}
    assert said == case["refused"]
