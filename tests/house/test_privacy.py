"""Nothing in the repository tells where it was made."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, shown

# Written in pieces, so that this file passes its own test.
REGISTRIES = re.compile(
    "|".join(
        re.escape(host)
        for host in (
            "py" + "pi.org",
            "files.python" + "hosted.org",
            "registry.npm" + "js.org",
            "registry.yarn" + "pkg.com",
        )
    )
)
MACHINE = re.compile(r"(?<![\w.\-])/(?:work|root|home|Users)/|\b[A-Z]:\\\\?Users")
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "python-newest.lock",
    "python-1.lock",
    "langchain.lock",
    "litellm.lock",
)


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize("path", files(), ids=shown)
def test_a_file_names_no_registry_and_no_machine(path: Path) -> None:
    found = [match.group() for rule in (REGISTRIES, MACHINE) for match in rule.finditer(text(path))]
    assert found == []


def test_a_lock_says_what_not_where_from() -> None:
    locks = [path for path in files() if path.name in (*LOCKS, "package-lock.json")]
    assert len(locks) == len(LOCKS) + 2
    assert [shown(path) for path in locks if "://" in text(path)] == []
    assert [
        shown(p) for p in locks if p.suffix == ".lock" and "--hash=sha256:" not in text(p)
    ] == []


def test_the_licence_is_whole() -> None:
    licence = text(ROOT / "LICENSE")
    assert "Version 2.0, January 2004" in licence
    assert "The Ideogate authors" in licence
