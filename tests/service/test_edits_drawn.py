"""Every operation on pictures, through the real server, drawn and billed by a separate upstream."""

import asyncio
import base64
import json
import random
from typing import Any, NamedTuple

import pytest
from PIL import Image, ImageChops

from tests.adapters.pixels.drawn import busy, exif, halves, opened, saved
from tests.service.editing import (
    DESCRIPTIONS,
    DRY,
    EDITS,
    FORM,
    MASK,
    PICTURE,
    SQUARE,
    SQUARE_MASK,
    VARIATIONS,
    Editor,
    form,
    left_clear,
)
from tests.service.wire import Answer, dial, request

pytest_plugins = ["tests.service.editors"]

V3 = "/v1/ideogram-v3"


class Case(NamedTuple):
    """One operation of one family. `paths` and `prices` (micro-USD of an image) by kind of upstream;
    no price: it is not offered there.
    """

    name: str
    fields: dict[str, Any]
    aihubmix: tuple[str, int] | None
    ideogram: tuple[str, int] | None


def v3(operation: str, paths: tuple[str, str], fields: dict[str, Any], turbo: int) -> list[Case]:
    prices = {"TURBO": (turbo, 30_000), "DEFAULT": (60_000, 60_000), "QUALITY": (90_000, 90_000)}
    names = {"TURBO": "low", "DEFAULT": "auto", "QUALITY": "high"}
    return [
        Case(
            f"{operation} of V3 {speed}",
            fields | {"quality": names[speed]},
            (f"{V3}/{paths[0]}", prices[speed][0]),
            (f"{V3}/{paths[1]}", prices[speed][1]),
        )
        for speed in prices
    ]


OK = {"image": PICTURE, "prompt": "a fox"}
TWO = {"image": SQUARE, "prompt": "a fox"}
CASES = [
    *v3("edit", ("edit", "inpaint"), OK | {"mask": MASK}, 60_000),
    *v3("remix", ("remix", "remix"), OK, 30_000),
    *v3("reframe", ("reframe",) * 2, {"image": PICTURE, "operation": "reframe", "size": "1536x512"}, 60_000),
    *v3("background", ("replace-background",) * 2, OK | {"operation": "replace_background"}, 60_000),
    *(
        Case(f"{operation} of {model}", TWO | fields | {"model": model}, (path, price), (path, price))
        for model, price in (("ideogram-v2", 80_000), ("ideogram-v2-turbo", 50_000))
        for operation, path, fields in (
            ("edit", "/edit", {"mask": SQUARE_MASK}),
            ("remix", "/remix", {"operation": "remix", "size": "1024x1024"}),
        )
    ),
    *(
        Case(
            f"reframe of {model}",
            {"image": SQUARE, "operation": "reframe", "resolution": "1536x640", "model": model},
            None,
            ("/reframe", price),
        )
        for model, price in (("ideogram-v2", 80_000), ("ideogram-v2-turbo", 50_000))
    ),
    *(
        Case(f"remix of {model}", OK | {"model": model}, ("/remix", price), ("/remix", price))
        for model, price in (
            ("ideogram-v2a", 40_000),
            ("ideogram-v2a-turbo", 25_000),
            ("ideogram-v1", 60_000),
            ("ideogram-v1-turbo", 20_000),
        )
    ),
    Case(
        "upscale",
        {"image": PICTURE, "operation": "upscale", "resemblance": "60", "detail": "40"},
        ("/upscale", 60_000),
        ("/upscale", 60_000),
    ),
    Case("upscale by its row", OK | {"model": "ideogram-upscale"}, ("/upscale", 60_000), ("/upscale", 60_000)),
]  # fmt: skip


@pytest.fixture(params=["aihubmix", "ideogram"])
def either(request: pytest.FixtureRequest) -> tuple[str, Editor]:
    """Each kind of upstream."""
    name = "editor" if request.param == "aihubmix" else "official"
    return request.param, request.getfixturevalue(name)


def picture_of(answer: Answer, place: int = 0) -> Image.Image:
    assert answer.status == 200, answer.body
    return opened(base64.b64decode(answer.json["data"][place]["b64_json"]))


def since(site: Editor, before: dict[str, Any]) -> list[dict[str, Any]]:
    """What the upstream accepted since then; it refused nothing."""
    bill = site.upstream.bill()
    assert bill["refusals"] == before["refusals"] == {}, bill["refusals"]
    count = bill["accepted"] - before["accepted"]
    calls: list[dict[str, Any]] = bill["calls"]
    return calls[len(calls) - count :]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_an_operation_is_sent_billed_and_told(case: Case, either: tuple[str, Editor]) -> None:
    kind, site = either
    sold = case.aihubmix if kind == "aihubmix" else case.ideogram
    before, posted = site.upstream.bill(), site.posted()
    answer = await site.post(EDITS, case.fields | {"response_format": "url"})
    if sold is None:
        assert (answer.status, answer.error["code"]) == (400, "operation_not_offered")
        assert since(site, before) == []
        return
    path, price = sold
    assert answer.status == 200, answer.body
    (call,) = since(site, before)
    assert call["path"] == path
    assert answer.json["ideogate"]["cost_microusd"] == price
    assert answer.headers["x-ideogate-cost-usd"] == f"0.{price:06d}"
    assert site.posted() - posted == price
    if kind == "aihubmix":
        assert call["microusd"] == price
    assert site.held() == 0
    assert len(answer.json["data"]) == 1


@pytest.mark.parametrize("n", [1, 3])
async def test_a_variation_is_described_and_remixed(n: int, either: tuple[str, Editor]) -> None:
    _, site = either
    before, posted = site.upstream.bill(), site.posted()
    answer = await site.post(VARIATIONS, {"image": PICTURE, "n": str(n)})
    assert answer.status == 200, answer.body
    describe, remix = since(site, before)
    assert (describe["path"], remix["path"]) == ("/describe", f"{V3}/remix")
    assert remix["prompt"] == answer.json["data"][0]["revised_prompt"]
    assert "96 x 64" in remix["prompt"]
    assert remix["asked"] == n == len(answer.json["data"])
    cost = 10_000 + n * 60_000
    assert answer.json["ideogate"]["cost_microusd"] == cost == site.posted() - posted
    assert site.upstream.bill()["microusd"] - before["microusd"] == cost


async def test_a_variation_that_is_refused_costs_its_description(editor: Editor) -> None:
    posted = editor.posted()
    editor.upstream.fault("422", path="remix")
    answer = await editor.post(VARIATIONS, {"image": PICTURE, "model": "dall-e-2"})
    editor.upstream.reset()
    assert (answer.status, answer.error["code"]) == (400, "content_policy_violation")
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-ideogate-cost-usd"] == "0.010000"
    assert (editor.posted() - posted, editor.held()) == (10_000, 0)


@pytest.mark.parametrize("how", ["form", "json"])
async def test_a_picture_is_described(how: str, either: tuple[str, Editor]) -> None:
    _, site = either
    before, posted = site.upstream.bill(), site.posted()
    if how == "form":
        answer = await site.post(DESCRIPTIONS, {"image": PICTURE, "describe_model_version": "V_3"})
    else:
        answer = await site.post_json(DESCRIPTIONS, {"images": [{"image_url": url(PICTURE)}]})
    assert answer.status == 200, answer.body
    assert set(answer.json) == {"created", "data", "ideogate"}
    (told,) = answer.json["data"]
    assert set(told) == {"text"} and "96 x 64" in told["text"]
    (call,) = since(site, before)
    assert (call["path"], site.posted() - posted) == ("/describe", 10_000)
    assert answer.headers["x-ideogate-cost-usd"] == "0.010000"


async def test_a_dry_run_of_a_description_says_that_its_price_is_assumed(editor: Editor) -> None:
    before = editor.money()
    answer = await editor.post(DESCRIPTIONS, {"image": PICTURE}, DRY)
    assert (answer.json["price_microusd"], answer.json["assumed"]) == (10_000, True)
    assert [call["path"] for call in answer.json["calls"]] == ["/describe"]
    assert editor.money() == before


def url(picture: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


# -- a mask changes what it marks and nothing else


def painted(left: Any, right: Any, mode: str, kind: str = "PNG") -> bytes:
    mask = Image.new(mode, (96, 64), right)
    mask.paste(left, (0, 0, 48, 64))
    return saved(mask, kind)


MASKS = {
    "alpha": MASK,
    "alpha of greys": painted((10, 127), (10, 128), "LA"),
    "black_edits": painted(0, 255, "L"),
    "black_edits in RGBA": painted((0, 0, 0, 255), (255, 255, 255, 0), "RGBA"),
    "white_edits": painted("white", "black", "RGB"),
    "white_edits in JPEG": painted(255, 0, "L", "JPEG"),
}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("model", ["ideogram-v3", "ideogram-v2"])
async def test_the_left_of_the_mask_is_all_that_changes(
    mask: str, model: str, either: tuple[str, Editor]
) -> None:
    _, site = either
    source = busy(96, 64)
    answer = await site.post(
        EDITS,
        {
            "mask": MASKS[mask],
            "mask_polarity": mask.split(maxsplit=1)[0],
            "image": saved(source, "PNG"),
            "prompt": "a lighthouse",
            "model": model,
            "response_format": "b64_json",
        },
    )
    drawn = picture_of(answer).convert("RGB")
    assert drawn.size == source.size
    changed = ImageChops.difference(drawn, source)
    assert changed.crop((48, 0, 96, 64)).getbbox() is None
    left = changed.crop((0, 0, 48, 64)).convert("L").point(lambda value: 255 * (value > 0))
    assert left.histogram()[255] > 0.9 * 48 * 64


async def test_a_mask_follows_a_picture_that_is_turned(editor: Editor) -> None:
    """The camera lay on its side: caller, mask and upstream see 64 x 96."""
    source = Image.linear_gradient("L").resize((96, 64)).convert("RGB")
    turned = saved(source, "JPEG", quality=95, exif=exif(6))
    answer = await editor.edit(
        image=turned, mask=left_clear(64, 96), prompt="a lighthouse", response_format="b64_json"
    )
    drawn, upright = picture_of(answer).convert("RGB"), source.rotate(-90, expand=True)
    assert drawn.size == upright.size == (64, 96)
    right = ImageChops.difference(drawn, upright).crop((32, 0, 64, 96))
    assert max(high for _, high in right.getextrema()) < 40  # JPEG's own noise


async def test_a_picture_of_dall_e_2_is_its_own_mask(editor: Editor) -> None:
    before = editor.upstream.bill()
    answer = await editor.edit(image=MASK, prompt="a fox", model="dall-e-2")
    assert answer.status == 200, answer.body
    (call,) = since(editor, before)
    assert call["operation"] == "edit" and "mask" in call["sent"]
    assert "mask_from_image" in answer.headers["x-ideogate-warnings"]
    assert "url" in answer.json["data"][0]


# -- answers


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
async def test_an_edit_comes_in_the_format_and_the_size_that_was_asked(
    kind: str, editor: Editor
) -> None:
    answer = await editor.edit(
        **OK, mask=MASK, output_format=kind, size="150x100", size_policy="exact"
    )
    picture = picture_of(answer)
    assert (picture.format, picture.size) == (kind.upper(), (150, 100))
    assert (answer.json["size"], answer.json["output_format"]) == ("150x100", kind)
    assert answer.json["background"] == "opaque"
    assert "usage" not in answer.json


async def test_a_size_that_an_edit_has_not_is_a_warning(editor: Editor) -> None:
    answer = await editor.edit(**OK, mask=MASK, size="1024x1024")
    assert picture_of(answer).size == (96, 64)
    assert answer.json["size"] == "96x64"
    assert "size_ignored" in answer.headers["x-ideogate-warnings"]


async def test_links_of_an_edit_lead_to_its_picture(editor: Editor) -> None:
    answer = await editor.edit(**OK, response_format="url", n="2")
    assert [set(one) >= {"url"} for one in answer.json["data"]] == [True, True]
    assert all("b64_json" not in one for one in answer.json["data"])
    assert answer.headers["x-ideogate-images-delivered"] == "2"
    assert "redrawn" in answer.headers["x-ideogate-warnings"]


def events(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in answer.body.decode().split("\n\n"):
        lines = dict(one.split(": ", 1) for one in block.splitlines() if not one.startswith(":"))
        if "data" in lines and lines["data"] != "[DONE]":
            found.append((lines.get("event", ""), json.loads(lines["data"])))
    return found


@pytest.mark.parametrize("masked", [True, False], ids=["edit", "remix"])
async def test_a_stream_of_edits_says_each_picture(masked: bool, editor: Editor) -> None:
    fields = OK | ({"mask": MASK} if masked else {"operation": "remix", "size": "1024x1024"})
    answer = await editor.post(EDITS, fields | {"stream": "true", "n": "2", "seed": "5"})
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = events(answer)
    assert [name for name, _ in told] == ["image_edit.completed"] * 2
    assert {one["type"] for _, one in told} == {"image_edit.completed"}
    size = (96, 64) if masked else (1024, 1024)
    for _, one in told:
        assert opened(base64.b64decode(one["b64_json"])).size == size
        assert one["size"] == f"{size[0]}x{size[1]}"
        assert one["usage"]["total_tokens"] == 0


async def test_an_upscaled_picture_is_twice_as_large(editor: Editor) -> None:
    answer = await editor.edit(
        image=PICTURE, operation="upscale", response_format="b64_json", n="2"
    )
    assert picture_of(answer).size == (192, 128)
    assert answer.json["ideogate"]["cost_microusd"] == 2 * 60_000


async def test_a_reframed_picture_has_the_size_that_was_asked(editor: Editor) -> None:
    answer = await editor.edit(image=PICTURE, operation="reframe", size="1536x640")
    assert picture_of(answer).size == (1536, 640)


async def test_further_pictures_go_as_style_references(either: tuple[str, Editor]) -> None:
    _, site = either
    before = site.upstream.bill()
    answer = await site.post(
        EDITS,
        {
            "image[]": [PICTURE, saved(halves(32, 32), "WEBP"), saved(halves(32, 32), "JPEG")],
            "style_reference_images": [SQUARE],
            "prompt": "a fox",
        },
    )
    assert answer.status == 200, answer.body
    (call,) = since(site, before)
    types = [file["content_type"] for file in call["sent"]["style_reference_images"]]
    assert types == ["image/png", "image/webp", "image/jpeg"]
    assert "images_as_references" in answer.headers["x-ideogate-warnings"]


# -- the JSON form


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_data_urls_are_edited(kind: str, editor: Editor) -> None:
    before = editor.upstream.bill()
    body = {
        "images": [{"image_url": url(saved(halves(96, 64), kind), kind.lower())}],
        "mask": {"image_url": url(MASK)},
        "prompt": "a fox",
        "model": "gpt-image-1",
        "n": 1,
        "background": "auto",
        "user": None,
    }
    answer = await editor.post_json(EDITS, body)
    assert picture_of(answer).size == (96, 64)
    (call,) = since(editor, before)
    assert call["operation"] == "edit"
    assert call["sent"]["image"][0]["content_type"] == f"image/{kind.lower()}"


async def test_a_json_edit_streams(editor: Editor) -> None:
    body = {"images": [{"image_url": url(PICTURE)}], "prompt": "a fox", "stream": True}
    answer = await editor.post_json(EDITS, body)
    assert [name for name, _ in events(answer)] == ["image_edit.completed"]


async def test_a_deployment_of_azure_names_the_model_of_an_edit(editor: Editor) -> None:
    before = editor.upstream.bill()
    path = "/openai/deployments/ideogram-v2a/images/edits?api-version=2025-04-01-preview"
    answer = await editor.post(path, OK | {"response_format": "url", "model": "gpt-image-1"})
    assert answer.status == 200, answer.body
    (call,) = since(editor, before)
    assert call["model"] == "V_2A"


# -- the price list of AiHubMix's page (ideogram-upstream 4.1), as its dry runs quote it

PRICES = """
V_3 TURBO    generate=0.03 remix=0.03 edit=0.06 reframe=0.06 replace_background=0.06
V_3 DEFAULT  generate=0.06 remix=0.06 edit=0.06 reframe=0.06 replace_background=0.06
V_3 QUALITY  generate=0.09 remix=0.09 edit=0.09 reframe=0.09 replace_background=0.09
V_2A -       generate=0.04 remix=0.04
V_2A_TURBO - generate=0.025 remix=0.025
V_2 -        generate=0.08 remix=0.08 edit=0.08
V_2_TURBO -  generate=0.05 remix=0.05 edit=0.05
V_1 -        generate=0.06 remix=0.06
V_1_TURBO -  generate=0.02 remix=0.02
ideogram-upscale - upscale=0.06
"""
ROWS = [
    (model, speed, operation, price)
    for model, speed, *pairs in (line.split() for line in PRICES.split("\n") if line)
    for operation, price in (pair.split("=") for pair in pairs)
]


def test_the_price_list_is_whole() -> None:
    assert len(ROWS) == 30


@pytest.mark.parametrize(
    ("model", "speed", "operation", "price"), ROWS, ids=["-".join(row) for row in ROWS]
)
async def test_a_dry_run_quotes_the_price_list(
    model: str, speed: str, operation: str, price: str, editor: Editor
) -> None:
    before = editor.money()
    fields: dict[str, Any] = {"model": model, "prompt": "a fox", "n": "3"}
    if speed != "-":
        fields["rendering_speed"] = speed
    if operation == "generate":
        body = {name: int(value) if name == "n" else value for name, value in fields.items()}
        answer = await editor.draw(body, DRY)
    else:
        extra = {"edit": {"mask": MASK}, "reframe": {"size": "1024x1024"}}.get(operation, {})
        answer = await editor.post(
            EDITS, fields | extra | {"image": PICTURE, "operation": operation}, DRY
        )
    assert answer.status == 200, answer.body
    told = answer.json
    assert told["operation"] == operation
    assert told["unit_microusd"] == round(float(price) * 1_000_000)
    assert told["price_microusd"] == 3 * told["unit_microusd"]
    assert answer.headers["x-ideogate-dry-run"] == "true"
    assert editor.money() == before


# -- callers that leave


async def test_callers_that_leave_at_any_moment_leave_nothing_held(editor: Editor) -> None:
    dice = random.Random(11)
    raw = form({"image": PICTURE, "mask": MASK, "prompt": "a fox", "n": "2"})
    told = [editor.bearer, FORM]
    before, posted = editor.upstream.bill(), editor.posted()

    async def leave(path: str) -> None:
        whole = request("POST", path, told, raw if path == EDITS else form({"image": PICTURE}))
        async with dial(editor.port) as line:
            await line.send(whole[: dice.randrange(len(whole) * 2)])
            await asyncio.sleep(dice.random() * 0.1)
            line.writer.transport.abort()

    for _ in range(3):
        await asyncio.gather(*(leave(dice.choice((EDITS, VARIATIONS))) for _ in range(8)))
    again = await editor.edit(**OK, response_format="url")
    assert again.status == 200
    async with asyncio.timeout(10):
        while editor.held() or editor.upstream.state()["in_progress"]:  # noqa: ASYNC110  it rings no bell
            await asyncio.sleep(0.1)
    assert editor.posted() - posted == editor.upstream.bill()["microusd"] - before["microusd"]
    places = editor.books.keys("ig:{org-default}:places:*")
    assert sum(editor.books.zcard(name) for name in places) == 0
