"""Which rows, speeds and operations a project or a key may use. Pure.

Lists are checked against what will be drawn and not against the name it was asked by: an alias, or
`quality`, leads round none of them.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import msgspec

from adapters.openai.errors import ApiError
from adapters.translate.plan import Plan
from config.catalogue import Catalogue, Model, Operation, Speed
from config.entries import Mode, Reach, fault, generates_only, reach

SHOWN: Final = 12  # entries of a list in a refusal
NOTHING: Final = "Nothing was drawn and nothing is billed."
_WHOSE: Final = {"project": "This project", "key": "This API key"}


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """One list of models, of a project or of a key."""

    whose: Literal["project", "key"]
    mode: Mode
    entries: tuple[str, ...]


class Fence:
    """The lists of one caller, read against a catalogue. Entries that it does not have any more stand
    for nothing.
    """

    def __init__(self, permits: Sequence[Permit], catalogue: Catalogue) -> None:
        self._lists = [
            (permit, [one for one in _reaches(permit, catalogue) if one is not None])
            for permit in permits
        ]

    def refusing(self, model: Model, speed: Speed | None, operation: Operation) -> Permit | None:
        """The first list that does not let a product pass; every one has to."""
        for permit, reaches in self._lists:
            listed = any(one.holds(model, speed, operation) for one in reaches)
            if listed != (permit.mode == "allow_list"):
                return permit
        return None

    def shows(self, model: Model) -> bool:
        """Whether anything that a row sells may be used: it is listed then."""
        return any(
            self.refusing(model, speed, operation) is None
            for speed in model.speeds or (None,)
            for operation in model.operations
        )


def _reaches(permit: Permit, catalogue: Catalogue) -> Iterator[Reach | None]:
    return (reach(entry, permit.mode, catalogue) for entry in permit.entries)


def allowed(
    permits: Sequence[Permit],
    catalogue: Catalogue,
    model: Model,
    speed: Speed | None,
    operation: Operation,
) -> bool:
    """Whether a product may be used."""
    return Fence(permits, catalogue).refusing(model, speed, operation) is None


def refuse_forbidden(permits: Sequence[Permit], catalogue: Catalogue, plan: Plan) -> None:
    """Raises ApiError model_not_allowed unless the images and the call before them may be drawn."""
    if not permits:
        return
    calls = [(plan.model, plan.speed, plan.operation)]
    if plan.lead is not None:
        calls.append((plan.lead.model, None, plan.lead.operation))
    fence = Fence(permits, catalogue)
    for model, speed, operation in calls:
        permit = fence.refusing(model, speed, operation)
        if permit is not None:
            raise _refusal(permit, catalogue, model, speed, operation)


def refuse_unknown(entries: Sequence[str], catalogue: Catalogue, param: str) -> None:
    """Raises ApiError invalid_value that names the first entry which stands for nothing."""
    for place, entry in enumerate(entries):
        why = fault(entry, catalogue)
        if why:
            raise ApiError("invalid_value", f"{param}[{place}]: {why}", param=f"{param}[{place}]")


def _refusal(
    permit: Permit, catalogue: Catalogue, model: Model, speed: Speed | None, operation: Operation
) -> ApiError:
    what = f"{model.name} ({speed}, {operation})" if speed else f"{model.name} ({operation})"
    return ApiError(
        "model_not_allowed",
        f"{_WHOSE[permit.whose]} may not use {what}; it may use {_may(permit, catalogue)}. {NOTHING}",
        param="model",
    )


def _may(permit: Permit, catalogue: Catalogue) -> str:
    """What is allowed, in words."""
    allow = permit.mode == "allow_list"
    entries = [
        f"{entry} (generate)" if allow and generates_only(entry, catalogue) else entry
        for entry in permit.entries[:SHOWN]
    ]
    if len(permit.entries) > SHOWN:
        entries.append(f"{len(permit.entries) - SHOWN} more")
    if not allow:
        return f"all but {', '.join(entries)}"
    return ", ".join(entries) or "no model at all"
