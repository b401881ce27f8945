"""The sandbox's pictures, so that its links open; nothing else of it can be reached from outside."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message

from adapters.openai.errors import ApiError

SANDBOX_PATH: Final = "/sandbox"
OK: Final = 200
GONE: Final = 410


def picture_route(pictures: Any) -> HTTPRouteHandler:
    """`pictures`: the sandbox's ASGI callable, which checks the signature and the age of a link.

    Its answer is collected, since the framework loses plain ASGI routes that have a parameter.
    """

    @get(f"{SANDBOX_PATH}/images/{{name:str}}", status_code=OK)
    async def sandbox_picture(request: Request[Any, Any, Any]) -> Response[bytes]:
        status, body = 0, b""

        async def collect(message: Message) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                body += message["body"]

        await pictures(request.scope, request.receive, collect)
        if status != OK:
            raise _refusal(status)
        return Response(body, media_type="image/png")

    return sandbox_picture


def _refusal(status: int) -> ApiError:
    if status != GONE:
        return ApiError("unknown_url", "There is no such picture.")
    gone = ApiError("unknown_url", "This picture's link has expired.")
    gone.shape = gone.shape._replace(status=GONE)  # no refusal of the API, so not in its table
    return gone
