"""Environment and TOML file -> one frozen `Settings`, or one error that lists all that is wrong."""

import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from config import checks, inherited, upstreams, values
from config.catalogue import BadCatalogue, Catalogue, Upstream
from config.files import shipped_text
from config.merge import load as merge
from config.rows import plain
from config.secret import Secret
from config.variables import VARIABLES, Environment, complained_of

FOLDER: Final = ".ideogate"  # of the embedded store, under the working directory
PEPPER_LETTERS: Final = 16
FILE_KEYS: Final = frozenset({"upstream", "model", "alias", "price", "defaults"})

SizePolicy = Literal["nearest", "exact", "strict"]
UnknownRule = Literal["near", "refuse", "warn"]
LogFormat = Literal["console", "json"]
UserRule = Literal["hashed", "plain", "none"]

MOST_USERS: Final = 1000
USERS_BOUND: Final = 100_000  # each is a row of its own in usage


class BadSettings(Exception):
    """Settings that cannot be used: one line a fault; no line repeats a secret."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Defaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[defaults]` of the file. `max_ratio_error` is a fraction: 0.10 is 10 %.

    `user_ids`: how the books name whom a caller draws for; `most_users` of a project and month are
    told apart.
    """

    default_model: str | None = None
    max_ratio_error: float = 0.10
    size_policy: SizePolicy = "nearest"
    unknown_parameters: UnknownRule = "near"
    user_ids: UserRule = "hashed"
    most_users: int = MOST_USERS


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is set from outside. Sizes in bytes, times in seconds; secrets print ***."""

    config: Path | None
    host: str
    port: int  # 0 lets the system choose; `public_url` cannot know that port
    public_url: str  # without a slash at the end
    metrics_host: str
    metrics_port: int  # 0: no metrics
    store_url: Secret
    store_folder: Path | None  # of the embedded store; None for any other
    store_replicas: int
    organization: str
    upstreams: tuple[Upstream, ...]  # in the order in which they are tried
    upstream_keys: Mapping[str, tuple[Secret, ...]]  # by upstream's name; none for the sandbox
    image_hosts: tuple[str, ...]
    input_hosts: tuple[str, ...]
    admin_key: Secret | None
    bootstrap_key: Secret | None
    key_pepper: Secret | None  # None only with the embedded store, whose folder keeps one
    key_pepper_old: Secret | None
    client_deadline: float
    upstream_deadline: float
    max_wait: float
    max_waiting: int  # images
    park_seconds: int
    journal_days: int
    max_body: int
    max_file: int  # the largest that any upstream takes
    upload_bytes: int
    download_bytes: int
    unknown_parameters: UnknownRule
    size_policy: SizePolicy
    max_ratio_error: float
    user_ids: UserRule
    most_users: int
    inherited: Mapping[str, str]  # by projects and keys, as it is kept (inherited.py)
    cors_origins: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    alert_webhook_url: Secret | None
    alert_webhook_secret: Secret | None
    log_format: LogFormat
    log_level: str
    catalogue: Catalogue

    @property
    def sandbox(self) -> bool:
        """Whether any pictures are the stand-in's."""
        return any(row.base_url == values.SANDBOX for row in self.upstreams)


def load(environ: Mapping[str, str], *, terminal: bool = False) -> Settings:
    """Reads the environment and every file it names. Called again, it reads the files again.

    `terminal`: whether the log goes to one, which decides an unset log format. Raises BadSettings.
    """
    problems: list[str] = []
    reader = Environment(environ, problems)
    found = {variable.field: reader.value(variable) for variable in VARIABLES}
    file = _file(found["config"], problems)
    defaults = _defaults(file.get("defaults", {}), problems)
    found["inherited"] = _inherited(file.get("defaults"), problems)
    found["store_folder"] = _folder(found["store_url"])
    supply = _supply(file, found, reader, problems)
    reader.refuse_unknown(supply.names)
    problems += _pepper(found, problems)
    problems += _unsigned(found, problems)
    catalogue = _catalogue(file, defaults, supply.upstreams, problems)
    if catalogue is not None:
        problems += inherited.faults(found["inherited"], catalogue)
    if problems or catalogue is None:
        raise BadSettings(*problems)
    found |= _derived(found, defaults, supply.upstreams, terminal=terminal)
    asked = {name: found[name] for name in Settings.__struct_fields__ if name in found}
    return Settings(
        **asked, upstreams=supply.upstreams, upstream_keys=supply.keys, catalogue=catalogue
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _file(path: str | None, problems: list[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        raw = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as err:
        problems.append(f"IDEOGATE_CONFIG holds {path!r}, which cannot be read: {err.strerror}")
        return {}
    except ValueError as err:  # TOMLDecodeError and UnicodeDecodeError are both one
        problems.append(f"IDEOGATE_CONFIG holds {path!r}, which is not TOML: {err}")
        return {}
    problems += [
        f"{path}: unknown key {key}{checks.near(key, FILE_KEYS)}"
        for key in sorted(raw.keys() - FILE_KEYS)
    ]
    return raw


def _defaults(raw: object, problems: list[str]) -> Defaults:
    known = (*Defaults.__struct_fields__, *inherited.NAMES)
    if isinstance(raw, dict):
        strange = sorted(raw.keys() - set(known))
        problems += [f"defaults: unknown key {key}{checks.near(key, known)}" for key in strange]
        raw = {key: raw[key] for key in Defaults.__struct_fields__ if key in raw}
    try:
        found = msgspec.convert(raw, Defaults)
    except msgspec.ValidationError as err:
        problems.append(f"defaults: {plain(err)}")
        return Defaults()
    if not 0 <= found.max_ratio_error <= 1:
        problems.append(
            f"defaults: max_ratio_error holds {found.max_ratio_error:g}, "
            "may hold a fraction from 0 to 1, such as 0.10 for 10 %"
        )
    if not 0 <= found.most_users <= USERS_BOUND:
        problems.append(
            f"defaults: most_users holds {found.most_users}, "
            f"may hold a whole number from 0 to {USERS_BOUND}"
        )
    return found


def _inherited(raw: object, problems: list[str]) -> dict[str, str]:
    return inherited.read(raw, problems) if isinstance(raw, dict) else {}


def _folder(store: Secret) -> Path | None:
    url = store.reveal()
    if not url.startswith(values.EMBEDDED):
        return None
    return Path(url.removeprefix(values.EMBEDDED) or FOLDER)


def _supply(
    file: Mapping[str, Any], found: Mapping[str, Any], reader: Environment, problems: list[str]
) -> upstreams.Supply:
    if file.get("upstream"):
        return upstreams.listed(file["upstream"], found, reader, problems)
    private = found["store_folder"] is not None and is_loopback(found["host"])
    return upstreams.single(found, sandbox_allowed=private, problems=problems)


def _pepper(found: Mapping[str, Any], problems: list[str]) -> list[str]:
    name = "IDEOGATE_KEY_PEPPER"
    pepper = found["key_pepper"]
    if pepper is not None and len(pepper.reveal()) < PEPPER_LETTERS:
        return [f"{name} is too short: it takes at least {PEPPER_LETTERS} characters of chance"]
    told = pepper is not None or complained_of(name, problems)
    if told or found["store_folder"] is not None:
        return []
    return [f"{name} is not set: a store that is not embedded needs it, on every gateway the same"]


def _unsigned(found: Mapping[str, Any], problems: list[str]) -> list[str]:
    name = "IDEOGATE_ALERT_WEBHOOK_SECRET"
    told = found["alert_webhook_secret"] is not None or complained_of(name, problems)
    if told or found["alert_webhook_url"] is None:
        return []
    return [f"{name} is not set: what goes to IDEOGATE_ALERT_WEBHOOK_URL is signed with it"]


def _catalogue(
    file: Mapping[str, Any],
    defaults: Defaults,
    rows: tuple[Upstream, ...],
    problems: list[str],
) -> Catalogue | None:
    override = {key: file[key] for key in ("model", "alias", "price") if key in file}
    if defaults.default_model:
        override["default_model"] = defaults.default_model
    try:
        return merge(*shipped_text(), override, tables={row.prices for row in rows})
    except BadCatalogue as err:
        problems += err.problems
        return None


def _derived(
    found: Mapping[str, Any], defaults: Defaults, rows: tuple[Upstream, ...], *, terminal: bool
) -> dict[str, Any]:
    public_url = found["public_url"] or _reachable(found["host"], found["port"])
    return {
        "config": Path(found["config"]) if found["config"] else None,
        "public_url": public_url,
        "image_hosts": found["image_hosts"] or upstreams.picture_hosts(rows, public_url),
        "input_hosts": found["input_hosts"] or (),
        "cors_origins": found["cors_origins"] or (),
        "trusted_proxies": found["trusted_proxies"] or (),
        "max_file": max(row.max_file for row in rows),
        "log_format": found["log_format"] or ("console" if terminal else "json"),
        "size_policy": found["size_policy"] or defaults.size_policy,
        "unknown_parameters": found["unknown_parameters"] or defaults.unknown_parameters,
        "max_ratio_error": defaults.max_ratio_error,
        "user_ids": defaults.user_ids,
        "most_users": defaults.most_users,
    }


def _reachable(host: str, port: int) -> str:
    """A link to a listener; one that listens everywhere is reached on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  read, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
