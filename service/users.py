"""For whom an image is drawn, as the books may say it: a digest, unless the operator wants the name."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.settings import MOST_USERS, Settings

OTHER: Final = "other"  # all beyond the most that are told apart (lua/usage.lua)
_KEY: Final = 32
_HEX: Final = 24  # of a digest: 96 bits
_LONGEST: Final = 512  # characters, as requests take it


class Users:
    """`settings` says the ones in force. Digests are the same on every replica with this pepper."""

    def __init__(self, pepper: bytes, settings: Callable[[], Settings]) -> None:
        made = HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=b"ideogate user")
        self._key = made.derive(pepper)
        self._settings = settings

    @property
    def most(self) -> int:
        """Of one project and month that are told apart."""
        return self._settings().most_users

    def booked(self, user: str) -> str:
        """What the books say of a caller's `safety_identifier` or `user`; "" for nobody."""
        rule = self._settings().user_ids
        if not user or rule == "none":
            return ""
        plain = user.isprintable() and len(user) <= _LONGEST and user != OTHER
        return user if rule == "plain" and plain else self.digest(user)

    def digest(self, user: str) -> str:
        """ "user_" and 24 hex digits"""
        return f"user_{hmac.new(self._key, user.encode(), hashlib.sha256).hexdigest()[:_HEX]}"


class Nobody:
    """Where nobody is told from anybody else."""

    most: Final = MOST_USERS

    def booked(self, _user: str) -> str:
        return ""
