import asyncio
import os
import platform
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.store.client import Store, StoreRefused, StoreSilent, connect
from adapters.store.embedded import Embedded, find_program, open_embedded
from adapters.store.folder import Folder, StoreCannotStart
from tests.adapters.store.tenant import leave, pid_of, started_by, tenant

PROGRAM = find_program(platform.system(), platform.machine())


async def _until_up(store: Store) -> None:
    for _ in range(500):
        try:
            return await store.ping()
        except StoreSilent:
            pass
        except StoreRefused as refusal:
            if refusal.code != "LOADING":  # it is up, and reads its file
                raise
        await asyncio.sleep(0.01)
    raise AssertionError("the store never came back")


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def _is_private(folder: Path, pid: int) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    environment = Path(f"/proc/{pid}/environ")  # Linux
    assert not environment.exists() or b"PATH" not in environment.read_bytes()


async def test_it_starts_private_safe_and_without_a_port(folder: Path) -> None:
    embedded = await open_embedded(folder)
    store = await connect(embedded.url)
    assert store.facts.warnings == ()
    assert await store.call("CONFIG", "GET", "appendfsync") == [b"appendfsync", b"always"]
    assert await store.call("CONFIG", "GET", "port") == [b"port", b"0"]
    _is_private(folder, await pid_of(store))
    assert embedded.secret("pepper") == (folder / "pepper").read_bytes().strip()
    await store.aclose()
    await embedded.close()
    await embedded.close()
    assert not Folder(folder).server_lives()


async def test_what_was_acknowledged_survives_a_kill_in_mid_write_and_the_watcher_restarts(
    folder: Path,
) -> None:
    embedded = await open_embedded(folder)
    watcher = asyncio.create_task(embedded.watch())
    store = await connect(embedded.url)
    acknowledged: list[int] = []
    enough = asyncio.Event()

    async def write(first: int) -> None:
        for number in range(first, first + 10_000):
            await store.call("SET", f"k{number}", number)
            acknowledged.append(number)
            if len(acknowledged) == 400:
                enough.set()

    writers = [asyncio.create_task(write(lane * 10_000)) for lane in range(8)]
    await asyncio.wait_for(enough.wait(), 30)
    os.kill(await pid_of(store), signal.SIGKILL)
    ends = await asyncio.gather(*writers, return_exceptions=True)
    assert {type(end) for end in ends} == {StoreSilent}
    await _until_up(store)
    kept = await store.call("MGET", *(f"k{number}" for number in acknowledged))
    assert [int(value) for value in kept] == acknowledged
    assert embedded.starts == 2
    assert embedded.last_error is None
    watcher.cancel()
    await asyncio.gather(watcher, return_exceptions=True)
    await store.aclose()
    await embedded.close()


async def test_a_server_that_cannot_come_back_is_tried_again_until_it_can(folder: Path) -> None:
    embedded = await open_embedded(folder)
    store = await connect(embedded.url)
    config = folder / "valkey.conf"
    config.unlink()
    config.symlink_to("/dev/full")
    watcher = asyncio.create_task(embedded.watch())
    os.kill(await pid_of(store), signal.SIGKILL)
    await _until(lambda: embedded.last_error is not None)
    assert "No space left" in str(embedded.last_error)
    config.unlink()
    await _until_up(store)
    await _until(lambda: embedded.last_error is None)
    watcher.cancel()
    await asyncio.gather(watcher, return_exceptions=True)
    await store.aclose()
    await embedded.close()


async def test_a_store_idle_over_a_restart_of_the_server_notices_nothing(folder: Path) -> None:
    embedded = await open_embedded(folder)
    watcher = asyncio.create_task(embedded.watch())
    store, other = await connect(embedded.url), await connect(embedded.url)
    await store.call("SET", "k", 1)
    os.kill(await pid_of(other), signal.SIGKILL)
    await _until_up(other)
    assert await store.call("GET", "k") == b"1"
    assert store.connections == 2
    watcher.cancel()
    await asyncio.gather(watcher, return_exceptions=True)
    await store.aclose()
    await other.aclose()
    await embedded.close()


async def test_the_watcher_ends_with_the_share(folder: Path) -> None:
    embedded = await open_embedded(folder)
    watcher = asyncio.create_task(embedded.watch())
    await asyncio.sleep(0.05)
    await embedded.close()
    await asyncio.wait_for(watcher, 10)
    assert embedded.starts == 1


async def test_processes_of_one_folder_share_one_server_and_the_last_one_out_stops_it(
    folder: Path,
) -> None:
    with tenant(folder) as first, tenant(folder) as second:
        assert sorted([started_by(first), started_by(second)]) == ["0", "1"]
        mine = await open_embedded(folder)
        assert mine.starts == 0
        leave(first)
        leave(second)
    assert Folder(folder).server_lives()
    store = await connect(mine.url)
    await store.ping()
    await store.aclose()
    await mine.close()
    assert not Folder(folder).server_lives()
    assert not (folder / "valkey.sock").exists()


async def test_a_killed_process_does_not_count_as_a_user(folder: Path) -> None:
    with tenant(folder) as other:
        started_by(other)
        mine = await open_embedded(folder)
        other.kill()
        other.wait(20)
    await mine.close()
    assert not Folder(folder).server_lives()


@pytest.mark.parametrize("server_too", [True, False])
async def test_after_a_kill_of_everything_the_next_start_works(
    folder: Path, *, server_too: bool
) -> None:
    with tenant(folder) as other:
        started_by(other)
        store = await connect(f"unix://{folder}/valkey.sock")
        await store.call("SET", "k", "kept")
        other.kill()
        if server_too:
            os.kill(await pid_of(store), signal.SIGKILL)
        await store.aclose()
        other.wait(20)
    embedded = await open_embedded(folder)
    assert embedded.starts == int(server_too)
    store = await connect(embedded.url)
    assert await store.call("GET", "k") == b"kept"
    await store.aclose()
    await embedded.close()


async def test_a_number_in_a_stale_file_is_never_killed(folder: Path) -> None:
    Folder(folder).prepare()
    innocent = await asyncio.create_subprocess_exec("sleep", "60")
    (folder / "valkey.pid").write_text(f"{innocent.pid}\n")
    (folder / "valkey.sock").write_text("stale")
    await (await open_embedded(folder)).close()
    assert innocent.returncode is None
    innocent.kill()
    await innocent.wait()


async def test_control_c_does_not_reach_the_server(folder: Path) -> None:
    with tenant(folder) as other:
        started_by(other)
        os.killpg(other.pid, signal.SIGINT)
        other.wait(20)
    store = await connect(f"unix://{folder}/valkey.sock")
    await store.ping()
    assert os.getsid(await pid_of(store)) not in {os.getsid(0), other.pid}
    await store.aclose()


async def test_a_long_and_strange_folder_works_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / 'a "b" ü\\' / ("long" * 30)
    embedded = await open_embedded(folder)
    socket = Folder(folder).socket
    assert socket.is_socket() and not socket.is_relative_to(folder)
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    store = await connect(embedded.url)
    await store.call("SET", "k", 1)
    await store.aclose()
    await embedded.close()
    assert not socket.parent.exists()
    again = await open_embedded(folder)
    store = await connect(again.url)
    assert await store.call("GET", "k") == b"1"
    await store.aclose()
    await again.close()


async def test_what_a_killed_rewrite_left_behind_is_cleared(folder: Path) -> None:
    Folder(folder).prepare()
    for name in ("temp-rewriteaof-bg-7.aof", "temp-7.rdb"):
        (folder / name).write_text("half")
    await (await open_embedded(folder)).close()
    left = {file.name for file in _files(folder)}
    assert "valkey.log" in left
    assert not {"temp-rewriteaof-bg-7.aof", "temp-7.rdb"} & left


async def test_a_server_that_dies_at_the_start_is_told_with_its_last_words(folder: Path) -> None:
    Folder(folder).prepare()
    (folder / "appendonlydir").write_text("in the way")
    with pytest.raises(StoreCannotStart, match=r"valkey\.log ends with: .*append-only"):
        await open_embedded(folder)


async def test_a_hung_server_is_told_with_the_way_out_and_left_alone(folder: Path) -> None:
    embedded = Embedded(Folder(folder), PROGRAM, patience=0.3)
    await embedded.open()
    store = await connect(embedded.url)
    pid = await pid_of(store)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(StoreCannotStart, match=r"does not answer at .*valkey\.pid"):
        await Embedded(Folder(folder), PROGRAM, patience=0.3).open()
    await embedded.close()
    os.kill(pid, signal.SIGCONT)
    assert (folder / "valkey.sock").exists()
    await store.aclose()


async def test_another_process_at_the_door_is_waited_for_a_while(folder: Path) -> None:
    Folder(folder).prepare()
    async with Folder(folder).locked():
        with pytest.raises(StoreCannotStart, match="another process"):
            await Embedded(Folder(folder, patience=0.05), PROGRAM).open()


@pytest.mark.parametrize(
    ("program", "says"), [("/bin/false", "refused its configuration"), ("/none", "does not run")]
)
async def test_a_binary_that_does_not_work_is_told(folder: Path, program: str, says: str) -> None:
    with pytest.raises(StoreCannotStart, match=says):
        await Embedded(Folder(folder), Path(program)).open()
    assert not Folder(folder).server_lives()


@pytest.mark.parametrize("machine", ["x86_64", "sparc"])
def test_a_platform_without_a_binary_is_sent_to_a_url(machine: str) -> None:
    with pytest.raises(StoreCannotStart, match="IDEOGATE_STORE_URL"):
        find_program("Plan9", machine)
    with pytest.raises(StoreCannotStart, match="no Valkey binary"):
        find_program("Darwin", machine)
