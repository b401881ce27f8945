from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.store.embedded import open_embedded
from adapters.store.folder import LOG_BYTES, Folder, StoreCannotStart


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "store")
    made.prepare()
    return made


def test_a_secret_is_made_once_and_is_private(folder: Folder) -> None:
    secret = folder.secret("pepper")
    assert len(bytes.fromhex(secret.decode())) == 32
    assert folder.secret("pepper") == secret
    assert folder.secret("other") != secret
    assert (folder.path / "pepper").stat().st_mode & 0o777 == 0o600
    assert {file.name for file in folder.path.iterdir()} == {"pepper", "other"}


def test_a_secret_asked_for_by_many_at_once_is_one(folder: Folder) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(folder.secret, ["pepper"] * 64))) == 1


@pytest.mark.parametrize("held", [b"", b"short", b"Z" * 64])
def test_a_secret_that_is_damaged_is_never_replaced(folder: Folder, held: bytes) -> None:
    path = folder.path / "pepper"
    path.write_bytes(held)
    with pytest.raises(StoreCannotStart, match="backup"):
        folder.secret("pepper")
    assert path.read_bytes() == held


@pytest.mark.parametrize("name", ["", "../pepper", ".pepper", "a/b", "A"])
def test_a_secret_has_a_plain_name(folder: Folder, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        folder.secret(name)


def test_a_secret_that_cannot_be_written_is_told(folder: Folder) -> None:
    folder.path.rmdir()
    with pytest.raises(StoreCannotStart, match="IDEOGATE_STORE_URL"):
        folder.secret("pepper")


def test_a_long_log_is_put_aside_once(folder: Folder) -> None:
    folder.log.write_text("x" * (LOG_BYTES + 1))
    folder.lay_out()
    folder.lay_out()
    assert folder.log_size() == 0
    assert folder.log_since(0) == []
    assert (folder.path / "valkey.log.1").stat().st_size == LOG_BYTES + 1


async def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(StoreCannotStart, match=r"store: File exists; set IDEOGATE_STORE_URL"):
        await open_embedded(tmp_path / "store")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody may write")
async def test_a_folder_that_cannot_be_written_is_told() -> None:
    with pytest.raises(StoreCannotStart, match="cannot use the folder /proc/self"):
        await open_embedded(Path("/proc/self"))


async def test_a_full_disk_is_told(folder: Folder) -> None:
    folder.config.symlink_to("/dev/full")
    with pytest.raises(StoreCannotStart, match="No space left"):
        await open_embedded(folder.path)
    assert not folder.server_lives()


def test_a_link_in_the_place_of_the_short_folder_is_not_followed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / ("long" * 30))
    folder.prepare()
    folder.socket.parent.symlink_to(tmp_path)
    try:
        with pytest.raises(StoreCannotStart, match="belongs to somebody else"):
            folder.lay_out()
    finally:
        folder.socket.parent.unlink()
