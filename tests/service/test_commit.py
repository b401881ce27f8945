"""Changes by administration on a real store: whole or not at all, each with its line."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.store.client import Store, StoreRefused, connect
from service.adoption import adopt
from service.commit import AT_THE_STORE, Actor, Change, Changed, Line, commit
from service.flat import texts
from service.keyspace import Keyspace
from service.projects import NoSuchProject, Project, Projects, put_project
from tests.stores import Valkey, start_valkey

NAMES = Keyspace("o")
LINE = Line(what="project.updated", did="tried", resource="proj_a", actor=AT_THE_STORE)


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with start_valkey() as server:
        yield server


@pytest.fixture
async def store(valkey: Valkey) -> AsyncIterator[Store]:
    opened = await connect(valkey.url, timeout=5)
    await opened.call("FLUSHALL")
    yield opened
    await opened.aclose()


async def lines(store: Store) -> list[dict[str, str]]:
    return [texts(fields) for _, fields in await store.call("XRANGE", NAMES.audit, "-", "+")]


async def test_a_change_is_written_with_one_line_that_says_who(store: Store) -> None:
    change = Change()
    change.absent(NAMES.project("proj_a"))
    change.put(NAMES.project("proj_a"), {"name": "Añ {x}\n*", "archived": ""})
    change.file(NAMES.projects, "proj_a", 7)
    change.keep(NAMES.admin_answer("n"), "kept", ms=60_000)
    actor = Actor(key="key_1", name="Ada", address="10.0.0.1", request="req_1")
    line = Line(
        what="project.created", did="made", resource="proj_a", actor=actor, details={"n": 1}
    )
    identity = await commit(store, NAMES, change, line)
    assert (await store.call("XRANGE", NAMES.audit, identity, identity))[0][0].decode() == identity
    assert await lines(store) == [
        {
            "what": "project.created",
            "did": "made",
            "resource": "proj_a",
            "project": "",
            "actor": "key_1",
            "name": "Ada",
            "address": "10.0.0.1",
            "request": "req_1",
            "details": '{"n":1}',
        }
    ]
    kept = texts(await store.call("HGETALL", NAMES.project("proj_a")))
    assert kept == {"name": "Añ {x}\n*", "archived": ""}
    assert await store.call("ZSCORE", NAMES.projects, "proj_a") == b"7"
    assert 0 < await store.call("PTTL", NAMES.admin_answer("n")) <= 60_000


async def test_a_check_that_fails_leaves_nothing_behind(store: Store) -> None:
    await store.call("HSET", NAMES.project("proj_a"), "archived", "9")
    before = await store.call("DBSIZE")
    for fails in ("absent", "expect"):
        change = Change()
        if fails == "absent":
            change.absent(NAMES.project("proj_a"))
        else:
            change.expect(NAMES.project("proj_a"), "archived", "")
        change.put(NAMES.project("proj_a"), {"name": "never"})
        change.file(NAMES.projects, "proj_a", 1)
        with pytest.raises(Changed) as told:
            await commit(store, NAMES, change, LINE)
        assert told.value.key == NAMES.project("proj_a")
    assert await store.call("DBSIZE") == before
    assert await store.call("HGET", NAMES.project("proj_a"), "name") is None


async def test_of_many_that_make_the_same_one_does(store: Store) -> None:
    async def make(number: int) -> bool:
        change = Change()
        put_project(change, NAMES, Project(id="proj_a", name=str(number), created=number))
        try:
            await commit(store, NAMES, change, LINE)
        except Changed:
            return False
        return True

    made = await asyncio.gather(*map(make, range(50)))
    assert sum(made) == 1
    assert (await Projects(store, NAMES).one("proj_a")).name == str(made.index(True))
    assert len(await lines(store)) == 1


async def test_fields_and_records_are_taken_away(store: Store) -> None:
    await store.call("HSET", NAMES.project("a"), "name", "n", "tags", "t")
    await store.call("ZADD", NAMES.projects, 1, "a", 2, "b")
    await store.call("SET", NAMES.admin_answer("x"), "1")
    change = Change()
    change.present(NAMES.project("a"))
    change.take(NAMES.project("a"), "tags", "nothing")
    change.unfile(NAMES.projects, "b")
    change.drop(NAMES.admin_answer("x"))
    assert await commit(store, NAMES, change, None) == ""
    assert texts(await store.call("HGETALL", NAMES.project("a"))) == {"name": "n"}
    assert await Projects(store, NAMES).ids() == ["a"]
    assert await store.call("EXISTS", NAMES.admin_answer("x"), NAMES.audit) == 0


async def test_hundreds_of_fields_go_in_at_once(store: Store) -> None:
    change = Change()
    fields = {f"f{number}": str(number) for number in range(1_001)}
    change.put(NAMES.project("a"), fields)
    await commit(store, NAMES, change, None)
    assert texts(await store.call("HGETALL", NAMES.project("a"))) == fields


async def test_no_other_command_is_run(store: Store) -> None:
    change = Change()
    change.put(NAMES.project("a"), {"name": "n"})
    change.writes.append(("FLUSHALL", NAMES.project("a"), ()))
    with pytest.raises(StoreRefused, match="knows no command FLUSHALL"):
        await commit(store, NAMES, change, None)
    assert await store.call("DBSIZE") == 0


async def test_keys_from_before_there_were_projects_are_filed(store: Store) -> None:
    for identity, project in (("k1", "proj_a"), ("k2", "proj_a"), ("k3", "")):
        await store.call("HSET", NAMES.key(identity), "project", project, "created", "5")
        await store.call("ZADD", NAMES.keys, 5, identity)
    for _ in range(2):
        await adopt(store, NAMES)
    projects = Projects(store, NAMES)
    assert await projects.ids() == ["proj_a"]
    assert await projects.one("proj_a") == Project(id="proj_a", name="proj_a", created=5)
    assert await store.call("ZRANGE", NAMES.keys_of("proj_a"), 0, -1) == [b"k1", b"k2"]
    assert await store.call("ZRANGE", NAMES.admin_keys, 0, -1) == [b"k3"]
    with pytest.raises(NoSuchProject, match="proj_b"):
        await projects.one("proj_b")
