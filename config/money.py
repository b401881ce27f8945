"""Money: whole micro-USD, and the one way to print it."""

from typing import Final, NewType

MicroUSD = NewType("MicroUSD", int)

PER_DOLLAR: Final = 1_000_000


def total(unit: MicroUSD, count: int) -> MicroUSD:
    """Price of `count` units, in micro-USD."""
    return MicroUSD(unit * count)


def add(*amounts: MicroUSD) -> MicroUSD:
    """Sum of amounts, in micro-USD."""
    return MicroUSD(sum(amounts))


def usd(amount: MicroUSD) -> str:
    """Dollars with six decimals, from integers alone: 60000 -> "0.060000"."""
    sign = "-" if amount < 0 else ""
    dollars, rest = divmod(abs(amount), PER_DOLLAR)
    return f"{sign}{dollars}.{rest:06d}"
