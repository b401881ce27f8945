"""The client's manners: keys in turn, nothing raised, pictures checked while they arrive."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import aiohttp
import httpx
import pytest

from adapters.ideogram.client import Ideogram
from adapters.ideogram.outcome import Delivered, Failed, Refused, Unknown
from adapters.ideogram.transport import NEVER_RAN, in_process
from adapters.ideogram.wire import Payload
from tests.adapters.ideogram.accounts import GENERATE, GOOD, KEY, LARGE, Broken, account


async def test_keys_of_one_account_take_turns() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["api-key"])
        return httpx.Response(200, content=GOOD)

    async with account(keys=("one", "two"), transport=httpx.MockTransport(answer)) as client:
        for _ in range(3):
            assert isinstance(await client.submit(GENERATE), Delivered)
    assert seen == ["one", "two", "one"]


def test_an_account_without_a_key_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Ideogram("https://x.test", (), failed_is_free=True, image_hosts=(), deadline=1.0)


async def test_every_request_has_a_boundary_of_its_own() -> None:
    seen: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.add(request.headers["content-type"])
        return httpx.Response(200, content=GOOD)

    async with account(transport=httpx.MockTransport(answer)) as client:
        for _ in range(5):
            await client.submit(GENERATE)
    assert len(seen) == 5


@pytest.mark.parametrize("payload", [GENERATE, LARGE], ids=["small", "large"])
async def test_an_application_in_the_same_process_can_be_the_supplier(payload: Payload) -> None:
    lengths: list[int] = []

    async def app(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        length, more = 0, True
        while more:
            message = await receive()
            length += len(message["body"])
            more = message["more_body"]
        lengths.append(length)
        assert dict(scope["headers"])[b"content-length"] == str(length).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": GOOD})

    async with account(transport=in_process(app)) as client:
        assert isinstance(await client.submit(payload), Delivered)
    assert len(lengths) == 1


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectTimeout("a connection that was never made, says the name"),
        httpx.ConnectError("the same"),
        httpx.PoolTimeout("the same"),
        aiohttp.UploadAbortedError("it says that it was not sent"),
        aiohttp.ConnectionTimeoutError("not behind an httpx class: nobody has reviewed the way"),
        OSError("bare"),
        TimeoutError(),
        KeyError("a bug of the library"),
    ],
    ids=repr,
)
async def test_what_is_not_proved_by_its_cause_is_unknown(failure: Exception) -> None:
    async with account(transport=Broken(failure)) as client:
        outcome = await client.submit(GENERATE)
    assert isinstance(outcome, Unknown)
    assert outcome.message


async def test_what_is_meant_for_the_process_goes_through() -> None:
    class Stop(BaseException):
        """As KeyboardInterrupt, which a test runner takes for itself."""

    async with account(transport=Broken(Stop())) as client:
        with pytest.raises(Stop):
            await client.submit(GENERATE)


@pytest.mark.parametrize("status", [401, 500, 502])
async def test_the_key_is_not_quoted_back(status: int) -> None:
    quote = b'{"error":"wrong key %b given"}' % KEY.encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=quote))
    async with account(transport=transport) as client:
        outcome = await client.submit(GENERATE)
    assert isinstance(outcome, (Refused, Failed, Unknown))
    assert outcome.message == "wrong key *** given"


async def test_the_key_is_not_quoted_from_a_failure_either() -> None:
    async with account(transport=Broken(OSError(f"cannot send {KEY}"))) as client:
        outcome = await client.submit(GENERATE)
    assert outcome == Unknown(message="OSError: cannot send ***")


async def test_a_key_too_short_to_be_one_is_not_cut_out_of_words() -> None:
    async with account(keys=("k",), transport=Broken(OSError("broken link"))) as client:
        outcome = await client.submit(GENERATE)
    assert outcome == Unknown(message="OSError: broken link")


async def test_a_500_is_judged_by_the_accounts_own_rule() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(500, content=b'{"error":"failed"}'))
    for free, kind in ((True, Failed), (False, Unknown)):
        async with account(transport=transport, failed_is_free=free) as client:
            assert isinstance(await client.submit(GENERATE), kind)


# The table of causes.

REVIEWED = {
    "ClientConnectionError": "unknown",
    "ClientConnectionResetError": "unknown",
    "ClientConnectorCertificateError": "never ran",
    "ClientConnectorDNSError": "never ran",
    "ClientConnectorError": "never ran",
    "ClientConnectorSSLError": "never ran",
    "ClientHttpProxyError": "unknown",
    "ClientOSError": "unknown",
    "ClientPayloadError": "unknown",
    "ClientProxyConnectionError": "never ran",
    "ClientResponseError": "unknown",
    "ClientSSLError": "never ran",
    "ConnectionTimeoutError": "never ran",
    "ContentTypeError": "unknown",
    "InvalidURL": "unknown",
    "InvalidUrlClientError": "unknown",
    "InvalidUrlRedirectClientError": "unknown",
    "NonHttpUrlClientError": "unknown",
    "NonHttpUrlRedirectClientError": "unknown",
    "RedirectClientError": "unknown",
    "ServerConnectionError": "unknown",
    "ServerDisconnectedError": "unknown",
    "ServerFingerprintMismatch": "unknown",
    "ServerTimeoutError": "unknown",
    "SocketTimeoutError": "unknown",
    "TooManyRedirects": "unknown",
    "UnixClientConnectorError": "never ran",
    "UploadAbortedError": "unknown",  # raised by nobody on our way; parts may have been sent
    "WSServerHandshakeError": "unknown",
}


def _family(of: type[Exception]) -> set[type[Exception]]:
    return {of, *(heir for child in of.__subclasses__() for heir in _family(child))}


def test_every_error_of_the_connection_library_has_been_reviewed() -> None:
    """A new one stays unknown, which is safe; read its source, then add it here."""
    theirs = _family(aiohttp.ClientError) - {aiohttp.ClientError}
    assert {
        kind.__name__: "never ran" if issubclass(kind, NEVER_RAN) else "unknown"
        for kind in theirs
        if kind.__module__.startswith("aiohttp")
    } == REVIEWED
