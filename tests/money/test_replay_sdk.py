"""The real SDK, whose own retries pay once and get their picture."""

import asyncio
import json
import subprocess
import uuid
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.contract.gateway import ROOT
from tests.money.fleet import Fleet, slowly, start_fleet

CLIENT: Final = ROOT / "tests/contract/sdk/retries.py"
PYTHON: Final = ROOT / ".sdk/python-newest/bin/python"
SECONDS: Final = 90


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with start_fleet(2) as running:
        yield running


def play(fleet: Fleet, **script: Any) -> list[str]:
    """What every draw came to: the digest of a picture, or an error."""
    assert PYTHON.exists(), "the SDK's environment is missing: make sdk"
    whole = {"base_urls": [one.base_url for one in fleet.gateways], "key": fleet.key, **script}
    told = subprocess.run(
        [str(PYTHON), str(CLIENT)],
        env={},
        input=json.dumps(whole),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-4000:]
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.mark.parametrize("quiet", [False, True], ids=["announced", "unannounced"])
async def test_a_client_that_times_out_pays_once_and_gets_its_picture(
    fleet: Fleet, quiet: bool
) -> None:
    prompt = uuid.uuid4().hex
    # the first attempt cannot make it; the two retries have seconds to spare on a slow machine
    asked = slowly(f"a fox {prompt}", 3.2)
    found = await asyncio.to_thread(
        play, fleet, prompt=asked, threads=6, rounds=4, timeout=3.0, quiet=quiet
    )
    assert [one for one in found if len(one) != 64] == []
    assert len(set(found)) == 24  # no two of them the same
    assert fleet.calls(prompt) == 24
    await fleet.settled()


async def test_ten_alike_of_which_one_is_refused_get_ten_pictures(fleet: Fleet) -> None:
    prompt = uuid.uuid4().hex
    fleet.upstream.fault("429", prompt=prompt)
    found = await asyncio.to_thread(
        play, fleet, prompt=f"a fox {prompt}", threads=10, rounds=1, timeout=30, quiet=False
    )
    assert len(set(found)) == 10
    assert fleet.calls(prompt) == 10
    await fleet.settled()
