"""EXIF's orientation, read by hand and carried out."""

import pytest

from adapters.pixels.orientation import orientation, seen, turned
from tests.adapters.pixels.drawn import exif, halves


def tiff(order: str, kind: int, value: int) -> bytes:
    """A TIFF header with two entries, the second one the orientation."""
    little = order == "little"
    pack = (lambda n, size: n.to_bytes(size, "little")) if little else (lambda n, s: n.to_bytes(s))
    width = 4 if kind == 4 else 2
    other = pack(0x0100, 2) + pack(3, 2) + pack(1, 4) + bytes(4)
    ours = pack(0x0112, 2) + pack(kind, 2) + pack(1, 4) + pack(value, width).ljust(4, b"\0")
    return (b"II*\0" if little else b"MM\0*") + pack(8, 4) + pack(2, 2) + other + ours + bytes(4)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("kind", [3, 4])
@pytest.mark.parametrize("value", range(1, 9))
def test_the_orientation_is_read_in_either_byte_order(order: str, kind: int, value: int) -> None:
    assert orientation(tiff(order, kind, value)) == value
    assert orientation(b"Exif\0\0" + tiff(order, kind, value)) == value


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Exif\0\0",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",  # 65,535 entries, none there
        tiff("big", 3, 0),
        tiff("big", 3, 9),
        tiff("little", 3, 6)[:-10],
        b"nonsense" * 10,
    ],
)
def test_what_cannot_be_read_is_upright(content: bytes) -> None:
    assert orientation(content) == 1


def test_pillow_writes_what_is_read_here() -> None:
    assert orientation(exif(8).tobytes()) == 8


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_size_is_foretold(turn: int) -> None:
    assert turned(halves(), turn).size == seen((64, 32), turn)
