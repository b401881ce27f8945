"""What one request says, field by field: several spellings of a field are one field."""

from typing import Any

from adapters.openai.document import fields_of
from adapters.openai.errors import ApiError
from adapters.openai.fields import Route
from adapters.openai.near import UnknownRule, stranger


class Asked:
    """The values heard so far, by the attribute each fills, and the names that nobody knows."""

    def __init__(self, route: Route, rule: UnknownRule) -> None:
        self.values: dict[str, Any] = {}
        self.unknown: dict[str, None] = {}  # in order of arrival, each once
        self._route = route
        self._rule = rule
        self._named: dict[str, str] = {}

    def put(self, name: str, value: object) -> None:
        """The value of a known field. Raises ApiError when another spelling says otherwise."""
        fills = self._route.fields[name].fills
        if fills in self.values and _folded(value) != _folded(self.values[fills]):
            raise ApiError(
                "mutually_exclusive_parameters",
                f"{self._named[fills]} and {name} mean the same but have different values: "
                "send one of them.",
                param=name,
            )
        self.values[fills] = value
        self._named[fills] = name

    def strange(self, name: str) -> None:
        """A name that no field has. Raises ApiError where the rule refuses it."""
        self.unknown[stranger(name, self._route, self._rule)] = None


def asked_json(body: bytes, route: Route, rule: UnknownRule) -> Asked:
    """What a JSON body says; null and "" mean absent. Raises ApiError, status 400."""
    asked = Asked(route, rule)
    for name, value in fields_of(body).items():
        field = route.fields.get(name)
        if field is None:
            asked.strange(name)
            continue
        raw = bytes(value)
        if raw not in (b"null", b'""'):
            asked.put(name, field.kind.json(name, raw))
    return asked


def _folded(value: object) -> object:
    return value.lower() if isinstance(value, str) else value
