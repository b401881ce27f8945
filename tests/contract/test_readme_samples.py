"""The README's samples run as they stand there, one after the other, in one folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.contract.gateway import ROOT, Gateway, start_gateway
from tests.house.readme import blocks

THERE: Final = "http://127.0.0.1:8000"  # where the page's gateway listens
SECONDS: Final = 60
PYTHON: Final = ROOT / ".sdk/python-newest/bin/python"
NODE: Final = ROOT / ".sdk/node/node_modules"


class Reader:
    """Somebody who copies a sample, and has the key in the environment."""

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        self._gateway = gateway
        self.folder = folder

    def run(self, command: Sequence[str], sample: str) -> str:
        """What it printed. The sample is the last argument."""
        told = subprocess.run(
            [*command, sample.replace(THERE, self._gateway.root)],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "OPENAI_API_KEY": self._gateway.key},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert told.returncode == 0, f"{told.stdout[-2000:]}\n{told.stderr[-4000:]}"
        return told.stdout


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with start_gateway() as gateway:
        yield Reader(gateway, tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="module")
def drawn(reader: Reader) -> str:
    """What the first samples print; their picture and mask, which the others use, are there."""
    assert PYTHON.exists(), "the SDK's environment is missing: make sdk"
    drawing, masking, _ = blocks("python")
    told = reader.run([str(PYTHON), "-c"], drawing)
    reader.run([sys.executable, "-c"], masking)  # this Python has Pillow
    return told


def test_python_draws_and_is_told_what_was_changed(drawn: str, reader: Reader) -> None:
    first, *warnings = drawn.splitlines()
    assert first.endswith(" 0.180000")
    assert [warning.split()[0] for warning in warnings] == ["size"]
    assert (reader.folder / "lighthouse.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("drawn")
def test_python_edits_reframes_and_varies(reader: Reader) -> None:
    drawing, _, editing = blocks("python")
    told = reader.run([str(PYTHON), "-W", "ignore::DeprecationWarning", "-c"], drawing + editing)
    sizes, words = told.splitlines()[-1].split(" 0.130000 ")
    assert sizes == "1344x768 832x1248"
    assert "1344 x 768" in words


@pytest.mark.usefixtures("drawn")
@pytest.mark.node
@pytest.mark.skipif(
    shutil.which("node") is None and os.environ.get("CI") != "true",
    reason="no node on this machine (required where CI=true): install nodejs and npm",
)
def test_node_streams_edits_and_varies(reader: Reader) -> None:
    (reader.folder / "node_modules").symlink_to(NODE)
    told = reader.run(["node", "--input-type=module", "-e"], "".join(blocks("js")))
    assert told.splitlines() == [
        *["image_generation.completed 1024x1024"] * 2,
        "edit 0.130000",
    ]


@pytest.mark.usefixtures("drawn")
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_curl_gets_links_and_words(reader: Reader) -> None:
    samples = [sample for sample in blocks("sh") if sample.startswith(("curl", "printf"))]
    told = reader.run(["sh", "-ec"], "\necho\n".join(samples).replace("curl ", "curl -sS "))
    replies = [json.loads(reply) for reply in told.replace("}{", "}\n{").splitlines()]
    operations = [reply["ideogate"]["operation"] for reply in replies]
    assert operations == ["generate", "edit", "remix", "describe", "remix"]
    wanted = [{"url", "text"} & set(reply["data"][0]) for reply in replies]
    assert wanted == [{"url"}, {"url"}, {"url"}, {"text"}, {"url"}]
    [shown] = blocks("json")
    assert list(json.loads(f"{{{shown}}}")["ideogate"]) == list(replies[0]["ideogate"])
