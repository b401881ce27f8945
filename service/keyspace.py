"""Every key in the store: its name, meaning and lifetime. All money keys share one slot.

| key                                   | type   | meaning                              | lifetime      |
| ig:{ORG}:order:ORDER                  | hash   | one order and its calls              | 48 h from end |
| ig:{ORG}:open                         | zset   | orders not ended, by end of lease    | while one of  |
|                                       |        |                                      | its calls is  |
|                                       |        |                                      | open, parked  |
| ig:{ORG}:journal                      | stream | the book: one entry a balance change | kept          |
| ig:{ORG}:balance:SCOPE:MONTH          | hash   | held, posted, parked, house; a cache | kept          |
| ig:{ORG}:places:ACCOUNT               | zset   | places taken, by end of lease        | while taken   |
| ig:{ORG}:account:ACCOUNT              | hash   | places in use, usual call time       | kept          |
| ig:{ORG}:credential:DIGEST            | hash   | a key's record, by its digest        | kept          |
| ig:{ORG}:first-keys                   | string | the first key as it may be shown     | kept          |
| ig:{ORG}:schema                       | string | version of this layout               | kept          |

SCOPE is "organization", "project:ID" or "key:ID"; MONTH is UTC, "2026-11". Ids are ours, never a
caller's text.
"""

from collections.abc import Iterable
from typing import Final

SCHEMA: Final = "1"
ORDER_KEPT_MS: Final = 48 * 3600 * 1000  # a tombstone against a second post (money 2.1)


class Keyspace:
    """Names for one organisation."""

    def __init__(self, organization: str) -> None:
        self.root = f"ig:{{{organization}}}"
        self.journal = f"{self.root}:journal"
        self.open = f"{self.root}:open"
        self.first_keys = f"{self.root}:first-keys"
        self.schema = f"{self.root}:schema"

    def order(self, order: str) -> str:
        return f"{self.root}:order:{order}"

    def balance(self, scope: str) -> str:
        """Without its month, which the scripts add from the store's clock."""
        return f"{self.root}:balance:{scope}"

    def balances(self, *, key: str, project: str) -> list[str]:
        """Every balance one order counts in, narrowest first."""
        return [self.balance(scope) for scope in scopes(key=key, project=project)]

    def places(self, account: str) -> str:
        return f"{self.root}:places:{account}"

    def account(self, account: str) -> str:
        return f"{self.root}:account:{account}"

    def credential(self, digest: str) -> str:
        return f"{self.root}:credential:{digest}"


def scopes(*, key: str, project: str) -> Iterable[str]:
    """The scopes of one caller, narrowest first."""
    return (f"key:{key}", f"project:{project}", "organization")
