"""Every endpoint of administration and metering, one tuple."""

from typing import Final

from service.administration.admin_keys import ADMIN_KEYS
from service.administration.alerts import SPEND_ALERTS
from service.administration.audit import AUDIT
from service.administration.costs import COSTS
from service.administration.defaults import DEFAULTS
from service.administration.endpoint import Endpoint
from service.administration.ledger import LEDGER
from service.administration.permissions import PERMISSIONS
from service.administration.project_keys import PROJECT_KEYS
from service.administration.projects import PROJECTS
from service.administration.rate_limits import RATE_LIMITS
from service.administration.service_accounts import SERVICE_ACCOUNTS
from service.administration.spend_limits import SPEND_LIMITS
from service.administration.usage import USAGE

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *PROJECTS,
    *SERVICE_ACCOUNTS,
    *PROJECT_KEYS,
    *ADMIN_KEYS,
    *AUDIT,
    *RATE_LIMITS,
    *SPEND_LIMITS,
    *PERMISSIONS,
    *DEFAULTS,
    *SPEND_ALERTS,
    *USAGE,
    *COSTS,
    *LEDGER,
)
