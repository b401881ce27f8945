"""The tasks that keep the books beside the orders: heartbeat, sweeper, alerts, the watch over the store."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import msgspec

from adapters.webhook.client import Webhook
from config.settings import Settings
from service.alerting import Alerting
from service.ledger import Ledger
from service.recovery import Recovery
from service.replicas import Replicas
from service.retention import Retention
from service.safeguards import Safeguards
from service.slots import Slots
from service.storeroom import Storeroom
from service.storewatch import StoreWatch
from service.sweeper import Sweeper


def keep_books(
    settings: Settings,
    room: Storeroom,
    ledger: Ledger,
    slots: Slots,
    stack: AsyncExitStack,
    at: Callable[[str], None] | None = None,
) -> Safeguards:
    """Start them; `stack` ends them. Says what orders need of them."""
    store, names = room.store, room.names
    recovery = Recovery(store, names)
    watch = StoreWatch(store, ledger, recovery)
    retention = Retention(store, names, days=settings.journal_days)
    sweeper = Sweeper(store, names, retention, park_seconds=settings.park_seconds)
    for work in (slots.keep_beating(), watch.keep_looking(), sweeper.keep_sweeping()):
        stack.callback(asyncio.create_task(work).cancel)
    _tell_alerts(settings, room, stack)
    guards = Safeguards(
        recovery=recovery,
        replicas=Replicas(store, settings.store_replicas),
        full=lambda: watch.full,
        ledger=lambda: watch.ledger,
    )
    return guards if at is None else msgspec.structs.replace(guards, at=at)


def _tell_alerts(settings: Settings, room: Storeroom, stack: AsyncExitStack) -> None:
    """Looks no more at the end, then finishes what it sends, and then hangs up."""
    url, secret = settings.alert_webhook_url, settings.alert_webhook_secret
    webhook = Webhook(url.reveal(), secret.reveal()) if url and secret else None
    if webhook is not None:
        stack.push_async_callback(webhook.aclose)
    alerting = Alerting(room.store, room.names, webhook, organization=settings.organization)
    stack.push_async_callback(alerting.drain)
    stack.callback(asyncio.create_task(alerting.keep_looking()).cancel)
