"""Spend alerts in books of a test: put, dropped, crossed by a correction, and what is due then."""

import time
from typing import Any

from config.money import MicroUSD
from service.alerts import Alert, Alerts, alert_id, alert_line, drop_alert, put_alert
from service.commit import AT_THE_STORE, Change, commit
from service.corrections import Corrections
from service.flat import texts
from service.usage import day_of
from tests.money.books import Books


async def put(books: Books, scope: str, threshold: int, identity: str = "", **more: Any) -> str:
    """Made, or changed where it has an id already."""
    before = await Alerts(books.store, books.names).one(scope, identity) if identity else None
    identity = identity or alert_id()
    alert = Alert(threshold=MicroUSD(threshold), recipients=("ops@example.com",), **more)
    change = Change()
    put_alert(change, books.names, scope, identity, alert, before)
    line = alert_line("made", scope, identity, alert, AT_THE_STORE)
    await commit(books.store, books.names, change, line)
    return identity


async def drop(books: Books, scope: str, identity: str) -> None:
    change = Change()
    drop_alert(
        change, books.names, scope, await Alerts(books.store, books.names).one(scope, identity)
    )
    await commit(books.store, books.names, change, None)


async def due(books: Books) -> list[str]:
    """Crossings that nobody was told of yet."""
    return sorted(
        name.decode() for name in await books.store.call("ZRANGE", books.names.alerts_due, 0, -1)
    )


async def crossing(books: Books, name: str) -> dict[str, str]:
    return texts(await books.store.call("HGETALL", books.names.crossing(name)))


def this_month() -> str:
    return day_of(int(time.time()))[:7]


async def adjust(books: Books, microusd: int, month: str = "") -> None:
    corrections = Corrections(books.store, books.names)
    await corrections.adjust(microusd, project="p", month=month, reason="a test")
