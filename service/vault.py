"""Results that only their own caller can open: sealed under a key made of the caller's API key."""

import hashlib
import hmac
import secrets
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORM: Final = b"\x01"  # of a sealed text, should there be another one
_NONCE: Final = 12  # bytes, of chance: AES-GCM allows 2^32 of them under one key
_KEY: Final = 32


class Drawer(msgspec.Struct, frozen=True):
    """One API key's part of the vault. Each purpose has a key of its own; none is in the store."""

    seal_key: bytes
    name_key: bytes
    print_key: bytes

    def named(self, text: str) -> str:
        """The name of an idempotency key in the store, which tells nothing of its text."""
        return hmac.new(self.name_key, text.encode(), hashlib.sha256).hexdigest()

    def printed(self, digest: bytes) -> str:
        """A fingerprint as the store may have it: nobody can try prompts against it."""
        return hmac.new(self.print_key, digest, hashlib.sha256).hexdigest()

    def seal(self, text: bytes, place: str) -> bytes:
        """`place` is where it is kept; moved to another one it does not open."""
        nonce = secrets.token_bytes(_NONCE)
        return _FORM + nonce + AESGCM(self.seal_key).encrypt(nonce, text, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes | None:
        """None for what was sealed by another key or for another place, or was changed."""
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        if sealed[:1] != _FORM or len(nonce) < _NONCE:
            return None
        try:
            return AESGCM(self.seal_key).decrypt(nonce, body, place.encode())
        except InvalidTag:
            return None


def drawer(api_key: str, pepper: bytes) -> Drawer:
    """HKDF-SHA256 with the pepper as salt: neither the store nor the pepper alone opens anything."""

    def key(purpose: bytes) -> bytes:
        made = HKDF(algorithm=SHA256(), length=_KEY, salt=pepper, info=b"ideogate " + purpose)
        return made.derive(api_key.encode())

    return Drawer(key(b"result"), key(b"idempotency"), key(b"fingerprint"))
