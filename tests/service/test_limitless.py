"""`check` marks who may spend without end, looks only, and says so when it cannot look."""

from pathlib import Path

from click.testing import CliRunner, Result

from service.__main__ import cli
from service.defaults import Defaults
from service.keys import Keys, make
from service.limitless import NOTHING, SHOWN, survey
from service.storeroom import Storeroom
from tests.money.books import Books
from tests.stores import Valkey, start_valkey

pytest_plugins = ["tests.money.plugin"]
PEPPER = "pepper-of-the-tests-32-characters"


def room_of(books: Books) -> Storeroom:
    return Storeroom(
        store=books.store, names=books.names, peppers=(b"p",), folder=None, kind="external"
    )


async def key_of(books: Books, project: str, *, admin: bool = False, expires_in: int = 0) -> str:
    keys = Keys(books.store, books.names, (b"p",))
    made = make(admin=admin)
    identity = await keys.register(made, name="an app", project=project, expires_in=expires_in)
    assert identity is not None
    return identity


async def found(books: Books) -> dict[str, str]:
    """Who has no spend limit: id, and what bounds it even so."""
    return {one.id: one.bounds for one in (await survey(room_of(books))).found}


async def test_an_empty_store_has_only_the_organization(books: Books) -> None:
    told = await survey(room_of(books))
    assert (told.projects, told.keys) == (0, 0)
    (one,) = told.found
    assert (one.kind, one.bounds) == ("organization", NOTHING)
    await books.limit("organization", spend_month="1")
    assert await found(books) == {}


async def test_who_has_no_limit_is_told_with_what_bounds_it(books: Books) -> None:
    first, second = await key_of(books, "a"), await key_of(books, "b")
    ours = books.names.root[4:-1]
    everybody = {ours: NOTHING, "a": NOTHING, "b": NOTHING, first: NOTHING, second: NOTHING}
    assert await found(books) == everybody
    await books.limit("project:a", spend_month="1")
    await books.limit(f"key:{second}", spend_day="1")
    assert await found(books) == {ours: NOTHING, "b": NOTHING, first: "its project"}
    await books.limit("organization", spend_month="1")
    wider = "its project, the organization"
    assert await found(books) == {"b": "the organization", first: wider}
    await books.limit("project:b", images_request="1", requests_minute="1")  # none of spend
    assert "b" in await found(books)


async def test_what_is_inherited_counts_as_a_limit(books: Books) -> None:
    await key_of(books, "a")
    await books.limit("organization", spend_month="1")
    defaults = Defaults(books.store, books.names)
    await defaults.put_in_force({"project_spend_month": "1"})
    assert set((await found(books)).values()) == {"its project, the organization"}
    await defaults.put_in_force({"key_spend_total": "1", "project_spend_month": "1"})
    assert await found(books) == {}
    await defaults.put_in_force({"key_lifetime": "1", "project_images_request": "1"})
    assert len(await found(books)) == 2


async def test_keys_that_draw_nothing_are_left_out(books: Books) -> None:
    revoked, archived = await key_of(books, "a"), await key_of(books, "b")
    await key_of(books, "", admin=True)
    ended = await key_of(books, "a", expires_in=1)
    await books.store.call("HSET", books.names.key(ended), "expires", "1")
    await books.store.call("HSET", books.names.key(revoked), "revoked", "1")
    await books.store.call("HSET", books.names.project("b"), "archived", "1")
    told = await survey(room_of(books))
    assert (told.projects, told.keys) == (1, 0)
    assert {one.kind for one in told.found} == {"organization", "project"}
    assert archived not in {one.id for one in told.found}


def check(valkey: Valkey | None, **env: str) -> Result:
    store = {"IDEOGATE_STORE_URL": valkey.url} if valkey else {}
    told = {"IDEOGATE_KEY_PEPPER": PEPPER, "IDEOGATE_UPSTREAM_API_KEY": "k", **store, **env}
    result = CliRunner().invoke(cli, ["check"], env=told)
    assert result.exit_code == 0, result.output
    return result


def run(valkey: Valkey, *words: str) -> str:
    env = {
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_API_KEY": "k",
        "IDEOGATE_STORE_URL": valkey.url,
    }
    result = CliRunner().invoke(cli, words, env=env)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_shows_them_and_writes_nothing() -> None:
    with start_valkey() as valkey:
        assert "0 of 0 projects, 0 of 0 keys" in check(valkey).output
        assert keys_in(valkey) == set()
        run(valkey, "keys", "create", "--project", "team_a", "--name", "app [one]")
        run(valkey, "keys", "create", "--project", "team_b", "--spend-total", "1")
        run(valkey, "limits", "set", "project:team_b", "spend_month=1")
        before = keys_in(valkey)
        assert "spend_total" in run(valkey, "limits", "show")
        shown = check(valkey).output
        assert keys_in(valkey) == before
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "organization org-default nothing" in rows
    assert "project team_a team_a nothing" in rows
    assert any(row.startswith("key key_") and row.endswith("app [one] nothing") for row in rows)
    assert not any("team_b" in row for row in rows)
    assert (
        "Without a spend limit: 1 of 2 projects, 1 of 2 keys; the organization has no spend limit."
    ) in " ".join(shown.split())


def keys_in(valkey: Valkey) -> set[str]:
    import redis

    books = redis.Redis(unix_socket_path=str(valkey.place), decode_responses=True)
    return {str(name) for name in books.scan_iter()}


def test_many_are_counted() -> None:
    with start_valkey() as valkey:
        import redis

        books = redis.Redis(unix_socket_path=str(valkey.place))
        root = "ig:{org-default}:"
        for number in range(SHOWN + 5):
            identity = f"proj_{number}"
            books.zadd(f"{root}projects", {identity: number})
            books.hset(f"{root}project:{identity}", mapping={"name": "x", "created": 1})
        assert "... and 6 more." in check(valkey).output


def test_a_store_that_cannot_be_reached_is_said_so() -> None:
    told = check(None, IDEOGATE_STORE_URL="redis://127.0.0.1:1").output
    assert "all sound" in told
    assert "Who has no spend limit cannot be said: IDEOGATE_STORE_URL leads to" in told


def test_a_store_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    told = check(None, IDEOGATE_STORE_URL=f"embedded:{folder}").output
    assert "so nobody has a key or a spend limit" in " ".join(told.split())
    assert not folder.exists()
