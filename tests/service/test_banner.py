"""What a start says of stores and keys; no secret but a key that was just made for a terminal."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.store.client import connect
from config.secret import Secret
from config.settings import load
from service.banner import curl, rows
from service.first_keys import FirstKeys
from service.keyspace import Keyspace
from service.storeroom import Storeroom
from tests.stores import start_valkey

SETTINGS = load({})
FILE = Path(".ideogate/first-keys")


@pytest.fixture
async def room() -> Any:
    with start_valkey() as server:
        store = await connect(server.url)
        yield Storeroom(
            store=store, names=Keyspace("o"), peppers=(), folder=Path(".ideogate"), kind="embedded"
        )
        await store.aclose()


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (FirstKeys(project="P", admin="A"), {"Key": "P  (shown once)", "Admin key": "A  (shown once)"}),
        (
            FirstKeys(project="P", admin="A", file=FILE),
            {"Key": f"written to {FILE}", "Admin key": f"written to {FILE}"},
        ),
        (
            FirstKeys(admin="A", file=FILE, known="sk-ig-...abcd of IDEOGATE_BOOTSTRAP_KEY"),
            {"Key": "sk-ig-...abcd of IDEOGATE_BOOTSTRAP_KEY", "Admin key": f"written to {FILE}"},
        ),
        (FirstKeys(known="sk-ig-...abcd, made at the first start"), {"Key": "sk-ig-...abcd, made at the first start"}),
        (FirstKeys(), {"Key": "`python -m service keys create` makes one"}),
    ],
)  # fmt: skip
async def test_each_key_is_said_where_it_is(
    first: FirstKeys, said: dict[str, str], room: Any
) -> None:
    found = dict(rows(SETTINGS, room, first))
    assert {label: text for label, text in found.items() if "ey" in label} == said
    shown_once = first.project is not None and first.file is None
    assert (f"Bearer {first.project}" in curl(SETTINGS, first)) is shown_once
    assert ("$IDEOGATE_KEY" in curl(SETTINGS, first)) is not shown_once


async def test_a_store_s_password_is_not_said(room: Any) -> None:
    outside = msgspec.structs.replace(room, folder=None, kind="external")
    settings = msgspec.structs.replace(
        SETTINGS, store_url=Secret("rediss://user:canary@store.example:6380/0")
    )
    assert dict(rows(settings, outside, FirstKeys()))["Store"] == "rediss://store.example:6380/0"


async def test_an_upstream_that_costs_money_is_said_with_its_address(room: Any) -> None:
    settings = load({"IDEOGATE_UPSTREAM_API_KEY": "canary"})
    said = dict(rows(settings, room, FirstKeys()))["Upstream"]
    assert "https://aihubmix.com/ideogram" in said and "10 images at once" in said
    assert "canary" not in said
