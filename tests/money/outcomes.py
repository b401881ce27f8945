"""Every way one call can end, and what the design says about it: legs, pictures, gravity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adapters.ideogram.outcome import Delivered, Failed, Outcome, Picture, Reason, Refused, Unknown


def drawn(count: int, *, withheld: Sequence[int] = (), host: str = "pictures") -> Delivered:
    """A 200 with so many pictures; `withheld` are places in it."""
    return Delivered(
        pictures=tuple(
            Picture(url=None, safe=False)
            if place in withheld
            else Picture(url=f"https://{host}/{place}.png", safe=True, resolution="1024x1024")
            for place in range(count)
        )
    )


@dataclass(frozen=True)
class End:
    """How a call of some images ends. `gravity`: who speaks when nothing came, the highest first.

    `billed` and `came` of the images asked; `error` is (status, code, x-should-retry) when this end
    decides and no call was posted or parked.
    """

    name: str
    state: str
    reason: str
    gravity: int
    error: tuple[int, str | None, str | None]

    def outcome(self, images: int) -> Outcome:
        if self.state == "POSTED":
            withheld = {"partly": [0], "withheld": range(images)}.get(self.name, [])
            return drawn(self.billed(images), withheld=withheld)
        if self.state == "PARKED":
            return Unknown(message="lost")
        if self.name == "failed":
            return Failed(message="it broke", status=500)
        return Refused(reason=REASONS[self.reason], message="no", status=400)

    def billed(self, images: int) -> int:
        if self.state != "POSTED":
            return 0
        return (images + 1) // 2 if self.name == "fewer" else images

    def came(self, images: int) -> list[int]:
        """Places of the pictures that reach the caller."""
        first = {"delivered": 0, "fewer": 0, "partly": 1}.get(self.name)
        return [] if first is None else list(range(first, self.billed(images)))


REASONS: Final[dict[str, Reason]] = {
    "refused_unreachable": "unreachable",
    "refused_bad_request": "bad_request",
    "refused_moderated": "moderated",
    "refused_auth": "auth",
    "refused_funds": "funds",
    "refused_not_found": "not_found",
    "refused_busy": "busy",
    "refused_other": "other",
}
NEVER: Final = (0, None, None)
MODERATED: Final = (400, "moderation_blocked", None)
REFUSED_US: Final = (503, "upstream_unavailable", "false")


def _refused(reason: str, gravity: int, error: tuple[int, str | None, str | None]) -> End:
    return End(f"refused {reason}", "VOIDED", f"refused_{reason}", gravity, error)


ENDS: Final[tuple[End, ...]] = (
    End("delivered", "POSTED", "delivered", 0, NEVER),
    End("partly", "POSTED", "withheld", 80, MODERATED),
    End("withheld", "POSTED", "withheld", 80, MODERATED),
    End("fewer", "POSTED", "delivered", 0, NEVER),
    End("unknown", "PARKED", "unknown", 90, (502, "upstream_outcome_unknown", "false")),
    End("failed", "VOIDED", "failed", 70, (502, "upstream_error", "true")),
    _refused("moderated", 17, MODERATED),
    _refused("bad_request", 16, (400, "invalid_value", None)),
    _refused("funds", 15, REFUSED_US),
    _refused("auth", 14, REFUSED_US),
    _refused("not_found", 13, REFUSED_US),
    _refused("other", 12, REFUSED_US),
    _refused("unreachable", 11, (503, "upstream_unavailable", "true")),
    _refused("busy", 10, (429, "rate_limit_exceeded", "true")),
)
# One of each class, for triples: the reasons of a refusal differ in words only.
CLASSES: Final = tuple(
    end for end in ENDS if not end.name.startswith("refused") or end.reason == "refused_busy"
)
