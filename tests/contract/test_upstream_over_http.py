"""The gateway against an upstream process of its own: real HTTP, and exactly the documented fields."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.gateway import Gateway, start_gateway
from tests.upstream import Upstream, start_sandbox

UPSTREAM_KEY = "upstream-key-of-the-account"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with start_sandbox(keys=UPSTREAM_KEY) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(upstream: Upstream) -> Iterator[Gateway]:
    settings = {
        "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
        "IDEOGATE_UPSTREAM_API_KEY": UPSTREAM_KEY,
    }
    with start_gateway(settings) as running:
        yield running


@pytest.fixture
def bill(upstream: Upstream) -> Upstream:
    upstream.reset()
    return upstream


def draw(gateway: Gateway, **body: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
    connection = http.client.HTTPConnection(gateway.host, gateway.port, timeout=30)
    try:
        connection.request(
            "POST",
            "/v1/images/generations",
            json.dumps(body),
            {"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())
    finally:
        connection.close()


def only_call(bill: Upstream) -> dict[str, Any]:
    calls = bill.bill()["calls"]
    assert len(calls) == 1
    call: dict[str, Any] = calls[0]
    return call


def test_v3_goes_out_as_multipart_with_the_documented_fields_and_nothing_else(
    gateway: Gateway, bill: Upstream
) -> None:
    status, _, reply = draw(
        gateway, model="dall-e-3", prompt="a lighthouse", size="1792x1024", quality="hd", n=2
    )

    assert status == 200
    assert bill.bill()["submits"] == {"/ideogram/v1/ideogram-v3/generate": 1}
    assert only_call(bill)["sent"] == {
        "prompt": ["a lighthouse"],
        "resolution": ["1344x768"],
        "rendering_speed": ["QUALITY"],
        "num_images": ["2"],
        "style_type": ["AUTO"],
    }
    assert reply["ideogate"]["upstream"] == "aihubmix"
    assert reply["size"] == "1344x768"


def test_legacy_models_go_out_as_one_json_document(gateway: Gateway, bill: Upstream) -> None:
    status, _, _ = draw(
        gateway, model="ideogram-v2-turbo", prompt="a lighthouse", seed=0, negative_prompt="people"
    )

    assert status == 200
    assert bill.bill()["submits"] == {"/ideogram/generate": 1}
    assert only_call(bill)["sent"] == {
        "image_request": {
            "prompt": "a lighthouse",
            "model": "V_2_TURBO",
            "num_images": 1,
            "seed": 0,
            "negative_prompt": "people",
            "style_type": "AUTO",
        }
    }


def test_the_upstream_sees_its_own_key_and_never_the_callers_or_a_cookie(
    gateway: Gateway, bill: Upstream
) -> None:
    draw(gateway, prompt="first [[fault:cookie]]")
    draw(gateway, prompt="second")

    calls = bill.bill()["calls"]
    assert {call["key"] for call in calls} == {UPSTREAM_KEY[-4:]}
    assert {call["cookie"] for call in calls} == {None}
    assert gateway.key not in json.dumps(calls)


@pytest.mark.parametrize(
    ("model", "quality", "microusd"),
    [
        ("ideogram-v3", "low", 30_000),
        ("ideogram-v3", "medium", 60_000),
        ("ideogram-v3", "high", 90_000),
        ("ideogram-v2a", "auto", 40_000),
        ("ideogram-v2a-turbo", "auto", 25_000),
        ("ideogram-v2", "auto", 80_000),
        ("ideogram-v2-turbo", "auto", 50_000),
        ("ideogram-v1", "auto", 60_000),
        ("ideogram-v1-turbo", "auto", 20_000),
    ],
)
def test_what_is_booked_is_what_the_upstream_bills(
    gateway: Gateway, bill: Upstream, model: str, quality: str, microusd: int
) -> None:
    status, headers, reply = draw(gateway, model=model, quality=quality, prompt="a cat", n=3)

    assert status == 200
    assert reply["ideogate"]["cost_microusd"] == 3 * microusd == bill.bill()["microusd"]
    assert headers["x-ideogate-cost-usd"] == f"{3 * microusd / 1e6:.6f}"


def test_ten_images_are_two_calls_and_one_order(gateway: Gateway, bill: Upstream) -> None:
    status, headers, reply = draw(gateway, prompt="a cat", n=10, response_format="url")

    assert status == 200
    assert sorted(call["asked"] for call in bill.bill()["calls"]) == [2, 8]
    assert len({item["url"] for item in reply["data"]}) == 10
    assert headers["x-ideogate-images-billed"] == "10"


def test_a_wrong_upstream_key_is_the_operators_fault_and_says_so() -> None:
    with start_sandbox(keys="another-key") as upstream:
        settings = {
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_API_KEY": UPSTREAM_KEY,
        }
        with start_gateway(settings) as gateway:
            status, headers, reply = draw(gateway, prompt="a cat")

    assert (status, headers["x-should-retry"]) == (503, "false")
    assert reply["error"]["code"] == "upstream_unavailable"
    assert UPSTREAM_KEY not in json.dumps(reply)
