"""How an answer leaves: whole, spoilt on order, or not at all."""

from collections.abc import Collection

from adapters.sandbox.faults import BODIES, Fault
from adapters.sandbox.refusal import busy
from adapters.sandbox.wire import OK, Answer, Receive, Scope, Send, as_json, reply, start

ABORT = "sandbox.abort"  # in scope["extensions"]: a callable that resets the connection
PAGE = b"<!doctype html><html><head><title>Just a moment</title></head><body></body></html>"
COOKIE = ("set-cookie", "upstream_session=first-caller; Path=/")


def refused(fault: Fault, limit: int) -> Answer:
    """The answer of a status fault."""
    headers = () if fault.retry_after is None else (("retry-after", fault.retry_after),)
    status = int(fault.kind)
    if fault.body is not None:
        return Answer(status, "application/json", fault.body.encode(), headers)
    body = busy(limit, "slow").body if fault.kind == "429" else BODIES[fault.kind]
    return as_json(status, body, headers)


async def deliver(
    scope: Scope, receive: Receive, send: Send, answer: Answer, faults: list[Fault]
) -> None:
    kinds = {fault.kind for fault in faults}
    if "reset_after" in kinds:
        await reset(scope, receive)
    elif "cut" in kinds and answer.status == OK:
        await start(send, answer)
        half = answer.content[: len(answer.content) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await reset(scope, receive)
    else:
        await reply(send, _spoilt(answer, kinds))


def _spoilt(answer: Answer, kinds: Collection[str]) -> Answer:
    if answer.status == OK:
        if "html" in kinds:
            answer = Answer(OK, "text/html; charset=utf-8", PAGE)
        elif "truncated" in kinds:
            answer = answer._replace(content=answer.content[: len(answer.content) // 2])
    if "cookie" in kinds:
        answer = answer._replace(headers=(*answer.headers, COOKIE))
    return answer


async def reset(scope: Scope, receive: Receive) -> None:
    """Cut the connection without another byte.

    ASGI has no word for it: the sandbox's own server lends its transport (see `server`); anywhere
    else the application breaks, which a server or an in-process transport reports as it can.
    """
    abort = scope.get("extensions", {}).get(ABORT)
    if abort is None:
        raise ConnectionResetError("The sandbox was told to reset this connection")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass
