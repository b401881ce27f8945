"""What docs/administration.md shows runs as it stands there, and its table is the code's."""

import re
from typing import Final

from service.administration.table import ENDPOINTS
from tests.contract.gateway import ROOT, key_of, start_gateway
from tests.contract.played import with_sdk

OWNER: Final = key_of("owner", "sk-ig-admin-")
PAGE: Final = (ROOT / "docs/administration.md").read_text()
_PYTHON: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ROW: Final = re.compile(r"^\| \| owner \| member \| reader \|.*?\n\n", re.MULTILINE | re.DOTALL)


def test_the_sample_runs_with_the_official_sdk() -> None:
    (sample,) = _PYTHON.findall(PAGE)
    with start_gateway({"IDEOGATE_ADMIN_KEY": OWNER}) as gateway:
        text = sample.replace("sk-ig-admin-...", OWNER).replace(
            "http://127.0.0.1:8000", gateway.root
        )
        told = with_sdk("-c", text)
    secret, key = told.splitlines()[:2]
    assert secret.startswith("sk-ig-") and f"sk-ig-...{secret[-4:]}" in key


def test_the_page_says_who_may_change_what() -> None:
    """Only owners write what is the organization's; members write what is a project's."""
    writes = [endpoint for endpoint in ENDPOINTS if endpoint.method != "GET"]
    for endpoint in writes:
        of_project = "/projects" in endpoint.path
        assert ("member" in endpoint.may) is of_project and "reader" not in endpoint.may
    owners_alone = {one.path.split("/")[3] for one in ENDPOINTS if len(one.may) == 1}
    assert owners_alone == {
        "admin_api_keys",
        "audit_logs",
        "defaults",
        "spend_limit",
        "spend_alerts",
    }
    table = _ROW.search(PAGE)
    assert table is not None and table[0].count("\n") == 9
