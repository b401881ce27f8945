"""The signature of a webhook, as Standard Webhooks has it and OpenAI's SDKs verify it. Pure.

https://www.standardwebhooks.com, "Signature scheme": HMAC-SHA-256 over "ID.TIMESTAMP.BODY", in base64.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

PREFIX: Final = "whsec_"


class BadSecret(ValueError):
    """A secret that begins with whsec_ and goes on with what is no base64."""


def key_of(secret: str) -> bytes:
    """What is signed with: behind "whsec_" base64, any other secret its own bytes. Raises BadSecret."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as bad:
        raise BadSecret("behind whsec_ stands base64") from bad
    if not key:
        raise BadSecret("nothing stands behind whsec_")
    return key


def signed(key: bytes, *, identity: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt. `identity` is the same for every attempt, `seconds` (Unix) its own."""
    text = f"{identity}.{seconds}.".encode() + body
    digest = hmac.new(key, text, hashlib.sha256).digest()
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
