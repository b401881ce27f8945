"""Listens where a gateway would, and keeps what an SDK puts on the wire: `with wiretap() as tap: ...`."""

import contextlib
import http.server
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple

from tests.contract.gateway import key_of

REPLY: Final = b'{"created": 1, "data": []}'
MOST: Final = 1 << 20  # no form of these tests is larger
_BOUNDARY: Final = re.compile("boundary=(.+)")


class Heard(NamedTuple):
    """A form as it came, and whether its length was told before."""

    boundary: str
    body: bytes
    chunked: bool


@dataclass
class Wiretap:
    """As much of a gateway as `play` asks for."""

    root: str
    key: str = key_of("contract")
    heard: list[Heard] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"{self.root}/v1"


class _Ear(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    tap: ClassVar[Wiretap]

    def do_POST(self) -> None:
        chunked = self.headers.get("transfer-encoding") == "chunked"
        body = self._chunks() if chunked else self.rfile.read(int(self.headers["content-length"]))
        boundary = _BOUNDARY.search(self.headers["content-type"])
        assert boundary is not None
        self.tap.heard.append(Heard(boundary[1], body, chunked))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(REPLY)))
        self.end_headers()
        self.wfile.write(REPLY)

    def _chunks(self) -> bytes:
        body = b""
        while length := int(self.rfile.readline(), 16):
            body += self.rfile.read(length)
            assert len(body) < MOST
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_: object) -> None:
        """Nothing of it is worth a line."""


@contextlib.contextmanager
def wiretap() -> Iterator[Wiretap]:
    tap = Wiretap("")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Ear", (_Ear,), {"tap": tap}))
    tap.root = f"http://127.0.0.1:{server.server_port}"
    listening = threading.Thread(target=server.serve_forever, args=(0.05,))
    listening.start()
    try:
        yield tap
    finally:
        server.shutdown()
        listening.join()
        server.server_close()
