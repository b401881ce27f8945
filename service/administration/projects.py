"""Projects: listed, made, read, changed and archived."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, cast

import msgspec
from msgspec import UNSET

from adapters.openai import organization
from adapters.openai.organization import encode
from adapters.openai.organization_asks import (
    UpdateProject,
    read_create_project,
    read_nothing,
    read_update_project,
)
from adapters.openai.organization_query import read_no_query, read_project_listing
from service.administration.endpoint import MEMBERS, READERS, Endpoint
from service.administration.limit_words import after, shown_limits, typed
from service.administration.office import Call
from service.administration.pages import marked, page_of
from service.commit import Change
from service.defaults import inherited
from service.limits import limits_of, limits_of_some, put_limits
from service.new_project import NewProject, put_new_project
from service.projects import Project, fields_of, project_line, updating

_SET: Final = ("name", "tags", "charge_withheld", "unknown_parameters")


async def list_projects(call: Call) -> bytes:
    """List projects, oldest first."""
    listing = read_project_listing(call.query)
    office = call.office
    ids = await office.projects.ids()
    if call.bound is not None:
        ids = [identity for identity in ids if identity in call.bound]
    over = frozenset[str]()
    if not listing.include_archived:
        over = await marked(office.store, office.names.project, ids, "archived")

    async def show(some: Sequence[str]) -> list[organization.Project]:
        projects = await office.projects.some(some)
        scopes = [f"project:{project.id}" for project in projects]
        kept = await limits_of_some(office.store, office.names, scopes)
        behind = await _behind(call)
        return [shown_project(*pair, behind) for pair in zip(projects, kept, strict=True)]

    return await page_of(ids, listing, show, hidden=over)


async def create_project(call: Call) -> bytes:
    """Make a project."""
    ask = read_create_project(call.body)
    asked = NewProject(
        name=ask.name,
        tags=ask.tags,
        charge_withheld=ask.charge_withheld or "",
        unknown_parameters=ask.unknown_parameters or "",
        limits=typed(ask.limits) | ({"contact": ask.contact} if ask.contact else {}),
    )
    change = Change()
    made = put_new_project(change, call.office.names, asked, await call.office.now())
    said = {name: value for name, value in msgspec.structs.asdict(ask).items() if value}
    details = _details(said, asked.limits)
    line = project_line("created", made.project, call.actor, "project created", **details)
    reply = shown_project(made.project, made.limits, await _behind(call))
    return await call.commit(change, line, encode(reply))


async def retrieve_project(call: Call) -> bytes:
    """Read a project."""
    read_no_query(call.query)
    project = call.its_project
    return encode(shown_project(project, await _limits(call), await _behind(call)))


async def update_project(call: Call) -> bytes:
    """Change a project; fields that are left out stay as they are."""
    ask = read_update_project(call.body)
    project, scope = call.its_project, f"project:{call.its_project.id}"
    limits = typed(ask.limits)
    if ask.contact is not UNSET:
        limits["contact"] = ask.contact
    then = msgspec.structs.replace(project, **_changed(ask))
    kept = after(await _limits(call), scope, limits)
    reply = encode(shown_project(then, kept, await _behind(call)))
    details = _details(_given(ask), limits)
    if not details:
        return reply
    fields = fields_of(then)
    change = updating(call.office.names, project, {name: fields[name] for name in _changed(ask)})
    put_limits(change, call.office.names, scope, limits)
    line = project_line("updated", project, call.actor, "project updated", **details)
    return await call.commit(change, line, reply)


async def archive_project(call: Call) -> bytes:
    """Archive a project for good: its keys are refused from then on, what it spent stays."""
    read_nothing(call.body)
    project = call.its_project
    limits, behind = await _limits(call), await _behind(call)
    if project.archived:
        return encode(shown_project(project, limits, behind))
    now = await call.office.now()
    change = updating(call.office.names, project, {"archived": str(now)})
    then = msgspec.structs.replace(project, archived=now)
    line = project_line("archived", project, call.actor, "project archived")
    return await call.commit(change, line, encode(shown_project(then, limits, behind)))


def shown_project(
    project: Project, limits: Mapping[str, str], behind: Mapping[str, str]
) -> organization.Project:
    """As callers read it. `limits` as they are kept, `behind`: what projects inherit."""
    rule = cast("Literal['near', 'refuse', 'warn'] | None", project.unknown_parameters or None)
    return organization.Project(
        id=project.id,
        name=project.name,
        created_at=project.created,
        archived_at=project.archived or None,
        status="archived" if project.archived else "active",
        tags=project.tags,
        contact=limits.get("contact"),
        charge_withheld="house" if project.charge_withheld == "house" else "customer",
        unknown_parameters=rule,
        limits=shown_limits(limits, behind),
    )


async def _behind(call: Call) -> dict[str, str]:
    return await inherited(call.office.store, call.office.names, "project")


async def _limits(call: Call) -> dict[str, str]:
    office = call.office
    return await limits_of(office.store, office.names, f"project:{call.its_project.id}")


def _given(ask: UpdateProject) -> dict[str, Any]:
    values = msgspec.structs.asdict(ask)
    return {name: value for name, value in values.items() if value is not UNSET}


def _changed(ask: UpdateProject) -> dict[str, Any]:
    """What is to be of the project's own fields; null takes a rule away, which is ""."""
    given = _given(ask)
    return {name: "" if given[name] is None else given[name] for name in _SET if name in given}


def _details(given: Mapping[str, Any], limits: Mapping[str, str | None]) -> dict[str, Any]:
    """What the audit log says of a change: all that was asked for."""
    said = {name: given[name] for name in _SET if name in given}
    return said | ({"limits": dict(limits)} if limits else {})


_ALL: Final = "/v1/organization/projects"
_ONE: Final = "/v1/organization/projects/{project_id:str}"
PROJECTS: Final = (
    Endpoint(method="GET", path=_ALL, may=READERS, of="narrowed", handle=list_projects),
    Endpoint(method="POST", path=_ALL, may=MEMBERS, of="organization", handle=create_project),
    Endpoint(method="GET", path=_ONE, may=READERS, of="project", handle=retrieve_project),
    Endpoint(method="POST", path=_ONE, may=MEMBERS, of="project", handle=update_project),
    Endpoint(
        method="POST", path=f"{_ONE}/archive", may=MEMBERS, of="project", handle=archive_project
    ),
)
