"""What administration answers about limits, alerts and permissions, in OpenAI's shapes. Pure.

The shapes are those of `openai.types.admin.organization`; what they do not have is ours and said so.
"""

from typing import Final, Literal

import msgspec

from config.catalogue import Operation, Speed
from config.money import MicroUSD

PER_CENT: Final = 10_000  # micro-USD in OpenAI's unit of limits and alerts

Mode = Literal["allow_list", "deny_list"]
Interval = Literal["day", "week", "month", "total"]


def cents(amount: MicroUSD) -> int:
    """Whole cents in an amount, rounded down; `microusd` beside it has all of it."""
    return amount // PER_CENT


def microusd(amount_cents: int) -> MicroUSD:
    """What so many cents are."""
    return MicroUSD(amount_cents * PER_CENT)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Ours: limits of a project or a key beside spend; null where nothing is set.

    The last three are a project's, for all its models together. `inherited` names those that come
    from the defaults and not from here.
    """

    images_request: int | None = None
    spend_request_microusd: int | None = None
    speeds: tuple[Speed, ...] | None = None
    operations: tuple[Operation, ...] | None = None
    requests_minute: int | None = None
    requests_day: int | None = None
    images_minute: int | None = None
    inherited: tuple[str, ...] = ()


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """Ours: which models a key may use."""

    mode: Mode
    model_ids: tuple[str, ...]
    inherited: bool = False


class ModelPermissions(msgspec.Struct, frozen=True, kw_only=True):
    """Which models a project may use. Ours: `inherited`, where the defaults say it."""

    mode: Mode
    model_ids: tuple[str, ...]
    inherited: bool = False
    object: Literal["project.model_permissions"] = "project.model_permissions"


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A project's limits on one model. Tokens are not counted, so their limit is 0.

    Ours: `inherited` when nothing is set for this model itself, `inherited_fields` otherwise names
    what still comes from the project or the defaults.
    """

    id: str
    model: str
    max_requests_per_1_minute: int
    max_images_per_1_minute: int
    max_requests_per_1_day: int
    max_tokens_per_1_minute: Literal[0] = 0
    batch_1_day_max_input_tokens: None = None
    max_audio_megabytes_per_1_minute: None = None
    inherited: bool = False
    inherited_fields: tuple[str, ...] = ()
    object: Literal["project.rate_limit"] = "project.rate_limit"


class Enforcement(msgspec.Struct, frozen=True):
    """Whether a spend limit lets nothing more through."""

    status: Literal["inactive", "enforcing"] = "inactive"


class SpendLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A monthly spend limit; months are UTC.

    Ours: `microusd` and `spent_microusd` (posted and parked this month), `inherited`.
    """

    object: Literal["organization.spend_limit", "project.spend_limit"]
    threshold_amount: int  # cents
    microusd: MicroUSD
    spent_microusd: MicroUSD
    enforcement: Enforcement = Enforcement()
    currency: Literal["USD"] = "USD"
    interval: Literal["month"] = "month"
    inherited: bool = False


class KeySpendLimit(msgspec.Struct, frozen=True, kw_only=True):
    """Ours: one spend limit of a key; days, ISO weeks and months are UTC."""

    threshold_amount: int  # cents
    microusd: MicroUSD
    spent_microusd: MicroUSD
    interval: Interval
    enforcement: Enforcement = Enforcement()
    currency: Literal["USD"] = "USD"
    inherited: bool = False


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of a spend alert."""

    recipients: tuple[str, ...]
    subject_prefix: str | None = None
    type: Literal["email"] = "email"


class SpendAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A spend alert; months are UTC. Ours: `microusd`; `crossed_at`, this month, or null."""

    id: str
    object: Literal["organization.spend_alert", "project.spend_alert"]
    threshold_amount: int  # cents
    microusd: MicroUSD
    notification_channel: Channel
    crossed_at: int | None = None
    currency: Literal["USD"] = "USD"
    interval: Literal["month"] = "month"


def enforcement(*, enforcing: bool) -> Enforcement:
    """As the word of OpenAI's."""
    return Enforcement("enforcing" if enforcing else "inactive")
