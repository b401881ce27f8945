"""The real SDK, whose own retries pay once and get their picture."""

import asyncio
import base64
import hashlib
import json
import subprocess
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from tests.contract.gateway import ROOT
from tests.money.books import UNIT
from tests.money.fleet import Fleet, slowly, start_fleet
from tests.upstream import Upstream, start_sandbox

CLIENT: Final = ROOT / "tests/contract/sdk/retries.py"
PYTHON: Final = ROOT / ".sdk/python-newest/bin/python"
SECONDS: Final = 150


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with start_fleet(2) as running:
        yield running


@pytest.fixture(scope="module")
def painter() -> Iterator[Upstream]:
    """Draws once more what a bill names, to tell whose picture it is."""
    with start_sandbox(limit=200) as upstream:
        yield upstream


async def play(fleet: Fleet, **script: Any) -> list[dict[str, Any]]:
    """What every draw came to: see retries.py."""
    assert PYTHON.exists(), "the SDK's environment is missing: make sdk"
    urls = [one.base_url for one in fleet.gateways]
    whole = {"base_urls": urls, "key": fleet.key, "quiet": False, "apart": False, **script}
    told = await asyncio.to_thread(
        subprocess.run,
        [str(PYTHON), str(CLIENT)],
        env={},
        input=json.dumps(whole),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-4000:]
    found = [json.loads(line) for line in told.stdout.splitlines()]
    assert [one["error"] for one in found if "error" in one] == []
    return found


async def painted(painter: Upstream, call: dict[str, Any]) -> str:
    """The SHA-256 of the picture that was billed, as retries.py tells it."""
    fields = {name: str(*values) for name, values in call["sent"].items()}
    fields["seed"] = str(*call["seeds"])
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        drawn = await client.post(
            f"{painter.base_url}/ideogram{call['path']}",
            headers={"api-key": "k"},
            files={name: (None, text) for name, text in fields.items()},
        )
        picture = await client.get(drawn.json()["data"][0]["url"])
    return hashlib.sha256(base64.b64encode(picture.content)).hexdigest()


@pytest.mark.timeout(180)
async def test_a_hundred_time_outs_in_a_row_are_paid_once_each_and_get_their_pictures(
    fleet: Fleet, painter: Upstream
) -> None:
    prompt = f"a fox {uuid.uuid4().hex}"
    before = await fleet.settled()
    async with fleet.books() as books:
        begun = len(await books.journal())
    # the first attempt cannot make it; the two retries have seconds to spare on a slow machine
    fleet.upstream.fault("slow", prompt=prompt, seconds=2.2, count=100)
    found = await play(
        fleet, prompt=prompt, threads=10, rounds=10, timeout=2.0, quiet=True, apart=True
    )
    assert len(found) == 100
    assert [one for one in found if not (one["retries"] and one["replayed"])] == []

    calls = {c["prompt"]: c for c in fleet.upstream.bill()["calls"] if prompt in c["prompt"]}
    assert fleet.calls(prompt) == len(calls) == 100
    assert set(calls) == {one["prompt"] for one in found}
    owed = await asyncio.gather(*(painted(painter, calls[one["prompt"]]) for one in found))
    assert owed == [one["picture"] for one in found]

    after = await fleet.settled()
    assert after == before | {"posted": before["posted"] + 100 * UNIT}
    async with fleet.books() as books:
        entries = (await books.journal())[begun:]
    assert Counter(entry["verb"] for entry in entries) == {"hold": 100, "post": 100}
    assert len({entry["order"] for entry in entries}) == 100


async def test_clients_that_announce_their_time_out_are_told_in_time_and_pay_once(
    fleet: Fleet,
) -> None:
    prompt = uuid.uuid4().hex
    asked = slowly(f"a fox {prompt}", 3.2)
    found = await play(fleet, prompt=asked, threads=12, rounds=2, timeout=3.0)
    assert len({one["picture"] for one in found}) == 24  # all ask for the same; no two get the same
    assert fleet.calls(prompt) == 24
    await fleet.settled()


async def test_ten_alike_of_which_one_is_refused_get_ten_pictures(fleet: Fleet) -> None:
    prompt = uuid.uuid4().hex
    fleet.upstream.fault("429", prompt=prompt)
    found = await play(fleet, prompt=f"a fox {prompt}", threads=10, rounds=1, timeout=30)
    assert len({one["picture"] for one in found}) == 10
    assert sum(one["retries"] for one in found) == 1
    assert fleet.calls(prompt) == 10
    await fleet.settled()
