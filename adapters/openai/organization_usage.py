"""What metering answers: usage and costs in buckets of time, in OpenAI's shapes. Pure.

Times are Unix seconds, UTC; money is whole micro-USD, and OpenAI's amounts are written from it
without a float.
"""

from typing import Literal

import msgspec

from config.money import MicroUSD, usd


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """Money as OpenAI writes it: `value` is a JSON number of dollars with six decimals."""

    value: msgspec.Raw
    currency: Literal["usd"] = "usd"


def amount(microusd: MicroUSD) -> Amount:
    """60000 -> {"value": 0.060000, "currency": "usd"}."""
    return Amount(value=msgspec.Raw(usd(microusd).encode()))


class UsageResult(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a bucket of /v1/organization/usage/images; null for what it is not grouped by.

    Ours: the last six. `assumed` is true when a price nobody published is in `microusd`.
    """

    images: int
    num_model_requests: int
    project_id: str | None = None
    user_id: str | None = None
    api_key_id: str | None = None
    model: str | None = None
    size: str | None = None
    source: str | None = None
    microusd: MicroUSD = MicroUSD(0)
    images_billed: int = 0
    images_delivered: int = 0
    images_withheld: int = 0
    parked_microusd: MicroUSD = MicroUSD(0)
    assumed: bool = False
    object: Literal["organization.usage.images.result"] = "organization.usage.images.result"


class CostsResult(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a bucket of /v1/organization/costs; null for what it is not grouped by.

    `quantity` counts images and stands only beside a `line_item`. Ours: the last six.
    """

    amount: Amount
    project_id: str | None = None
    user_id: str | None = None
    api_key_id: str | None = None
    api_source: Literal["unlabeled"] | None = None
    line_item: str | None = None
    quantity: int | None = None
    quantity_unit: Literal["images"] | None = None
    microusd: MicroUSD = MicroUSD(0)
    images_billed: int = 0
    images_delivered: int = 0
    images_withheld: int = 0
    parked_microusd: MicroUSD = MicroUSD(0)
    assumed: bool = False
    object: Literal["organization.costs.result"] = "organization.costs.result"


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """From `start_time` until before `end_time`."""

    start_time: int
    end_time: int
    results: tuple[UsageResult | CostsResult, ...] = ()
    object: Literal["bucket"] = "bucket"


class UsagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Buckets in order of time; `next_page` asks for those that follow."""

    data: tuple[Bucket, ...]
    has_more: bool
    next_page: str | None = None
    object: Literal["page"] = "page"


def usage_page(buckets: tuple[Bucket, ...], next_page: str | None) -> UsagePage:
    """There is more where `next_page` is given."""
    return UsagePage(data=buckets, has_more=next_page is not None, next_page=next_page)
