"""python -m service ledger: the books added up, and put right by hand."""

import sys
from datetime import UTC, datetime

import click

from config.money import usd
from service.at_store import at_store
from service.books import verify
from service.corrections import CannotCorrect, Corrections, Word
from service.export_commands import ledger_export
from service.storeroom import Storeroom


@click.group()
def ledger() -> None:
    """The books."""


ledger.add_command(ledger_export)


@ledger.command("verify")
def ledger_verify() -> None:
    """Sum the journal and compare it with every balance; exit 1 and list what differs.

    From the newest checkpoint on; also while orders are in work.
    """
    found = at_store(lambda room: verify(room.store, room.names))
    for difference in found:
        click.echo(str(difference))
    click.echo(f"{len(found)} differences." if found else "The books are equal.")
    sys.exit(1 if found else 0)


@ledger.command("resolve")
@click.argument("call", metavar="ORDER.CALL")
@click.option("--post", type=click.IntRange(0), metavar="N", help="N of its images are billed.")
@click.option("--void", is_flag=True, help="It never ran: nothing is billed.")
@click.option("--write-off", is_flag=True, help="The house pays it.")
@click.option("--reason", required=True, help="Stands in the journal.")
def ledger_resolve(call: str, post: int | None, void: bool, write_off: bool, reason: str) -> None:
    """End a parked call by hand."""
    order, _, number = call.rpartition(".")
    if not (order and number.isascii() and number.isdigit()):
        raise click.BadParameter("it is the order's id, a dot and the call's number", param_hint="ORDER.CALL")  # fmt: skip
    word = _one_of(post, void=void, write_off=write_off)

    async def resolve(room: Storeroom) -> str:
        try:
            done = await Corrections(room.store, room.names).resolve(
                order, int(number), word, images=post or 0, reason=reason
            )
        except CannotCorrect as why:
            raise click.ClickException(str(why)) from why
        before = " before" if done.again else ""
        return (
            f"{call} is {done.state}{before}: ${usd(done.posted)} posted, "
            f"${usd(done.house)} to the house."
        )

    click.echo(at_store(resolve))


@ledger.command("adjust")
@click.option("--key", default="", metavar="ID", help="The key's id; it counts in its project too.")
@click.option("--project", default="", metavar="ID", help="The project, where no key is named.")
@click.option("--microusd", type=int, required=True, metavar="±N", help="What is added to spent.")
@click.option("--month", default="", metavar="YYYY-MM", help="Of which month (UTC); today's day.")
@click.option("--house", is_flag=True, help="The house takes the other side.")
@click.option("--reason", required=True, help="Stands in the journal.")
def ledger_adjust(
    key: str, project: str, microusd: int, month: str, house: bool, reason: str
) -> None:
    """Book a correction: an entry of its own, no old one is changed."""

    async def adjust(room: Storeroom) -> str:
        try:
            done = await Corrections(room.store, room.names).adjust(
                microusd, key=key, project=project, month=month, house=house, reason=reason
            )
        except CannotCorrect as why:
            raise click.ClickException(str(why)) from why
        return f"{done.id}: {microusd:+d} micro-USD posted in {done.period}."

    click.echo(at_store(adjust))


@ledger.command("accept")
@click.option("--reason", required=True, help="Stands in the journal.")
def ledger_accept(reason: str) -> None:
    """Take orders again though the store came back without entries that it had.

    What they said is lost: compare with the log and with the upstream's bill first.
    """

    async def accept(room: Storeroom) -> str:
        try:
            done = await Corrections(room.store, room.names).accept(reason=reason)
        except CannotCorrect as why:
            raise click.ClickException(str(why)) from why
        return (
            "Orders are taken again. The journal has lost what stood behind "
            f"{_entry(done.left)}, up to {_entry(done.seen)} or later."
        )

    click.echo(at_store(accept))


def _entry(entry: str) -> str:
    """An entry's id, and its time."""
    when = datetime.fromtimestamp(int(entry.partition("-")[0]) // 1000, UTC)
    return f"{entry} ({when:%Y-%m-%d %H:%M:%S} UTC)" if entry != "0-0" else "its beginning"


def _one_of(post: int | None, *, void: bool, write_off: bool) -> Word:
    chosen: list[Word] = []
    if post is not None:
        chosen.append("post")
    if void:
        chosen.append("void")
    if write_off:
        chosen.append("write_off")
    if len(chosen) != 1:
        raise click.UsageError("Give one of --post N, --void and --write-off.")
    return chosen[0]
