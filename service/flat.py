"""Answers of the store as Python has them: fields as text, names of keys."""

from collections.abc import AsyncIterator, Sequence

from adapters.store.client import Store


def texts(flat: Sequence[bytes]) -> dict[str, str]:
    """HGETALL's answer, names and values in turn."""
    return {flat[i].decode(): flat[i + 1].decode() for i in range(0, len(flat), 2)}


async def names_under(store: Store, root: str) -> AsyncIterator[str]:
    """The names of all keys that begin so, without that; some perhaps twice."""
    cursor = b"0"
    while True:
        cursor, keys = await store.call("SCAN", cursor, "MATCH", f"{plain(root)}*", "COUNT", 1000)
        for key in keys:
            yield key.decode().removeprefix(root)
        if cursor == b"0":
            return


def plain(root: str) -> str:
    """For a pattern: nothing in it stands for anything else."""
    return "".join(f"\\{letter}" if letter in "*?[]\\^" else letter for letter in root)
