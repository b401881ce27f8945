"""New keys' secrets in a file that only its owner reads: each is in it before its key is made."""

import csv
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from service.export import cell

COLUMNS: Final = ("project", "key", "id", "secret")
YAML: Final = (".yaml", ".yml")
_NAME_LETTERS: Final = 63  # of a Kubernetes name that is a DNS label


class CannotKeepSecrets(Exception):
    """The file cannot be written; the message says why. Nothing was written to the store."""


class Secret(msgspec.Struct, frozen=True):
    """One new key."""

    project: str
    key: str
    id: str
    secret: str


class SecretsFile:
    """Open before the first change, and written to disk before each one that makes a key.

    A secret whose key was not made after all is taken out again at the end; after a crash it stays,
    and opens nothing. Ending in .yaml or .yml: a Kubernetes Secret for each key; else CSV.
    """

    def __init__(self, path: Path, *, replace: bool) -> None:
        self._path = path
        self._replace = replace
        self._kept: list[Secret] = []
        self._handle = -1

    def __enter__(self) -> Self:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
        flags |= os.O_TRUNC if self._replace else os.O_EXCL
        try:
            self._handle = os.open(self._path, flags, 0o600)
            os.fchmod(self._handle, 0o600)
        except FileExistsError as there:
            raise CannotKeepSecrets(f"{self._path} is there; --force writes over it.") from there
        except OSError as bad:
            raise CannotKeepSecrets(f"{self._path}: {bad.strerror or bad}") from bad
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._handle)
        if not self._kept:
            self._path.unlink(missing_ok=True)

    def add(self, secret: Secret) -> None:
        """It is on disk after this, behind the others, which a crash in between leaves as they are."""
        self._write(self._handle, [secret], first=not self._kept)
        self._kept.append(secret)

    def take_back(self) -> None:
        """The last one's key was not made: a file without it takes the place of this one."""
        self._kept.pop()
        partial = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        if self._kept:
            self._write(handle, self._kept, first=True)
        partial.replace(self._path)
        os.close(self._handle)
        self._handle = handle

    def _write(self, handle: int, secrets: Sequence[Secret], *, first: bool) -> None:
        yaml = self._path.suffix.lower() in YAML
        text = (_yaml if yaml else _csv)(secrets, first=first).encode()
        while text:
            text = text[os.write(handle, text) :]
        os.fsync(handle)


def label(project: str, key: str) -> str:
    """The name of a key's Kubernetes Secret; "" where nothing of either can be in a name."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{project}-{key}".lower()).strip("-")
    return f"ideogate-{words}"[:_NAME_LETTERS].rstrip("-") if words else ""


def _csv(secrets: Sequence[Secret], *, first: bool) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    if first:
        rows.writerow(COLUMNS)
    rows.writerows([cell(text) for text in msgspec.structs.astuple(one)] for one in secrets)
    return out.getvalue()


def _yaml(secrets: Sequence[Secret], *, first: bool) -> str:
    documents = "---\n".join(
        "apiVersion: v1\n"
        "kind: Secret\n"
        "metadata:\n"
        f"  name: {label(one.project, one.key)}\n"
        "  annotations:\n"
        f"    ideogate/project: {_quoted(one.project)}\n"
        f"    ideogate/key: {_quoted(one.key)}\n"
        f"    ideogate/key-id: {_quoted(one.id)}\n"
        "type: Opaque\n"
        "stringData:\n"
        f"  OPENAI_API_KEY: {_quoted(one.secret)}\n"
        for one in secrets
    )
    return documents if first else f"---\n{documents}"


def _quoted(text: str) -> str:
    """A JSON text is a YAML text."""
    return msgspec.json.encode(text).decode()
