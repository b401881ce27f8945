"""The books put right by hand, with a reason, once; and what a layout says at the start."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from service.__main__ import cli
from service.corrections import CannotCorrect, Corrections, Word
from service.costs_audit import SINCE as METERED
from service.keyspace import SCHEMA
from service.ledger import Leg
from service.schema import BadSchema, check_schema, shown
from tests.money.books import UNIT, Books, plan_of
from tests.service.processes import run
from tests.stores import start_valkey

pytest_plugins = ["tests.money.plugin"]
PARK = Leg(call=0, verb="park", upstream="sandbox", reason="unknown")


def money(**some: int) -> dict[str, int]:
    return {"held": 0, "posted": 0, "parked": 0, "house": 0} | some


async def parked(books: Books, images: int = 3) -> Corrections:
    made = plan_of(n=images)
    await books.held("A", made)
    await books.ledger.settle(books.folio("A", made), PARK)
    return Corrections(books.store, books.names)


@pytest.mark.parametrize(
    ("word", "images", "state", "posted", "house"),
    [
        ("post", 3, "POSTED", 3 * UNIT, 0),
        ("post", 1, "POSTED", UNIT, 0),
        ("post", 0, "POSTED", 0, 0),
        ("void", 0, "VOIDED", 0, 0),
        ("write_off", 0, "WRITTEN_OFF", 0, 3 * UNIT),
    ],
)
async def test_a_parked_call_is_resolved_once_with_a_reason(
    books: Books, word: Word, images: int, state: str, posted: int, house: int
) -> None:
    corrections = await parked(books)
    for again in (False, True):
        done = await corrections.resolve("A", 0, word, images=images, reason="the invoice says so")
        assert (done.state, done.posted, done.house, done.again) == (state, posted, house, again)
    assert await books.balance() == money(posted=posted, house=house)
    line = (await books.journal())[-1]
    assert (line["verb"], line["reason"], line["resolved"]) == (word, "the invoice says so", "1")
    assert await books.store.call("ZCARD", books.names.open) == 0
    assert await books.store.call("PTTL", books.names.order("A")) > 0
    other: Word = "void" if word != "void" else "post"
    with pytest.raises(CannotCorrect, match=f"not parked, it is {state}"):
        await corrections.resolve("A", 0, other, images=1, reason="another mind")
    late = Leg(call=0, verb="post", upstream="sandbox", reason="", billed=3)
    settled = await books.ledger.settle(books.folio("A", plan_of(n=3)), late)
    assert settled is not None and settled.state == state
    assert await books.balance() == money(posted=posted, house=house)


async def test_what_cannot_be_resolved_says_why_and_changes_nothing(books: Books) -> None:
    corrections = await parked(books)
    before = await books.journal()
    with pytest.raises(CannotCorrect, match="of 3 images, not of 4"):
        await corrections.resolve("A", 0, "post", images=4, reason="r")
    with pytest.raises(CannotCorrect, match=r"no call A\.1"):
        await corrections.resolve("A", 1, "void", reason="r")
    with pytest.raises(CannotCorrect, match=r"no call nobody\.0"):
        await corrections.resolve("nobody", 0, "void", reason="r")
    for reason in ("", "  ", "a\nb", "x" * 201):
        with pytest.raises(CannotCorrect, match="A reason is needed"):
            await corrections.resolve("A", 0, "void", reason=reason)
    assert await books.journal() == before


async def test_a_running_call_is_not_resolved(books: Books) -> None:
    made = plan_of(n=2)
    await books.held("A", made)
    with pytest.raises(CannotCorrect, match="not parked, it is SENT"):
        await Corrections(books.store, books.names).resolve("A", 0, "void", reason="r")
    await books.ledger.drop(books.folio("A", made))


@pytest.mark.parametrize("house", [False, True])
@pytest.mark.parametrize("microusd", [-UNIT, 1, 10**15])
async def test_a_correction_is_an_entry_of_its_own(
    books: Books, microusd: int, *, house: bool
) -> None:
    corrections = Corrections(books.store, books.names)
    await corrections.adjust(microusd, project="p", house=house, reason="goodwill")
    expected = money(posted=microusd, house=-microusd if house else 0)
    assert await books.balance("project:p") == expected
    assert await books.balance() == expected
    (line,) = await books.journal()
    assert (line["verb"], line["key"], line["project"], line["reason"]) == (
        "adjust", "", "p", "goodwill",
    )  # fmt: skip


async def test_a_correction_of_a_key_counts_in_its_project_and_may_be_of_another_month(
    books: Books,
) -> None:
    await books.store.call("HSET", books.names.key("key_1"), "project", "p")
    corrections = Corrections(books.store, books.names)
    done = await corrections.adjust(-7, key="key_1", month="2026-01", reason="r")
    assert done.period == "2026-01"
    for scope in ("key:key_1", "project:p", "organization"):
        assert (await books.balance(scope))["posted"] == -7
        name = f"{books.names.balance(scope)}:2026-01"
        assert await books.store.call("HGET", name, "posted") == b"-7"


@pytest.mark.parametrize(
    ("microusd", "named", "words"),
    [
        (0, {"project": "p"}, "1 to"),
        (10**15 + 1, {"project": "p"}, "1 to"),
        (5, {}, "of a key or of a project"),
        (5, {"key": "key_9"}, "no key 'key_9'"),
        (5, {"project": "p", "month": "2026-13"}, "no month"),
        (5, {"project": "p", "reason": ""}, "A reason is needed"),
    ],
)
async def test_a_correction_that_makes_no_sense_is_refused(
    books: Books, microusd: int, named: dict[str, str], words: str
) -> None:
    with pytest.raises(CannotCorrect, match=words):
        await Corrections(books.store, books.names).adjust(microusd, **{"reason": "r", **named})  # type: ignore[arg-type]
    assert await books.journal() == []


async def test_a_key_of_another_project_is_refused(books: Books) -> None:
    await books.store.call("HSET", books.names.key("key_1"), "project", "p")
    with pytest.raises(CannotCorrect, match="is of p, not of q"):
        await Corrections(books.store, books.names).adjust(5, key="key_1", project="q", reason="r")


# --- the commands


def _ledger(folder: Path, url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return run(
        folder,
        "ledger",
        *words,
        IDEOGATE_STORE_URL=url,
        IDEOGATE_KEY_PEPPER="pepper-of-the-tests-32-characters",
        IDEOGATE_UPSTREAM_URL="sandbox:",
    )


def test_the_commands_say_what_they_did_and_refuse_with_a_sentence(tmp_path: Path) -> None:
    with start_valkey() as server:
        done = _ledger(
            tmp_path, server.url, "adjust", "--project", "p", "--microusd", "-50", "--reason", "r"
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().partition(": ")[2].startswith("-50 micro-USD posted in 20")
        done = _ledger(tmp_path, server.url, "verify")
        assert (done.returncode, done.stdout) == (0, "The books are equal.\n")
        done = _ledger(tmp_path, server.url, "resolve", "X.0", "--void", "--reason", "r")
        assert (done.returncode, done.stderr) == (
            1, "Error: The books have no call X.0, or no longer.\n",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["resolve", "X.0", "--reason", "r"], "Give one of --post N, --void and --write-off."),
        (["resolve", "X.0", "--post", "1", "--void", "--reason", "r"], "Give one of"),
        (["resolve", "X", "--void", "--reason", "r"], "the order's id, a dot"),
        (["resolve", "X.0", "--void"], "Missing option '--reason'"),
        (["adjust", "--project", "p", "--microusd", "5"], "Missing option '--reason'"),
    ],
)
def test_a_command_that_is_not_complete_is_refused(words: list[str], said: str) -> None:
    done = CliRunner().invoke(cli, ["ledger", *words])
    assert done.exit_code == 2
    assert said in done.output.replace("\n", " ")


# --- layouts

MAJOR, MINOR = SCHEMA


@pytest.mark.parametrize(
    ("found", "event"),
    [
        (None, None),
        (shown(SCHEMA), None),
        (shown((MAJOR, MINOR - 1)), "schema_raised"),
        (shown((MAJOR, MINOR + 1)), "schema_newer"),
    ],
)
async def test_books_of_this_version_and_of_the_minor_before_go_on(
    books: Books, found: str | None, event: str | None
) -> None:
    if found is not None:
        await books.store.call("SET", books.names.schema, found)
    with capture_logs() as lines:
        await check_schema(books.store, books.names)
    assert [line["event"] for line in lines] == ([event] if event else [])
    kept = (await books.store.call("GET", books.names.schema)).decode()
    assert kept == (found if event == "schema_newer" else shown(SCHEMA))
    metered_later = await books.store.call("EXISTS", books.names.metered_from)
    assert metered_later == (event == "schema_raised" and (MAJOR, MINOR - 1) < METERED)


@pytest.mark.parametrize(
    "found",
    [f"{MAJOR + 1}", f"{MAJOR + 1}.0", f"{MAJOR - 1}.9", shown((MAJOR, MINOR - 2)), "abc", ""],
)
async def test_books_of_another_major_or_an_older_minor_refuse_the_start(
    books: Books, found: str
) -> None:
    await books.store.call("SET", books.names.schema, found)
    with pytest.raises(BadSchema, match="The store holds books of layout"):
        await check_schema(books.store, books.names)
    assert (await books.store.call("GET", books.names.schema)).decode() == found
