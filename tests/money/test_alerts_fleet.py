"""Real gateways, a real receiver: a spend alert is told once, whoever posts and whoever dies."""

import asyncio
import json
import signal
import subprocess
from pathlib import Path
from typing import Any, Final

import httpx

from service.keyspace import Keyspace
from tests.contract.gateway import ROOT, Gateway, key_of, start_gateway
from tests.money.books import UNIT
from tests.money.fleet import Fleet, app, draw, start_fleet
from tests.money.live import until
from tests.receiver import HANG, SECONDS, Receiver, receiving

NAMES: Final = Keyspace("org-default")
OWNER: Final = key_of("owner", "sk-ig-admin-")
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ALERTS: Final = "/organization/spend_alerts"
VERIFY: Final = Path(ROOT, "tests/adapters/webhook/verify.py")


def settings(receiver: Receiver) -> dict[str, str]:
    return {
        "IDEOGATE_ADMIN_KEY": OWNER,
        "IDEOGATE_ALERT_WEBHOOK_URL": receiver.url,
        "IDEOGATE_ALERT_WEBHOOK_SECRET": SECRET,
    }


async def alert(gateway: Gateway, cents: int, path: str = ALERTS) -> str:
    body = {
        "threshold_amount": cents,
        "currency": "USD",
        "interval": "month",
        "notification_channel": {"type": "email", "recipients": ["ops@example.com"]},
    }
    headers = {"authorization": f"Bearer {OWNER}"}
    async with httpx.AsyncClient(base_url=gateway.base_url, trust_env=False) as admin:
        made = await admin.post(path, json=body, headers=headers)
    assert made.status_code == 200, made.text
    return str(made.json()["id"])


async def all_told(fleet: Fleet) -> None:
    """Until nothing is left to be told; it cannot be told again then."""

    async def nothing_due() -> bool:
        return not fleet.dump.exists(NAMES.alerts_due)

    await until(nothing_due)
    assert list(fleet.dump.scan_iter(f"{NAMES.root}:crossing:*")) == []


def verified(receiver: Receiver) -> list[Any]:
    """What the official SDK says of all that came."""
    sent = [
        {"payload": told.body.decode(), "headers": told.headers, "secret": SECRET}
        for told in receiver.told
    ]
    done = subprocess.run(
        [str(ROOT / ".sdk/python-newest/bin/python"), str(VERIFY)],
        input=json.dumps(sent),
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line)["error"] for line in done.stdout.splitlines()]


async def test_a_hundred_orders_on_three_gateways_tell_each_alert_once() -> None:
    async with receiving() as receiver:
        with start_fleet(settings=settings(receiver)) as fleet:
            first = fleet.gateways[0]
            half = 50 * UNIT // 10_000
            names = [
                await alert(first, half),
                await alert(first, half, "/organization/projects/proj_default/spend_alerts"),
            ]
            await alert(first, 101 * UNIT // 10_000)
            orders = (
                draw(fleet.gateways[number % 3], f"fox {number}", response_format="url")
                for number in range(100)
            )
            answers = await asyncio.gather(*orders)
            assert [answer.status_code for answer in answers] == [200] * 100
            await fleet.settled()
            told = await receiver.until(2)
            await all_told(fleet)
            assert len(receiver.told) == 2
            assert sorted(one.event["data"]["alert_id"] for one in told) == sorted(names)
            assert {one.event["data"]["posted_microusd"] for one in told} == {50 * UNIT}
            assert len(set(receiver.ids)) == 2
            assert verified(receiver) == [None, None]
            logged = "".join(gateway.output for gateway in fleet.gateways)
            assert logged.count("spend_alert_told") == 2
            assert SECRET not in logged and receiver.url not in logged


async def test_a_gateway_that_is_killed_while_it_tells_is_followed_by_another() -> None:
    async with receiving(HANG) as receiver:
        with start_fleet(1, settings=settings(receiver)) as fleet:
            (doomed,) = fleet.gateways
            identity = await alert(doomed, 6)
            assert (await draw(doomed, "a fox", response_format="url")).status_code == 200
            (begun,) = await receiver.until(1)
            doomed.process.kill()
            doomed.process.wait(SECONDS)
            with start_gateway(fleet.env):
                assert fleet.dump.zscore(NAMES.alerts_due, begun.id)  # still the dead one's
                fleet.dump.zadd(NAMES.alerts_due, {begun.id: 1}, xx=True)  # its lease ends
                await receiver.until(2)
                await all_told(fleet)
            assert receiver.ids == [begun.id] * 2
            assert begun.event["data"]["alert_id"] == identity
            assert receiver.told[0].body == receiver.told[1].body
            assert verified(receiver) == [None, None]


async def test_a_gateway_that_is_stopped_ends_what_it_tells_first() -> None:
    async with receiving() as receiver:
        receiver.pause = 0.7
        with start_fleet(1, settings=settings(receiver)) as fleet:
            (leaving,) = fleet.gateways
            await alert(leaving, 6)
            assert (await draw(leaving, "a fox", response_format="url")).status_code == 200
            await receiver.until(1)
            leaving.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(leaving.process.wait, SECONDS) == 0
            await all_told(fleet)
            assert len(receiver.told) == 1


async def test_the_receiver_s_refusals_are_tried_again() -> None:
    async with receiving(500, 503) as receiver:
        with start_fleet(2, settings=settings(receiver)) as fleet:
            await alert(fleet.gateways[0], 6)
            assert (await draw(fleet.gateways[1], "a fox", n=2)).status_code == 200
            told = await receiver.until(3)
            await all_told(fleet)
            assert len({one.id for one in told}) == len({one.body for one in told}) == 1
            async with app(fleet.gateways[0]) as client:
                assert (await client.get("/models")).status_code == 200
