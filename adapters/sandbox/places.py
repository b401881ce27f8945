"""Images in progress against the account's limit (ideogram-upstream 0.6)."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.sandbox.refusal import busy


class Places:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self.most = 0

    @contextmanager
    def hold(self, images: int) -> Iterator[None]:
        """The places, for as long as the images are being drawn; all or a 429."""
        if self.taken + images > self.limit:
            raise busy(self.limit, "fast" if self.taken < self.limit else "slow")
        self.taken += images
        self.most = max(self.most, self.taken)
        try:
            yield
        finally:
            self.taken -= images

    def shown(self) -> dict[str, int]:
        return {"in_progress": self.taken, "max_seen": self.most, "limit": self.limit}
