"""What a route of administration is: its path, who may use it, and what it does."""

from collections.abc import Awaitable, Callable
from typing import Final, Literal

import msgspec

from service.administration.office import Call
from service.keys import Role

Method = Literal["GET", "POST", "DELETE"]
# project: the path names one, a bound admin key must be bound to it. narrowed: a list or a sum, of
# which a bound caller sees its own projects' part. organization: not for bound callers.
Of = Literal["project", "narrowed", "organization"]
OWNER: Final[frozenset[Role]] = frozenset({"owner"})
MEMBERS: Final[frozenset[Role]] = frozenset({"owner", "member"})
READERS: Final[frozenset[Role]] = frozenset({"owner", "member", "reader"})


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path. `handle` says the JSON of the reply. Raises ApiError, Changed.

    `may`: roles of admin keys. `meters`: a project key may use it too, for its own project.
    """

    method: Method
    path: str  # as Litestar has them: "/v1/organization/projects/{project_id:str}"
    may: frozenset[Role]
    of: Of
    handle: Callable[[Call], Awaitable[bytes]]
    meters: bool = False
