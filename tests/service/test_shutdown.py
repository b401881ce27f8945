"""The end of a process, and a new price table while it runs: by signals, as operators send them."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.desk import Desk
from service.health import State
from service.shutdown import Shutdown
from tests.contract.gateway import start_gateway
from tests.service.conftest import PEPPER, Site
from tests.service.wire import dial, request
from tests.stores import Valkey, start_valkey
from tests.upstream import Upstream

PRICE = """
[[price]]
upstream = "aihubmix"
model = "V_3"
speed = "DEFAULT"
operation = "generate"
microusd = {microusd}
unit = "output"
effective_from = 2025-08-06T00:00:00Z
source = "our contract"
"""


@pytest.fixture(scope="module")
def books() -> Iterator[Valkey]:
    with start_valkey() as store:
        yield store


@contextmanager
def running(books: Valkey, upstream: Upstream, **more: str) -> Iterator[Site]:
    env = {
        "IDEOGATE_STORE_URL": books.url,
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
        "IDEOGATE_UPSTREAM_KIND": "aihubmix",
        "IDEOGATE_UPSTREAM_API_KEY": "k",
        **more,
    }
    with start_gateway(env) as gateway:
        yield Site(gateway, upstream, books)


async def begun(site: Site) -> None:
    async with asyncio.timeout(10):
        while not site.held():  # noqa: ASYNC110  the store rings no bell
            await asyncio.sleep(0.02)


async def ended(site: Site, seconds: float) -> int:
    async with asyncio.timeout(seconds):
        return await asyncio.to_thread(site.gateway.process.wait, seconds)


async def test_sigterm_finishes_what_was_sent_and_exits_with_0(
    books: Valkey, upstream: Upstream
) -> None:
    with running(books, upstream) as site:
        before = site.verbs()
        drawing = asyncio.create_task(
            site.draw({"prompt": "[[fault:slow:seconds=1]] a fox", "response_format": "url"})
        )
        await begun(site)
        async with dial(site.port) as idle, dial(site.port) as busy:
            half = request("GET", "/v1/models", [site.bearer])
            await busy.send(half[:-4])
            os.kill(site.gateway.pid, signal.SIGTERM)
            await site.logged('"draining"')
            assert await idle.hung_up()
            with pytest.raises(OSError):  # noqa: PT011  whatever the system says to a closed port
                await dial(site.port).__aenter__()
        answer = await drawing
        assert answer.status == 200
        assert await ended(site, 8) == 0
        assert site.verbs() - before == {"post": 1}


async def test_a_second_sigterm_parks_what_is_left_and_says_how_much(
    books: Valkey, upstream: Upstream
) -> None:
    with running(books, upstream) as site:
        before = site.verbs()
        drawing = asyncio.create_task(site.draw({"prompt": "[[fault:slow:seconds=6]] a fox"}))
        await begun(site)
        os.kill(site.gateway.pid, signal.SIGTERM)
        await site.logged('"draining"')
        began = time.monotonic()
        os.kill(site.gateway.pid, signal.SIGTERM)
        answer = await drawing
        assert (answer.status, answer.error["code"]) == (502, "upstream_outcome_unknown")
        assert answer.headers["x-should-retry"] == "false"
        assert await ended(site, 5) == 0
        assert time.monotonic() - began < 5
        assert site.verbs() - before == {"park": 1}
        assert site.held() == 0
        assert '"event": "parked_at_exit"' in site.gateway.output
        assert "Traceback" not in site.gateway.output


async def test_sighup_takes_a_new_price_and_keeps_the_old_one_from_a_broken_file(
    books: Valkey, upstream: Upstream, tmp_path: Path
) -> None:
    async def price() -> int:
        answer = await site.draw({"prompt": "a"}, ("x-ideogate-dry-run", "true"))
        return int(answer.json["price_microusd"])

    file = tmp_path / "ideogate.toml"
    file.write_text(PRICE.format(microusd=50_000))
    with running(books, upstream, IDEOGATE_CONFIG=str(file)) as site:
        assert await price() == 50_000
        file.write_text(PRICE.format(microusd=55_000))
        os.kill(site.gateway.pid, signal.SIGHUP)
        await site.logged('"event": "reloaded"')
        assert await price() == 55_000
        file.write_text(PRICE.format(microusd="0.5"))
        os.kill(site.gateway.pid, signal.SIGHUP)
        await site.logged('"event": "reload_refused"')
        assert await price() == 55_000
        [line] = [one for one in site.gateway.output.splitlines() if "reload_refused" in one]
        assert "microusd" in line
        drawn = await site.draw({"prompt": "a", "response_format": "url"})
        assert drawn.json["ideogate"]["cost_microusd"] == 55_000


async def test_sighup_cannot_bring_the_sandbox_in_and_draws_on_with_what_it_had(
    books: Valkey, upstream: Upstream, tmp_path: Path
) -> None:
    file = tmp_path / "ideogate.toml"
    file.write_text("")
    with running(books, upstream, IDEOGATE_CONFIG=str(file)) as site:
        file.write_text('[[upstream]]\nname = "sandbox"\nbase_url = "sandbox:"\n')
        os.kill(site.gateway.pid, signal.SIGHUP)
        await site.logged('"event": "reload_refused"')
        drawn = await site.draw({"prompt": "a", "response_format": "url"})
        assert (drawn.status, drawn.json["ideogate"]["upstream"]) == (200, "aihubmix")
        assert "needs a restart" in site.gateway.output
        assert "Traceback" not in site.gateway.output


# -- the rule by itself


class Served:
    """Stands where uvicorn stands: it serves until it is told to end, or for ever."""

    def __init__(self, *, heeds: bool = True) -> None:
        self.should_exit = False
        self.force_exit = False
        self._heeds = heeds

    async def serve(self) -> None:
        while not (self.force_exit or (self.should_exit and self._heeds)):  # noqa: ASYNC110  as uvicorn
            await asyncio.sleep(0.005)


@pytest.fixture
def parts() -> tuple[State, Desk]:
    return State(), Desk()


async def test_a_server_that_breaks_is_not_waited_for(parts: tuple[State, Desk]) -> None:
    async def breaks() -> None:
        raise LookupError("no listener")

    server: Any = Served()
    with pytest.raises(LookupError):
        await Shutdown(server, *parts).after(breaks())


async def test_the_first_signal_turns_ready_red_and_waits_for_the_desk(
    parts: tuple[State, Desk],
) -> None:
    state, desk = parts
    server: Any = Served()
    shutdown = Shutdown(server, state, desk)
    state.started = True
    done = asyncio.Event()
    desk.keep(done.wait())
    ending = asyncio.create_task(shutdown.after(server.serve()))
    await asyncio.sleep(0.02)
    assert state.ready and not ending.done()
    shutdown.signalled()
    await asyncio.sleep(0.05)
    assert not state.ready and not ending.done()
    done.set()
    await asyncio.wait_for(ending, 3)


async def test_connections_that_will_not_end_are_left_behind_by_the_second_signal(
    parts: tuple[State, Desk],
) -> None:
    server: Any = Served(heeds=False)
    shutdown = Shutdown(server, *parts)
    ending = asyncio.create_task(shutdown.after(server.serve()))
    await asyncio.sleep(0.02)
    shutdown.signalled()
    shutdown.signalled()
    await asyncio.wait_for(ending, 5)
    assert server.force_exit
