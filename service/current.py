"""What may change while we run: the catalogue, the defaults, the accounts (SIGHUP)."""

from collections.abc import Callable, Mapping

import structlog

from adapters.ideogram.client import Ideogram
from config.catalogue import Upstream
from config.settings import Settings

_log = structlog.get_logger()
Make = Callable[[Settings, Upstream], Ideogram]


class Current:
    """The settings in force, and a client for each upstream by name."""

    def __init__(self, settings: Settings, make: Make) -> None:
        self.settings = settings
        self._make = make
        self._retired: list[Ideogram] = []  # calls under way still use them
        self.suppliers: dict[str, Ideogram] = {
            u.name: make(settings, u) for u in settings.upstreams
        }

    def take(self, fresh: Settings) -> None:
        """Put settings into force that were read again from the same environment and file."""
        if fresh.upstreams != self.settings.upstreams or _keys(fresh) != _keys(self.settings):
            made = {u.name: self._make(fresh, u) for u in fresh.upstreams}  # or nothing changes
            self._retired += self.suppliers.values()
            self.suppliers.clear()
            self.suppliers.update(made)
        self.settings = fresh
        _log.info("reloaded", price_table=fresh.catalogue.table_version)

    async def aclose(self) -> None:
        for supplier in (*self._retired, *self.suppliers.values()):
            await supplier.aclose()


def _keys(settings: Settings) -> Mapping[str, list[str]]:
    return {
        name: [secret.reveal() for secret in keys] for name, keys in settings.upstream_keys.items()
    }
