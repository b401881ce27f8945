"""What a request asks for, as one digest: two bodies that mean the same have the same. Pure."""

import hashlib
from typing import Any, Final

import msgspec

from adapters.openai.requests import Edit, Generate, Link, Upload
from adapters.translate.plan import Plan

_encode: Final = msgspec.json.Encoder(order="sorted").encode
_PICTURES: Final = ("images", "mask", "references")


def fingerprint(route: str, ask: Generate, plan: Plan, *, strict: bool) -> bytes:
    """SHA-256 over route, decoded fields, digests of files, and what the model's name led to.

    The decoded request knows no boundary, no order of fields and no white space; pictures keep
    their order and lose the name of their part. `strict` (a header) decides whether there is a
    plan at all. Links count by their text: what they lead to may differ a moment later.
    """
    fields: dict[str, Any] = msgspec.structs.asdict(ask)
    if isinstance(ask, Edit):
        fields |= {name: _pictures(fields[name]) for name in _PICTURES}
    meant = {
        "route": route,
        "fields": fields,
        "model": plan.model.name,
        "operation": plan.operation,
        "strict": strict,
    }
    return hashlib.sha256(_encode(meant)).digest()


def _pictures(found: Any) -> Any:
    if isinstance(found, tuple):
        return [_pictures(one) for one in found]
    if isinstance(found, Upload):
        return "sha256:" + hashlib.sha256(found.content).hexdigest()
    return f"link:{found.url}" if isinstance(found, Link) else None
