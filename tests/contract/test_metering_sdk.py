"""The official SDK's admin client reads usage and costs by every field it has."""

import time

from tests.contract.gateway import key_of, start_gateway
from tests.contract.played import played

OWNER = key_of("owner", "sk-ig-admin-")


def test_the_official_sdk_reads_usage_and_costs() -> None:
    start = int(time.time()) - 86_400
    with start_gateway({"IDEOGATE_ADMIN_KEY": OWNER}) as gateway:
        seen = played("metering", gateway.base_url, OWNER, str(start))
    project, key = seen["project"], seen["key"]
    usage, costs = seen["usage"], seen["costs"]
    assert usage["project_id"] == [[project, 3]]
    assert usage["api_key_id"] == [[key, 3]]
    assert usage["model"] == [["ideogram-v3", 3]]
    assert usage["source"] == [["image.generation", 3]]
    assert sum(images for _, images in usage["size"]) == 3
    (nobody, one), (ada, two) = usage["user_id"]
    assert (nobody, one, two) == ("None", 1, 2) and ada.startswith("user_")
    assert costs["project_id"] == [[project, 0.12, 120_000]]
    assert costs["api_key_id"] == [[key, 0.12, 120_000]]
    assert costs["api_source"] == [["unlabeled", 0.12, 120_000]]
    assert costs["user_id"] == [["None", 0.06, 60_000], [ada, 0.06, 60_000]]
    assert costs["line_item"] == [
        ["ideogram-v3, DEFAULT, generate", 0.06, 60_000],
        ["ideogram-v3, TURBO, generate", 0.06, 60_000],
    ]
    assert seen["pages"] == [True, True]
