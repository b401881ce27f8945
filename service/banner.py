"""What a start says: where it listens, what it draws with, which key, and a line to paste."""

from rich.console import Console
from rich.text import Text

from config.settings import Settings
from service.first_keys import FirstKeys
from service.storeroom import Storeroom


def rows(settings: Settings, room: Storeroom, first: FirstKeys) -> list[tuple[str, str]]:
    """Label and value of each line, without secrets but for a key that was just made."""
    upstream = ", ".join(
        "sandbox (draws test pictures in this process; no money is spent)"
        if one.name == "sandbox"
        else f"{one.name} at {one.base_url}, {one.slots} images at once"
        for one in settings.upstreams
    )
    store = f"embedded Valkey in {room.folder}" if room.folder else _address(settings)
    found = [
        ("Listening", f"{settings.public_url}/v1"),
        ("Store", store),
        ("Upstream", upstream),
        (
            "Models",
            f"{len(settings.catalogue.models)}, price table {settings.catalogue.table_version}",
        ),
        ("Key", _key(first)),
    ]
    if first.admin and first.file is None:
        found.append(("Admin key", f"{first.admin}  (shown once)"))
    return found


def _address(settings: Settings) -> str:
    """The store's address without its password."""
    scheme, _, rest = settings.store_url.reveal().partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _key(first: FirstKeys) -> str:
    if first.file is not None:
        return f"written to {first.file}"
    if first.project is not None:
        return f"{first.project}  (shown once)"
    return first.known or "made at an earlier start; `python -m service keys create` makes another"


def curl(settings: Settings, first: FirstKeys) -> str:
    """A line to paste; without a key to show it takes $IDEOGATE_KEY."""
    key = first.project if first.project and first.file is None else "$IDEOGATE_KEY"
    return (
        f"curl {settings.public_url}/v1/images/generations "
        f'-H "Authorization: Bearer {key}" -H "Content-Type: application/json" '
        """-d '{"model":"dall-e-3","prompt":"a lighthouse in a storm"}'"""
    )


def show(console: Console, settings: Settings, room: Storeroom, first: FirstKeys) -> None:
    """Print it; long lines are not wrapped, so that they can be copied."""
    console.print()
    console.print(Text("Ideogate", style="bold"), Text("draws with Ideogram for OpenAI's SDKs"))
    for label, value in rows(settings, room, first):
        console.print(Text(f"  {label:<10}", style="dim"), Text(value), soft_wrap=True)
    console.print()
    console.print(Text(curl(settings, first)), soft_wrap=True)
    console.print()
