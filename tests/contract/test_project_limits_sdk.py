"""The official SDK's admin client sets, reads, pages through and takes away every kind of limit."""

from config.files import shipped
from tests.contract.gateway import key_of, start_gateway
from tests.contract.played import played

OWNER = key_of("owner", "sk-ig-admin-")


def test_the_official_sdk_works_with_limits_and_permissions() -> None:
    with start_gateway({"IDEOGATE_ADMIN_KEY": OWNER}) as gateway:
        seen = played("project_limits", gateway.base_url, OWNER)
    for scope in ("organization", "project"):
        assert seen.pop(scope) == {
            "before": "not_found",
            "object": f"{scope}.spend_limit",
            "statuses": ["enforcing", "inactive"],
            "same": True,
            "raised": 5000,
            "gone": [f"{scope}.spend_limit.deleted", True],
            "after": "not_found",
        }
    assert seen == {
        "permissions": {
            "mode": "allow_list",
            "ids": ["ideogram-v3-turbo", "dall-e-2"],
            "same": True,
            "gone": "project.model_permissions.deleted",
            "after": "not_found",
        },
        "rates": {
            "models": sorted(shipped().models),
            "tokens": True,
            "images": 3,
            "same": True,
            "others": True,
        },
    }
