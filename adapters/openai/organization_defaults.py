"""Ours: what projects and keys have where nothing of their own is set, asked for and answered. Pure.

OpenAI has no such route. In a change a field that is absent (UNSET) is left as it is, and null hands it
back to the configuration file.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from adapters.openai.kinds import Whole
from adapters.openai.organization_asks import LONGEST_LIFE
from adapters.openai.organization_kinds import Ask, Nested, said
from adapters.openai.organization_limit_asks import (
    KEY_LIMITS,
    MODELS,
    NO_KEY_LIMITS,
    NO_PROJECT_LIMITS,
    PROJECT_LIMITS,
    SPEND_LIMIT,
    KeySpendAsk,
    LimitsAsk,
    ModelsAsk,
    SpendLimitAsk,
    SpendLimits,
)
from adapters.openai.organization_limits import Interval, Limits, Models
from config.money import MicroUSD


class ProjectDefaultsAsk(msgspec.Struct, frozen=True, kw_only=True):
    """What projects are to inherit."""

    spend_limit: SpendLimitAsk | UnsetType | None = UNSET
    limits: LimitsAsk = LimitsAsk()
    models: ModelsAsk | UnsetType | None = UNSET


class KeyDefaultsAsk(msgspec.Struct, frozen=True, kw_only=True):
    """What keys are to inherit; `expires_in_seconds` is for those that are made from now on."""

    spend_limits: tuple[KeySpendAsk, ...] | UnsetType = UNSET
    limits: LimitsAsk = LimitsAsk()
    expires_in_seconds: int | UnsetType | None = UNSET


class DefaultsAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the defaults."""

    projects: ProjectDefaultsAsk = ProjectDefaultsAsk()
    keys: KeyDefaultsAsk = KeyDefaultsAsk()


class SpendDefault(msgspec.Struct, frozen=True, kw_only=True):
    """A spend limit that is inherited."""

    threshold_amount: int  # cents
    microusd: MicroUSD
    interval: Interval
    currency: Literal["USD"] = "USD"


class ProjectDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What projects inherit."""

    spend_limit: SpendDefault | None
    limits: Limits
    models: Models | None


class KeyDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What keys inherit; `expires_in_seconds` is given to them when they are made."""

    spend_limits: tuple[SpendDefault, ...]
    limits: Limits
    expires_in_seconds: int | None


class DefaultsReply(msgspec.Struct, frozen=True, kw_only=True):
    """The defaults in force. `from_file` names those, as the file names them, that it sets."""

    projects: ProjectDefaults
    keys: KeyDefaults
    from_file: tuple[str, ...]
    object: Literal["organization.defaults"] = "organization.defaults"


def _making(
    make: Callable[..., Any], nothing: Mapping[str, object]
) -> Callable[..., ProjectDefaultsAsk | KeyDefaultsAsk]:
    def made(**values: Any) -> Any:
        emptied = {
            name: nothing.get(name) if value is None else value for name, value in values.items()
        }
        return make(**emptied)

    return made


_PROJECTS: Final = Nested(
    {
        "spend_limit": Ask(SPEND_LIMIT, removable=True),
        "limits": Ask(PROJECT_LIMITS, removable=True),
        "models": Ask(MODELS, removable=True),
    },
    _making(ProjectDefaultsAsk, {"limits": NO_PROJECT_LIMITS}),
)
_KEYS: Final = Nested(
    {
        "spend_limits": Ask(SpendLimits(), removable=True),
        "limits": Ask(KEY_LIMITS, removable=True),
        "expires_in_seconds": Ask(Whole(1, LONGEST_LIFE), removable=True),
    },
    _making(KeyDefaultsAsk, {"limits": NO_KEY_LIMITS, "spend_limits": ()}),
)
DEFAULTS_BODY: Final[Mapping[str, Ask]] = {"projects": Ask(_PROJECTS), "keys": Ask(_KEYS)}


def read_defaults(body: bytes) -> DefaultsAsk:
    """A change of the defaults. Raises ApiError."""
    return DefaultsAsk(**said(body, DEFAULTS_BODY, '{"keys": {"expires_in_seconds": 7776000}}'))
