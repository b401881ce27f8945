"""What the README says of operations, edits, masks and warnings is what the code does."""

import ast
from collections.abc import Iterator
from typing import Final, get_args

import pytest

from adapters.openai.edit_fields import (
    DESCRIPTION_FORM,
    DESCRIPTION_JSON,
    EDIT_FORM,
    EDIT_JSON,
    VARIATION_FORM,
)
from adapters.openai.errors import ApiError
from adapters.openai.kinds import Refused, Whole, Word
from adapters.openai.requests import Edit, Generate
from adapters.pixels.formats import MAX_PIXELS
from adapters.pixels.masks import Polarity
from adapters.translate.describing import plan_describe
from adapters.translate.edits import plan_edit
from adapters.translate.fields import of_row, unsent
from adapters.translate.plan import Input, Inputs, MaskInput, Plan, Rules, SizePolicy
from adapters.translate.quote import plan
from adapters.translate.variations import plan_variation
from config.catalogue import NATIVE_FIELDS, Kind, Operation, Upstream
from config.files import shipped
from config.money import MicroUSD, usd
from service.edits import FILE_BYTES, KINDS
from tests.house.readme import (
    EDITING,
    GENERATIONS,
    NATIVE,
    NONE,
    OPENAI,
    codes,
    line,
    only,
    table,
    takers,
)
from tests.house.tree import python

CATALOGUE: Final = shipped()
OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)
FIELDS: Final = {**EDIT_FORM.fields, **EDIT_JSON.fields}
ALTERING: Final = ("remix", "edit", "reframe", "replace_background", "upscale")
MEBIBYTE: Final = 1024 * 1024
POLICIES: Final[tuple[SizePolicy, ...]] = get_args(SizePolicy)


def upstream(kind: Kind) -> Upstream:
    return Upstream(name=kind, base_url="http://127.0.0.1", kind=kind, prices=kind, account="one")


def planned(
    operation: str, model: str | None = None, kind: Kind = "aihubmix", **asked: object
) -> Plan:
    """A plan of one operation on a square picture."""
    mask = MaskInput(content=b"mask", coverage=0.5) if operation == "edit" else None
    inputs = Inputs(image=Input(content=b"", format="png", width=1024, height=1024), mask=mask)
    prompt = "" if operation in ("describe", "variation") else "a fox"
    common = (CATALOGUE, (upstream(kind),), Rules())
    match operation:
        case "generate":
            return plan(Generate(prompt=prompt, model=model, **asked), *common)
        case "describe":
            return plan_describe(Edit(prompt=prompt, model=model, **asked), inputs, *common)
        case "variation":
            return plan_variation(Edit(prompt=prompt, model=model, **asked), inputs, *common)
        case _:
            if operation == "reframe" and not asked:
                asked = {"size": "1024x1024"}
            ask = Edit(prompt=prompt, model=model, operation=operation, **asked)
            return plan_edit(ask, inputs, *common)


DEEDS: Final = {
    row["operation"].strip("`"): row for row in table("operation", "SDK call", "goes out as", "USD")
}


def test_every_operation_is_listed() -> None:
    assert set(DEEDS) == {*OPERATIONS, "variation"}


@pytest.mark.parametrize("operation", DEEDS)
def test_operations_go_out_on_the_paths_that_are_named(operation: str) -> None:
    paths: list[str] = []
    for kind in get_args(Kind):
        made = planned(operation, kind=kind)
        leading = made.lead.then("a fox")[:1] if made.lead else made.candidates[:1]
        calls = [*(made.lead.candidates[:1] if made.lead else ()), *leading]
        paths += [call.payload(0, 1).path for call in calls]
    assert codes(DEEDS[operation]["goes out as"]) == list(dict.fromkeys(paths))


def price(model: str, operation: str, speed: str | None = None) -> str | None:
    """The last price at AiHubMix as people write it; None where there is none."""
    row = CATALOGUE.models[model]
    steps = CATALOGUE.schedule("aihubmix", row.upstream_model, operation, speed)
    return usd(MicroUSD(steps[-1].microusd)).rstrip("0") if steps else None


@pytest.mark.parametrize("operation", OPERATIONS)
def test_prices_at_aihubmix_are_those_of_the_rows(operation: Operation) -> None:
    made = planned(operation)
    product = ("aihubmix", made.model.upstream_model, operation, made.speed)
    speeds = ("TURBO", "DEFAULT", "QUALITY") if made.speed else (None,)
    told = DEEDS[operation]["USD"]
    number, _, about = told.partition(" a picture sent in")
    assert number == " / ".join(str(price(made.model.name, operation, speed)) for speed in speeds)
    assert ("a picture sent in" in told) == (CATALOGUE.unit(*product) == "input")
    assert ("assumed" in about) == CATALOGUE.schedule(*product)[-1].assumed


OLDER: Final = [model.name for model in CATALOGUE.models.values() if "generate" in model.operations]
OLDER_ROWS: Final = table(
    "USD", *(f"`{name}`" for name in OLDER if CATALOGUE.models[name].family == "legacy")
)


def test_prices_of_older_models_are_those_of_the_rows() -> None:
    assert [only(row["USD"]) for row in OLDER_ROWS] == ["generate", "remix", "edit", "reframe"]
    wrong = []
    for row in OLDER_ROWS:
        operation = only(row["USD"])
        for model in list(row)[1:]:
            name = only(model)
            offered = operation in CATALOGUE.models[name].operations
            told = (price(name, operation) or "at Ideogram") if offered else NONE
            if row[model] != told:
                wrong.append((operation, name, row[model], told))
    assert wrong == []


def test_older_models_go_out_on_the_paths_that_are_named() -> None:
    told = codes(line("Before 3.0 the paths are"))
    made = [planned(only(row["USD"]), "ideogram-v2", "ideogram") for row in OLDER_ROWS]
    assert told == [one.candidates[0].payload(0, 1).path for one in made]


def test_every_route_of_pictures_is_named() -> None:
    told = codes(line("**Today**"))
    assert {kind.path.removeprefix("/v1/images") for kind in KINDS} <= set(told)


def test_every_field_of_edits_stands_in_one_table() -> None:
    tables = (OPENAI, NATIVE, EDITING)
    assert set().union(*tables) == set(FIELDS)
    assert sum(map(len, tables)) == len(FIELDS)


@pytest.mark.parametrize("name", EDITING)
def test_values_of_edit_fields_are_those_that_are_read(name: str) -> None:
    kind, told = FIELDS[name].kind, EDITING[name]["takes"]
    if isinstance(kind, Word):
        assert codes(told) == list(kind.accepted)
    if isinstance(kind, Whole):
        assert told == f"{kind.low} to {kind.high}"
    assert FIELDS[name].fills != "images" or name == "image" or codes(told)[0] == "image"


@pytest.mark.parametrize("name", [name for name in EDITING if name in NATIVE_FIELDS])
def test_edit_fields_name_the_operations_that_take_them(name: str) -> None:
    taking = {
        operation
        for model in CATALOGUE.models.values()
        for operation in model.operations
        if name in of_row(model, operation)
    }
    assert taking == set(codes(EDITING[name]["becomes"])) & set(OPERATIONS)


def taken(name: str, operation: Operation) -> set[str]:
    """The generations whose rows take a native field for an operation; "yes" where they share one."""
    if operation == "upscale":
        return {"yes"} if name in of_row(CATALOGUE.models["ideogram-upscale"], operation) else set()
    rows = {shown: CATALOGUE.models[name] for shown, name in GENERATIONS.items()}
    return {
        shown
        for shown, row in rows.items()
        if operation in row.operations and name in of_row(row, operation)
    }


def test_native_fields_go_to_the_operations_that_are_named() -> None:
    told = {}
    for row in table("on edits", *(f"`{operation}`" for operation in ALTERING)):
        for name in codes(row["on edits"]):
            told[name] = {operation: row[f"`{operation}`"] for operation in ALTERING}
    assert set(told) | set(EDITING) >= set(NATIVE_FIELDS)
    upstreams, v3 = [upstream("aihubmix")], CATALOGUE.models["ideogram-v3"]
    for name, cells in told.items():
        for operation, cell in cells.items():
            dropped = operation in v3.operations and unsent([name], v3, operation, upstreams) != ()
            assert (cell == "warned") == dropped, (name, operation)
            assert dropped or takers(cell) == taken(name, operation), (name, operation)


def test_fields_that_variations_and_descriptions_lack_are_named() -> None:
    told = line("Variations take a form")
    variations, descriptions = told.split("Descriptions take")
    _, lacking = variations.split("but not")
    assert set(codes(lacking)) == set(EDIT_FORM.fields) - set(VARIATION_FORM.fields)
    both = {**DESCRIPTION_FORM.fields, **DESCRIPTION_JSON.fields}
    read = {name for name, field in both.items() if not isinstance(field.kind, Refused)}
    assert set(codes(descriptions)) == read - {"image", "image_file", "images"}


def outcome(operation: str, policy: SizePolicy) -> str:
    """What becomes of a size that no picture has, in the page's words."""
    try:
        made = planned(operation, size="800x800", size_policy=policy, response_format="b64_json")
    except ApiError:
        return "refused"
    return "resized here" if made.delivery.exact == (800, 800) else "warned"


@pytest.mark.parametrize("policy", POLICIES)
def test_sizes_of_edits_come_out_as_the_page_says(policy: SizePolicy) -> None:
    rows = table("operation", "no `size`, or `auto`", *(f"`{policy}`" for policy in POLICIES))
    for row in rows:
        told = row[f"`{policy}`"]
        for operation in [
            *codes(row["operation"]),
            *(["variation"] * ("variation" in row["operation"])),
        ]:
            same = outcome("generate", policy) if told == "as above" else told
            assert same.startswith(outcome(operation, policy)), operation
    assert {name for row in rows for name in codes(row["operation"])} == set(ALTERING)


def test_pictures_may_have_as_much_as_the_page_says() -> None:
    told = (
        f"Each may have {MAX_PIXELS // 1_000_000} million pixels and {FILE_BYTES // MEBIBYTE} MiB"
    )
    assert told in line("**Pictures**")
    assert f"a picture over {FILE_BYTES // MEBIBYTE} MiB" in line("| 413 |")


def test_every_mask_polarity_is_explained() -> None:
    rows = table("`mask_polarity`", "may change", "files")
    assert [only(row["`mask_polarity`"]) for row in rows] == list(get_args(Polarity))


def given_warnings() -> Iterator[str]:
    """The code of every Warn that is made; *_ignored for all that end so."""
    calls = [
        node
        for path in python("adapters", "service")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Warn"
    ]
    for call in calls:
        code = next((word.value for word in call.keywords if word.arg == "code"), None)
        written = ast.unparse(code or call.args[0])
        yield "*_ignored" if written.endswith("_ignored'") else ast.literal_eval(written)


def test_every_warning_is_explained() -> None:
    told = [only(row["warning"]) for row in table("warning", "says")]
    assert set(told) == set(given_warnings())
    assert len(told) == len(set(told))
