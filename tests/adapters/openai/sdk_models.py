"""Runs in the SDK's environment: what its own classes say of replies, and which fields they have.

stdin: {"replies": [[class, JSON], …], "params": [class, …]}; a class is
"module:Name" below openai.types.admin.organization. stdout: JSON.
"""

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any, get_args

from openai import pagination
from pydantic import BaseModel, ValidationError

ROOM = "openai.types.admin.organization."


def named(path: str) -> Any:
    """A class of the SDK; "Page[module:Name]" is one of its pages."""
    if path.endswith("]"):
        page, _, inner = path[:-1].partition("[")
        return getattr(pagination, page)[named(inner)]
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(ROOM + module), name)


def judged(path: str, text: str) -> dict[str, Any]:
    """Errors of a strict reading; fields the class does not have; fields of it that are missing."""
    try:
        model = named(path).model_validate_json(text, strict=True)
    except ValidationError as err:
        return {"errors": [str(one) for one in err.errors()], "extra": [], "missing": []}
    return {
        "errors": [],
        "extra": sorted(set(extra(model, ""))),
        "missing": sorted(set(missing(model, ""))),
    }


def inner(model: BaseModel, where: str) -> Iterator[tuple[BaseModel, str]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, BaseModel):
                yield one, f"{where}{name}."


def extra(model: BaseModel, where: str) -> Iterator[str]:
    yield from (where + name for name in model.model_extra or {})
    for one, path in inner(model, where):
        yield from extra(one, path)


def missing(model: BaseModel, where: str) -> Iterator[str]:
    for name in type(model).model_fields:
        if name not in model.model_fields_set:
            yield where + name
    for one, path in inner(model, where):
        yield from missing(one, path)


def params(path: str) -> dict[str, Any]:
    """The fields of a TypedDict of a request; `words` where a field takes certain ones."""
    fields = named(path).__annotations__
    return {name: sorted(words(hint)) for name, hint in fields.items()}


def words(hint: Any) -> set[str]:
    """All words of the Literals in a hint; hints may be text."""
    if hasattr(hint, "__forward_arg__"):
        module = importlib.import_module("typing_extensions")
        known = {name: getattr(module, name) for name in ("Literal", "Required")}
        typing = importlib.import_module("typing")
        known |= {name: getattr(typing, name) for name in ("List", "Optional", "Union")}
        try:
            hint = eval(hint.__forward_arg__, known)
        except NameError:
            return set()
    if isinstance(hint, str):
        return {hint}
    return {word for one in get_args(hint) for word in words(one)}


asked = json.load(sys.stdin)
json.dump(
    {
        "replies": [judged(path, text) for path, text in asked.get("replies", ())],
        "params": [params(path) for path in asked.get("params", ())],
    },
    sys.stdout,
)
