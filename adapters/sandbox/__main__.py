"""python -m adapters.sandbox: the stand-in alone on a port."""

import argparse
import socket
from pathlib import Path

from adapters.sandbox.app import build
from adapters.sandbox.server import address, serve


def _flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m adapters.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-url", help="starts the links, when not the listener does")
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free one")
    parser.add_argument("--limit", type=int, default=10, help="images in progress")
    parser.add_argument("--seconds", type=float, default=0.2, help="how long a drawing takes")
    parser.add_argument("--keys", help="known Api-Keys, by commas; without it any key will do")
    parser.add_argument("--folder", type=Path, help="where pictures lie; without it in memory")
    return parser.parse_args()


def main() -> None:
    flags = _flags()
    family = socket.AF_INET6 if ":" in flags.host else socket.AF_INET
    listener = socket.create_server((flags.host, flags.port), family=family, backlog=1024)
    sandbox = build(
        public_url=flags.public_url or address(listener),
        folder=flags.folder,
        limit=flags.limit,
        seconds=flags.seconds,
        keys=frozenset(flags.keys.split(",")) if flags.keys else None,
    )
    serve(listener, sandbox)


if __name__ == "__main__":
    main()
