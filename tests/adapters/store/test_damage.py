import subprocess
from pathlib import Path

import pytest

from adapters.store.client import connect
from adapters.store.embedded import open_embedded
from adapters.store.folder import StoreCannotStart


async def _with_one_key(folder: Path) -> Path:
    embedded = await open_embedded(folder)
    store = await connect(embedded.url)
    for number in range(10):
        await store.call("SET", f"k{number}", "kept")
    await store.aclose()
    await embedded.close()
    (book,) = (folder / "appendonlydir").glob("*.incr.aof")
    return book


async def test_a_ledger_cut_off_in_mid_write_is_loaded_up_to_there(folder: Path) -> None:
    with (await _with_one_key(folder)).open("ab") as book:
        book.write(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nhal")
    embedded = await open_embedded(folder)
    store = await connect(embedded.url)
    assert await store.call("GET", "k9") == b"kept"
    assert await store.call("DBSIZE") == 10
    await store.aclose()
    await embedded.close()


def _typed(command: str) -> None:
    subprocess.run(command, shell=True, input=b"y\n", check=True, capture_output=True)


async def test_a_damaged_snapshot_is_refused_without_a_repair(folder: Path) -> None:
    await _with_one_key(folder)
    (snapshot,) = (folder / "appendonlydir").glob("*.rdb")
    snapshot.write_bytes(b"garbage" * 20)
    with pytest.raises(StoreCannotStart) as refused:
        await open_embedded(folder)
    assert "--fix" not in str(refused.value)


async def test_a_ledger_damaged_in_the_middle_is_refused_and_the_named_repair_works(
    folder: Path,
) -> None:
    book = await _with_one_key(folder)
    written = book.read_bytes()
    at = written.index(b"k5") - 4
    book.write_bytes(written[:at] + b"garbage" + written[at + 7 :])
    with pytest.raises(StoreCannotStart) as refused:
        await open_embedded(folder)
    told = str(refused.value)
    assert "damaged in the middle" in told and book.name in told
    _typed(told[told.index("bash -c") :])
    embedded = await open_embedded(folder)
    store = await connect(embedded.url)
    assert await store.call("DBSIZE") == 5
    await store.aclose()
    await embedded.close()
