"""Who has no limit of its own has the default; on real books, from the next order on."""

import asyncio

import pytest

from config.inherited import NAMES
from service.allowance import Barred, Short, Slow
from service.commit import AT_THE_STORE, Changed, commit
from service.defaults import Defaults, changing, defaults_line, derived, inherited
from service.ledger import Held, Started
from tests.money.books import UNIT, Books, plan_of

pytest_plugins = ["tests.money.plugin"]
ONE = plan_of(n=1, slots=1000)


async def start(books: Books, order: str, key: str = "k", project: str = "p") -> Started:
    return await books.ledger.start(books.folio(order, ONE, key=key, project=project), ONE)


async def set_by_file(books: Books, **file: str) -> None:
    await Defaults(books.store, books.names).put_in_force(file)


async def set_by_admin(books: Books, file: dict[str, str], **changes: str) -> None:
    admins = await Defaults(books.store, books.names).of_admins()
    change = changing(books.names, file, admins, changes)
    line = defaults_line(AT_THE_STORE, changes)
    await commit(books.store, books.names, change, line)


async def in_force(books: Books, kind: str) -> dict[str, str]:
    return await inherited(books.store, books.names, kind)


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("project_spend_month", "project"),
        ("key_spend_day", "key"),
        ("key_spend_week", "key"),
        ("key_spend_month", "key"),
        ("key_spend_total", "key"),
    ],
)
async def test_a_spend_limit_is_inherited(books: Books, name: str, scope: str) -> None:
    await set_by_file(books, **{name: str(UNIT)})
    assert isinstance(await start(books, "first"), Held)
    short = await start(books, "second")
    assert isinstance(short, Short)
    assert (short.scope, short.limit, short.spent) == (scope, UNIT, UNIT)
    other = {"key": "other", "project": "other"}
    assert isinstance(await start(books, "third", **other), Held)  # each has it for itself


async def test_what_is_its_own_goes_before_and_comes_back(books: Books) -> None:
    await set_by_file(books, project_spend_month="0")
    assert isinstance(await start(books, "a"), Short)
    await books.limit("project:p", spend_month="0.06")
    assert isinstance(await start(books, "b"), Held)
    assert isinstance(await start(books, "c"), Short)
    await books.limit("project:p", spend_month=None)
    short = await start(books, "d")
    assert isinstance(short, Short)
    assert short.limit == 0


async def test_a_change_reaches_all_that_have_none_of_their_own(books: Books) -> None:
    assert isinstance(await start(books, "a"), Held)
    await set_by_file(books, project_spend_month="0")
    assert isinstance(await start(books, "b"), Short)
    await set_by_file(books)
    assert isinstance(await start(books, "c"), Held)


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("project_images_request", "0", ("project", "images_request")),
        ("project_spend_request", "1", ("project", "spend_request")),
        ("project_speeds", "TURBO", ("project", "speeds")),
        ("project_operations", "edit", ("project", "operations")),
        ("key_images_request", "0", ("key", "images_request")),
        ("key_spend_request", "1", ("key", "spend_request")),
        ("key_speeds", "TURBO", ("key", "speeds")),
        ("key_operations", "edit", ("key", "operations")),
    ],
)
async def test_a_limit_of_one_request_is_inherited(
    books: Books, name: str, value: str, refused: tuple[str, str]
) -> None:
    await set_by_file(books, **{name: value})
    barred = await start(books, "a")
    assert isinstance(barred, Barred)
    assert (barred.scope, barred.limit) == refused


async def test_rates_are_inherited_behind_those_of_the_model_and_of_the_project(
    books: Books,
) -> None:
    await set_by_file(books, project_requests_minute="1", project_images_minute="9")
    held = await start(books, "a")
    assert isinstance(held, Held)
    assert held.rates is not None
    assert (held.rates.requests.limit, held.rates.images.limit) == (1, 9)
    assert isinstance(await start(books, "b"), Slow)
    await books.limit("project:p", requests_minute="20")
    await books.limit("project:p:ideogram-v3", images_minute="7")
    held = await start(books, "c")
    assert isinstance(held, Held)
    assert held.rates is not None
    assert (held.rates.requests.limit, held.rates.images.limit) == (20, 7)


async def test_an_organization_inherits_nothing(books: Books) -> None:
    await set_by_file(books, key_spend_total="0", project_spend_month="0")
    await books.limit("key:k", spend_total="1")
    await books.limit("project:p", spend_month="1")
    assert isinstance(await start(books, "a"), Held)


async def test_what_admins_set_goes_before_the_file_until_they_take_it_back(books: Books) -> None:
    file = {"project_spend_month": "5", "key_lifetime": "60"}
    await set_by_file(books, **file)
    await set_by_admin(books, file, project_spend_month="7", models="[]", models_mode="allow_list")
    wanted = {"spend_month": "7", "models": "[]", "models_mode": "allow_list"}
    assert await in_force(books, "project") == wanted
    await set_by_file(books, project_spend_month="9", key_spend_day="1")  # read again
    assert await in_force(books, "project") == wanted
    assert await in_force(books, "key") == {"spend_day": "1"}
    await set_by_admin(books, file, project_spend_month="", models="", models_mode="")
    assert await in_force(books, "project") == {"spend_month": "5"}
    assert await in_force(books, "key") == {"lifetime": "60"}
    assert await Defaults(books.store, books.names).of_admins() == {}


async def test_a_file_that_changes_nothing_writes_nothing(books: Books) -> None:
    await set_by_file(books, project_spend_month="5")
    key = books.names.inherited("project")
    await books.store.call("HSET", key, "seen", "1")
    await set_by_file(books, project_spend_month="5")
    assert await in_force(books, "project") == {"spend_month": "5"}  # what is not ours goes
    await books.store.call("PEXPIRE", key, 100_000)
    await set_by_file(books, project_spend_month="5")
    assert await books.store.call("PTTL", key) > 0  # not written again


async def test_two_admins_at_once_are_one_after_the_other(books: Books) -> None:
    change = changing(books.names, {}, {}, {"project_spend_month": "5"})
    await set_by_admin(books, {}, project_spend_month="6", key_spend_day="1")
    with pytest.raises(Changed):
        await commit(books.store, books.names, change, None)
    assert await in_force(books, "project") == {"spend_month": "6"}


async def test_files_and_admins_in_any_order_end_in_what_both_say(books: Books) -> None:
    file = {"project_images_request": "4"}

    async def admin(number: int) -> None:
        try:
            await set_by_admin(books, file, key_spend_total=str(number))
        except Changed:
            return

    await asyncio.gather(
        *(work for n in range(8) for work in (admin(n), set_by_file(books, **file)))
    )
    admins = await Defaults(books.store, books.names).of_admins()
    wanted = derived({**file, **admins})
    assert (await in_force(books, "project"), await in_force(books, "key")) == wanted
    assert set(admins) == {"key_spend_total"}


async def test_a_reload_is_taken_once_the_store_answers(books: Books) -> None:
    defaults = Defaults(books.store, books.names)
    defaults.take({"project_spend_month": "1"})
    defaults.take({"project_spend_month": "2"})  # the later one counts
    async with asyncio.timeout(5):
        while await in_force(books, "project") != {"spend_month": "2"}:  # noqa: ASYNC110  it is asked
            await asyncio.sleep(0.01)
    defaults.close()


def test_every_default_reaches_somebody() -> None:
    project, key = derived(dict.fromkeys(NAMES, "1"))
    assert len(project) + len(key) == len(NAMES)
