"""The official SDK's admin client makes, reads, pages through, changes and deletes spend alerts."""

from tests.contract.gateway import key_of, start_gateway
from tests.contract.played import played

OWNER = key_of("owner", "sk-ig-admin-")


def test_the_official_sdk_works_with_spend_alerts() -> None:
    with start_gateway({"IDEOGATE_ADMIN_KEY": OWNER}) as gateway:
        told = played("spend_alerts", gateway.base_url, OWNER)
    for scope, seen in told.items():
        assert seen == {
            "object": f"{scope}.spend_alert",
            "threshold": 7,
            "prefix": "[images]",
            "listed": True,
            "gone": [f"{scope}.spend_alert.deleted", True, True],
            "missing": "not_found",
            "left": 4,
        }
