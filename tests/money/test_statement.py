"""Finance adds up: statement, costs, export, journal and the upstream's bill say the same number."""

import asyncio
import csv
import io
import json
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from config.money import MicroUSD, usd
from service.usage import Metering
from tests.contract.gateway import Gateway, key_of
from tests.money.books import UNIT
from tests.money.fleet import NAMES, Fleet, draw, slowly, start_fleet
from tests.money.live import until
from tests.service.editing import MASK, PICTURE

OWNER: Final = key_of("owner", "sk-ig-admin-")
ADMIN: Final = {"IDEOGATE_ADMIN_KEY": OWNER}
CORRECTION: Final = -12_345  # micro-USD


async def administer(fleet: Fleet, method: str, path: str, **more: Any) -> Any:
    told = {"authorization": f"Bearer {OWNER}"}
    base = f"{fleet.gateways[0].base_url}/organization"
    async with httpx.AsyncClient(headers=told, trust_env=False, timeout=30) as client:
        answer = await client.request(method, base + path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def house_project(fleet: Fleet) -> str:
    """A key of a project whose withheld images the house pays."""
    made = await administer(
        fleet, "POST", "/projects", json={"name": "=house", "charge_withheld": "house"}
    )
    path = f"/projects/{made['id']}/service_accounts"
    account = await administer(fleet, "POST", path, json={"name": "app"})
    return str(account["api_key"]["value"])


async def mixed(fleet: Fleet, house: str) -> Counter[int]:
    """Everything that may come of an order, at once over two gateways. `house`: a key of a project
    whose withheld images the house pays.
    """
    prompts = [
        ("a fox", 3),
        ("[[fault:unsafe]] an owl", 2),
        ("[[fault:422]] a wolf", 1),
        ("[[fault:truncated]] a hare", 2),
        ("[[fault:402]] a deer", 1),
        ("a bear", 1),
    ]
    orders = [
        draw(fleet.gateways[number % 2], prompt, n=n)
        for number, (prompt, n) in enumerate(prompts * 2)
    ]
    others = [variation(fleet), *edits(fleet), withheld(fleet, house), withheld(fleet, house)]
    answers = await asyncio.gather(*orders, *others)
    return Counter(answer.status_code for answer in answers)


async def variation(fleet: Fleet) -> httpx.Response:
    """A description and two images: two prices in one order."""
    return await sent(fleet.gateways[0], "variations", {"n": "2"}, image=PICTURE)


def edits(fleet: Fleet) -> list[Coroutine[Any, Any, httpx.Response]]:
    """What a mask marks, the whole picture anew, and one whose upscaling has a price of its own."""
    first, second = fleet.gateways
    hat = {"prompt": "a hat", "n": "2"}
    return [
        sent(first, "edits", hat, image=PICTURE, mask=MASK),
        sent(second, "edits", {"prompt": "[[fault:unsafe]] a coat", "n": "2"}, image=PICTURE),
        sent(second, "edits", {"prompt": "sharper", "operation": "upscale"}, image=PICTURE),
    ]


async def sent(
    gateway: Gateway, path: str, fields: dict[str, str], **pictures: bytes
) -> httpx.Response:
    """A form."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.post(
            f"{gateway.base_url}/images/{path}",
            headers={"authorization": f"Bearer {gateway.key}"},
            files={name: ("a.png", raw, "image/png") for name, raw in pictures.items()},
            data=fields,
        )


async def withheld(fleet: Fleet, key: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.post(
            f"{fleet.gateways[1].base_url}/images/generations",
            headers={"authorization": f"Bearer {key}"},
            json={"prompt": "[[fault:unsafe]] a heron", "n": 2},
        )


async def crashed(fleet: Fleet) -> None:
    """A gateway is killed in the middle of a call that is drawn and billed all the same."""
    spare = fleet.spare()
    working = asyncio.create_task(draw(spare, slowly("a lost crane"), n=2))
    await fleet.drawing("a lost crane")
    spare.process.kill()
    spare.process.wait()
    with pytest.raises(httpx.TransportError):
        await working
    async with fleet.books() as books:  # its lease ends
        for order in await books.store.call("ZRANGE", NAMES.open, 0, -1):
            await books.store.call("ZADD", NAMES.open, "XX", 1, order)


async def resolved(fleet: Fleet) -> int:
    """Every parked call is posted by hand, since the upstream has billed it; says how many."""

    async def parked() -> list[dict[str, str]] | None:
        async with fleet.books() as books:
            held = (await books.balance())["held"]
            lines = await books.journal()
        return None if held else [line for line in lines if line["verb"] == "park"]

    calls = await until(parked)
    for call in calls:
        words = ("ledger", "resolve", f"{call['order']}.{call['call']}", "--post", call["images"])
        status, told = fleet.command(*words, "--reason", "the bill has it")
        assert status == 0, told
    return len(calls)


def exported(fleet: Fleet, folder: Path, form: str) -> list[dict[str, Any]]:
    file = folder / f"journal.{form}"
    status, told = fleet.command("ledger", "export", "--format", form, "--output", str(file))
    assert status == 0, told
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    if form == "csv":
        return list(csv.DictReader(io.StringIO(text)))
    return [json.loads(line) for line in text.splitlines()]


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.timeout(180)
async def test_the_statement_is_what_the_upstream_billed(tmp_path: Path) -> None:
    with start_fleet(2, settings=ADMIN) as fleet:
        house = await house_project(fleet)
        month = f"{datetime.now(UTC):%Y-%m}"
        seen = await mixed(fleet, house)
        assert seen == {200: 7, 400: 7, 502: 2, 503: 2}, seen
        await crashed(fleet)
        assert await resolved(fleet) == 3
        words = ("ledger", "adjust", "--project", "proj_default", "--microusd", str(CORRECTION))
        told = fleet.command(*words, "--reason", "goodwill")
        assert told[0] == 0, told
        sums = await fleet.settled()
        bill = fleet.upstream.bill()["microusd"]
        status, said = fleet.command("usage", "--month", month, "--statement", str(tmp_path / "s"))
        assert (status, "The books are equal." in said) == (0, True), said

        # the bill is what customers and the house pay; what was given away is no supplier's
        assert sums["parked"] == 0 and sums["house"] == 4 * UNIT
        assert sums["posted"] == bill - sums["house"] + CORRECTION

        total = table(tmp_path / "s/total.csv")
        assert total[-1]["project_id"] == "total"
        assert int(total[-1]["microusd"]) == sums["posted"]
        assert total[-1]["usd"] == usd(MicroUSD(sums["posted"]))
        assert sum(int(row["microusd"]) for row in total[:-1]) == sums["posted"]
        assert int(total[-1]["house_microusd"]) == sums["house"]
        by_project, drawn = 0, set()
        for file in (tmp_path / "s").glob("project-*.csv"):
            *lines, last = table(file)
            assert int(last["microusd"]) == sum(int(line["microusd"]) for line in lines)
            by_project += int(last["microusd"])
            drawn |= {line["operation"] for line in lines}
        assert by_project == sums["posted"]
        assert drawn == {"generate", "edit", "remix", "upscale", "describe", "adjustment"}
        assert {row["project"] for row in total[:-1]} == {"'=house", "proj_default"}

        start = int(datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0).timestamp())
        page = await administer(fleet, "GET", "/costs", params={"start_time": start, "limit": 31})
        rows = [row for bucket in page["data"] for row in bucket["results"]]
        assert sum(row["microusd"] for row in rows) == sums["posted"]
        async with fleet.books() as books:
            counted = await Metering(books.store, NAMES).costs(start, start + 31 * 86_400)
        assert sum(c.microusd for b in counted for c in b.groups.values()) == sums["posted"]

        for form in ("csv", "jsonl"):
            entries = exported(fleet, tmp_path, form)
            assert sum(int(entry["posted"]) for entry in entries) == sums["posted"]
            assert sum(int(entry["house"]) for entry in entries) == sums["house"]
            assert sum(int(entry["held"]) for entry in entries) == 0
        manifest = json.loads((tmp_path / "s/manifest.json").read_text())
        assert manifest["verify"] == [] and manifest["zone"] == "UTC"
        ids = [entry["id"] for entry in entries]
        assert [manifest["journal"]["first"], manifest["journal"]["last"]] == [ids[0], ids[-1]]
        assert len(manifest["price_tables"]) == 1
        again = fleet.command("usage", "--month", month, "--statement", str(tmp_path / "s"))
        assert again[0] == 1 and "--force" in again[1]
