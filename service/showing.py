"""Names of others on a terminal: no escapes of it, and none of rich's."""

from rich.text import Text


def named(text: str) -> Text:
    """As it is, but for what cannot be seen."""
    return Text("".join(letter if letter.isprintable() else "?" for letter in text))
