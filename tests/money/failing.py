"""`python -m tests.money.failing POINT`: the gateway, which dies as by kill -9 when an order passes POINT."""

import os
import signal
import sys

from service.serve import main


def dying_at(point: str) -> None:
    """Serve until then."""

    def at(passed: str) -> None:
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.exit(main(at=at))


if __name__ == "__main__":
    dying_at(sys.argv[1])
