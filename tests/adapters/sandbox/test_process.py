"""The stand-in alone on a port: its line, its flags, its resets on a real socket, its end."""

import json
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.upstream import Upstream, start_sandbox

ASK = {"image_request": {"prompt": "a fox", "resolution": "RESOLUTION_832_960"}}


@pytest.fixture(scope="module")
def shared() -> Iterator[Upstream]:
    with start_sandbox(limit=8, keys="one,two") as upstream:
        yield upstream


@pytest.fixture
def upstream(shared: Upstream) -> Upstream:
    shared.reset()
    return shared


def submit(upstream: Upstream, prompt: str = "a fox", key: str = "one") -> httpx.Response:
    ask = {"image_request": ASK["image_request"] | {"prompt": prompt}}
    with httpx.Client(trust_env=False) as client:
        return client.post(
            f"{upstream.base_url}/ideogram/generate", json=ask, headers={"api-key": key}
        )


def test_it_draws_and_bills_over_a_socket(upstream: Upstream) -> None:
    answer = submit(upstream, key="two").json()
    with httpx.Client(trust_env=False) as client:
        assert client.get(answer["data"][0]["url"]).content.startswith(b"\x89PNG")
    assert submit(upstream, key="three").status_code == 401
    shown = upstream.bill()
    assert shown["submits"] == {"/ideogram/generate": 2}
    assert [call["key"] for call in shown["calls"]] == ["two"]
    assert upstream.state()["limit"] == 8


@pytest.mark.parametrize(("kind", "billed"), [("reset_before", 0), ("reset_after", 1), ("cut", 1)])
def test_a_reset_reaches_the_client_as_one(upstream: Upstream, kind: str, billed: int) -> None:
    upstream.fault(kind)
    # A client that is still writing may see the end before it sees the reset.
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        submit(upstream)
    assert upstream.bill()["images"] == billed
    with pytest.raises(httpx.ReadError, match="reset by peer"):
        submit(upstream, prompt=f"[[fault:{kind}]]")
    assert upstream.bill()["images"] == 2 * billed
    assert submit(upstream).status_code == 200


def test_a_reset_before_the_body_comes_while_the_body_is_still_on_its_way(
    upstream: Upstream,
) -> None:
    upstream.fault("reset_before", path="/generate")
    url = httpx.URL(upstream.base_url)
    with socket.create_connection((url.host, url.port or 80), timeout=5) as wire:
        wire.sendall(
            b"POST /generate HTTP/1.1\r\nHost: x\r\nApi-Key: one\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        with pytest.raises(ConnectionResetError):
            wire.recv(1)


def test_a_body_over_fifty_megabytes_is_refused_while_it_is_sent(upstream: Upstream) -> None:
    asked = urllib.request.Request(
        f"{upstream.base_url}/edit",
        data=bytes(50 * 1024 * 1024 + 1),
        headers={"Api-Key": "one", "Content-Type": "multipart/form-data; boundary=x"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as no:
        opener.open(asked, timeout=20)
    assert no.value.code == 413 and "error" in json.load(no.value)
    no.value.close()


def test_the_limit_moves_while_it_runs(upstream: Upstream) -> None:
    upstream.limit(0)
    assert submit(upstream).json()["max_inflight_requests"] == 0
    upstream.limit(8)
    assert submit(upstream).status_code == 200


def test_a_script_plays_in_order(upstream: Upstream) -> None:
    upstream.faults([{"kind": "429", "retry_after": "3"}, {"kind": "422"}])
    first, second, third = (submit(upstream) for _ in range(3))
    assert (first.status_code, first.headers["retry-after"]) == (429, "3")
    assert [second.status_code, third.status_code] == [422, 200]


def test_pictures_outlive_the_process_in_a_folder_and_links_may_start_elsewhere(
    tmp_path: Path,
) -> None:
    flags: dict[str, Any] = {"folder": tmp_path, "public-url": "http://pictures.test/x"}
    with start_sandbox(**flags) as first:
        link = submit(first).json()["data"][0]["url"]
    assert link.startswith("http://pictures.test/x/images/")
    assert first.process.returncode == -signal.SIGTERM
    with start_sandbox(**flags) as second, httpx.Client(trust_env=False) as client:
        path = link.removeprefix("http://pictures.test/x")
        assert client.get(second.base_url + path).status_code == 200


def test_a_sandbox_that_cannot_start_says_so() -> None:
    with pytest.raises(RuntimeError, match="did not start"), start_sandbox(limit="many"):
        pass
