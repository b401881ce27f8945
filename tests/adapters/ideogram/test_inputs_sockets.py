"""Callers' links against real TLS servers: no door inwards, and nothing left open."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.ideogram.addresses import is_public
from adapters.ideogram.guarded import Admits, GuardedTransport
from adapters.ideogram.inputs import InputPictures, Obstacle, Unfit
from tests.adapters.ideogram.certificates import contexts
from tests.adapters.ideogram.raw_server import Line, RawServer, Script, http, raw_server, reply

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300
HERE = "127.0.0.1"


def only_here(address: str) -> bool:
    """Stands in for `is_public`: one address of this machine is the internet, the rest is not."""
    return address == HERE


class Names(AbstractResolver):
    """Answers as it is told, one answer after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        del family
        self.asked.append(host)
        some = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for one in some
        ]

    async def close(self) -> None:
        """Nothing is open."""


class Site:
    """A picture server, and who would fetch from it."""

    def __init__(self, server: RawServer, host: str, visit: InputPictures) -> None:
        self.server = server
        self.link = f"https://{host}:{server.netloc.partition(':')[2]}/a.png"
        self._visit = visit

    async def fetch(self) -> bytes | Unfit:
        return await asyncio.wait_for(self._visit.fetch(self.link), 10)


@asynccontextmanager
async def site(
    script: Script,
    *,
    host: str = "pictures.test",
    names: AbstractResolver | None = None,
    admits: Admits = only_here,
    seconds: float = 5.0,
    tls: ssl.SSLContext | None = None,
    plain: bool = False,
) -> AsyncIterator[Site]:
    """`tls`: what the fetcher trusts; `plain`: the server does not speak TLS."""
    ours, theirs = contexts()
    transport = partial(
        GuardedTransport, tls or theirs, names=names or Names([HERE]), admits=admits
    )
    async with raw_server(script, tls=None if plain else ours) as server:
        listed = f"{host}:{server.netloc.partition(':')[2]}"
        visit = InputPictures([listed], max_file=200_000, seconds=seconds, transport=transport)
        yield Site(server, host, visit)


def gentle(words: bytes) -> Script:
    """Say `words` for every request on the line, until the client hangs up."""

    async def script(line: Line) -> None:
        await line.request()
        await line.say(words)
        await line.until_closed()

    return script


# What a fetch is.


async def test_each_picture_has_a_connection_of_its_own_without_cookies_or_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with site(gentle(http(PNG, more="set-cookie: a=b; path=/\r\n"))) as there:
        for _ in range(2):
            assert await there.fetch() == PNG
            await asyncio.wait_for(there.server.hung_up.wait(), 5)
            there.server.hung_up.clear()
        assert there.server.lines == 2
        for head in there.server.heads:
            first, *others = head.lower().strip().split(b"\r\n")
            assert first == b"get /a.png http/1.1"
            assert sorted(line.partition(b":")[0] for line in others) == [
                b"accept",
                b"accept-encoding",
                b"host",
                b"user-agent",
            ]
            assert b"accept-encoding: identity" in others


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 There", "308 There"])
@pytest.mark.parametrize("target", ["/b.png", "https://127.0.0.2/b.png", "http://127.0.0.1/"])
async def test_a_redirect_is_not_followed(status: str, target: str) -> None:
    words = http(b"", status=status, more=f"location: {target}\r\n")
    async with site(gentle(words)) as there:
        assert await there.fetch() == Unfit(reason="moved", status=int(status[:3]))
        assert there.server.lines == len(there.server.heads) == 1


# Where a fetch may go.


async def test_a_name_is_looked_up_once_and_again_for_the_next_picture() -> None:
    names = Names([HERE], ["127.0.0.2"])
    async with site(gentle(http(PNG)), names=names) as there:
        assert await there.fetch() == PNG
        assert names.asked == ["pictures.test"]
        assert await there.fetch() == Unfit(reason="not_public")
        assert len(names.asked) == 2
        assert there.server.lines == 1


@pytest.mark.parametrize(
    "answers",
    [
        [],
        ["127.0.0.2"],
        [HERE, "10.0.0.1"],
        ["10.0.0.1", HERE],
        [HERE, HERE, "::ffff:127.0.0.1"],
        [HERE, "fe80::1%lo"],
        ["pictures.test"],
    ],
)
async def test_one_answer_that_is_not_public_spoils_them_all(answers: list[str]) -> None:
    async with site(gentle(http(PNG)), names=Names(answers)) as there:
        assert await there.fetch() == Unfit(reason="not_public")
        assert there.server.lines == 0


async def test_any_of_several_checked_answers_may_serve() -> None:
    rule: Admits = {HERE, "127.0.0.3"}.__contains__
    names = Names(["127.0.0.3", HERE])  # nobody listens at the first
    async with site(gentle(http(PNG)), names=names, admits=rule) as there:
        assert await there.fetch() == PNG


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.0.0.1", "100.64.0.1", HERE, "169.254.169.254", "172.16.0.1"),
        *("192.0.0.192", "192.168.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"),
        *("fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1"),
    ],
)
async def test_without_the_stand_in_no_name_leads_inwards(address: str) -> None:
    async with site(gentle(http(PNG)), names=Names([address]), admits=is_public) as there:
        assert await there.fetch() == Unfit(reason="not_public")
        assert there.server.lines == 0


@pytest.mark.parametrize("host", [HERE, "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
async def test_an_address_in_a_link_must_be_public_even_when_it_is_listed(host: str) -> None:
    names = Names([HERE])
    async with site(gentle(http(PNG)), host=host, names=names, admits=is_public) as there:
        assert await there.fetch() == Unfit(reason="not_public")
        assert there.server.lines == len(names.asked) == 0


async def test_a_listed_address_that_is_public_is_visited_as_it_stands() -> None:
    names = Names(["127.0.0.2"])
    async with site(gentle(http(PNG)), host=HERE, names=names) as there:
        assert await there.fetch() == PNG
        assert names.asked == []


async def test_an_old_spelling_of_an_address_is_not_visited() -> None:
    async with site(gentle(http(PNG)), host="127.1") as there:
        assert isinstance(await there.fetch(), Unfit)
        assert there.server.lines == 0


async def test_the_machine_s_own_names_are_asked_and_checked() -> None:
    _, trusting = contexts()
    async with raw_server(gentle(http(PNG)), tls=contexts()[0]) as server:
        listed = f"localhost:{server.netloc.partition(':')[2]}"
        link = f"https://{listed}/a.png"
        guarded = InputPictures([listed], max_file=200_000)
        assert await guarded.fetch(link) == Unfit(reason="not_public")
        assert server.lines == 0
        rule: Admits = {HERE, "::1"}.__contains__
        open_door = InputPictures(
            [listed], max_file=200_000, transport=lambda: GuardedTransport(trusting, admits=rule)
        )
        assert await open_door.fetch(link) == PNG


# How a fetch fails.


@pytest.mark.parametrize("host", ["stranger.test", "127.0.0.1"])
async def test_a_certificate_nobody_vouches_for_is_no_answer(host: str) -> None:
    tls = ssl.create_default_context() if host == HERE else None
    async with site(gentle(http(PNG)), host=host, tls=tls) as there:
        assert await there.fetch() == Unfit(reason="unreachable")
        assert there.server.heads == []


async def test_a_server_without_tls_is_no_answer() -> None:
    async def script(line: Line) -> None:
        await line.reader.read(1)
        await line.say(http(PNG))

    async with site(script, plain=True) as there:
        assert await there.fetch() == Unfit(reason="unreachable")


async def test_a_refused_connection_and_a_name_nobody_knows_are_no_answer() -> None:
    class Nobody(Names):
        async def resolve(self, *_: object, **__: object) -> list[ResolveResult]:
            raise OSError(-2, "Name or service not known")

    async with site(reply(http(PNG)), names=Nobody()) as there:
        assert await there.fetch() == Unfit(reason="unreachable")
    async with site(reply(http(PNG))) as there:
        pass
    assert await there.fetch() == Unfit(reason="unreachable")


def _trickle(start: bytes) -> Script:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(start)
        for _ in range(1000):
            await line.say(b"a")
            await asyncio.sleep(0.01)

    return script


async def _silent(line: Line) -> None:
    await line.request()
    await line.until_closed()


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (_silent, "too_slow"),
        (_trickle(b"HTTP/1.1 200 OK\r\nx: "), "too_slow"),
        (_trickle(http(PNG[:99], length=150_000)), "too_slow"),
        (reply(http(PNG, length=len(PNG) + 1)), "broken"),
        (reply(CHUNKED + b"ff\r\n" + PNG[:40]), "broken"),
        (reply(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "broken"),
        (reply(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000 + b"\r\n\r\n"), "broken"),
        (gentle(http(PNG, length=200_001)), "too_big"),
        (gentle(CHUNKED + b"%x\r\n%b\r\n" % (200_020, PNG + bytes(123_212))), "too_big"),
        (gentle(http(gzip.compress(PNG), more="content-encoding: gzip\r\n")), "packed"),
        (gentle(http(gzip.compress(PNG))), "not_a_picture"),
        (
            gentle(http(b"<html>the inside</html>", more="content-type: image/png\r\n")),
            "not_a_picture",
        ),
        (
            gentle(
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"
            ),
            "gone",
        ),
    ],
)
async def test_an_answer_that_is_no_picture_says_how(script: Script, reason: Obstacle) -> None:
    async with site(script, seconds=0.3) as there:
        unfit = await there.fetch()
        assert isinstance(unfit, Unfit)
        assert unfit.reason == reason
        assert len(there.server.heads) == 1


async def test_a_server_that_hangs_up_is_asked_once_more_without_another_look_up() -> None:
    names = Names([HERE], ["127.0.0.2"])
    async with site(reply(b""), names=names) as there:
        assert await there.fetch() == Unfit(reason="broken")
        assert len(there.server.heads) == 2  # the connection library's habit with a GET
        assert len(names.asked) == 1


# What a fetch leaves behind.


async def test_a_stalled_handshake_ends_in_time_and_hangs_up() -> None:
    async with site(Line.until_closed, plain=True, seconds=0.2) as there:
        assert await there.fetch() == Unfit(reason="too_slow")
        await asyncio.wait_for(there.server.hung_up.wait(), 5)


async def deaf(line: Line, heard: asyncio.Event) -> None:
    """TLS by hand: a request is read, then nothing, not even the client's farewell."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = contexts()[0].wrap_bio(incoming, outgoing, server_side=True)
    for step in (tls.do_handshake, tls.read):
        for _ in range(100):
            try:
                step()
                break
            except ssl.SSLWantReadError:
                await line.say(outgoing.read())
                incoming.write(await line.reader.read(65536))
        await line.say(outgoing.read())
    heard.set()
    await line.until_closed()


@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_peer_that_ignores_the_farewell_is_cut_off(cancelled: bool) -> None:
    heard = asyncio.Event()
    script = partial(deaf, heard=heard)
    async with site(script, plain=True, seconds=5 if cancelled else 0.3) as there:
        call = asyncio.create_task(there.fetch())
        if cancelled:
            await asyncio.wait_for(heard.wait(), 5)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        else:
            assert await call == Unfit(reason="too_slow")
        await asyncio.wait_for(there.server.hung_up.wait(), 5)


async def test_many_fetches_at_once_leave_no_connection_open() -> None:
    words = [http(PNG), http(PNG, length=150_000), http(b"x", length=9_999_999), b""]
    closed: list[int] = []

    async def script(line: Line) -> None:
        await line.request()
        turn = len(there.server.heads)
        await line.say(words[turn % len(words)])
        await line.until_closed()
        closed.append(turn)

    async with site(script, seconds=2) as there:
        calls = [asyncio.create_task(there.fetch()) for _ in range(16)]
        await asyncio.sleep(0.2)
        for call in calls[::3]:
            call.cancel()
        found = await asyncio.gather(*calls, return_exceptions=True)
        assert PNG in found
        for _ in range(200):
            if len(closed) == there.server.lines:
                break
            await asyncio.sleep(0.02)
        # those cancelled early may not have connected; of those that did, none is open
        assert len(closed) == there.server.lines <= 16
