"""The door to whoever hears of spend alerts: one signed POST to one address, and whether it arrived."""

import asyncio
from typing import Final, NamedTuple

import httpx

from adapters.ideogram.transport import CONNECT_SECONDS, USER_AGENT, never_ran, pooled
from adapters.webhook.signing import key_of, signed

ANSWER_SECONDS: Final = 5.0  # for a whole attempt, connecting included
_TIMEOUTS: Final = {"connect": CONNECT_SECONDS, "pool": CONNECT_SECONDS}


class Heard(NamedTuple):
    """How an attempt went. `status` None: no answer came; `why` says what came instead, without the
    address: its path may be a secret.
    """

    status: int | None
    why: str = ""

    @property
    def good(self) -> bool:
        """Only a 2xx is a yes; a redirect is none, and is not followed."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  the class of success


class Webhook:
    """One receiver. It answers; it does not raise for the receiver's sake. Nothing is tried again here."""

    def __init__(self, url: str, secret: str, *, within: float = ANSWER_SECONDS) -> None:
        """`within`: seconds for an attempt. Raises BadSecret."""
        self._url = url
        self._key = key_of(secret)
        self._within = within
        self._transport = pooled()  # of its own: no proxies, no cookies

    async def tell(self, identity: str, body: bytes, *, seconds: int) -> Heard:
        """POST a JSON body once. `identity` tells repeats of it apart from others; `seconds`: now."""
        try:
            async with asyncio.timeout(self._within):
                return await self._post(identity, body, seconds)
        except TimeoutError:
            return Heard(None, "no answer in time")
        except Exception as err:  # noqa: BLE001  whatever broke, it is tried again later
            return Heard(None, "unreachable" if never_ran(err) else type(err).__name__)

    async def aclose(self) -> None:
        """Close the pool."""
        await self._transport.aclose()

    async def _post(self, identity: str, body: bytes, seconds: int) -> Heard:
        request = httpx.Request(
            "POST",
            self._url,
            headers={
                "content-type": "application/json",
                "user-agent": USER_AGENT,
                **signed(self._key, identity=identity, seconds=seconds, body=body),
            },
            content=body,
            extensions={"timeout": _TIMEOUTS},
        )
        # The transport itself: the client on top would follow redirects and keep cookies.
        response = await self._transport.handle_async_request(request)
        await response.aclose()  # what it says beside the status is never read, however long
        return Heard(response.status_code)
