"""What the published document says of administration and metering: from the table of routes and the
structs that are answered.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from adapters.openai import organization as shapes
from adapters.openai import organization_limits as limits
from adapters.openai.organization_audit import EVENTS
from adapters.openai.organization_defaults import DefaultsReply
from adapters.openai.organization_ledger import LedgerPage
from adapters.openai.organization_usage import CostsResult, UsageResult
from service import openapi_asked
from service.administration.endpoint import Endpoint
from service.administration.table import ENDPOINTS
from service.openapi_fields import Schema

_ROOM: Final = "/v1/organization/"
_PREFIX: Final = "Organization."  # of its schemas: models, projects and limits have namesakes
_PARAM: Final = re.compile(r"\{(\w+):\w+\}")
_REFUSED: Final = {
    "GET": (400, 401, 403, 404, 405, 429, 500, 503),
    "POST": (400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503),
    "DELETE": (400, 401, 403, 404, 405, 409, 429, 500, 503),
}

# What is answered, by the noun a path ends in. Lists are pages of it.
_ANSWERED: Final[Mapping[str, type[msgspec.Struct]]] = {
    "projects": shapes.Project,
    "archive": shapes.Project,
    "service_accounts": shapes.ServiceAccount,
    "api_keys": shapes.ProjectKey,
    "admin_api_keys": shapes.AdminKey,
    "rate_limits": limits.RateLimit,
    "spend_limit": limits.SpendLimit,
    "spend_alerts": limits.SpendAlert,
    "model_permissions": limits.ModelPermissions,
    "ledger": LedgerPage,
    "defaults": DefaultsReply,
}
_METERED: Final[Mapping[str, type[msgspec.Struct]]] = {"images": UsageResult, "costs": CostsResult}
_CREATED: Final[Mapping[str, type[msgspec.Struct]]] = {
    "service_accounts": shapes.ServiceAccountCreated,
    "api_keys": shapes.KeyCreated,
    "admin_api_keys": shapes.AdminKeyCreated,
}

_ENTRY: Final[Schema] = {  # of the audit log; what was done stands under a key named like `type`
    "type": "object",
    "required": ["id", "effective_at", "type", "actor", "project", "ideogate"],
    "properties": {
        "id": {"type": "string"},
        "effective_at": {"type": "integer"},
        "type": {"type": "string", "enum": list(EVENTS)},
        "actor": {"type": "object"},
        "project": {"type": ["object", "null"]},
        "ideogate": {"type": "object"},
    },
}


def paths() -> dict[str, dict[str, Any]]:
    """Every path with its methods."""
    told: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        path = _PARAM.sub(r"{\1}", endpoint.path)
        names = _PARAM.findall(endpoint.path)
        entry = told.setdefault(path, {"parameters": [_in_path(name) for name in names]})
        entry[endpoint.method.lower()] = _operation(endpoint)
    return told


def schemas() -> dict[str, Schema]:
    """The shapes that the paths name."""
    structs = {*_ANSWERED.values(), *_CREATED.values(), *_METERED.values()}
    structs |= {shapes.Deleted, shapes.Removed}
    _, found = msgspec.json.schema_components(
        sorted(structs, key=lambda one: one.__name__), ref_template=_ref("{name}")["$ref"]
    )
    plain: dict[str, Schema] = msgspec.json.decode(msgspec.json.encode(found))  # tuples are lists
    return {_PREFIX + name: schema for name, schema in plain.items()}


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    refused = _json({"$ref": "#/components/schemas/ErrorResponse"})
    told: dict[str, Any] = {
        "operationId": _identity(endpoint),
        "summary": (endpoint.handle.__doc__ or "").strip().partition("\n")[0],
        "tags": ["administration"],
        "responses": {
            "200": {"description": "Done.", "content": _json(_reply(endpoint))},
            **{
                str(status): {"description": "Refused.", "content": refused}
                for status in _REFUSED[endpoint.method]
            },
        },
    }
    noun = _noun(endpoint)
    if endpoint.method == "POST":
        schema = openapi_asked.body(noun)
        told["requestBody"] = {"required": "required" in schema, "content": _json(schema)}
        told["parameters"] = [openapi_asked.repeat_header()]
    elif endpoint.method == "GET":
        told["parameters"] = openapi_asked.parameters(noun)
    return told


def _reply(endpoint: Endpoint) -> Schema:
    noun, one = _noun(endpoint)
    if endpoint.method == "DELETE":
        return _ref(shapes.Deleted.__name__ if one else shapes.Removed.__name__)
    if endpoint.method == "POST" and not one and noun in _CREATED:
        return _ref(_CREATED[noun].__name__)
    if noun in _METERED:
        return _buckets(_ref(_METERED[noun].__name__))
    if noun == "audit_logs":
        return _list(_ENTRY)
    shown = _ref(_ANSWERED[noun].__name__)
    whole = not noun.endswith("s") or noun in ("model_permissions", "defaults")
    return shown if endpoint.method == "POST" or one or whole else _list(shown)


def _list(shown: Schema) -> Schema:
    cursor = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["object", "data", "first_id", "last_id", "has_more"],
        "properties": {
            "object": {"const": "list"},
            "data": {"type": "array", "items": shown},
            "first_id": cursor,
            "last_id": cursor,
            "has_more": {"type": "boolean"},
        },
    }


def _buckets(shown: Schema) -> Schema:
    whole = {"type": "integer"}
    bucket = {
        "type": "object",
        "required": ["object", "start_time", "end_time", "results"],
        "properties": {
            "object": {"const": "bucket"},
            "start_time": whole,
            "end_time": whole,
            "results": {"type": "array", "items": shown},
        },
    }
    return {
        "type": "object",
        "required": ["object", "data", "has_more", "next_page"],
        "properties": {
            "object": {"const": "page"},
            "data": {"type": "array", "items": bucket},
            "has_more": {"type": "boolean"},
            "next_page": {"type": ["string", "null"]},
        },
    }


def _noun(endpoint: Endpoint) -> tuple[str, bool]:
    """The noun a path ends in, and whether it names one of them."""
    *_, before, last = endpoint.path.removeprefix(_ROOM[:-1]).split("/")
    return (before, True) if last.startswith("{") else (last, False)


def _identity(endpoint: Endpoint) -> str:
    """listSpendAlerts, listSpendAlertsOfProject: the same words are used of both."""
    inside = endpoint.path.removeprefix(_ROOM).startswith("projects/{project_id:str}/")
    first, *rest = endpoint.handle.__name__.strip("_").split("_")
    return "".join([first, *(word.capitalize() for word in rest), "OfProject" if inside else ""])


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{_PREFIX}{name}"}
