"""Every key in the store: its name, meaning and lifetime. All money keys share one slot.

| key                                   | type   | meaning                              | lifetime      |
| ig:{ORG}:order:ORDER                  | hash   | one order and its calls              | 48 h from end |
| ig:{ORG}:open                         | zset   | orders not ended, by end of lease    | while one of  |
|                                       |        |                                      | its calls is  |
|                                       |        |                                      | open, parked  |
| ig:{ORG}:journal                      | stream | the book: one entry a balance change | IDEOGATE_     |
|                                       |        |                                      | JOURNAL_DAYS  |
| ig:{ORG}:balance:SCOPE:PERIOD         | hash   | held, posted, parked, house; a cache | kept; a day   |
|                                       |        |                                      | 40 d, a week  |
|                                       |        |                                      | 100 d         |
| ig:{ORG}:places:ACCOUNT               | zset   | places taken, by end of lease        | while taken   |
| ig:{ORG}:account:ACCOUNT              | hash   | places in use, usual call time       | kept          |
| ig:{ORG}:limits:SCOPE                 | hash   | limits; also of "project:ID:MODEL"   | kept          |
| ig:{ORG}:rate:PROJECT:MODEL           | hash   | how full its rate limits are         | a day         |
| ig:{ORG}:credential:DIGEST            | hash   | whose secret it is, when it ends     | kept          |
| ig:{ORG}:key:ID                       | hash   | a key's record                       | kept          |
| ig:{ORG}:keys                         | zset   | ids of keys, by time                 | kept          |
| ig:{ORG}:first-keys                   | string | the first key as it may be shown     | kept          |
| ig:{ORG}:checkpoints                 | zset   | the journal's checkpoints, by time   | as the        |
|                                       |        |                                      | journal       |
| ig:{ORG}:upkeep                       | string | who trims the journal just now       | 10 min        |
| ig:{ORG}:result:ORDER                 | hash   | what its calls came to, sealed       | 15 min        |
| ig:{ORG}:repeat:NAME                  | hash   | the order of an idempotency key      | 48 h          |
| ig:{ORG}:unclaimed:PRINT              | zset   | orders of that fingerprint, until    | 2 h           |
|                                       |        | they are delivered in full           |               |
| ig:{ORG}:refused:PRINT                | string | how many retries of it are to be new | 2 min         |
|                                       |        | orders                               |               |
| ig:{ORG}:projects                     | zset   | ids of projects, by time             | kept          |
| ig:{ORG}:project:ID                   | hash   | a project's record                   | kept          |
| ig:{ORG}:keys-of:PROJECT              | zset   | ids of its keys, by time             | kept          |
| ig:{ORG}:admin-keys                   | zset   | ids of admin keys, by time           | kept          |
| ig:{ORG}:service-accounts:PROJECT     | zset   | ids of its service accounts, by time | kept          |
| ig:{ORG}:service-account:ID           | hash   | a service account's record           | kept          |
| ig:{ORG}:audit                        | stream | every write of administration        | 400 days      |
| ig:{ORG}:admin-answer:NAME            | string | the answer to a POST of an           | 24 h          |
|                                       |        | idempotency key, sealed              |               |
| ig:{ORG}:defaults                     | hash   | what admins have set for those who   | kept          |
|                                       |        | have nothing of their own            |               |
| ig:{ORG}:inherited:KIND               | hash   | what is in force for them: of admins | kept          |
|                                       |        | and the file; KIND: project, key     |               |
| ig:{ORG}:usage:WIDTH:START            | hash   | a bucket of usage: row -> counts;    | 2 days, 60    |
|                                       |        | minute, hour, day from Unix seconds  | days, 3 years |
| ig:{ORG}:costs:DAY                    | hash   | a bucket of costs: row -> counts     | 3 years       |
| ig:{ORG}:users:PROJECT:MONTH          | set    | users that were told apart           | 2 months      |
| ig:{ORG}:alerts:SCOPE                 | hash   | spend alerts: id -> text, JSON       | kept          |
| ig:{ORG}:thresholds:SCOPE             | zset   | ids of alerts, by micro-USD          | kept          |
| ig:{ORG}:alerted:SCOPE:MONTH          | hash   | what was crossed: CROSSING -> Unix   | 40 days after |
|                                       |        | seconds                              | the month     |
| ig:{ORG}:crossing:CROSSING            | hash   | what the webhook is to tell          | until told or |
|                                       |        |                                      | given up      |
| ig:{ORG}:alerts-due                   | zset   | crossings not told yet, by when to   | until told or |
|                                       |        | try, ms                              | given up      |
| ig:{ORG}:metered-from                 | string | the first month that was metered     | kept          |
|                                       |        | whole, of books that are older       |               |
| ig:{ORG}:frozen                       | hash   | that the journal lost entries: no    | until they    |
|                                       |        | order is taken                       | are told      |
|                                       |        |                                      | again or      |
|                                       |        |                                      | accepted      |
| ig:{ORG}:pepper                       | string | an HMAC under the pepper of the keys | kept          |
| ig:{ORG}:schema                       | string | version of this layout               | kept          |

SCOPE is "organization", "project:ID" or "key:ID". PERIOD is UTC: a month "2026-11"; for a key also a
day "2026-11-22", a week "2026-W47" and "total". Ids are ours, never a caller's text:
CROSSING is the alert's, the month and the micro-USD; NAME and PRINT are HMACs under a key made of the caller's API key and the pepper (vault.py).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from service.periods import periods_of

SCHEMA: Final = (1, 2)  # major.minor: a minor only adds (schema.py)
ORDER_KEPT_MS: Final = 48 * 3600 * 1000  # a tombstone against a second post (money 2.1)


class Keyspace:
    """Names for one organisation."""

    def __init__(self, organization: str) -> None:
        self.root = f"ig:{{{organization}}}"
        self.journal = f"{self.root}:journal"
        self.open = f"{self.root}:open"
        self.checkpoints = f"{self.root}:checkpoints"
        self.upkeep = f"{self.root}:upkeep"
        self.keys = f"{self.root}:keys"
        self.first_keys = f"{self.root}:first-keys"
        self.frozen = f"{self.root}:frozen"
        self.pepper = f"{self.root}:pepper"
        self.schema = f"{self.root}:schema"
        self.projects = f"{self.root}:projects"
        self.admin_keys = f"{self.root}:admin-keys"
        self.audit = f"{self.root}:audit"
        self.defaults = f"{self.root}:defaults"
        self.metered_from = f"{self.root}:metered-from"
        self.alerts_due = f"{self.root}:alerts-due"

    def order(self, order: str) -> str:
        return f"{self.root}:order:{order}"

    def result(self, order: str) -> str:
        return f"{self.root}:result:{order}"

    def unclaimed(self, fingerprint: str) -> str:
        return f"{self.root}:unclaimed:{fingerprint}"

    def refused(self, fingerprint: str) -> str:
        return f"{self.root}:refused:{fingerprint}"

    def balance(self, scope: str) -> str:
        """Without its month, which the scripts add from the store's clock."""
        return f"{self.root}:balance:{scope}"

    def balances(self, *, key: str, project: str) -> list[str]:
        """Every balance one order counts in, narrowest first."""
        return [self.balance(scope) for scope in scopes(key=key, project=project)]

    def money(self, order: str, *, account: str, key: str, project: str) -> list[str]:
        """The keys of one order as every money script takes them (lua/parts.lua)."""
        return [
            self.order(order),
            self.journal,
            self.places(account),
            self.account(account),
            self.open,
            *self.balances(key=key, project=project),
        ]

    def limits(self, scope: str) -> str:
        """`scope`: as of a balance, or "project:ID:MODEL"."""
        return f"{self.root}:limits:{scope}"

    def rate(self, *, project: str, model: str) -> str:
        return f"{self.root}:rate:{project}:{model}"

    def places(self, account: str) -> str:
        return f"{self.root}:places:{account}"

    def account(self, account: str) -> str:
        return f"{self.root}:account:{account}"

    def credential(self, digest: str) -> str:
        return f"{self.root}:credential:{digest}"

    def key(self, key: str) -> str:
        return f"{self.root}:key:{key}"

    def project(self, project: str) -> str:
        return f"{self.root}:project:{project}"

    def keys_of(self, project: str) -> str:
        return f"{self.root}:keys-of:{project}"

    def service_accounts(self, project: str) -> str:
        return f"{self.root}:service-accounts:{project}"

    def service_account(self, account: str) -> str:
        return f"{self.root}:service-account:{account}"

    def inherited(self, kind: str) -> str:
        """`kind`: project, key."""
        return f"{self.root}:inherited:{kind}"

    def usage(self, width: str, start: int) -> str:
        """`width`: minute, hour, day."""
        return f"{self.root}:usage:{width}:{start}"

    def costs(self, day: str) -> str:
        return f"{self.root}:costs:{day}"

    def users(self, *, project: str, month: str) -> str:
        return f"{self.root}:users:{project}:{month}"

    def alerts(self, scope: str) -> str:
        """`scope`: "organization" or "project:ID"."""
        return f"{self.root}:alerts:{scope}"

    def thresholds(self, scope: str) -> str:
        return f"{self.root}:thresholds:{scope}"

    def alerted(self, scope: str, month: str) -> str:
        return f"{self.root}:alerted:{scope}:{month}"

    def crossing(self, crossing: str) -> str:
        """`crossing`: "ALERT-MONTH-MICROUSD"."""
        return f"{self.root}:crossing:{crossing}"

    def admin_answer(self, name: str) -> str:
        return f"{self.root}:admin-answer:{name}"


def scopes(*, key: str, project: str) -> Iterable[str]:
    """The scopes of one caller, narrowest first. A correction may be of no key, or of no project."""
    named = (("key", key), ("project", project))
    return (*(f"{kind}:{name}" for kind, name in named if name), "organization")


def balances_of(*, key: str, project: str, day: str) -> Iterator[str]:
    """Every balance, "SCOPE:PERIOD", that a change counts in: a key's in all periods of the day,
    the others' in its month. `day` may be a month, of a correction that belongs to no day.
    """
    for scope in scopes(key=key, project=project):
        if scope.startswith("key:"):
            yield from (f"{scope}:{period}" for period in periods_of(day))
        else:
            yield f"{scope}:{day[:7]}"
