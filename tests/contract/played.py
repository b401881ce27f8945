"""Scripts of tests/contract/sdk, or samples of our pages, with the official SDK's own Python."""

import json
import subprocess
from typing import Any, Final

from tests.contract.gateway import ROOT

SECONDS: Final = 60


def with_sdk(*words: str) -> str:
    """What it printed; `words` follow the interpreter."""
    python = ROOT / ".sdk/python-newest/bin/python"
    assert python.exists(), "the SDK's environment is missing: make sdk"
    done = subprocess.run(
        [str(python), *words],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def played(script: str, *words: str) -> Any:
    """What tests/contract/sdk/SCRIPT.py saw, which it says as JSON."""
    return json.loads(with_sdk(f"tests/contract/sdk/{script}.py", *words))
