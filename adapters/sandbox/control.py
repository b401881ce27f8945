"""The sandbox's own plane under /__sandbox__/: bill, state, limit, faults, reset."""

from typing import Any, Protocol

import msgspec

from adapters.sandbox.bill import Bill
from adapters.sandbox.faults import Fault, Faults
from adapters.sandbox.places import Places
from adapters.sandbox.refusal import Refusal, bad
from adapters.sandbox.wire import Answer, Receive, Scope, as_json, read


class Controlled(Protocol):
    bill: Bill
    places: Places
    faults: Faults


class Limit(msgspec.Struct, forbid_unknown_fields=True):
    limit: int


async def answer(sandbox: Controlled, scope: Scope, receive: Receive) -> Answer:
    """GET bill, state, faults; POST limit, faults, reset."""
    asked = scope["method"], scope["path"].removeprefix("/__sandbox__/")
    try:
        return as_json(200, _shown(sandbox, asked) or _done(sandbox, asked, await read(receive)))
    except Refusal as no:
        return as_json(no.status, no.body)


def _shown(sandbox: Controlled, asked: tuple[str, str]) -> Any:
    match asked:
        case "GET", "bill":
            return sandbox.bill.shown()
        case "GET", "state":
            return sandbox.places.shown()
        case "GET", "faults":
            return {"faults": sandbox.faults.script}
    return None


def _done(sandbox: Controlled, asked: tuple[str, str], body: bytes) -> Any:
    try:
        match asked:
            case "POST", "limit":
                sandbox.places.limit = msgspec.json.decode(body, type=Limit).limit
            case "POST", "faults":
                sandbox.faults.order(msgspec.json.decode(body, type=list[Fault]))
            case "POST", "reset":
                sandbox.bill.reset()
                sandbox.faults.reset()
                sandbox.places.most = sandbox.places.taken
            case _:
                raise Refusal(404, {"error": f"No such control: {' '.join(asked)}"})
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise bad(str(err)) from err
    return {"ok": True}
