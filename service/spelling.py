"""The spellings of a path that real clients use, folded into one. Pure."""

import re
from typing import Final, NamedTuple

_SLASHES: Final = re.compile(r"/{2,}")
_DEPLOYMENT: Final = re.compile(r"/deployments/(?P<model>.+?)/images/(?P<rest>[a-z]+)")
_KNOWN: Final = ("images", "models", "organization", "openapi.json")


class Spelled(NamedTuple):
    """The path our routes know, and the model that an Azure path names (it wins over the body)."""

    path: str
    deployment: str | None = None


def canonical(path: str) -> Spelled:
    """Fold `/openai/deployments/M/images/...`, `/openai/v1/...`, `/v1/v1/...`, a missing `/v1`,
    double and trailing slashes (openai-images 8) into `/v1/...`; others pass unchanged.
    """
    clean = _SLASHES.sub("/", path)
    if len(clean) > 1:
        clean = clean.rstrip("/")
    rest = clean
    azure = rest == "/openai" or rest.startswith("/openai/")
    if azure:
        rest = rest[len("/openai") :]
    for _ in range(2):
        if rest.startswith("/v1/"):
            rest = rest[len("/v1") :]
    deployment = _DEPLOYMENT.fullmatch(rest)
    if deployment is not None:
        return Spelled(f"/v1/images/{deployment['rest']}", deployment["model"])
    first = rest.split("/", 2)[1] if rest.startswith("/") else ""
    if first in _KNOWN:
        return Spelled(f"/v1{rest}")
    return Spelled(clean or "/")
