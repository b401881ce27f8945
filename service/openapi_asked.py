"""What the published document says of requests to administration and metering: queries and bodies,
from the tables the readers use.
"""

from collections.abc import Mapping
from typing import Any, Final

from adapters.openai import organization_asks as asks
from adapters.openai import organization_limit_asks as limits
from adapters.openai.kinds import Flag, Refused, Text, Whole
from adapters.openai.organization_defaults import DEFAULTS_BODY
from adapters.openai.organization_kinds import (
    Ask,
    Choice,
    Line,
    Matching,
    Nested,
    Only,
    Some,
)
from adapters.openai.organization_ledger import LEDGER_QUERY
from adapters.openai.organization_query import (
    AUDIT_QUERY,
    KEYS_QUERY,
    PAGE_QUERY,
    PROJECTS_QUERY,
    EventType,
    Param,
)
from adapters.openai.organization_usage_query import COSTS_QUERY, USAGE_QUERY
from service.openapi_fields import Schema

Noun = tuple[str, bool]  # what a path ends in, and whether it names one of them

QUERIES: Final[Mapping[Noun, Mapping[str, Param]]] = {
    ("projects", False): PROJECTS_QUERY,
    ("service_accounts", False): PAGE_QUERY,
    ("api_keys", False): KEYS_QUERY,
    ("admin_api_keys", False): PAGE_QUERY,
    ("rate_limits", False): PAGE_QUERY,
    ("spend_alerts", False): PAGE_QUERY,
    ("audit_logs", False): AUDIT_QUERY,
    ("images", False): USAGE_QUERY,
    ("costs", False): COSTS_QUERY,
    ("ledger", False): LEDGER_QUERY,
}
BODIES: Final[Mapping[Noun, Mapping[str, Ask]]] = {
    ("projects", False): asks.NEW_PROJECT_BODY,
    ("projects", True): asks.PROJECT_BODY,
    ("archive", False): {},
    ("service_accounts", False): asks.ACCOUNT_BODY,
    ("service_accounts", True): asks.ACCOUNT_CHANGE_BODY,
    ("api_keys", False): asks.KEY_BODY,
    ("api_keys", True): asks.KEY_BODY,
    ("admin_api_keys", False): asks.ADMIN_KEY_BODY,
    ("rate_limits", True): limits.RATE_LIMIT_BODY,
    ("spend_limit", False): limits.SPEND_LIMIT.fields,
    ("spend_alerts", False): limits.SPEND_ALERT_BODY,
    ("spend_alerts", True): limits.SPEND_ALERT_BODY,
    ("model_permissions", False): limits.MODELS.fields,
    ("defaults", False): DEFAULTS_BODY,
}
_REQUIRED: Final = {("images", False): "start_time", ("costs", False): "start_time"}


def parameters(noun: Noun) -> list[dict[str, Any]]:
    """Those of the query of a GET."""
    needed = _REQUIRED.get(noun)
    return [_parameter(name, p, name == needed) for name, p in QUERIES.get(noun, {}).items()]


def body(noun: Noun) -> Schema:
    """The object that a POST takes."""
    return _object(BODIES[noun])


def repeat_header() -> dict[str, Any]:
    """The header that every POST here takes."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A repeat within 24 hours gets the same answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    }


def _parameter(name: str, param: Param, required: bool) -> dict[str, Any]:
    one = _shape(param.kind)
    schema: Schema = {"type": "array", "items": one} if param.many else one
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _object(fields: Mapping[str, Ask]) -> Schema:
    """Fields that are always refused are left out."""
    told = {name: ask for name, ask in fields.items() if not isinstance(ask.kind, Refused)}
    schema: Schema = {
        "type": "object",
        "properties": {name: _field(ask) for name, ask in told.items()},
        "additionalProperties": False,
    }
    required = [name for name, ask in told.items() if ask.required]
    return schema | ({"required": required} if required else {})


def _field(ask: Ask) -> Schema:
    shape = _shape(ask.kind)
    return shape if ask.required else {"anyOf": [shape, {"type": "null"}]}


def _shape(kind: object) -> Schema:
    match kind:
        case Text() | Line() | Matching():
            shape: Schema = {"type": "string", "maxLength": kind.longest}
        case EventType():
            shape = {"type": "string"}
        case Choice():
            shape = {"type": "string", "enum": list(kind.accepted)}
        case Whole():
            shape = {"type": "integer", "minimum": kind.low, "maximum": kind.high}
        case Flag():
            shape = {"type": "boolean"}
        case Only():
            shape = {"const": int(kind.value)}
        case _:
            shape = _of_many(kind)
    return shape


def _of_many(kind: object) -> Schema:
    match kind:
        case Some():
            bounds = {"minItems": kind.least, "maxItems": kind.most}
            return {"type": "array", "items": _shape(kind.kind), **bounds}
        case Nested():
            return _object(kind.fields)
        case limits.SpendLimits():
            return _shape(limits.SPENDS)
        case limits.Scopes():
            return _shape(limits.SCOPES)
        case asks.Tags():
            value: Schema = {"type": "string", "maxLength": asks.TAG_VALUE.longest}
            return {
                "type": "object",
                "maxProperties": asks.MOST_TAGS,
                "propertyNames": {"pattern": f"^{asks.TAG_NAME.pattern}$"},
                "additionalProperties": value,
            }
    raise TypeError(f"no shape is known for {kind}")
