"""Requests that schemathesis makes up from /v1/openapi.json: no 5xx, and answers as it promises."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contract.gateway import Gateway, key_of, start_gateway

PROGRAM: Final = Path(sys.executable).with_name("schemathesis")
EXAMPLES: Final = 80  # made up for each operation, beside some 1,900 that walk along its bounds
ADMINISTRATION: Final = "^/v1/organization/"
PROJECTS: Final = "/v1/organization/projects"
FEW: Final = 8  # of each operation there: test_bad_fields.py walks its bodies, field by field
SECONDS: Final = 110  # each takes 20 on two cores

# All but the two for which a schema would have to say everything: the document has no words for
# fields that exclude each other, and an empty header or part counts as absent.
LEFT_OUT: Final = "positive_data_acceptance,negative_data_rejection"
PAID: Final = ("generations", "edits", "variations", "descriptions")


ADMIN: Final = key_of("schemathesis", "sk-ig-admin-")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with start_gateway({"IDEOGATE_LOG_LEVEL": "warning", "IDEOGATE_ADMIN_KEY": ADMIN}) as running:
        yield running


def report(gateway: Gateway, tmp_path: Path, key: str, *more: str) -> dict[str, Any]:
    """What a run found. Nothing is a dry run unless it says so: the sandbox draws."""
    words = [
        *(str(PROGRAM), "run", f"{gateway.base_url}/openapi.json", "--no-color"),
        *("--header", f"Authorization: Bearer {key}", "--generation-deterministic"),
        *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", *more),
        *("--checks", "all", "--exclude-checks", LEFT_OUT),
        *("--report-json-path", str(tmp_path / "report.json")),
    ]
    ran = subprocess.run(
        words,
        check=False,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not proxy(name)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert ran.returncode == 0, ran.stdout[-8_000:] + ran.stderr[-2_000:]
    found: dict[str, Any] = json.loads((tmp_path / "report.json").read_text("utf-8"))
    return found


def proxy(name: str) -> bool:
    return name.lower().endswith("_proxy")


@pytest.mark.timeout(SECONDS + 60)
def test_no_request_made_from_the_document_breaks_the_gateway(
    gateway: Gateway, tmp_path: Path
) -> None:
    found = report(
        gateway,
        tmp_path,
        gateway.key,
        *("--exclude-path-regex", ADMINISTRATION, "--max-examples", str(EXAMPLES)),
    )
    assert found["complete"]
    assert found["failures"] == found["errors"] == []
    assert found["operations"]["tested"] == found["operations"]["selected"] > 0
    for name in PAID:
        phases = found["valid_rates"][f"POST /v1/images/{name}"].values()
        assert sum(phase["accepted"] for phase in phases) > 0, name


@pytest.mark.timeout(SECONDS + 60)
def test_no_request_made_from_the_document_breaks_administration(
    gateway: Gateway, tmp_path: Path
) -> None:
    found = report(
        gateway,
        tmp_path,
        ADMIN,
        *("--include-path-regex", ADMINISTRATION, "--max-examples", str(FEW)),
    )
    assert found["complete"]
    assert found["failures"] == found["errors"] == []
    assert found["operations"]["tested"] == found["operations"]["selected"] > 0
    phases = found["valid_rates"][f"GET {PROJECTS}"].values()
    assert sum(phase["accepted"] for phase in phases) > 0
