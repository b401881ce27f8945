"""The way into an image route and out of it: who is let in, and every refusal answered."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from litestar.types import Scope, Send

from adapters.openai.errors import ApiError
from adapters.translate.plan import Rules
from service.faults import wrong_method
from service.guard import Guard
from service.intake import ClientLeft
from service.keys import Credential
from service.placing import Placing, rules
from service.visit import Visit, visit_of


class Entered(NamedTuple):
    """A request whose body nobody has read yet. `rules`: what it and the operator ask for."""

    visit: Visit
    caller: Credential
    rules: Rules


class Entrance:
    """For every image route the same."""

    def __init__(self, guard: Guard, placing: Placing) -> None:
        self._guard = guard
        self._placing = placing

    async def let_in(
        self, scope: Scope, send: Send, serve: Callable[[Entered], Awaitable[None]]
    ) -> None:
        """Serve a request whose caller is known; ApiError is answered, ClientLeft is not."""
        visit = visit_of(scope)
        try:
            if visit.method != "POST":
                raise wrong_method(visit, "POST")
            caller = await self._guard.caller(visit)
            asked = rules(self._placing.current.settings, visit, caller)
            await serve(Entered(visit, caller, asked))
        except ClientLeft:
            return
        except ApiError as refusal:
            await self._placing.refuse(send, visit, refusal)
