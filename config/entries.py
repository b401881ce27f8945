"""What an entry of a list of models stands for: products, by whatever name they are asked for. Pure.

An entry is the name of a row or an alias, in any case, and may end in ":OPERATION" or ":*".
"""

from typing import Final, Literal, NamedTuple, get_args

from config.catalogue import Catalogue, Model, Operation, Speed
from config.checks import near

Mode = Literal["allow_list", "deny_list"]
_OPERATIONS: Final[tuple[str, ...]] = (*get_args(Operation), "*")


class Reach(NamedTuple):
    """`model` is Ideogram's own name; `speeds` is (None,) where it has none."""

    model: str
    speeds: tuple[Speed | None, ...]
    operations: tuple[Operation, ...]

    def holds(self, model: Model, speed: Speed | None, operation: Operation) -> bool:
        """Whether a product is one of these."""
        return (
            model.upstream_model == self.model
            and speed in self.speeds
            and operation in self.operations
        )


def reach(entry: str, mode: Mode, catalogue: Catalogue) -> Reach | None:
    """What an entry stands for in such a list; None when nothing here is called so.

    A row whose speed is fixed stands for generation in an allow list, unless it says more: who is
    let in at the cheapest speed is not let into edits by that. In a deny list it stands for all.
    """
    name, operation = _split(entry, catalogue)
    model = _row(name, catalogue)
    if model is None:
        return None
    operations = model.operations
    if operation not in ("", "*"):
        operations = tuple(one for one in operations if one == operation)
    elif not operation and mode == "allow_list" and generates_only(entry, catalogue):
        operations = ("generate",)
    return Reach(model.upstream_model, model.speeds or (None,), operations)


def generates_only(entry: str, catalogue: Catalogue) -> bool:
    """Whether an entry of an allow list is narrower than the row it names."""
    name, operation = _split(entry, catalogue)
    model = _row(name, catalogue)
    fixed = model is not None and model.speed is not None and "generate" in model.operations
    return fixed and not operation


def fault(entry: str, catalogue: Catalogue) -> str:
    """Why an entry cannot be written down; nothing when it can."""
    name, operation = _split(entry, catalogue)
    model = _row(name, catalogue)
    if model is None:
        stem, _, suffix = entry.rpartition(":")
        if _row(stem, catalogue) is not None:
            close = near(suffix, _OPERATIONS)
            return (
                f"{stem} has no operation {suffix}{close or f'; it has {_list(stem, catalogue)}.'}"
            )
        return f"no model is called {name}{near(name.lower(), _names(catalogue))}"
    if operation not in ("", "*", *model.operations):
        return f"{name} has no operation {operation}; it has {_list(name, catalogue)}."
    return ""


def _split(entry: str, catalogue: Catalogue) -> tuple[str, str]:
    """Name and operation; "" where the entry says none."""
    stem, colon, suffix = entry.rpartition(":")
    whole = entry.lower()
    if not colon or whole in catalogue.models or whole in catalogue.aliases:
        return entry, ""
    operation = suffix.lower().replace("-", "_")
    return (stem, operation) if operation in _OPERATIONS else (entry, "")


def _row(name: str, catalogue: Catalogue) -> Model | None:
    """A pattern is known by its own name alone: it is no pattern for others."""
    if "*" in name and not any(name.lower() == f"{stem}*" for stem, _ in catalogue.patterns):
        return None
    return catalogue.find(name)


def _names(catalogue: Catalogue) -> list[str]:
    return [*catalogue.models, *catalogue.aliases, *(f"{stem}*" for stem, _ in catalogue.patterns)]


def _list(name: str, catalogue: Catalogue) -> str:
    model = _row(name, catalogue)
    return ", ".join(model.operations) if model else ""
