"""Which models a project may use: read, set and taken away. Every replica knows within two seconds."""

from typing import Final, cast

from adapters.openai.errors import ApiError
from adapters.openai.organization import Removed, encode
from adapters.openai.organization_limit_asks import read_model_permissions
from adapters.openai.organization_limits import Mode, ModelPermissions
from adapters.openai.organization_query import read_no_query
from config.inherited import MODELS, listing
from service.administration.endpoint import MEMBERS, READERS, Endpoint
from service.administration.office import Call
from service.defaults import inherited
from service.permits import refuse_unknown
from service.projects import listed, project_line, updating


async def retrieve_permissions(call: Call) -> bytes:
    """Read the list as it was written, with entries that name nothing any more."""
    read_no_query(call.query)
    project = call.its_project
    if project.models_mode:
        mode = cast("Mode", project.models_mode)
        return encode(ModelPermissions(mode=mode, model_ids=project.models))
    default = await inherited(call.office.store, call.office.names, "project")
    if "models_mode" not in default:
        raise _none("It may use every model.")
    return encode(
        ModelPermissions(
            mode=cast("Mode", default["models_mode"]),
            model_ids=listed(default.get("models", "")),
            inherited=True,
        )
    )


async def update_permissions(call: Call) -> bytes:
    """Set the list, all of it."""
    ask = read_model_permissions(call.body)
    refuse_unknown(ask.model_ids, call.office.current.settings.catalogue, "model_ids")
    kept = {"models_mode": ask.mode, "models": listing(ask.model_ids)}
    change = updating(call.office.names, call.its_project, kept)
    did, said = "model permissions set", {"mode": ask.mode, "model_ids": ask.model_ids}
    line = project_line("updated", call.its_project, call.actor, did, **said)
    reply = ModelPermissions(mode=ask.mode, model_ids=ask.model_ids)
    return await call.commit(change, line, encode(reply))


async def delete_permissions(call: Call) -> bytes:
    """Take the list away; the project then has what the defaults say."""
    project = call.its_project
    if not project.models_mode:
        raise _none("It has no list of its own.")
    change = updating(call.office.names, project, dict.fromkeys(MODELS, ""))
    change.expect(call.office.names.project(project.id), "models_mode", project.models_mode)
    did = "model permissions taken away"
    line = project_line("updated", project, call.actor, did)
    return await call.commit(
        change, line, encode(Removed(object="project.model_permissions.deleted"))
    )


def _none(why: str) -> ApiError:
    return ApiError(
        "not_found", f"This project has no model permissions to read or take away. {why}"
    )


_PATH: Final = "/v1/organization/projects/{project_id:str}/model_permissions"
PERMISSIONS: Final = (
    Endpoint(method="GET", path=_PATH, may=READERS, of="project", handle=retrieve_permissions),
    Endpoint(method="POST", path=_PATH, may=MEMBERS, of="project", handle=update_permissions),
    Endpoint(method="DELETE", path=_PATH, may=MEMBERS, of="project", handle=delete_permissions),
)
