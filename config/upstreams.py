"""Which accounts at suppliers are used, and with which keys: from the environment or the file."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, get_args
from urllib.parse import urlsplit

import msgspec

from config import values
from config.catalogue import Kind, Operation, Upstream
from config.rows import plain
from config.secret import Secret
from config.variables import FILE, Environment, complained_of

DEFAULT_URL: Final = "https://aihubmix.com/ideogram"
OFFICIAL_HOST: Final = "api.ideogram.ai"
PICTURE_HOST: Final = "ideogram.ai"  # where both kinds' links lead (ideogram-upstream 3.1)
MAX_FILE: Final[Mapping[Kind, int]] = {  # ideogram-upstream 1.2
    "aihubmix": 10 * values.MIB,
    "ideogram": 25 * values.MIB,
}
SANDBOX_NAME: Final = "sandbox"
URL: Final = "IDEOGATE_UPSTREAM_URL"
KIND: Final = "IDEOGATE_UPSTREAM_KIND"
KEY: Final = "IDEOGATE_UPSTREAM_API_KEY"


class Supply(NamedTuple):
    """The upstreams in the order in which they are tried, and each one's keys by its name.

    `names` are the variables that hold those keys, as the file names them.
    """

    upstreams: tuple[Upstream, ...]
    keys: Mapping[str, tuple[Secret, ...]]
    names: frozenset[str] = frozenset()


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[upstream]]` as an operator writes it. What is left out follows from kind and name.

    `max_file` is read as IDEOGATE_MAX_FILE is: a plain number is MiB.
    """

    name: str
    base_url: str
    kind: Kind | None = None
    prices: str | None = None
    account: str | None = None
    slots: int | None = None
    operations: tuple[Operation, ...] = get_args(Operation)
    fields_added: tuple[str, ...] = ()
    fields_removed: tuple[str, ...] = ()
    max_file: int | str | None = None
    failed_is_free: bool | None = None
    api_key_env: str | tuple[str, ...] = ()
    api_key_file: str | tuple[str, ...] = ()


def single(found: Mapping[str, Any], *, sandbox_allowed: bool, problems: list[str]) -> Supply:
    """The one upstream that the environment names; the sandbox where it may stand in.

    Unasked the sandbox stands in only when neither URL nor key is set and `sandbox_allowed`.
    """
    url, key = found["upstream_url"], found["upstream_api_key"]
    if url is None and not complained_of(URL, problems):
        alone = key is None and not complained_of(KEY, problems)
        url = values.SANDBOX if alone and sandbox_allowed else DEFAULT_URL
    if (
        url == DEFAULT_URL
        and found["upstream_url"] is None
        and found["upstream_kind"] == "ideogram"
    ):
        problems.append(
            f"{KIND} holds 'ideogram', but {URL} is not set, and its default is AiHubMix: "
            f"set it, to https://{OFFICIAL_HOST} for Ideogram itself"
        )
    url = url or DEFAULT_URL
    kind = found["upstream_kind"] or kind_of(url)
    if url != values.SANDBOX and key is None and not complained_of(KEY, problems):
        problems.append(
            f"{KEY} is not set: set it, or ask for the sandbox with {URL}={values.SANDBOX} (it "
            "stands in unasked only with no URL set, the embedded store and a loopback listener)"
        )
    name = SANDBOX_NAME if url == values.SANDBOX else kind
    row = Row(name=name, base_url=url, kind=kind)
    keys = {} if key is None or url == values.SANDBOX else {name: (key,)}
    return Supply((_upstream(row, found),), keys)


def listed(
    raw: object, found: Mapping[str, Any], environ: Environment, problems: list[str]
) -> Supply:
    """The `[[upstream]]` rows of the file, which take the place of the environment's one."""
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        problems.append("upstream: must be rows, written [[upstream]]")
        return Supply((), {})
    rows = [row for item in raw if (row := _row(item, problems)) is not None]
    for row in rows:
        problems += _faults(row)
    keys = {row.name: _keys(row, environ, problems) for row in rows}
    upstreams = tuple(_upstream(row, found) for row in rows)
    problems += _clashes(upstreams)
    names = {name for row in rows for name in _names(row.api_key_env)}
    return Supply(upstreams, keys, frozenset(names | {name + FILE for name in names}))


def kind_of(url: str) -> Kind:
    """Ideogram's own host speaks for itself; every other speaks AiHubMix's dialect."""
    return "ideogram" if urlsplit(url).hostname == OFFICIAL_HOST else "aihubmix"


def picture_hosts(upstreams: tuple[Upstream, ...], public_url: str) -> tuple[str, ...]:
    """Hosts that links may lead to: Ideogram's, each upstream's own, ours where the sandbox draws."""
    urls = [public_url if row.base_url == values.SANDBOX else row.base_url for row in upstreams]
    hosts = [PICTURE_HOST, *(urlsplit(url).hostname or "" for url in urls)]
    return tuple(dict.fromkeys(host for host in hosts if host))


def _row(item: Mapping[str, Any], problems: list[str]) -> Row | None:
    try:
        return msgspec.convert(item, Row)
    except msgspec.ValidationError as err:
        problems.append(f"upstream {item.get('name', '(no name)')}: {plain(err)}")
        return None


def _faults(row: Row) -> list[str]:
    read = (
        ("name", row.name, values.NAME),
        ("base_url", row.base_url, values.UPSTREAM),
        ("prices", row.prices, values.NAME),
        ("account", row.account, values.NAME),
        ("slots", row.slots, values.whole(1, 100_000)),
        ("max_file", row.max_file, values.BYTES),
    )
    faults = [
        f"upstream {row.name}: {field} holds {values.shown(str(value))}, may hold {reading.may}"
        for field, value, reading in read
        if value is not None and not _reads(reading, str(value))
    ]
    for field in (*row.fields_added, *row.fields_removed):
        operation, _, name = field.partition(".")
        if operation not in get_args(Operation) or not name:
            faults.append(
                f"upstream {row.name}: {values.shown(field)} is not written OPERATION.FIELD, "
                "such as edit.negative_prompt"
            )
    # ledger, banner and replies tell the stand-in by its name (DESIGN 4)
    if (row.base_url == values.SANDBOX) != (row.name == SANDBOX_NAME):
        faults.append(
            f"upstream {row.name}: the name {SANDBOX_NAME} and base_url {values.SANDBOX} go "
            "together, so that no real picture is taken for one of the sandbox"
        )
    return faults


def _reads(reading: values.Reading, text: str) -> bool:
    try:
        reading.read(text)
    except ValueError:
        return False
    return True


def _names(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _keys(row: Row, environ: Environment, problems: list[str]) -> tuple[Secret, ...]:
    before = len(problems)
    asked = [environ.secret(name) for name in _names(row.api_key_env)]
    problems += [
        f"upstream {row.name}: api_key_env names {name}, which is not set"
        for name, key in zip(_names(row.api_key_env), asked, strict=True)
        if key is None and not complained_of(name, problems[before:])
    ]
    where = f"upstream {row.name}: api_key_file"
    asked += [environ.secret_file(where, path) for path in _names(row.api_key_file)]
    keys = tuple(key for key in asked if key is not None)
    if not asked and row.base_url != values.SANDBOX:
        problems.append(f"upstream {row.name}: needs api_key_env or api_key_file")
    return tuple(dict.fromkeys(keys))


def _clashes(upstreams: tuple[Upstream, ...]) -> list[str]:
    problems = []
    seen: dict[str, Upstream] = {}
    accounts: dict[str, Upstream] = {}
    for row in upstreams:
        if row.name in seen:
            problems.append(f"upstream {row.name}: written twice")
        first = accounts.setdefault(row.account, row)
        if first.slots != row.slots:
            problems.append(
                f"upstream {row.name}: {row.slots} slots, but {first.name} has {first.slots} "
                f"on the same account {row.account}"
            )
        seen[row.name] = row
    return problems


def _upstream(row: Row, found: Mapping[str, Any]) -> Upstream:
    kind = row.kind or kind_of(row.base_url)
    own = None if row.max_file is None else str(row.max_file)
    size = values.BYTES.read(own) if own and _reads(values.BYTES, own) else found["max_file"]
    return Upstream(
        name=row.name,
        base_url=row.base_url.rstrip("/"),
        kind=kind,
        prices=row.prices or kind,
        account=row.account or row.name,
        slots=row.slots or found["upstream_slots"],
        operations=row.operations,
        fields_added=row.fields_added,
        fields_removed=row.fields_removed,
        max_file=size or MAX_FILE[kind],
        failed_is_free=kind == "ideogram" if row.failed_is_free is None else row.failed_is_free,
    )
