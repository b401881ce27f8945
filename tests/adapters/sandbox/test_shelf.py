"""Links that are signed and expire; pictures within bounds."""

import os
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from adapters.sandbox.shelf import LIFE, Folder, Memory, Shelf


def fetch(shelf: Shelf, link: str) -> tuple[int, bytes]:
    url = urlsplit(link)
    query = parse_qs(url.query)
    return shelf.get(url.path, query["exp"][0], query["sig"][0])


def test_a_link_leads_to_its_picture_until_it_expires() -> None:
    now = [1_000_000.0]
    shelf = Shelf(Memory(), "http://here.test/x", lambda: now[0])
    link = shelf.put(b"picture")
    assert link.startswith("http://here.test/x/images/")
    assert urlsplit(link).path.endswith(".png")
    assert parse_qs(urlsplit(link).query)["exp"] == [str(1_000_000 + LIFE)]
    assert fetch(shelf, link) == (200, b"picture")
    now[0] += LIFE
    assert fetch(shelf, link) == (410, b"")


def test_a_link_that_was_changed_or_leads_nowhere_is_not_found() -> None:
    shelf = Shelf(Memory(), "http://here.test")
    link = shelf.put(b"picture")
    assert fetch(shelf, shelf.link()) == (404, b"")
    assert fetch(shelf, link.replace("exp=1", "exp=2")) == (404, b"")
    assert fetch(shelf, link.replace("sig=", "sig=ä")) == (404, b"")
    assert fetch(shelf, link.replace("exp=", "exp=x")) == (404, b"")
    assert shelf.get("/images/../secret.png", "1", "x") == (404, b"")
    assert shelf.get("/images/" + "0" * 32 + ".png\n", "1", "x") == (404, b"")


def test_memory_drops_the_oldest_picture_first() -> None:
    memory = Memory(limit=10)
    for name in ("a", "b", "c"):
        memory.put(name, b"12345")
    assert [memory.get(name) for name in "abc"] == [None, b"12345", b"12345"]
    memory.put("d", b"x" * 20)
    assert memory.get("d") == b"x" * 20
    assert memory.get("c") is None


def test_a_folder_keeps_links_alive_over_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    link = Shelf(Folder(folder), "http://here.test").put(b"picture")
    again = Shelf(Folder(folder), "http://here.test")
    assert fetch(again, link) == (200, b"picture")
    assert fetch(again, again.link()) == (404, b"")
    assert (folder / "secret").stat().st_mode & 0o777 == 0o600


def test_a_folder_stays_within_its_bytes_and_its_age(tmp_path: Path) -> None:
    folder = Folder(tmp_path, limit=10)
    for place, name in enumerate(("a", "b", "c")):
        folder.put(name, b"12345")
        os.utime(tmp_path / f"{name}.png", (time.time() - 100 + place,) * 2)
    folder.put("d", b"1")
    assert [folder.get(name) is not None for name in "abcd"] == [False, False, True, True]
    os.utime(tmp_path / "c.png", (time.time() - LIFE - 5,) * 2)
    folder.put("e", b"1")
    assert [folder.get(name) is not None for name in "cde"] == [False, True, True]
