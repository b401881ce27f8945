"""The official SDK's admin client makes, reads, pages through, changes and deletes spend alerts."""

import json
import subprocess

from tests.contract.gateway import ROOT, key_of, start_gateway

OWNER = key_of("owner", "sk-ig-admin-")


def test_the_official_sdk_works_with_spend_alerts() -> None:
    python = ROOT / ".sdk/python-newest/bin/python"
    assert python.exists(), "the SDK's environment is missing: make sdk"
    with start_gateway({"IDEOGATE_ADMIN_KEY": OWNER}) as gateway:
        done = subprocess.run(
            [str(python), "tests/contract/sdk/spend_alerts.py", gateway.base_url, OWNER],
            cwd=ROOT,
            env={},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    for scope, seen in json.loads(done.stdout).items():
        assert seen == {
            "object": f"{scope}.spend_alert",
            "threshold": 7,
            "prefix": "[images]",
            "listed": True,
            "gone": [f"{scope}.spend_alert.deleted", True, True],
            "missing": "not_found",
            "left": 4,
        }
