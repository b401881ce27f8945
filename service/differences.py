"""What does not add up."""

import msgspec


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A counter that is not what the journal says; for places, not what the places add up to.

    `scope`: "organization", "project:ID", "key:ID", "account:ID", and "costs of ..." of these.
    """

    scope: str
    period: str  # as of periods.py; "" for places
    column: str
    journal: int
    counter: int

    def __str__(self) -> str:
        where = f"{self.scope} {self.period}".strip()
        return f"{where} {self.column}: counted {self.counter}, the journal says {self.journal}"
