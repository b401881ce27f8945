"""A crossing is told once: tried again until a 2xx, by one replica at a time, under one id."""

import asyncio
from typing import Any, Final, Self

import pytest
from structlog.testing import capture_logs

from adapters.store.client import connect
from adapters.webhook.client import ANSWER_SECONDS, Webhook
from config.money import MicroUSD
from service.alerting import (
    AT_ONCE,
    CALM_SECONDS,
    GIVEN_UP_MS,
    LEASE_MS,
    LOOK_SECONDS,
    TYPE,
    Alerting,
    pause_ms,
)
from service.alerts import crossing_of
from service.commit import AT_THE_STORE, Change, commit
from service.projects import Project, project_line, put_project
from tests.money.books import UNIT, Books
from tests.receiver import HANG, SECONDS, receiving
from tests.service.spending import adjust, crossing, drop, due, put, this_month
from tests.stores import start_valkey

pytest_plugins = ["tests.money.plugin"]
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def longest(_: float, high: float) -> float:
    return high


def shortest(low: float, _: float) -> float:
    return low


async def soon(_: float) -> None:
    await asyncio.sleep(0)


class Replica:
    """One gateway's part of it; pauses between tries are none unless it is told so."""

    def __init__(self, books: Books, url: str | None, **more: Any) -> None:
        self.webhook = Webhook(url, SECRET, within=more.pop("within", 5.0)) if url else None
        more = {"between": shortest, "sleep": soon} | more
        self.alerting = Alerting(
            books.store, books.names, self.webhook, organization="acme", **more
        )

    async def look(self) -> int:
        return await self.alerting.look()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.alerting.drain()
        if self.webhook:
            await self.webhook.aclose()


async def crossed(books: Books, scope: str = "project:p", **more: Any) -> str:
    """An alert that was passed; the name of its crossing."""
    identity = await put(books, scope, UNIT, **more)
    if not await due(books):
        await adjust(books, UNIT)
    return crossing_of(identity, this_month(), MicroUSD(UNIT))


async def lapse(books: Books, *names: str) -> None:
    """Longer than the lease, or the pause, of these crossings."""
    for name in names:
        await books.store.call("ZADD", books.names.alerts_due, "XX", 1, name)


async def test_the_receiver_reads_all_of_it_and_no_secret(books: Books) -> None:
    change = Change()
    project = Project(id="p", name="Shop", created=1)
    put_project(change, books.names, project)
    line = project_line("created", project, AT_THE_STORE, "project created")
    await commit(books.store, books.names, change, line)
    name = await crossed(books, subject_prefix="[images]")
    made = await crossing(books, name)
    async with receiving() as receiver, Replica(books, receiver.url) as replica:
        assert await replica.look() == 1
        (told,) = receiver.told
        assert await replica.look() == 0
    assert told.id == name
    assert told.event == {
        "id": name,
        "object": "event",
        "type": TYPE,
        "created_at": int(made["at_ms"]) // 1000,
        "data": {
            "alert_id": name[: len("alert_") + 26],
            "scope": "project",
            "organization": "acme",
            "project_id": "p",
            "project_name": "Shop",
            "month": this_month(),
            "threshold_microusd": UNIT,
            "posted_microusd": UNIT,
            "recipients": ["ops@example.com"],
            "subject_prefix": "[images]",
        },
    }
    assert await due(books) == []
    assert await crossing(books, name) == {}


async def test_the_organization_s_alert_is_of_no_project(books: Books) -> None:
    await crossed(books, "organization")
    async with receiving() as receiver, Replica(books, receiver.url) as replica:
        await replica.look()
        body = receiver.told[0].event["data"]
    assert (body["scope"], body["project_id"], body["project_name"]) == ("organization", None, None)


@pytest.mark.parametrize(
    "prefix",
    [
        '"},"type":"other","x":{"',
        "x\r\nwebhook-id: other\r\n\r\n",
        "\N{RIGHT-TO-LEFT OVERRIDE}\N{SNOWMAN}\x00</script>%0d%0a{{7*7}}",
        "[" * 5000,
    ],
)
async def test_a_hostile_prefix_stays_a_text(books: Books, prefix: str) -> None:
    name = await crossed(books, subject_prefix=prefix)
    async with receiving() as receiver, Replica(books, receiver.url) as replica:
        await replica.look()
        (told,) = receiver.told
    assert told.id == name
    assert told.event["type"] == TYPE
    assert told.event["data"]["subject_prefix"] == prefix
    assert set(told.headers) == {
        "host", "accept", "accept-encoding", "content-type", "content-length", "user-agent",
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip


async def test_it_is_tried_until_a_2xx_with_the_same_id_and_the_same_body(books: Books) -> None:
    name = await crossed(books)
    answers = (500, 429, 302, 204, 204)
    async with receiving(*answers) as receiver, Replica(books, receiver.url) as replica:
        with capture_logs() as lines:
            assert [await replica.look() for _ in range(5)] == [1, 1, 1, 1, 0]
    assert receiver.ids == [name] * 4
    assert len({told.body for told in receiver.told}) == 1
    assert [(line["event"], line["status"], line["tries"]) for line in lines] == [
        ("spend_alert_not_heard", 500, 1),
        ("spend_alert_not_heard", 429, 2),
        ("spend_alert_not_heard", 302, 3),
        ("spend_alert_told", 204, 4),
    ]
    assert SECRET not in repr(lines)
    assert str(receiver.port) not in repr(lines)


async def test_between_two_tries_is_a_pause(books: Books) -> None:
    name = await crossed(books)
    async with (
        receiving(500) as receiver,
        Replica(books, receiver.url, between=longest) as replica,
    ):
        assert await replica.look() == 1
        assert await replica.look() == 0
    next_try = int(await books.store.call("ZSCORE", books.names.alerts_due, name))
    assert 0 < next_try - await books.store.time_ms() <= 2000


def test_a_pause_is_anything_up_to_a_step_that_doubles_to_an_hour() -> None:
    widest = [pause_ms(tries, longest) for tries in range(1, 40)]
    assert widest[:4] == [2000, 4000, 8000, 16_000]
    assert widest[-1] == max(widest) == 3_600_000
    assert {pause_ms(tries, shortest) for tries in range(1, 40)} == {0}


async def test_after_a_day_of_tries_it_is_given_up_with_a_line(books: Books) -> None:
    name = await crossed(books)
    async with receiving(500, 500) as receiver, Replica(books, receiver.url) as replica:
        await replica.look()
        long_ago = await books.store.time_ms() - GIVEN_UP_MS - 1
        await books.store.call("HSET", books.names.crossing(name), "first_ms", long_ago)
        with capture_logs() as lines:
            await replica.look()
            assert await replica.look() == 0
    assert [line["event"] for line in lines] == ["spend_alert_given_up"]
    assert (lines[0]["log_level"], lines[0]["crossing"]) == ("error", name)
    assert await due(books) == []
    assert await crossing(books, name) == {}


async def test_what_nobody_could_try_for_days_is_tried_all_the_same(books: Books) -> None:
    name = await crossed(books)
    await books.store.call("HSET", books.names.crossing(name), "at_ms", 1)
    async with receiving(500, 200) as receiver, Replica(books, receiver.url) as replica:
        assert [await replica.look() for _ in range(3)] == [1, 1, 0]
        assert receiver.ids == [name] * 2


async def test_ten_replicas_tell_each_crossing_once(books: Books) -> None:
    names = [await crossed(books) for _ in range(12)]
    async with receiving() as receiver:
        replicas = [Replica(books, receiver.url) for _ in range(10)]
        looks = await asyncio.gather(*(replica.look() for replica in replicas))
        looks += await asyncio.gather(*(replica.look() for replica in replicas))
        for replica in replicas:
            await replica.__aexit__()
    assert sum(looks) == 12
    assert sorted(receiver.ids) == sorted(names)


async def test_one_replica_has_it_until_its_lease_ends(books: Books) -> None:
    name = await crossed(books)
    async with (
        receiving(HANG) as receiver,
        Replica(books, receiver.url, within=SECONDS) as dead,
        Replica(books, receiver.url) as other,
    ):
        looking = asyncio.create_task(dead.look())
        await receiver.until(1)
        taken = int(await books.store.call("ZSCORE", books.names.alerts_due, name))
        assert 0 < taken - await books.store.time_ms() <= LEASE_MS
        assert await other.look() == 0
        await lapse(books, name)
        assert await other.look() == 1
        assert receiver.ids == [name] * 2
        assert await due(books) == []
        looking.cancel()
        for task in dead.alerting._working:
            task.cancel()


@pytest.mark.parametrize("late", [204, 500])
async def test_a_replica_that_was_only_slow_changes_nothing_that_is_done(
    books: Books, late: int
) -> None:
    name = await crossed(books)
    async with receiving() as quick, receiving(late) as slow:
        slow.pause = 0.3
        async with Replica(books, slow.url) as replica, Replica(books, quick.url) as other:
            looking = asyncio.create_task(replica.look())
            await slow.until(1)
            await lapse(books, name)
            assert await other.look() == 1
            await looking
            assert await due(books) == []
            assert await other.look() == 0


async def test_a_2xx_ends_it_also_when_another_replica_has_it_by_then(books: Books) -> None:
    name = await crossed(books)
    async with receiving(200) as first, receiving(500) as second:
        first.pause, second.pause = 0.2, 0.6
        async with Replica(books, first.url) as replica, Replica(books, second.url) as other:
            looking = asyncio.create_task(replica.look())
            await first.until(1)
            await lapse(books, name)
            trying = asyncio.create_task(other.look())
            await second.until(1)
            await looking
            await trying
            assert await due(books) == []


async def test_a_slow_receiver_holds_up_no_other_crossing_of_a_look(books: Books) -> None:
    names = [await crossed(books) for _ in range(AT_ONCE)]
    answers: list[int | bytes] = [HANG, *[204] * (AT_ONCE - 1)]
    async with receiving(*answers) as receiver, Replica(books, receiver.url, within=0.5) as replica:
        assert await replica.look() == AT_ONCE
        assert sorted(receiver.ids) == sorted(names)
        assert len(await due(books)) == 1


async def test_an_alert_that_was_deleted_is_not_told_any_more(books: Books) -> None:
    name = await crossed(books)
    await drop(books, "project:p", name[: len("alert_") + 26])
    async with receiving() as receiver, Replica(books, receiver.url) as replica:
        with capture_logs() as lines:
            await replica.look()
        assert receiver.told == []
    assert [line["event"] for line in lines] == ["spend_alert_withdrawn"]
    assert await due(books) == []
    assert await crossing(books, name) == {}


async def test_an_alert_that_is_deleted_between_two_tries_is_not_told_any_more(
    books: Books,
) -> None:
    name = await crossed(books)
    async with receiving(500) as receiver, Replica(books, receiver.url) as replica:
        await replica.look()
        await drop(books, "project:p", name[: len("alert_") + 26])
        await replica.look()
        assert await replica.look() == 0
        assert len(receiver.told) == 1


async def test_an_alert_that_was_changed_is_told_as_it_was_crossed(books: Books) -> None:
    name = await crossed(books, subject_prefix="before")
    await put(books, "project:p", 9 * UNIT, name[: len("alert_") + 26], subject_prefix="after")
    async with receiving() as receiver, Replica(books, receiver.url) as replica:
        await replica.look()
        assert receiver.ids == [name]
        assert receiver.told[0].event["data"]["subject_prefix"] == "before"


async def test_without_a_webhook_it_is_one_line_and_nothing_is_kept(books: Books) -> None:
    name = await crossed(books)
    with capture_logs() as lines:
        await asyncio.gather(*(Replica(books, None).look() for _ in range(5)))
    assert [line["event"] for line in lines] == ["spend_alert_crossed"]
    assert lines[0]["crossing"] == name
    assert (lines[0]["threshold_microusd"], lines[0]["posted_microusd"]) == (UNIT, UNIT)
    assert "ops@example.com" not in repr(lines)
    assert await due(books) == []
    assert await crossing(books, name) == {}


async def test_what_was_heard_is_marked_as_soon_as_the_store_is_back(books: Books) -> None:
    with start_valkey("--appendonly", "yes", "--appendfsync", "always") as server:
        store = await connect(server.url, slot_key=books.names.root)
        own = Books(store, books.names, books.ledger)
        name = await crossed(own)
        async with receiving() as receiver:
            receiver.pause = 0.3
            replica = Replica(own, receiver.url, sleep=asyncio.sleep)
            looking = asyncio.create_task(replica.look())
            await receiver.until(1)
            server.kill()
            async with asyncio.timeout(SECONDS):
                while replica.alerting._store.connected:  # noqa: ASYNC110  it learns by asking
                    await asyncio.sleep(0.02)
            server.start()
            await asyncio.wait_for(looking, SECONDS)
            assert await due(own) == []
            assert await crossing(own, name) == {}
            assert len(receiver.told) == 1
            await replica.__aexit__()
        await store.aclose()


async def test_who_stood_still_for_most_of_its_lease_sends_nothing(books: Books) -> None:
    name = await crossed(books)
    short = int(ANSWER_SECONDS * 1000)  # another may have it before an answer could come
    async with (
        receiving() as receiver,
        Replica(books, receiver.url, lease_ms=short) as slow,
        Replica(books, receiver.url) as other,
    ):
        assert await slow.look() == 1
        assert receiver.told == []
        await lapse(books, name)
        await other.look()
        assert receiver.ids == [name]


async def test_after_an_outage_those_who_saw_a_2xx_come_first(books: Books) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0.01)

    async def until(seconds: float) -> None:
        pauses.clear()
        async with asyncio.timeout(SECONDS):
            while seconds not in pauses:  # noqa: ASYNC110  a list rings no bell
                await asyncio.sleep(0.01)

    with start_valkey() as server:
        store = await connect(server.url, slot_key=books.names.root)
        own = Books(store, books.names, books.ledger)
        async with Replica(own, None, sleep=sleep) as replica:
            looking = asyncio.create_task(replica.alerting.keep_looking())
            await until(LOOK_SECONDS)
            assert CALM_SECONDS not in pauses
            server.kill()
            server.start()
            await until(CALM_SECONDS)
            looking.cancel()
        await store.aclose()


async def test_a_record_that_cannot_be_read_holds_up_no_other(books: Books) -> None:
    name = await crossed(books)
    await books.store.call("ZADD", books.names.alerts_due, 0, "broken")
    alert = name[: len("alert_") + 26]
    record = books.names.crossing("broken")
    await books.store.call("HSET", record, "scope", "project:p", "alert", alert)
    async with receiving() as receiver, Replica(books, receiver.url) as replica:
        with capture_logs() as lines:
            assert await replica.look() == 2
        assert receiver.ids == [name]
    assert [line["crossing"] for line in lines if line["log_level"] == "error"] == ["broken"]
    assert await due(books) == ["broken"]


async def test_it_goes_on_after_a_look_that_failed(books: Books) -> None:
    name = await crossed(books)
    await books.store.call("ZADD", books.names.alerts_due, 0, "broken")
    await books.store.call("SET", books.names.crossing("broken"), "no hash")
    async with receiving() as receiver, Replica(books, receiver.url) as replica:
        with capture_logs() as lines:
            looking = asyncio.create_task(replica.alerting.keep_looking())
            async with asyncio.timeout(SECONDS):
                while not lines:  # noqa: ASYNC110  a list rings no bell
                    await asyncio.sleep(0.01)
            assert lines[0]["event"] == "spend_alerts_missed"
            await books.store.call("DEL", books.names.crossing("broken"))
            await receiver.until(1)
            looking.cancel()
        assert receiver.ids == [name]
