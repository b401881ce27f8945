"""Who asks: credentials from the headers to a key's record, before any body is read."""

from typing import Final

from adapters.openai.errors import ApiError
from adapters.store.client import StoreRefused, StoreSilent
from service.attempts import Attempts
from service.keys import READ_ONLY, Credential, Keys, shown, well_formed
from service.uses import Uses
from service.visit import Visit

_HOW: Final = (
    "Send it as `Authorization: Bearer KEY` (the OpenAI SDKs' api_key) or in the header `api-key`."
)


def credential_in(visit: Visit) -> str | None:
    """The key a request carries. Azure clients send `api-key`, some of them both (openai-images 8)."""
    bearer = None
    scheme, _, rest = (visit.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        bearer = rest.strip() or None
    azure = visit.header("api-key") or None
    if bearer and (azure is None or well_formed(bearer)):
        return bearer
    return azure


class Guard:
    """Lets a project's key in and names everyone else's mistake."""

    def __init__(self, keys: Keys, uses: Uses) -> None:
        self._keys = keys
        self._uses = uses
        self._attempts = Attempts()

    async def caller(self, visit: Visit, *, draws: bool = True) -> Credential:
        """The record of a project's key. `draws`: the route spends money. Raises ApiError: as
        `credential`, and insufficient_permissions.
        """
        found = await self.credential(visit)
        if found.kind == "admin":
            self._attempts.failed(visit.address)
            raise ApiError(
                "invalid_api_key",
                f"{found.shown} is an admin key; images and models take a project's key (sk-ig-...).",
            )
        if draws and READ_ONLY in found.scopes:
            raise ApiError(
                "insufficient_permissions",
                f"{found.shown} may only read (its scope is {READ_ONLY}); it draws no images.",
            )
        return found

    async def credential(self, visit: Visit) -> Credential:
        """The record of a key of any kind. Raises ApiError: missing_api_key, invalid_api_key,
        rate_limit_exceeded (too many wrong keys from there), ledger_unavailable.
        """
        key = credential_in(visit)
        if key is None:
            raise ApiError("missing_api_key", f"You didn't provide an API key. {_HOW}")
        self._not_too_often(visit, key)
        found = await self._find(key) if well_formed(key) else None
        if found is None or found.revoked or found.ended or found.archived:
            self._attempts.failed(visit.address)
            raise ApiError("invalid_api_key", _wrong(key, found))
        self._attempts.right(found.digest)
        self._uses.note(found.id)
        visit.key_id = found.id
        visit.project = found.project
        return found

    def _not_too_often(self, visit: Visit, key: str) -> None:
        wait = self._attempts.wait(visit.address)
        if wait == 0 or (well_formed(key) and self._attempts.trusted(self._keys.digests(key)[0])):
            return
        raise ApiError(
            "rate_limit_exceeded",
            "Too many wrong API keys came from this address, so keys from it are not looked at just "
            f"now. Please try again in {wait}s.",
            retry_after=wait,
        )

    async def _find(self, key: str) -> Credential | None:
        try:
            return await self._keys.find(key)
        except (StoreSilent, StoreRefused) as silence:
            raise ApiError(
                "ledger_unavailable",
                "The ledger cannot be reached, so no key can be checked. Nothing was sent.",
                retry_after=1,
            ) from silence


def _wrong(key: str, found: Credential | None) -> str:
    """Only who has the secret learns that it has ended."""
    if found is not None and not found.revoked:
        if found.ended:
            return f"The API key {found.shown} has expired."
        return f"The project of the API key {found.shown} is archived."
    return f"Incorrect API key provided: {_masked(key)}."


def _masked(key: str) -> str:
    """Enough of a wrong key to recognise it, never enough to use it; printable ASCII only."""
    if well_formed(key):
        return shown(key)
    clean = "".join(c if c.isascii() and c.isprintable() else "?" for c in key)
    return f"{clean[:3]}...{clean[-4:]}" if len(clean) >= 16 else "***"  # noqa: PLR2004  too short to show
