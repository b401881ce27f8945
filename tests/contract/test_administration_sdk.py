"""The official SDKs' admin clients do a platform team's work: Python, sync and async, and Node."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.contract.gateway import ROOT, Gateway, key_of, start_gateway
from tests.contract.played import SECONDS, played

OWNER: Final = key_of("owner", "sk-ig-admin-")
COUNT: Final = 250
NODE: Final = shutil.which("node")
HOME: Final = ROOT / ".sdk/node"

absent_node: Final = pytest.mark.skipif(
    NODE is None and os.environ.get("CI") != "true",
    reason="no node on this machine (required where CI=true): install nodejs and npm",
)
CLIENTS: Final = (
    "sync",
    "async",
    pytest.param("node", marks=(pytest.mark.node, absent_node)),
)

ONE: Final = [1, 30_000]  # images, micro-USD
BOTH: Final = [2, 60_000]
FILTERS: Final = ("api_key_ids", "models", "sources", "user_ids", "sizes")
LIMIT: Final = [9_000, "inactive", True]
ALERT: Final = [8_500, True, True, True]
SEEN: Final[dict[str, Any]] = {
    "projects": {
        "each once": True,
        "all once": True,
        "late": 1,
        "archived": ["archived", True, True, False],
        "refused": "400 invalid_value",
    },
    "extras": {
        "made": "search",
        "changed": "found",
        "extras": [{"cost_center": "4711"}, "#team", "house"],
        "images": 4,
    },
    "keys": {
        "drawn": [True, True],
        "two at once": "400 integer_above_max_value",
        "other model": "403 model_not_allowed",
        "bare": ["none", True, True],
        "accounts": True,
        "renamed": ["app 2", "app 2"],
        "listed": True,
        "redacted": True,
        "expires": True,
        "extras": [[500], 1, ["ideogram-v3"]],
        "deleted": True,
        "gone": "404 not_found",
    },
    "metered": {
        "usage": {
            "project_id": [BOTH],
            "user_id": [BOTH],
            "api_key_id": [ONE, ONE],
            "model": [BOTH],
            "size": [BOTH],
            "source": [BOTH],
        },
        "all fields": [ONE, ONE],
        "widths": [[BOTH], [BOTH], [BOTH]],
        "found": {name: [BOTH] for name in FILTERS},
        "missed": {name: [] for name in FILTERS},
        "costs": {
            "project_id": [BOTH],
            "user_id": [BOTH],
            "line_item": [BOTH],
            "api_key_id": [ONE, ONE],
            "api_source": [BOTH],
        },
        "costs found": [[BOTH], [BOTH]],
        "costs missed": [],
        "line items": [["ideogram-v3, TURBO, generate", "images"]],
        "dollars": 0.06,
    },
    "limits": {
        "rates": True,
        "models": [True, "deny_list", True],
        "asked": True,
        "project": [*LIMIT, *ALERT, True],
        "organization": [*LIMIT, *ALERT, True],
    },
    "admins": {
        "value": True,
        "listed": True,
        "owner": ["reader", True],
        "gone": [True, True, True, "404 not_found"],
    },
    "audit": {
        "ordered": True,
        "once": True,
        "first": "project.created",
        "types": [
            "api_key.created",
            "api_key.deleted",
            "project.created",
            "project.updated",
            "rate_limit.updated",
            "service_account.created",
            "service_account.deleted",
            "service_account.updated",
        ],
        "filters": {
            "event_types": 1,
            "resource_ids": 1,
            "actor_ids": 0,
            "actor_emails": 0,
            "gte": "all",
            "gt": 0,
            "lte": "all",
            "lt": 0,
        },
    },
}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with start_gateway({"IDEOGATE_ADMIN_KEY": OWNER}) as running:
        yield running


@pytest.mark.parametrize("client", CLIENTS)
def test_an_admin_client_does_all_of_a_platform_teams_work(gateway: Gateway, client: str) -> None:
    words = (gateway.base_url, OWNER, str(COUNT), str(int(time.time()) - 3_600))
    seen = _with_node(*words) if client == "node" else played("administration", client, *words)
    assert seen == SEEN


def _with_node(*words: str) -> Any:
    assert NODE is not None, "node is required where CI=true"
    assert (HOME / "node_modules/openai").is_dir(), "the SDK is missing: make sdk"
    done = subprocess.run(
        [NODE, str(ROOT / "tests/contract/sdk/node/administration.mjs"), *words],
        cwd=HOME,
        env={},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
