"""Monthly spend limits of projects and of the organization: read, set and taken away.

They hold from the next order on, since every start reads them (lua/limits.lua).
"""

from typing import Final, NamedTuple

from adapters.openai.errors import ApiError
from adapters.openai.organization import Removed, encode
from adapters.openai.organization_limit_asks import read_spend_limit
from adapters.openai.organization_limits import SpendLimit, cents, enforcement
from adapters.openai.organization_query import read_no_query
from config.money import MicroUSD, usd
from service.administration.endpoint import MEMBERS, OWNER, READERS, Endpoint
from service.administration.office import Call
from service.commit import Change
from service.defaults import inherited
from service.limits import limit_line, limits_of, put_limits
from service.projects import updating
from service.spent import periods_at, spent

LIMIT: Final = "spend_month"


class _Limit(NamedTuple):
    amount: MicroUSD
    own: bool  # not inherited


async def retrieve_spend_limit(call: Call) -> bytes:
    """Read the limit, and what counts towards it this month."""
    read_no_query(call.query)
    return await _shown(call, await _limit(call))


async def update_spend_limit(call: Call) -> bytes:
    """Set the limit."""
    amount = read_spend_limit(call.body).microusd
    typed = {LIMIT: usd(amount)}
    change = _change(call)
    put_limits(change, call.office.names, _scope(call), typed)
    line = limit_line(_scope(call), typed, call.actor)
    return await call.commit(change, line, await _shown(call, _Limit(amount, own=True)))


async def delete_spend_limit(call: Call) -> bytes:
    """Take the limit away; a project then has what the defaults say."""
    limit, names, scope = await _limit(call), call.office.names, _scope(call)
    if not limit.own:
        raise _none(call, "This project's spend limit is a default; it has none of its own.")
    change = _change(call)
    change.expect(names.limits(scope), LIMIT, str(limit.amount))
    put_limits(change, names, scope, {LIMIT: None})
    reply = Removed(
        object="project.spend_limit.deleted" if call.project else "organization.spend_limit.deleted"
    )
    return await call.commit(change, limit_line(scope, {LIMIT: None}, call.actor), encode(reply))


def _scope(call: Call) -> str:
    return f"project:{call.project.id}" if call.project else "organization"


def _change(call: Call) -> Change:
    """Nothing is set on a project that is archived at the same moment."""
    return updating(call.office.names, call.project, {}) if call.project else Change()


async def _limit(call: Call) -> _Limit:
    """The limit that holds. Raises ApiError not_found."""
    store, names = call.office.store, call.office.names
    own = (await limits_of(store, names, _scope(call))).get(LIMIT)
    if own is not None:
        return _Limit(MicroUSD(int(own)), own=True)
    default = (await inherited(store, names, "project")).get(LIMIT) if call.project else None
    if default is None:
        raise _none(call, "It may spend without end.")
    return _Limit(MicroUSD(int(default)), own=False)


def _none(call: Call, why: str) -> ApiError:
    of = "This project" if call.project else "This organization"
    return ApiError("not_found", f"{of} has no spend limit to read or take away. {why}")


async def _shown(call: Call, limit: _Limit) -> bytes:
    month = periods_at(await call.office.now())["month"]
    balances = [f"{_scope(call)}:{month}"]
    (now,) = await spent(call.office.store, call.office.names, balances)
    reply = SpendLimit(
        object="project.spend_limit" if call.project else "organization.spend_limit",
        threshold_amount=cents(limit.amount),
        microusd=limit.amount,
        spent_microusd=now.so_far,
        enforcement=enforcement(enforcing=now.fills(limit.amount)),
        inherited=not limit.own,
    )
    return encode(reply)


_ORGANIZATION: Final = "/v1/organization/spend_limit"
_PROJECT: Final = "/v1/organization/projects/{project_id:str}/spend_limit"
SPEND_LIMITS: Final = (
    Endpoint(
        method="GET",
        path=_ORGANIZATION,
        may=READERS,
        of="organization",
        handle=retrieve_spend_limit,
    ),
    Endpoint(
        method="POST", path=_ORGANIZATION, may=OWNER, of="organization", handle=update_spend_limit
    ),
    Endpoint(
        method="DELETE", path=_ORGANIZATION, may=OWNER, of="organization", handle=delete_spend_limit
    ),
    Endpoint(method="GET", path=_PROJECT, may=READERS, of="project", handle=retrieve_spend_limit),
    Endpoint(method="POST", path=_PROJECT, may=MEMBERS, of="project", handle=update_spend_limit),
    Endpoint(method="DELETE", path=_PROJECT, may=MEMBERS, of="project", handle=delete_spend_limit),
)
