"""One reply of every shape of administration and metering, and the SDK's class that reads it."""

from typing import Final, NamedTuple

import msgspec

from adapters.openai.organization import (
    AccountOwner,
    AdminKey,
    AdminKeyCreated,
    AdminOwner,
    Deleted,
    KeyCreated,
    KeyOwner,
    Project,
    ProjectKey,
    Removed,
    ServiceAccount,
    ServiceAccountCreated,
)
from adapters.openai.organization_limits import (
    Channel,
    KeySpendLimit,
    Limits,
    ModelPermissions,
    Models,
    RateLimit,
    SpendAlert,
    SpendLimit,
    enforcement,
)
from adapters.openai.organization_lists import Cut, page
from adapters.openai.organization_usage import (
    Bucket,
    CostsResult,
    UsageResult,
    amount,
    usage_page,
)
from config.money import MicroUSD

THEN: Final = 1_790_000_000


class Sample(NamedTuple):
    """`extra`: the names that are ours; `missing`: OpenAI's that we leave out."""

    of: str  # "module:Class" below openai.types.admin.organization
    reply: object
    extra: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


OWNER: Final = AdminOwner(id="key_1", name="ops", created_at=THEN, role="member")
LIMITS: Final = Limits(
    images_request=4, speeds=("TURBO",), operations=("generate",), inherited=("speeds",)
)
SPEND: Final = KeySpendLimit(
    threshold_amount=500,
    microusd=MicroUSD(5_000_000),
    spent_microusd=MicroUSD(60_000),
    interval="day",
)
MODELS: Final = Models(mode="allow_list", model_ids=("ideogram-v3-turbo",))
ADMIN_KEY: Final = AdminKey(
    id="key_1",
    name="ops",
    created_at=THEN,
    owner=OWNER,
    redacted_value="sk-ig-admin-…1234",
    expires_at=THEN + 60,
    last_used_at=THEN,
    role="member",
    projects=("proj_1",),
)
PROJECT: Final = Project(
    id="proj_1", name="Shop", created_at=THEN, tags={"cost_center": "4711"}, limits=LIMITS
)
ARCHIVED: Final = Project(
    id="proj_2", name="Old", created_at=THEN, archived_at=THEN + 1, status="archived"
)
ACCOUNT: Final = ServiceAccount(id="svc_acct_1", name="shop", created_at=THEN, role="owner")
KEY: Final = KeyCreated(
    id="key_2", name="shop", created_at=THEN, value="sk-ig-abc", models=MODELS, limits=LIMITS
)
PROJECT_KEY: Final = ProjectKey(
    id="key_2",
    name="shop",
    created_at=THEN,
    redacted_value="sk-ig-…1234",
    owner=KeyOwner(
        type="service_account",
        service_account=AccountOwner(id="svc_acct_1", name="shop", created_at=THEN),
    ),
    owner_project_access="inactive",
    expires_at=THEN + 60,
    scopes=("api.all.read",),
    spend_limits=(SPEND,),
)
BARE_KEY: Final = ProjectKey(
    id="key_3", name="by hand", created_at=THEN, redacted_value="sk-ig-…5678"
)
RATE: Final = RateLimit(
    id="rl-ideogram-v3",
    model="ideogram-v3",
    max_requests_per_1_minute=60,
    max_images_per_1_minute=120,
    max_requests_per_1_day=1_000_000,
    inherited=True,
)
PERMISSIONS: Final = ModelPermissions(mode="deny_list", model_ids=("ideogram-upscale",))
CHANNEL: Final = Channel(recipients=("ops@example.com",), subject_prefix="[spend]")
USED: Final = UsageResult(
    images=3,
    num_model_requests=2,
    model="ideogram-v3",
    size="1024x1024",
    source="image.description",
    microusd=MicroUSD(90_000),
    images_billed=3,
    images_delivered=2,
    images_withheld=1,
)
COST: Final = CostsResult(
    amount=amount(MicroUSD(123_456_789)),
    line_item="ideogram-v3, TURBO, generate",
    quantity=3,
    quantity_unit="images",
    api_source="unlabeled",
    microusd=MicroUSD(123_456_789),
    assumed=True,
)
NOTHING: Final = CostsResult(amount=amount(MicroUSD(-1)), microusd=MicroUSD(-1))


def _limit(level: str) -> SpendLimit:
    return msgspec.convert(
        {
            "object": f"{level}.spend_limit",
            "threshold_amount": 5_000,
            "microusd": 50_000_000,
            "spent_microusd": 50_000_000,
            "enforcement": enforcement(enforcing=True),
        },
        SpendLimit,
    )


def _alert(level: str) -> SpendAlert:
    return msgspec.convert(
        {
            "id": "alert_1",
            "object": f"{level}.spend_alert",
            "threshold_amount": 5_000,
            "microusd": 50_000_000,
            "notification_channel": CHANNEL,
        },
        SpendAlert,
    )


def _page(*results: UsageResult | CostsResult) -> object:
    whole = Bucket(start_time=THEN, end_time=THEN + 86_400, results=results)
    empty = Bucket(start_time=THEN + 86_400, end_time=THEN + 2 * 86_400)
    return usage_page((whole, empty), "MTc5")


def _list(*entries: object) -> object:
    return page(entries, Cut(("a", "b"), has_more=True))


OF_ADMIN: Final = ("projects", "role")
OF_PROJECT: Final = ("charge_withheld", "contact", "limits", "tags", "unknown_parameters")
OF_KEY: Final = ("limits", "models", "scopes", "spend_limits")
OF_SPEND: Final = ("inherited", "microusd", "spent_microusd")
OF_RATE: Final = ("inherited", "inherited_fields")
OF_METER: Final = (
    "assumed",
    "images_billed",
    "images_delivered",
    "images_withheld",
    "microusd",
    "parked_microusd",
)
OF_PAGE: Final = ("first_id", "last_id", "object")  # CursorPage reads neither
OF_CURSOR: Final = ("first_id", "object")


def _under(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}.{one}" for one in names)


SAMPLES: Final = (
    Sample("admin_api_key:AdminAPIKey", ADMIN_KEY, OF_ADMIN),
    Sample(
        "admin_api_key_create_response:AdminAPIKeyCreateResponse",
        AdminKeyCreated(**msgspec.structs.asdict(ADMIN_KEY), value="sk-ig-admin-abc"),
        OF_ADMIN,
    ),
    Sample(
        "admin_api_key_delete_response:AdminAPIKeyDeleteResponse",
        Deleted(id="key_1", object="organization.admin_api_key.deleted"),
    ),
    Sample(
        "SyncCursorPage[admin_api_key:AdminAPIKey]",
        _list(ADMIN_KEY, ADMIN_KEY),
        (*_under("data", OF_ADMIN), *OF_PAGE),
    ),
    Sample("project:Project", PROJECT, OF_PROJECT),
    Sample("project:Project", ARCHIVED, OF_PROJECT),
    Sample(
        "SyncConversationCursorPage[project:Project]",
        _list(PROJECT, ARCHIVED),
        (*_under("data", OF_PROJECT), *OF_CURSOR),
    ),
    Sample("projects.project_service_account:ProjectServiceAccount", ACCOUNT),
    Sample(
        "projects.service_account_create_response:ServiceAccountCreateResponse",
        ServiceAccountCreated(id="svc_acct_1", name="shop", created_at=THEN, api_key=KEY),
        _under("api_key", OF_KEY),
    ),
    Sample(
        "projects.service_account_create_response:ServiceAccountCreateResponse",
        ServiceAccountCreated(id="svc_acct_1", name="shop", created_at=THEN, role="none"),
    ),
    Sample(
        "projects.service_account_delete_response:ServiceAccountDeleteResponse",
        Deleted(id="svc_acct_1", object="organization.project.service_account.deleted"),
    ),
    Sample("projects.service_accounts.api_key_create_response:APIKeyCreateResponse", KEY, OF_KEY),
    Sample("projects.project_api_key:ProjectAPIKey", PROJECT_KEY, OF_KEY),
    Sample("projects.project_api_key:ProjectAPIKey", BARE_KEY, OF_KEY),
    Sample(
        "projects.api_key_delete_response:APIKeyDeleteResponse",
        Deleted(id="key_2", object="organization.project.api_key.deleted"),
    ),
    Sample("projects.project_rate_limit:ProjectRateLimit", RATE, OF_RATE),
    Sample(
        "projects.project_model_permissions:ProjectModelPermissions", PERMISSIONS, ("inherited",)
    ),
    Sample(
        "projects.project_model_permissions_deleted:ProjectModelPermissionsDeleted",
        Removed(object="project.model_permissions.deleted"),
    ),
    Sample("projects.project_spend_limit:ProjectSpendLimit", _limit("project"), OF_SPEND),
    Sample(
        "projects.project_spend_limit_deleted:ProjectSpendLimitDeleted",
        Removed(object="project.spend_limit.deleted"),
    ),
    Sample("organization_spend_limit:OrganizationSpendLimit", _limit("organization"), OF_SPEND),
    Sample(
        "organization_spend_limit_deleted:OrganizationSpendLimitDeleted",
        Removed(object="organization.spend_limit.deleted"),
    ),
    Sample(
        "projects.project_spend_alert:ProjectSpendAlert",
        _alert("project"),
        ("crossed_at", "microusd"),
    ),
    Sample(
        "projects.project_spend_alert_deleted:ProjectSpendAlertDeleted",
        Deleted(id="alert_1", object="project.spend_alert.deleted"),
    ),
    Sample(
        "organization_spend_alert:OrganizationSpendAlert",
        _alert("organization"),
        ("crossed_at", "microusd"),
    ),
    Sample(
        "organization_spend_alert_deleted:OrganizationSpendAlertDeleted",
        Deleted(id="alert_1", object="organization.spend_alert.deleted"),
    ),
    Sample(
        "usage_images_response:UsageImagesResponse", _page(USED), _under("data.results", OF_METER)
    ),
    Sample(
        "usage_costs_response:UsageCostsResponse",
        _page(COST, NOTHING),
        _under("data.results", OF_METER),
    ),
)
