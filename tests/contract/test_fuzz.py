"""Twenty thousand bodies that nobody meant: never a 5xx, always the envelope, no memory lost."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import pytest

from tests.bench.memory import resident
from tests.contract.fuzz.mutants import Mutant, mutant
from tests.contract.gateway import Gateway, start_gateway
from tests.service.wire import Answer, Line, dial, request

MUTANTS: Final = 20_000
WARM_UP: Final = 5_000  # caches, arenas of the allocator, threads
GROWTH_MIB: Final = 10.0  # a loss of 700 bytes a request
MEANT: Final = 400  # of them are drawn, where they can be
LINES: Final = 6  # connections at once
SECONDS: Final = 100.0
ENOUGH: Final = 10  # wrong answers to show


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with start_gateway({"IDEOGATE_LOG_LEVEL": "warning"}) as running:
        yield running


class Fuzz:
    """Sends mutants over a few connections and keeps what came of them."""

    def __init__(self, gateway: Gateway, *, dry_run: bool, lines: int = LINES) -> None:
        self.answers: Counter[str] = Counter()  # by status and code
        self.wrong: list[str] = []
        self._gateway = gateway
        self._dry_run = dry_run
        self._lines = lines
        self._numbers = itertools.count()

    async def run(self, most: int) -> None:
        """Until `most` have been sent, from the first on."""
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
            for _ in range(self._lines):
                tasks.create_task(self._on_one_line(most))

    async def _on_one_line(self, most: int) -> None:
        while not self._over(most):
            async with dial(self._gateway.port) as line:
                await self._until_it_closes(line, most)

    async def _until_it_closes(self, line: Line, most: int) -> None:
        while not self._over(most):
            made = mutant(next(self._numbers))
            with suppress(ConnectionError):  # a refusal need not wait for the whole body
                await line.send(self._on_the_wire(made))
            try:
                answer = await line.answer()
            except (EOFError, ConnectionError, TimeoutError) as err:
                self.wrong.append(
                    f"mutant {made.number}, {made.path}: {err!r} instead of an answer"
                )
                return
            self._judge(made, answer)
            if answer.closing:
                return

    def _over(self, most: int) -> bool:
        return sum(self.answers.values()) >= most or len(self.wrong) >= ENOUGH

    def _on_the_wire(self, made: Mutant) -> bytes:
        headers = [("authorization", f"Bearer {self._gateway.key}")]
        if self._dry_run:
            headers.append(("x-ideogate-dry-run", "true"))
        if made.content_type:
            headers.append(("content-type", made.content_type))
        if not made.pieces:
            return request("POST", made.path, headers, made.body)
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(cut), cut) for cut in (*made.pieces, b""))
        return request("POST", made.path, [*headers, ("transfer-encoding", "chunked")], chunks)

    def _judge(self, made: Mutant, answer: Answer) -> None:
        try:
            if answer.status == 200:
                assert not self._dry_run or answer.json["object"] == "image.quote"
                self.answers["200"] += 1
                return
            assert 400 <= answer.status < 500
            assert all(isinstance(answer.error[name], str) for name in ("message", "type", "code"))
            self.answers[f"{answer.status} {answer.error['code']}"] += 1
        except (AssertionError, KeyError, json.JSONDecodeError):
            said = answer.body[:300]
            self.wrong.append(f"mutant {made.number}, {made.path}: {answer.status} {said!r}")


@pytest.mark.timeout(2 * SECONDS)
async def test_mutated_bodies_are_refused_in_the_envelope_and_leave_nothing_behind(
    gateway: Gateway,
) -> None:
    fuzz = Fuzz(gateway, dry_run=True)
    await fuzz.run(WARM_UP)
    before = resident(gateway.pid)
    await fuzz.run(MUTANTS)
    grown = resident(gateway.pid) - before
    assert fuzz.wrong == []
    assert sum(fuzz.answers.values()) >= MUTANTS
    assert fuzz.answers["200"] > MUTANTS / 20  # they get far enough to be worth sending
    assert len(fuzz.answers) >= 12, fuzz.answers
    assert "Traceback" not in gateway.output
    assert grown < GROWTH_MIB, f"{grown:.1f} MiB"


async def test_mutated_bodies_that_are_meant_are_drawn_or_refused(gateway: Gateway) -> None:
    fuzz = Fuzz(gateway, dry_run=False, lines=2)  # drawing takes its time
    await fuzz.run(MEANT)
    assert fuzz.wrong == []
    assert fuzz.answers["200"] > MEANT / 20
    assert "Traceback" not in gateway.output


def test_a_mutant_is_the_same_each_time() -> None:
    for number in range(50):
        assert mutant(number) == mutant(number)
