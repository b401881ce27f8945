"""Who asks: credentials from the headers to a key's record, before any body is read."""

from typing import Final

from adapters.openai.errors import ApiError
from adapters.store.client import StoreRefused, StoreSilent
from service.keys import Credential, Keys, shown, well_formed
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

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def caller(self, visit: Visit) -> Credential:
        """The key's record. Raises ApiError: missing_api_key, invalid_api_key, ledger_unavailable."""
        key = credential_in(visit)
        if key is None:
            raise ApiError("missing_api_key", f"You didn't provide an API key. {_HOW}")
        found = await self._find(key) if well_formed(key) else None
        if found is None or found.revoked:
            raise ApiError("invalid_api_key", f"Incorrect API key provided: {_masked(key)}.")
        if found.kind == "admin":
            raise ApiError(
                "invalid_api_key",
                f"{found.shown} is an admin key; images and models take a project's key (sk-ig-...).",
            )
        visit.key_id = found.id
        return found

    async def _find(self, key: str) -> Credential | None:
        try:
            return await self._keys.find(key)
        except (StoreSilent, StoreRefused) as silence:
            raise ApiError(
                "ledger_unavailable",
                "The ledger cannot be reached, so no key can be checked. Nothing was sent.",
                retry_after=1,
            ) from silence


def _masked(key: str) -> str:
    """Enough of a wrong key to recognise it, never enough to use it; printable ASCII only."""
    if well_formed(key):
        return shown(key)
    clean = "".join(c if c.isascii() and c.isprintable() else "?" for c in key)
    return f"{clean[:3]}...{clean[-4:]}" if len(clean) >= 16 else "***"  # noqa: PLR2004  too short to show
