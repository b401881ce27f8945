"""What each failure of a real connection means for the money."""

import asyncio
import gzip
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.ideogram.client import MAX_ANSWER
from adapters.ideogram.outcome import Refused, Unknown
from adapters.ideogram.transport import pooled
from tests.adapters.ideogram.accounts import CHUNKED, GENERATE, GOOD, LARGE, account
from tests.adapters.ideogram.raw_server import Line, Script, http, raw_server, reply


class Resolver(AbstractResolver):
    """A name service that always fails in one way."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    async def resolve(self, *_: object, **__: object) -> list[ResolveResult]:
        raise self._failure

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    both: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    both.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context


# Never connected: free, and may be sent again.


async def test_a_refused_connection_never_ran() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        async with account(f"http://127.0.0.1:{taken.getsockname()[1]}") as client:
            outcome = await client.submit(GENERATE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "unreachable"
    assert outcome.status is None
    assert outcome.message.startswith("ClientConnectorError: Cannot connect to host 127.0.0.1")


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (OSError(-2, "Name or service not known"), "ClientConnectorDNSError"),
        (TimeoutError(), "ConnectionTimeoutError"),
    ],
)
async def test_a_name_that_is_not_found_or_not_in_time_never_ran(
    failure: Exception, cause: str
) -> None:
    transport = pooled(resolver=Resolver(failure))
    async with account("http://supplier.invalid", transport=transport) as client:
        outcome = await client.submit(GENERATE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "unreachable"
    assert outcome.message.startswith(cause)


async def test_a_certificate_nobody_vouches_for_never_ran(self_signed: ssl.SSLContext) -> None:
    async with (
        raw_server(reply(http(GOOD)), tls=self_signed) as server,
        account(server.url) as client,
    ):
        outcome = await client.submit(GENERATE)
        assert server.heads == []
    assert isinstance(outcome, Refused)
    assert outcome.reason == "unreachable"
    assert outcome.message.startswith("ClientConnectorCertificateError")


async def test_a_peer_that_does_not_speak_tls_never_ran() -> None:
    async def script(line: Line) -> None:
        await line.reader.read(1)
        await line.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with (
        raw_server(script) as server,
        account(server.url.replace("http:", "https:")) as client,
    ):
        outcome = await client.submit(GENERATE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "unreachable"


# Connected: whatever is not a complete answer is unknown.


async def _reset_after_body(line: Line) -> None:
    await line.request()
    line.reset()


async def _reset_before_body(line: Line) -> None:
    await line.head()
    line.reset()


async def _reset_in_answer(line: Line) -> None:
    await line.request()
    await line.say(http(GOOD, length=1000))
    line.reset()


def _trickle(start: bytes) -> Script:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(start)
        for _ in range(1000):
            await line.say(b"a")
            await asyncio.sleep(0.01)

    return script


UNKNOWN: dict[str, Script] = {
    "closed after the whole body": reply(b""),
    "reset after the whole body": _reset_after_body,
    "reset before the body": _reset_before_body,
    "reset in the answer": _reset_in_answer,
    "half a head": reply(b"HTTP/1.1 200 OK\r\ncontent-le"),
    "half a body": reply(http(GOOD[:40], length=len(GOOD))),
    "a whole answer that promised more": reply(http(GOOD, length=len(GOOD) + 1)),
    "a cut chunk": reply(CHUNKED + b"ff\r\n" + GOOD[:40]),
    "chunks without an end": reply(CHUNKED + b"%x\r\n%b\r\n" % (len(GOOD), GOOD)),
    "half a body of unknown length": reply(b"HTTP/1.1 200 OK\r\n\r\n" + GOOD[:40]),
    "a garbage status line": reply(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "an endless head": reply(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000 + b"\r\n\r\n"),
    "a garbage gzip": reply(http(GOOD, more="content-encoding: gzip\r\n")),
    "a body that is too large": reply(http(b" " * (MAX_ANSWER + 1))),
    "a gzip that unpacks too large": reply(
        http(gzip.compress(b" " * (8 * MAX_ANSWER)), more="content-encoding: gzip\r\n")
    ),
    "a trickle in the head": _trickle(b"HTTP/1.1 200 OK\r\nx: "),
    "a trickle in the body": _trickle(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"),
    "a cut 500": reply(http(b'{"error":"it failed"}', status="500 No", length=99)),
    "a 503": reply(http(b'{"error":"waited 265 s"}', status="503 Slow")),
    "a redirect": reply(http(b"", status="307 Over There", more="location: /elsewhere\r\n")),
    "another protocol": reply(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"),
}


@pytest.mark.parametrize("script", UNKNOWN.values(), ids=UNKNOWN)
async def test_after_the_first_byte_nobody_knows_and_nothing_is_sent_twice(script: Script) -> None:
    async with raw_server(script) as server, account(server.url, deadline=0.5) as client:
        outcome = await client.submit(GENERATE)
        assert isinstance(outcome, Unknown), outcome
        assert outcome.message
        assert len(server.heads) == 1
        assert len(server.bodies) <= 1


async def test_a_trickle_ends_at_the_deadline_and_hangs_up() -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(http(b"", length=1000))
        await line.until_closed()

    async with raw_server(script) as server, account(server.url, deadline=0.2) as client:
        outcome = await client.submit(GENERATE)
        assert isinstance(outcome, Unknown)
        assert outcome.message == "no complete answer within the deadline"
        await asyncio.wait_for(server.hung_up.wait(), 5)


# A head that refuses is enough.


@pytest.mark.parametrize(
    "words",
    [
        http(b'{"error":"busy"}', status="429 Busy", more="retry-after: 3\r\n"),
        http(b'{"err', status="429 Busy", length=99, more="retry-after: 3\r\n"),
    ],
    ids=["whole", "cut"],
)
async def test_a_429_never_ran_even_when_its_body_is_cut(words: bytes) -> None:
    async with raw_server(reply(words)) as server, account(server.url) as client:
        outcome = await client.submit(GENERATE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "busy"
    assert outcome.retry_after == 3.0


async def test_a_refusal_in_the_middle_of_an_upload_never_ran() -> None:
    async def script(line: Line) -> None:
        await line.head()
        await line.say(http(b'{"error":"too large"}', status="413 Too Large"))
        await asyncio.sleep(0.1)
        await line.until_closed()

    # More than the socket's buffers hold, so that the answer comes while we still write.
    file = msgspec.structs.replace(LARGE.files[0], content=bytes(24 * 1024 * 1024))
    upload = msgspec.structs.replace(LARGE, files=(file,))
    async with raw_server(script) as server, account(server.url) as client:
        outcome = await client.submit(upload)
        assert isinstance(outcome, Refused)
        assert outcome.reason == "bad_request"
        assert outcome.message == "too large"
        await asyncio.wait_for(server.hung_up.wait(), 5)


async def test_a_cancelled_call_is_cancelled_and_hangs_up() -> None:
    arrived = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        arrived.set()
        await line.until_closed()

    async with raw_server(script) as server, account(server.url) as client:
        call = asyncio.create_task(client.submit(GENERATE))
        await asyncio.wait_for(arrived.wait(), 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(server.hung_up.wait(), 5)
