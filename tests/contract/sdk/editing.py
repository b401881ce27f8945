"""How a scenario of an edit is written."""

from typing import Any, Final

from tests.contract.sdk.pictures import FOX
from tests.contract.sdk.scenarios import Scenario, Seen, drawn, refused

KEPT: Final = "640x400"  # an edit with a mask is as large as its image
ANEW: Final = "1280x800"  # a remix is drawn in the listed ratio nearest to the image
FORM: Final = "multipart/form-data"
CHUNKED: Final = f"chunked {FORM}"


def file(picture: str, shape: str = "bytes") -> Seen:
    return {"picture": picture, "as": shape}


def files(image: object, mask: Seen | None) -> Seen:
    """A fox unless another image is given."""
    shown = {"image": file(FOX) if image is None else image}
    return shown if mask is None else {**shown, "mask": mask}


def edited(
    name: str,
    *pixels: str,
    image: object = None,
    mask: Seen | None = None,
    body: str | None = None,
    **ask: Any,
) -> Scenario:
    """An edit that succeeds. `body`: what the SDK must have made of it on its way."""
    found = drawn(f"edit: {name}", *pixels, call="edit", files=files(image, mask), **ask)
    return found if body is None else found._replace(sees={**found.sees, "body": body})


def unedited(
    name: str, error: Seen, image: object = None, mask: Seen | None = None, **ask: Any
) -> Scenario:
    """An edit that is refused."""
    return refused(f"edit: {name}", error, call="edit", files=files(image, mask), **ask)


def warned(*codes: str) -> Seen:
    return {"ideogate": {"warnings": [{"code": code, "message": str} for code in codes]}}


def ran(operation: str, cost: int, model: str = "ideogram-v3") -> Seen:
    return {"ideogate": {"operation": operation, "model": model, "cost_microusd": cost}}
