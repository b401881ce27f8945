"""What administration is asked about limits, alerts and permissions: bodies into structs. Pure.

In a change a field that is absent (UNSET) is left as it is, and null takes away what there is.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType

from adapters.openai.errors import ApiError
from adapters.openai.kinds import Refused, Whole
from adapters.openai.organization_kinds import (
    Ask,
    Choice,
    JsonKind,
    Line,
    Matching,
    Nested,
    Only,
    Some,
    said,
)
from adapters.openai.organization_limits import PER_CENT, Interval, Mode, microusd
from adapters.openai.wording import kind_of
from config.catalogue import Operation, Speed
from config.limits import MOST_IMAGES, MOST_RATE, MOST_SPEND
from config.money import MicroUSD

MOST_MODELS: Final = 200  # thrice the names that are sold, aliases with them
MOST_RECIPIENTS: Final = 20

_RATE: Final = Ask(Whole(0, MOST_RATE), removable=True)
_TO_STOP: Final = Whole(0, MOST_SPEND // PER_CENT)  # cents; 0 stops everything
_TO_TELL: Final = Whole(1, MOST_SPEND // PER_CENT)
_LETTER: Final = r"[^@<>,;\s\x00-\x20\x7f-\x9f]"
_EMAIL: Final = Matching(  # lengths of RFC 5321 4.5.3.1
    re.compile(_LETTER + "{1,64}@" + _LETTER + "{1,189}"), 254, "an e-mail address"
)


class LimitsAsk(msgspec.Struct, frozen=True, kw_only=True):
    """Ours: limits beside spend; null takes one away. The last three are a project's alone."""

    images_request: int | UnsetType | None = UNSET
    spend_request_microusd: int | UnsetType | None = UNSET
    speeds: tuple[Speed, ...] | UnsetType | None = UNSET
    operations: tuple[Operation, ...] | UnsetType | None = UNSET
    requests_minute: int | UnsetType | None = UNSET
    requests_day: int | UnsetType | None = UNSET
    images_minute: int | UnsetType | None = UNSET

    def given(self) -> dict[str, int | tuple[str, ...] | None]:
        """What was said, by name: None takes the limit away."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not UNSET}


class ModelsAsk(msgspec.Struct, frozen=True, kw_only=True):
    """Which models may be used; whether each is one is not known here."""

    mode: Mode
    model_ids: tuple[str, ...]


class KeySpendAsk(msgspec.Struct, frozen=True, kw_only=True):
    """Ours: one spend limit of a key."""

    threshold_amount: int  # cents
    interval: Interval
    currency: Literal["USD"] = "USD"

    @property
    def microusd(self) -> MicroUSD:
        return microusd(self.threshold_amount)


class SpendLimitAsk(msgspec.Struct, frozen=True, kw_only=True):
    """The monthly spend limit of a project or of the organisation."""

    threshold_amount: int  # cents
    currency: Literal["USD"] = "USD"
    interval: Literal["month"] = "month"

    @property
    def microusd(self) -> MicroUSD:
        return microusd(self.threshold_amount)


class ChannelAsk(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of a spend alert."""

    recipients: tuple[str, ...]
    subject_prefix: str | None = None
    type: Literal["email"] = "email"


class SpendAlertAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A spend alert of a project or of the organisation; a change says all of it again."""

    threshold_amount: int  # cents
    notification_channel: ChannelAsk
    currency: Literal["USD"] = "USD"
    interval: Literal["month"] = "month"

    @property
    def microusd(self) -> MicroUSD:
        return microusd(self.threshold_amount)


class RateLimitAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A project's limits on one model; null: as the project has it for all models."""

    max_requests_per_1_minute: int | UnsetType | None = UNSET
    max_images_per_1_minute: int | UnsetType | None = UNSET
    max_requests_per_1_day: int | UnsetType | None = UNSET


class SpendLimits(msgspec.Struct, frozen=True):
    """Spend limits of a key, each interval once."""

    def json(self, name: str, raw: bytes) -> tuple[KeySpendAsk, ...]:
        """The limits of a JSON array."""
        limits: tuple[KeySpendAsk, ...] = SPENDS.json(name, raw)
        if len({limit.interval for limit in limits}) < len(limits):
            raise ApiError("invalid_value", f"{name} has an interval twice.", param=name)
        return limits


class Scopes(msgspec.Struct, frozen=True):
    """What a project's key may do: [] everything, ["api.all.read"] all but images."""

    def json(self, name: str, raw: bytes) -> tuple[str, ...]:
        """The scopes of a JSON array."""
        if raw[0] != ord("["):
            raise ApiError(
                "invalid_type", f"{name} must be an array, got {kind_of(raw)}.", param=name
            )
        scopes = SCOPES.json(name, raw)
        return tuple(scopes)


SCOPES: Final = Some(Choice(("api.all.read",)), 10)


def _limits(*, project: bool) -> Nested:
    fields = {
        "images_request": Ask(Whole(0, MOST_IMAGES), removable=True),
        "spend_request_microusd": Ask(Whole(0, MOST_SPEND), removable=True),
        # An empty list would read as "none" to one and "all" to another.
        "speeds": Ask(Some(Choice(get_args(Speed)), len(get_args(Speed)), 1), removable=True),
        "operations": Ask(
            Some(Choice(get_args(Operation)), len(get_args(Operation)), 1), removable=True
        ),
    }
    rates = dict.fromkeys(("requests_minute", "requests_day", "images_minute"), _RATE)
    return Nested(fields | rates if project else fields, LimitsAsk)


KEY_LIMITS: Final = _limits(project=False)
PROJECT_LIMITS: Final = _limits(project=True)
NO_KEY_LIMITS: Final = LimitsAsk(**dict.fromkeys(KEY_LIMITS.fields))
NO_PROJECT_LIMITS: Final = LimitsAsk(**dict.fromkeys(PROJECT_LIMITS.fields))

_MODELS: Final[Mapping[str, Ask]] = {
    "mode": Ask(Choice(get_args(Mode)), required=True),
    "model_ids": Ask(Some(Line(100), MOST_MODELS), required=True),
}
MODELS: Final = Nested(_MODELS, ModelsAsk)


def _spend(amount: JsonKind, *intervals: str) -> dict[str, Ask]:
    return {
        "threshold_amount": Ask(amount, required=True),
        "currency": Ask(Choice(("USD",)), required=True),
        "interval": Ask(Choice(intervals), required=True),
    }


SPENDS: Final = Some(
    Nested(_spend(_TO_STOP, *get_args(Interval)), KeySpendAsk), len(get_args(Interval))
)
_CHANNEL: Final = Nested(
    {
        "type": Ask(Choice(("email",)), required=True),
        "recipients": Ask(Some(_EMAIL, MOST_RECIPIENTS), required=True),
        "subject_prefix": Ask(Line(100)),
    },
    ChannelAsk,
)
_SPEND_LIMIT: Final = _spend(_TO_STOP, "month")
SPEND_LIMIT: Final = Nested(_SPEND_LIMIT, SpendLimitAsk)
SPEND_ALERT_BODY: Final = _spend(_TO_TELL, "month") | {
    "notification_channel": Ask(_CHANNEL, required=True)
}
RATE_LIMIT_BODY: Final[Mapping[str, Ask]] = {
    "max_requests_per_1_minute": _RATE,
    "max_images_per_1_minute": _RATE,
    "max_requests_per_1_day": _RATE,
    "max_tokens_per_1_minute": Ask(Only(b"0", "must be 0: tokens are not counted here")),
    "batch_1_day_max_input_tokens": Ask(Refused("limits batches, which are not offered")),
    "max_audio_megabytes_per_1_minute": Ask(Refused("limits audio, which is not offered")),
}


def read_rate_limit(body: bytes) -> RateLimitAsk:
    """A change of a project's limits on one model. Raises ApiError."""
    values = said(body, RATE_LIMIT_BODY, '{"max_images_per_1_minute": 60}')
    values.pop("max_tokens_per_1_minute", None)
    return RateLimitAsk(**values)


def read_spend_limit(body: bytes) -> SpendLimitAsk:
    """The spend limit to be set. Raises ApiError."""
    return SpendLimitAsk(**said(body, _SPEND_LIMIT, f"{{{_MONTH}}}"))


def read_spend_alert(body: bytes) -> SpendAlertAsk:
    """The spend alert to be made, or to be instead of one. Raises ApiError."""
    channel = '"notification_channel": {"type": "email", "recipients": []}'
    return SpendAlertAsk(**said(body, SPEND_ALERT_BODY, f"{{{_MONTH}, {channel}}}"))


def read_model_permissions(body: bytes) -> ModelsAsk:
    """The models a project may use. Raises ApiError."""
    return ModelsAsk(
        **said(body, _MODELS, '{"mode": "allow_list", "model_ids": ["ideogram-v3-turbo"]}')
    )


_MONTH: Final = '"threshold_amount": 5000, "currency": "USD", "interval": "month"'
