"""The routes of spend alerts: those of the organisation and those of a project are the same five."""

from collections.abc import Awaitable, Callable
from typing import Final

from adapters.openai.errors import ApiError
from adapters.openai.organization import Deleted, encode
from adapters.openai.organization_limit_asks import SpendAlertAsk, read_spend_alert
from adapters.openai.organization_limits import Channel, SpendAlert, cents
from adapters.openai.organization_lists import cut, page
from adapters.openai.organization_query import read_listing, read_no_query
from service.administration.endpoint import MEMBERS, OWNER, READERS, Endpoint, Method
from service.administration.office import Call
from service.alerts import (
    MOST_ALERTS,
    Alert,
    Alerts,
    Kept,
    NoSuchAlert,
    alert_id,
    alert_line,
    drop_alert,
    put_alert,
    scope_of,
)
from service.commit import Change, Changed

ALERTS: Final = "/v1/organization/spend_alerts"
PROJECT_ALERTS: Final = "/v1/organization/projects/{project_id:str}/spend_alerts"


async def list_spend_alerts(call: Call) -> bytes:
    """List spend alerts, oldest first."""
    listing = read_listing(call.query)
    alerts = _alerts(call)
    kept = {one.id: one.alert for one in await alerts.every(_scope(call))}
    month = await alerts.month(_scope(call))
    shown = cut(list(kept), listing)
    entries = [_reply(call, one, kept[one], month.crossed_at(one, kept[one])) for one in shown.ids]
    return encode(page(entries, shown))


async def retrieve_spend_alert(call: Call) -> bytes:
    """Read a spend alert."""
    read_no_query(call.query)
    kept = await _kept(call)
    month = await _alerts(call).month(_scope(call))
    return encode(_reply(call, kept.id, kept.alert, month.crossed_at(kept.id, kept.alert)))


async def create_spend_alert(call: Call) -> bytes:
    """Make a spend alert; one that is passed already is told at once."""
    return await _write(call, alert_id(), None)


async def update_spend_alert(call: Call) -> bytes:
    """Change a spend alert; all of it is said again."""
    kept = await _kept(call)
    return await _write(call, kept.id, kept)


async def delete_spend_alert(call: Call) -> bytes:
    """Take a spend alert away; what it crossed and was not told yet is not told."""
    read_no_query(call.query)
    kept = await _kept(call)
    change = Change()
    drop_alert(change, call.office.names, _scope(call), kept)
    line = alert_line("deleted", _scope(call), kept.id, kept.alert, call.actor)
    reply = Deleted(
        id=kept.id,
        object="project.spend_alert.deleted"
        if call.project
        else "organization.spend_alert.deleted",
    )
    return await call.commit(change, line, encode(reply))


async def _write(call: Call, identity: str, before: Kept | None) -> bytes:
    read_no_query(call.query)
    alert = _alert(read_spend_alert(call.body))
    scope, names = _scope(call), call.office.names
    month = await _alerts(call).month(scope)
    change = Change()
    if call.project:
        change.expect(names.project(call.project.id), "archived", "")
    put_alert(change, names, scope, identity, alert, before)
    line = alert_line("updated" if before else "created", scope, identity, alert, call.actor)
    reply = _reply(call, identity, alert, month.crosses_at(identity, alert))
    try:
        return await call.commit(change, line, encode(reply))
    except Changed as changed:
        if (changed.key, changed.field) != (names.alerts(scope), "#"):
            raise
        raise ApiError(
            "invalid_value", f"There are {MOST_ALERTS} spend alerts already; more are not kept."
        ) from changed


def _alerts(call: Call) -> Alerts:
    return Alerts(call.office.store, call.office.names)


def _scope(call: Call) -> str:
    return scope_of(call.project.id if call.project else "")


async def _kept(call: Call) -> Kept:
    try:
        return await _alerts(call).one(_scope(call), call.params["alert_id"])
    except NoSuchAlert as none:
        raise ApiError(
            "not_found", "No spend alert has the id in this path.", param="alert_id"
        ) from none


def _alert(ask: SpendAlertAsk) -> Alert:
    channel = ask.notification_channel
    return Alert(
        threshold=ask.microusd,
        recipients=channel.recipients,
        subject_prefix=channel.subject_prefix,
    )


def _reply(call: Call, identity: str, alert: Alert, crossed_at: int | None) -> SpendAlert:
    return SpendAlert(
        id=identity,
        object="project.spend_alert" if call.project else "organization.spend_alert",
        threshold_amount=cents(alert.threshold),
        microusd=alert.threshold,
        notification_channel=Channel(
            recipients=alert.recipients, subject_prefix=alert.subject_prefix
        ),
        crossed_at=crossed_at,
    )


_ROUTES: Final[tuple[tuple[Method, str, Callable[[Call], Awaitable[bytes]]], ...]] = (
    ("GET", "", list_spend_alerts),
    ("POST", "", create_spend_alert),
    ("GET", "/{alert_id:str}", retrieve_spend_alert),
    ("POST", "/{alert_id:str}", update_spend_alert),
    ("DELETE", "/{alert_id:str}", delete_spend_alert),
)
SPEND_ALERTS: Final = (
    *(
        Endpoint(
            method=method,
            path=ALERTS + path,
            may=READERS if method == "GET" else OWNER,
            of="organization",
            handle=handle,
        )
        for method, path, handle in _ROUTES
    ),
    *(
        Endpoint(
            method=method,
            path=PROJECT_ALERTS + path,
            may=READERS if method == "GET" else MEMBERS,
            of="project",
            handle=handle,
        )
        for method, path, handle in _ROUTES
    ),
)
