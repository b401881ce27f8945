"""What a start says: where it listens, what it draws with, which key, and a line to paste."""

from rich.console import Console
from rich.text import Text

from config.settings import Settings
from service.first_keys import FirstKeys
from service.storeroom import Storeroom


def rows(settings: Settings, room: Storeroom, first: FirstKeys) -> list[tuple[str, str]]:
    """Label and value of each line, without secrets but for a key that was just made."""
    upstream = ", ".join(
        "sandbox: draws test pictures itself, no money is spent"
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
    if first.admin:
        found.append(("Admin key", _made(first.admin, first)))
    return found


def _address(settings: Settings) -> str:
    """The store's address without its password."""
    scheme, _, rest = settings.store_url.reveal().partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _key(first: FirstKeys) -> str:
    if first.project is not None:
        return _made(first.project, first)
    return first.known or "`python -m service keys create` makes one"


def _made(key: str, first: FirstKeys) -> str:
    return f"{key}  (shown once)" if first.file is None else f"written to {first.file}"


def curl(settings: Settings, first: FirstKeys) -> str:
    """A command to paste; without a key to show it takes $IDEOGATE_KEY."""
    key = first.project if first.project and first.file is None else "$IDEOGATE_KEY"
    return " \\\n    ".join(
        (
            f"curl {settings.public_url}/v1/images/generations",
            f'-H "Authorization: Bearer {key}"',
            '-H "Content-Type: application/json"',
            """-d '{"model":"dall-e-3","prompt":"a lighthouse in a storm"}'""",
        )
    )


def show(console: Console, settings: Settings, room: Storeroom, first: FirstKeys) -> None:
    """Print it for 80 columns; what is longer is not wrapped, so that it can be copied."""
    console.print()
    console.print(Text("  Ideogate", style="bold"), Text("draws with Ideogram for OpenAI's SDKs"))
    console.print()
    for label, value in rows(settings, room, first):
        console.print(Text(f"  {label:<10}", style="dim"), Text(value), soft_wrap=True)
    console.print()
    console.print(Text(f"  {curl(settings, first)}"), soft_wrap=True)
    console.print()
