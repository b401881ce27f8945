"""The terms of one order, as the store found them at its hold."""

from typing import Final

import msgspec

HOUSE: Final = "house"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """`charge_withheld`: "house" where it pays for images that were withheld, else "". The others
    are names of upstreams, joined by ",", whose price nobody has published: of the images, and of a
    call that comes first.
    """

    charge_withheld: str = ""
    assumed: str = ""
    lead_assumed: str = ""

    @property
    def house(self) -> bool:
        """Whether it pays for what was withheld."""
        return self.charge_withheld == HOUSE

    def charged(self, billed: int, withheld: int) -> int:
        """How many of the images that the supplier bills are the customer's."""
        return max(0, billed - withheld) if self.house else billed

    def facts(self, *, lead: bool = False) -> tuple[str, ...]:
        """As the order's record has them, names and values in turn."""
        assumed = self.lead_assumed if lead else self.assumed
        return "charge_withheld", self.charge_withheld, "assumed", assumed


def terms_of(words: str) -> Terms:
    """From the start's answer."""
    charge_withheld, assumed, lead_assumed = words.split(";")
    return Terms(charge_withheld=charge_withheld, assumed=assumed, lead_assumed=lead_assumed)
