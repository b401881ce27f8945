"""Every environment variable: its name, default and reading; how they are read, files included."""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from config import values
from config.checks import near
from config.secret import Secret
from config.values import Reading, one_of, seconds, whole

PREFIX: Final = "IDEOGATE_"
FILE: Final = "_FILE"

# What Kubernetes puts into every container for a Service called ideogate, or ideogate-metrics: not
# ours to refuse, and IDEOGATE_PORT=tcp://10.0.0.1:8000 is not ours to read.
_SERVICE_LINK: Final = re.compile(
    r"\w+_SERVICE_HOST|\w+_SERVICE_PORT(_\w+)?|\w+_PORT_[0-9]+_(TCP|UDP|SCTP)(_\w+)?"
)
_SERVICE_URL: Final = re.compile(r"(tcp|udp|sctp)://\S+")


class Variable(NamedTuple):
    """One variable. `default` is written as an operator would write it; None leaves it unset.

    A secret is read as a `Secret`, may come as NAME_FILE, and no complaint repeats it.
    """

    field: str
    default: str | None
    reading: Reading
    secret: bool = False

    @property
    def name(self) -> str:
        """The name in the environment."""
        return f"{PREFIX}{self.field.upper()}"


VARIABLES: Final[tuple[Variable, ...]] = (
    Variable("config", None, values.FILE),
    Variable("host", "127.0.0.1", values.HOST),
    Variable("port", "8000", values.PORT),
    Variable("public_url", None, values.WEB_ROOT),
    Variable("metrics_host", "127.0.0.1", values.HOST),
    Variable("metrics_port", "9464", values.PORT),
    # a store's URL may carry a password, a webhook's is one
    Variable("store_url", values.EMBEDDED, values.STORE, secret=True),
    Variable("store_replicas", "0", whole(0, 16)),
    Variable("organization", "org-default", values.NAME),
    Variable("upstream_url", None, values.UPSTREAM),
    Variable("upstream_kind", None, one_of("aihubmix", "ideogram")),
    Variable("upstream_api_key", None, values.TOKEN, secret=True),
    Variable("upstream_slots", "10", whole(1, 100_000)),
    Variable("image_hosts", None, values.PLACES),
    Variable("input_hosts", None, values.PLACES),
    Variable("admin_key", None, values.TOKEN, secret=True),
    Variable("bootstrap_key", None, values.TOKEN, secret=True),
    Variable("key_pepper", None, values.LINE, secret=True),
    Variable("key_pepper_old", None, values.LINE, secret=True),
    Variable("client_deadline", "290", seconds(1, 3600)),
    Variable("upstream_deadline", "275", seconds(1, 3600)),
    Variable("max_wait", "30", seconds(0, 240)),
    Variable("max_waiting", "1000", whole(0, 1_000_000)),
    Variable("park_seconds", "900", whole(1, 31 * 86_400)),
    Variable("journal_days", "90", whole(1, 36_500)),
    Variable("max_body", "50", values.BYTES),
    Variable("max_file", None, values.BYTES),
    Variable("upload_bytes", "128", values.BYTES),
    Variable("download_bytes", "64", values.BYTES),
    Variable("unknown_parameters", None, one_of("near", "refuse", "warn")),
    Variable("size_policy", None, one_of("nearest", "exact", "strict")),
    Variable("cors_origins", None, values.ORIGINS),
    Variable("trusted_proxies", None, values.NETWORKS),
    Variable("alert_webhook_url", None, values.HOOK, secret=True),
    Variable("alert_webhook_secret", None, values.HOOK_SECRET, secret=True),
    Variable("log_format", None, one_of("console", "json")),
    Variable("log_level", "info", one_of("debug", "info", "warning", "error", "critical")),
)


class Environment:
    """Reads variables; what is wrong goes to `problems`, one line each, and reading goes on."""

    def __init__(self, environ: Mapping[str, str], problems: list[str]) -> None:
        self._set = {
            name: value.strip()
            for name, value in environ.items()
            if value.strip() and not _is_service_link(name, value.strip())
        }
        self._problems = problems

    def value(self, variable: Variable) -> Any:
        """What the variable holds; its default when it is unset, empty or unreadable."""
        if variable.secret:
            found = self.secret(variable.name, variable.reading)
            return Secret(variable.default) if found is None and variable.default else found
        text = self._set.get(variable.name)
        if text is not None:
            try:
                return variable.reading.read(text)
            except ValueError:
                held = values.shown(text)
                self._problems.append(
                    f"{variable.name} holds {held}, may hold {variable.reading.may}"
                )
        return None if variable.default is None else variable.reading.read(variable.default)

    def secret(self, name: str, reading: Reading = values.TOKEN) -> Secret | None:
        """A secret from NAME or from the file that NAME_FILE names; None when neither is set."""
        text, path = self._set.get(name), self._set.get(name + FILE)
        if text is not None and path is not None:
            self._problems.append(f"{name} and {name}{FILE} are both set: unset one of them")
            return None
        if path is not None:
            return self.secret_file(f"{name}{FILE}", path, reading)
        return None if text is None else self._read_secret(name, text, reading)

    def secret_file(self, name: str, path: str, reading: Reading = values.TOKEN) -> Secret | None:
        """The secret that a file holds, without the line's end; `name` is who names the file."""
        try:
            text = Path(path).read_text("utf-8").strip()
        except OSError as err:
            self._problems.append(f"{name} holds {path!r}, which cannot be read: {err.strerror}")
            return None
        except ValueError:
            self._problems.append(f"{name} holds {path!r}, a file that is not UTF-8 text")
            return None
        if not text:
            self._problems.append(f"{name} holds {path!r}, a file that is empty")
            return None
        return self._read_secret(name, text, reading)

    def refuse_unknown(self, also: Iterable[str] = ()) -> None:
        """Complains of every IDEOGATE_ name that nobody reads; `also` are names a file gave."""
        known = known_names() | set(also)
        for name in sorted(self._set):
            if name.startswith(PREFIX) and name not in known:
                self._problems.append(f"{name}: unknown variable{near(name, known)}")

    def _read_secret(self, name: str, text: str, reading: Reading) -> Secret | None:
        try:
            return Secret(reading.read(text))
        except ValueError:
            self._problems.append(
                f"{name} holds a secret of {len(text)} characters that cannot be used, "
                f"may hold {reading.may}"
            )
            return None


def _is_service_link(name: str, value: str) -> bool:
    if not name.startswith(PREFIX):
        return False
    url = name.endswith("_PORT") and _SERVICE_URL.fullmatch(value)
    return bool(url or _SERVICE_LINK.fullmatch(name))


def known_names() -> set[str]:
    """Every name that is read by itself, NAME_FILE of the secrets included."""
    names = {variable.name for variable in VARIABLES}
    return names | {variable.name + FILE for variable in VARIABLES if variable.secret}


def complained_of(name: str, problems: Collection[str]) -> bool:
    """Whether a variable, or its file, already stands in the complaints."""
    return any(re.match(rf"{re.escape(name)}({FILE})?\b", problem) for problem in problems)
