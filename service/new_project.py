"""What a new project begins with: the one place where its fields are put together."""

from collections.abc import Mapping

import msgspec

from service.commit import Change
from service.keyspace import Keyspace
from service.limits import checked, put_limits
from service.projects import Project, project_id, put_project


class NewProject(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. `limits` as they are typed (limits.py), `contact` among them; None and ""
    of the others: nothing is said.
    """

    name: str
    tags: Mapping[str, str] = {}
    charge_withheld: str = ""
    unknown_parameters: str = ""
    models_mode: str = ""
    models: tuple[str, ...] = ()
    limits: Mapping[str, str | None] = {}


class MadeProject(msgspec.Struct, frozen=True):
    """The project, and its limits as they are kept."""

    project: Project
    limits: Mapping[str, str]


def put_new_project(change: Change, names: Keyspace, asked: NewProject, now: int) -> MadeProject:
    """Make it. `now` in Unix seconds by the store's clock. Raises BadLimit."""
    project = Project(
        id=project_id(),
        name=asked.name,
        created=now,
        tags=asked.tags,
        charge_withheld=asked.charge_withheld,
        unknown_parameters=asked.unknown_parameters,
        models_mode=asked.models_mode,
        models=asked.models,
    )
    scope = f"project:{project.id}"
    put_project(change, names, project)
    put_limits(change, names, scope, asked.limits)
    kept = checked(scope, asked.limits)
    return MadeProject(project, {name: text for name, text in kept.items() if text})
