"""How long 300 teams take: projects, keys and limits from one file, and the same file once more."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.rows import Row
from tests.contract.gateway import ROOT
from tests.stores import start_valkey

TEAMS: Final = 300
LIMIT: Final = 30.0


def rows() -> list[Row]:
    with start_valkey() as server, tempfile.TemporaryDirectory() as folder:
        file, secrets = Path(folder, "teams.csv"), Path(folder, "secrets.csv")
        lines = [f"team {n},app,{n},{n}.00,{n}.00,60" for n in range(1, TEAMS + 1)]
        columns = "project,key,tag:cost_center,project_spend_month,key_spend_day,project_requests_minute"  # fmt: skip
        file.write_text("\n".join([columns, *lines]) + "\n")
        env = {
            **{name: text for name, text in os.environ.items() if not name.startswith("IDEOGATE_")},
            "IDEOGATE_STORE_URL": server.url,
            "IDEOGATE_KEY_PEPPER": "pepper-of-the-bench-32-characters",
            "IDEOGATE_UPSTREAM_URL": "sandbox:",
        }
        first = _timed(env, str(file), "--secrets-out", str(secrets))
        assert len(secrets.read_text().splitlines()) == TEAMS + 1
        again = _timed(env, str(file))
    return [
        Row(f"apply of {TEAMS} teams, from the command to its end, s", first, LIMIT),
        Row(f"apply of the same {TEAMS} teams once more, s", again, LIMIT),
    ]


def _timed(env: dict[str, str], *words: str) -> float:
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "service", "apply", *words],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return time.perf_counter() - begun
