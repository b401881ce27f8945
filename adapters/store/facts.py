"""What a store says about itself, and what of that an operator should hear."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

OLDEST: Final = 7  # scripts with flags (allow-oom) and INFO as we read it came with Redis 7


class StoreFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`policy` and `append_only` are None where a managed store hides them."""

    flavour: Literal["redis", "valkey"] = "redis"
    version: str = ""
    run_id: str = ""  # another one after a restart
    replication: str = ""  # another one after a failover
    role: str = ""
    policy: str | None = None
    append_only: bool | None = None
    memory_limit: int = 0  # bytes; 0 = none
    memory_used: int = 0  # bytes
    replicas: int = 0

    @property
    def too_old(self) -> bool:
        """Every Valkey is new enough: the first one was 7.2."""
        return self.flavour == "redis" and int(self.version.partition(".")[0] or 0) < OLDEST

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the log at start; empty when all is well."""
        found = []
        if self.policy is None:
            found.append("the store hides its maxmemory-policy; it must be noeviction")
        elif self.policy != "noeviction":
            found.append(
                f"the store's maxmemory-policy is {self.policy}: under memory pressure it throws "
                "the ledger away; set it to noeviction"
            )
        if not self.append_only:
            found.append(
                "the store has no append-only file: when it dies, the latest holds and posts are "
                "lost; set appendonly yes and appendfsync always"
            )
        return tuple(found)


def read_facts(info: str) -> StoreFacts:
    """From the text of INFO."""
    lines = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    valkey = lines.get("valkey_version")
    append_only = lines.get("aof_enabled")
    return StoreFacts(
        flavour="valkey" if valkey or lines.get("server_name") == "valkey" else "redis",
        version=valkey or lines.get("redis_version", ""),
        run_id=lines.get("run_id", ""),
        replication=lines.get("master_replid", ""),
        role=lines.get("role", ""),
        policy=lines.get("maxmemory_policy"),
        append_only=None if append_only is None else append_only == "1",
        memory_limit=_whole(lines, "maxmemory"),
        memory_used=_whole(lines, "used_memory"),
        replicas=_whole(lines, "connected_slaves"),
    )


def _whole(lines: Mapping[str, str], name: str) -> int:
    return int(lines.get(name, "0"))
