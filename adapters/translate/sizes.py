"""Which size a model draws for the size that was asked."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from adapters.translate import spellings
from config.catalogue import BadCatalogue, Family, Sizes

WIDEST: Final = 3  # every model draws between 1:3 and 3:1 (ideogram-upstream 2.1, 2.4)

Field = Literal["resolution", "aspect_ratio"]


class Shape(NamedTuple):
    """One size a model can be told to draw: by `field`, with Ideogram's plain `value`.

    `value` is "1344x768" for resolution and "16x9" for aspect_ratio; each family writes it its own
    way. `width`, `height` are the pixels that come of it: 16x9 on V3 is 1312x736.
    """

    field: Field
    value: str
    width: int
    height: int

    @property
    def pixels(self) -> str:
        return f"{self.width}x{self.height}"

    def error(self, width: int, height: int) -> float:
        """How much wider (+) or narrower (-) it is than asked: 0.0227 is 2.27 % wider."""
        return (self.width * height) / (self.height * width) - 1

    def is_named(self, width: int, height: int) -> bool:
        """Whether the asked size, reduced, is the ratio that this shape is named after."""
        across, down = map(int, self.value.split("x"))
        return across * height == down * width


def drawable(width: int, height: int) -> bool:
    """Whether a ratio lies within 1:3..3:1."""
    return width <= WIDEST * height and height <= WIDEST * width


def shapes(sizes: Sizes, family: Family) -> tuple[Shape, ...]:
    """Every shape of a size table, in the order in which equals are preferred.

    Of two that draw the same pixels V3 is told the ratio and legacy the resolution
    (ideogram-upstream 2.5).
    """
    return _shapes(sizes.resolutions, tuple(sizes.ratios.items()), family == "v3")


@lru_cache(maxsize=64)
def _shapes(
    resolutions: tuple[str, ...], ratios: tuple[tuple[str, str], ...], ratios_first: bool
) -> tuple[Shape, ...]:
    exact = [Shape("resolution", f"{w}x{h}", w, h) for w, h in map(_pixels, resolutions)]
    named = [Shape("aspect_ratio", _name(name), *_pixels(drawn)) for name, drawn in ratios]
    return tuple(named + exact if ratios_first else exact + named)


def _pixels(text: str) -> tuple[int, int]:
    found = spellings.pixels(text)
    if found is None:
        raise BadCatalogue(f"{text!r} in a size table is no size")
    return found


def _name(text: str) -> str:
    found = spellings.ratio(text)
    if found is None:
        raise BadCatalogue(f"{text!r} in a size table is no ratio")
    return found


def ranked(width: int, height: int, shapes: Sequence[Shape]) -> list[Shape]:
    """The shapes that may stand for a size, best first.

    The member of the list; then by |ln ratio error| of the pixels drawn, then by difference in
    area. A named ratio stands only for sizes of that very ratio, unless the model has nothing else.
    """
    listed = any(shape.field == "resolution" for shape in shapes)
    among = [
        shape
        for shape in shapes
        if shape.field == "resolution" or not listed or shape.is_named(width, height)
    ]
    return by_distance(width, height, among)


def by_distance(width: int, height: int, among: Iterable[Shape]) -> list[Shape]:
    return sorted(among, key=lambda shape: _distance(width, height, shape))


def _distance(width: int, height: int, shape: Shape) -> tuple[bool, float, float]:
    member = shape.field == "resolution" and (shape.width, shape.height) == (width, height)
    return (
        not member,
        _apart(shape.width * height, shape.height * width),
        _apart(shape.width * shape.height, width * height),
    )


def _apart(one: int, other: int) -> float:
    # grows as |ln(one / other)| does; a quotient of whole numbers is rounded correctly, so equal
    # ratios compare equal
    return max(one, other) / min(one, other)
