"""The routes of administration: each path with its methods, from credentials to a reply."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from adapters.openai.errors import ApiError
from adapters.openai.organization_query import read_no_query
from adapters.store.client import StoreRefused, StoreSilent
from service.administration.endpoint import Endpoint
from service.administration.gate import Gate
from service.administration.office import Call, Office
from service.commit import Changed
from service.faults import unknown_url, wrong_method
from service.intake import ClientLeft
from service.outbox import Answer, send_answer, send_error
from service.projects import NoSuchProject
from service.visit import Visit, visit_of

ROOT: Final = "/v1/organization"
_PARAM: Final = re.compile(r"\{(\w+):(\w+)\}")
MOST_FIELDS: Final = 1000  # of a query
TRIES: Final = 5  # where another administrator was quicker
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_OF_A_ROW: Final = "rate_limit_id"  # has the name of a row, among which alone it is looked for


class _Place(NamedTuple):
    """A path and what it has. `pattern` finds the parameters in a path that came."""

    pattern: re.Pattern[str]
    methods: dict[str, Endpoint]


def administration_routes(
    office: Office, gate: Gate, endpoints: Sequence[Endpoint]
) -> ASGIRouteHandler:
    """All of it in one handler: the framework's own routes take 8 MiB for as many."""
    places: dict[str, _Place] = {}
    for endpoint in endpoints:
        place = _Place(_pattern(endpoint.path), {})
        places.setdefault(endpoint.path, place).methods[endpoint.method] = endpoint

    @asgi(ROOT, is_mount=True, copy_scope=True)
    async def administer(scope: Scope, receive: Receive, send: Send) -> None:
        visit = visit_of(scope)
        try:
            place, params = _found(places.values(), scope["path"], visit)
            asked = _Asked(visit, scope.get("query_string", b""), params)
            reply = await _reply(office, gate, place.methods, asked, receive)
        except ClientLeft:
            return
        except ApiError as refusal:
            await send_error(send, refusal)
            return
        await send_answer(send, Answer(chunks=[reply]))

    return administer


def _pattern(path: str) -> re.Pattern[str]:
    """Of "/v1/organization/projects/{project_id:str}"; `path` parameters hold slashes."""
    kinds = {"str": "[^/]+", "path": ".+"}
    below = path.removeprefix(ROOT)
    text = _PARAM.sub(lambda found: f"(?P<{found[1]}>{kinds[found[2]]})", below)
    return re.compile(text, re.DOTALL)


def _found(places: Iterable[_Place], path: str, visit: Visit) -> tuple[_Place, Mapping[str, str]]:
    """`path` below the root. Raises ApiError."""
    clean = "/" + path.strip("/")
    for place in places:
        found = place.pattern.fullmatch(clean)
        if found is not None:
            return place, found.groupdict()
    raise unknown_url(visit)


class _Asked(NamedTuple):
    """A request whose route is known."""

    visit: Visit
    query: bytes
    params: Mapping[str, str]


async def _reply(
    office: Office,
    gate: Gate,
    methods: Mapping[str, Endpoint],
    asked: _Asked,
    receive: Receive,
) -> bytes:
    visit, params = asked.visit, asked.params
    method = "GET" if visit.method == "HEAD" else visit.method
    endpoint = methods.get(method)
    if endpoint is None:
        raise wrong_method(visit, ", ".join(sorted(methods)))
    credential = await gate.caller(visit, endpoint, params.get("project_id"))
    query = query_of(asked.query)
    call = Call(office, visit, credential, params=_ids(params), query=query)
    if method != "GET":
        read_no_query(query)
    try:
        await _find_project(call, endpoint)
        if method == "POST":
            await call.read(receive)
            before = await call.answered()
            if before is not None:
                return before
        return await _handled(call, endpoint)
    except (StoreSilent, StoreRefused) as silence:
        raise ApiError(
            "ledger_unavailable",
            "The ledger cannot be reached; whether anything was changed cannot be said. Repeat with "
            "the same Idempotency-Key, or read it again.",
            retry=method != "POST" or visit.header("idempotency-key") is not None,
            retry_after=1,
        ) from silence


async def _handled(call: Call, endpoint: Endpoint) -> bytes:
    """The reply. Where another administrator was quicker nothing was written, so it is all looked at
    again: then it still fits, or is refused for what there is now.
    """
    for _ in range(TRIES):
        try:
            return await endpoint.handle(call)
        except Changed:
            await _find_project(call, endpoint)
    raise ApiError(
        "conflict",
        "Other administrators change this at the same moment; nothing of yours was written. "
        "Read it again and repeat.",
    )


def _ids(params: Mapping[str, str]) -> Mapping[str, str]:
    """The ids in a path, before any of them names a key of the store. Raises ApiError.

    A rate limit's is made of a model's name, which an operator chose and rate_limits.py looks up.
    """
    for name, value in params.items():
        if name != _OF_A_ROW and _ID.fullmatch(value) is None:
            raise ApiError("not_found", "Nothing has the id in this path.", param=name)
    return params


async def _find_project(call: Call, endpoint: Endpoint) -> None:
    identity = call.params.get("project_id")
    if identity is None:
        return
    try:
        call.project = await call.office.projects.one(identity)
    except NoSuchProject as none:
        raise ApiError(
            "not_found", "No project has the id in this path.", param="project_id"
        ) from none
    if call.project.archived and endpoint.method != "GET":
        if endpoint.path.endswith("/archive"):
            return
        raise ApiError(
            "invalid_value",
            f"The project {call.project.id} is archived; it takes no changes.",
            param="project_id",
        )


def query_of(text: bytes) -> list[tuple[str, str]]:
    """The names and values of a query. Raises ApiError."""
    try:
        return parse_qsl(
            text.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as bad:
        raise ApiError("invalid_value", "The query of this URL cannot be read.") from bad
