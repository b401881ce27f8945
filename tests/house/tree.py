"""What stands in the repository: tracked and new files, and the folders that hold our code."""

import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CODE: Final = ("service", "adapters", "config")
_NOT_OURS: Final = {".git", ".venv", ".sdk", "node_modules", "__pycache__", ".ideogate", "build"}


def files() -> list[Path]:
    """Every file of the repository that git would keep; by walking where git is absent."""
    listed = _asked_git()
    return sorted(path for path in (_walked() if listed is None else listed) if path.is_file())


def python(*folders: str) -> list[Path]:
    """The Python files under these top-level folders."""
    return [
        path
        for path in files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders
    ]


def shown(path: Path) -> str:
    """A path as a test's name shows it."""
    return path.relative_to(ROOT).as_posix()


def _asked_git() -> list[Path] | None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [ROOT / name for name in answer.stdout.split("\0") if name]


def _walked() -> list[Path]:
    return [
        path
        for path in ROOT.rglob("*")
        if not any(
            part in _NOT_OURS or part.endswith("_cache") for part in path.relative_to(ROOT).parts
        )
    ]
