"""Who may use a route of administration: by the matched route, before any body is read."""

from typing import Final

from adapters.openai.errors import ApiError
from service.administration.endpoint import Endpoint
from service.guard import Guard
from service.keys import Credential
from service.visit import Visit

_WHAT: Final = {
    "owner": "admin keys of the role owner",
    "member": "admin keys of the roles owner and member",
    "reader": "admin keys",
}


class Gate:
    """Lets admin keys in, and project keys where a route meters."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def caller(self, visit: Visit, endpoint: Endpoint, project: str | None) -> Credential:
        """The key's record. `project`: the id in the path. Raises ApiError: what Guard raises, and
        insufficient_permissions.
        """
        credential = await self._guard.credential(visit)
        if credential.kind == "project":
            if not endpoint.meters:
                raise _no(f"{credential.shown} is a project's key; this route takes an admin key.")
            return credential
        if credential.role not in endpoint.may:
            least = "owner" if len(endpoint.may) == 1 else "member"
            raise _no(
                f"{credential.shown} has the role {credential.role}; this route takes {_WHAT[least]}."
            )
        if credential.projects and endpoint.of == "organization":
            raise _no(f"{credential.shown} is bound to projects; this route is the organization's.")
        if credential.projects and endpoint.of == "project" and project not in credential.projects:
            raise _no(f"{credential.shown} is not bound to this project.")
        return credential


def _no(why: str) -> ApiError:
    return ApiError("insufficient_permissions", f"{why} Nothing was changed.")
