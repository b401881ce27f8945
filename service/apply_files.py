"""Files that `apply` takes: TOML with everything, or CSV with a row for each key. Pure."""

import csv
import io
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from config.catalogue import Catalogue
from service.apply_wanted import (
    RULES,
    WAYS,
    BadFile,
    Reader,
    Wanted,
    WantedKey,
    WantedProject,
    limit_names,
    twice,
)

_KEY: Final = frozenset({"name", "expires", "models", "models_mode", "scopes"})
_PROJECT: Final = frozenset(
    {"name", "tags", "charge_withheld", "unknown_parameters", "models", "models_mode", "rates",
     "alerts", "key"}
)  # fmt: skip
_COLUMNS: Final = frozenset(
    {"project", "key", "expires", "models", "contact", "charge_withheld", "unknown_parameters"}
)


def read_file(text: str, catalogue: Catalogue, *, table: bool) -> Wanted:
    """`table`: it is CSV. Raises BadFile."""
    reader = Reader(catalogue)
    wanted = _table(text, reader) if table else _tree(text, reader)
    for name in twice([project.name for project in wanted.projects]):
        reader.wrong(f"project {name}", "is there twice")
    for project in wanted.projects:
        for name in twice([key.name for key in project.keys]):
            reader.wrong(f"project {project.name}: key {name}", "is there twice")
    if reader.problems:
        raise BadFile(reader.problems)
    return wanted


def _tree(text: str, reader: Reader) -> Wanted:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as bad:
        reader.wrong("the file", str(bad))
        return Wanted()
    _known(reader, "the file", raw, frozenset({"organization", "project"}))
    organization = _mapping(reader, "organization", raw.get("organization", {}))
    _known(reader, "organization", organization, limit_names("organization") | {"alerts"})
    limits = {n: v for n, v in organization.items() if n in limit_names("organization")}
    alerts = organization.get("alerts")
    return Wanted(
        projects=tuple(
            _project(reader, item) for item in _rows(reader, "project", raw.get("project", []))
        ),
        limits=reader.limits("organization", "organization", limits),
        alerts=None if alerts is None else reader.alerts("organization.alerts", alerts),
    )


def _project(reader: Reader, raw: Mapping[str, Any]) -> WantedProject:
    name = reader.name("project.name", raw.get("name"))
    place = f"project {name}"
    _known(reader, place, raw, _PROJECT | limit_names("project"))
    limits = {n: v for n, v in raw.items() if n in limit_names("project")}
    tags, withheld, rule = (raw.get(n) for n in ("tags", "charge_withheld", "unknown_parameters"))
    models, rates, alerts = (raw.get(n) for n in ("models", "rates", "alerts"))
    return WantedProject(
        name=name,
        tags=None if tags is None else reader.tags(f"{place}.tags", tags),
        charge_withheld=None
        if withheld is None
        else reader.word(f"{place}.charge_withheld", withheld, WAYS),
        unknown_parameters=None
        if rule is None
        else reader.word(f"{place}.unknown_parameters", rule, RULES),
        limits=reader.limits(place, "project:new", limits),
        models=None
        if models is None
        else reader.models(f"{place}.models", models, raw.get("models_mode")),
        rates={} if rates is None else reader.rates(f"{place}.rates", rates),
        alerts=None if alerts is None else reader.alerts(f"{place}.alerts", alerts),
        keys=tuple(
            _key(reader, place, item) for item in _rows(reader, f"{place}.key", raw.get("key", []))
        ),
    )


def _key(reader: Reader, of: str, raw: Mapping[str, Any]) -> WantedKey:
    name = reader.name(f"{of}: key.name", raw.get("name"))
    place = f"{of}: key {name}"
    _known(reader, place, raw, _KEY | limit_names("key"))
    limits = {n: v for n, v in raw.items() if n in limit_names("key")}
    expires, models, scopes = (raw.get(n) for n in ("expires", "models", "scopes"))
    return WantedKey(
        name=name,
        expires_in=None if expires is None else reader.lifetime(f"{place}.expires", expires),
        limits=reader.limits(place, "key:new", limits),
        models=None
        if models is None
        else reader.models(f"{place}.models", models, raw.get("models_mode")),
        scopes=None if scopes is None else reader.scopes(f"{place}.scopes", scopes),
    )


def _known(reader: Reader, place: str, raw: Mapping[str, Any], names: frozenset[str]) -> None:
    for name in sorted(set(raw) - names):
        reader.wrong(place, f"there is no {name!r}; there is {', '.join(sorted(names))}")


def _mapping(reader: Reader, place: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        reader.wrong(place, f"it is written [{place}]")
        return {}
    return value


def _rows(reader: Reader, place: str, value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        reader.wrong(place, "it is written as rows, [[project]] and [[project.key]]")
        return []
    return value


def _table(text: str, reader: Reader) -> Wanted:
    """One row a key. What a project has stands in its first row; others leave it empty or repeat it."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    projects: dict[str, dict[str, Any]] = {}
    try:
        _columns(reader, list(rows.fieldnames or ()))
        for row in rows:
            _row(reader, f"line {rows.line_num}", row, projects)
    except csv.Error as bad:
        reader.wrong(f"line {rows.line_num}", str(bad))
    return Wanted(projects=tuple(_project(reader, raw) for raw in projects.values()))


def _columns(reader: Reader, columns: list[str]) -> None:
    if "project" not in columns or "key" not in columns:
        reader.wrong("line 1", "it names the columns, project and key among them")
    known = _COLUMNS | {f"project_{name}" for name in limit_names("project") - {"contact"}}
    known |= {f"key_{name}" for name in limit_names("key")}
    for name in columns:
        if name not in known and not name.startswith("tag:"):
            reader.wrong("line 1", f"there is no column {name!r}")
    for name in twice(columns):
        reader.wrong("line 1", f"the column {name!r} is there twice")


def _row(
    reader: Reader, place: str, row: Mapping[Any, Any], projects: dict[str, dict[str, Any]]
) -> None:
    if None in row or None in row.values():
        reader.wrong(place, "it has another number of columns than line 1")
        return
    given = {name: text for name, text in row.items() if text}
    project = projects.setdefault(
        given.get("project", ""), {"name": given.get("project"), "key": []}
    )
    key: dict[str, Any] = {"name": given.get("key")}
    for name, text in given.items():
        kind, _, rest = (
            name.partition("_") if name.startswith(("project_", "key_")) else ("", "", "")
        )
        if kind == "key":
            key[rest] = text
        elif name == "expires":
            key[name] = text
        elif name == "models":
            key[name] = [one.strip() for one in text.split(",")]
        elif name not in {"project", "key"}:
            _of_project(reader, place, project, rest or name, text)
    project["key"].append(key)


def _of_project(reader: Reader, place: str, project: dict[str, Any], name: str, text: str) -> None:
    values = project
    if name.startswith("tag:"):
        values, name = project.setdefault("tags", {}), name.removeprefix("tag:")
    if values.setdefault(name, text) != text:
        reader.wrong(place, f"{name} is {text!r} here, but {values[name]!r} above")
