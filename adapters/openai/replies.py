"""What we answer: replies in OpenAI's shapes, with ours beside. Pure."""

import msgspec


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of an answer: exactly one of `url` and `b64` is set.

    `b64` is base64 text as bytes, spliced into the reply without a copy through JSON.
    `expires_at`: unix seconds, read from the link's `exp`.
    """

    url: str | None = None
    b64: bytes | None = None
    revised_prompt: str | None = None
    seed: int | None = None
    resolution: str | None = None
    style_type: str | None = None
    expires_at: int | None = None
