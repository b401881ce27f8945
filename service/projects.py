"""Projects: their records, and how they are made, changed and archived."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from adapters.store.client import Store
from service.commit import Actor, Change, Line
from service.flat import texts
from service.ids import order_id
from service.keyspace import Keyspace

TAGS: Final = msgspec.json.Decoder(dict[str, str])


class NoSuchProject(Exception):
    """No project has this id; the message says so."""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """One project. Times in Unix seconds by the store's clock; `archived` 0: it is active.

    `charge_withheld`: who pays for images that the upstream withheld; "" as "customer".
    `unknown_parameters`: "" as the gateway's own rule. `models_mode` "" where nothing is said.
    """

    id: str
    name: str
    created: int
    archived: int = 0
    tags: Mapping[str, str] = {}
    charge_withheld: str = ""
    unknown_parameters: str = ""
    models_mode: str = ""
    models: tuple[str, ...] = ()


def project_id() -> str:
    """ "proj_" and a ULID."""
    return f"proj_{order_id()}"


def fields_of(project: Project) -> dict[str, str]:
    """As it is kept."""
    return {
        "name": project.name,
        "created": str(project.created),
        "archived": str(project.archived or ""),
        "tags": msgspec.json.encode(project.tags).decode(),
        "charge_withheld": project.charge_withheld,
        "unknown_parameters": project.unknown_parameters,
        "models_mode": project.models_mode,
        "models": msgspec.json.encode(project.models).decode(),
    }


def project_of(identity: str, fields: Mapping[str, str]) -> Project:
    """From what is kept."""
    return Project(
        id=identity,
        name=fields["name"],
        created=int(fields["created"]),
        archived=int(fields.get("archived") or 0),
        tags=TAGS.decode(fields.get("tags") or "{}"),
        charge_withheld=fields.get("charge_withheld", ""),
        unknown_parameters=fields.get("unknown_parameters", ""),
        models_mode=fields.get("models_mode", ""),
        models=listed(fields.get("models", "")),
    )


def listed(text: str) -> tuple[str, ...]:
    """A list as it is kept in a field; nothing is an empty one."""
    return tuple(msgspec.json.decode(text or "[]", type=list[str]))


def put_project(change: Change, names: Keyspace, project: Project) -> None:
    """Make it, where it is not there yet."""
    change.absent(names.project(project.id))
    change.put(names.project(project.id), fields_of(project))
    change.file(names.projects, project.id, project.created)


class Projects:
    """Every method raises StoreSilent or StoreRefused; those that name a project NoSuchProject."""

    def __init__(self, store: Store, names: Keyspace) -> None:
        self._store = store
        self._names = names

    async def one(self, identity: str) -> Project:
        fields = texts(await self._store.call("HGETALL", self._names.project(identity)))
        if not fields:
            raise NoSuchProject(f"No project has the id {identity}.")
        return project_of(identity, fields)

    async def ids(self) -> list[str]:
        """All of them, oldest first; of one second, by id."""
        found = await self._store.call("ZRANGE", self._names.projects, 0, -1)
        return [identity.decode() for identity in found]

    async def some(self, ids: Sequence[str]) -> list[Project]:
        """The records of these, in their order; without those that are gone."""
        keys = [self._names.project(identity) for identity in ids]
        found = await self._store.call_all([("HGETALL", key) for key in keys])
        return [
            project_of(identity, fields)
            for identity, fields in zip(ids, map(texts, found), strict=True)
            if fields
        ]


def updating(names: Keyspace, project: Project, fields: Mapping[str, str]) -> Change:
    """A change of an active project that sets these fields; more can be added to it."""
    change = Change()
    change.present(names.project(project.id))
    change.expect(names.project(project.id), "archived", "")
    change.put(names.project(project.id), fields)
    return change


def project_line(event: str, project: Project, actor: Actor, did: str, **details: Any) -> Line:
    """How the audit log tells of a project. `event`: created, archived, or updated, whose details
    are what changed and nothing else.
    """
    return Line(
        what=f"project.{event}",
        did=did,
        resource=project.id,
        actor=actor,
        project=project.id,
        details=details if event == "updated" else {"name": project.name, **details},
    )
