"""A platform team at work with the official SDK's admin client, sync or async, its models strict.

`python administration.py sync|async BASE_URL ADMIN_KEY COUNT` says in one JSON line what it saw, in the
words of node/administration.mjs. COUNT: projects to page through.
"""

import asyncio
import inspect
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import openai

MONTH = {"currency": "USD", "interval": "month"}
CHANNEL = {"type": "email", "recipients": ["ops@example.com"]}
EXTRAS = {"tags": {"cost_center": "4711"}, "contact": "#team", "limits": {"images_request": 4}}
OF_KEY = {
    "spend_limits": [{"threshold_amount": 500, "currency": "USD", "interval": "day"}],
    "limits": {"images_request": 1},
    "models": {"mode": "allow_list", "model_ids": ["ideogram-v3"]},
}
OTHER = {"prompt": "a fox", "model": "ideogram-v2a"}
PAGE = 40  # projects
COSTS = ("project_id", "user_id", "line_item", "api_key_id", "api_source")
USAGE = ("project_id", "user_id", "api_key_id", "model", "size", "source")


async def told(answer: Any) -> Any:
    """The answer of either client."""
    return await answer if inspect.isawaitable(answer) else answer


async def each(pages: Any) -> AsyncIterator[Any]:
    """All entries of a list, by the client's own iteration."""
    if hasattr(pages, "__aiter__"):
        async for one in pages:
            yield one
    else:
        for one in pages:
            yield one


async def ids(pages: Any) -> list[str]:
    return [one.id async for one in each(pages)]


async def refused(answer: Any) -> str:
    """`answer` makes the call."""
    try:
        await told(answer())
    except openai.APIStatusError as refusal:
        return f"{refusal.status_code} {refusal.code}"
    return "done"


async def projects(at: Any, count: int) -> dict[str, Any]:
    """One is made, and the one a page ended with archived, while they are paged through."""
    room = at.projects
    made = [(await told(room.create(name=f"team {n}"))).id for n in range(count)]
    seen: list[str] = []
    late = gone = ""
    async for one in each(room.list(limit=PAGE)):
        seen.append(one.id)
        if one.id in made and not late and len(seen) % PAGE == 0:
            late = (await told(room.create(name="late"))).id
            gone = (await told(room.archive(one.id))).id
    whole = await ids(room.list(limit=100, include_archived=True))
    after = await ids(room.list(limit=100))
    shown = await told(room.retrieve(gone))
    return {
        "each once": [seen.count(one) for one in made] == [1] * count,
        "all once": len(set(seen)) == len(seen),
        "late": seen.count(late),
        "archived": [shown.status, shown.archived_at is not None, gone in whole, gone in after],
        "refused": await refused(lambda: room.update(gone, name="no")),
    }


async def extras(at: Any) -> tuple[str, dict[str, Any]]:
    """A project with what is ours."""
    room = at.projects
    made = await told(room.create(name="search", extra_body=EXTRAS))
    changed = await told(
        room.update(made.id, name="found", extra_body={"charge_withheld": "house"})
    )
    shown = (await told(room.retrieve(made.id))).model_dump()
    return made.id, {
        "made": made.name,
        "changed": changed.name,
        "extras": [shown["tags"], shown["contact"], shown["charge_withheld"]],
        "images": shown["limits"]["images_request"],
    }


async def keys(
    at: Any, base_url: str, project: str, client: Any
) -> tuple[list[str], dict[str, Any]]:
    """An account's first key and a second one draw; another account is made without and deleted."""
    room = at.projects
    at_accounts, of = room.service_accounts, {"project_id": project}
    account = await told(at_accounts.create(project, name="app"))
    asked = {**of, "name": "two", "expires_in_seconds": 600, "extra_body": OF_KEY}
    second = await told(at_accounts.api_keys.create(account.id, **asked))
    first = account.api_key
    drawn = [await draw(client(api_key=one.value, base_url=base_url)) for one in (first, second)]
    stopped = client(api_key=second.value, base_url=base_url)
    bare = await told(at_accounts.create(project, name="bare", create_service_account_only=True))
    accounts = await ids(at_accounts.list(project, limit=1))
    renamed = await told(at_accounts.update(account.id, name="app 2", **of))
    ended = await told(at_accounts.delete(bare.id, **of))
    listed = await ids(room.api_keys.list(project, limit=1))
    shown = await told(room.api_keys.retrieve(second.id, **of))
    third = await told(at_accounts.api_keys.create(account.id, **of))
    deleted = await told(room.api_keys.delete(third.id, **of))
    of_key = shown.model_dump()
    return [first.id, second.id], {
        "drawn": drawn,
        "two at once": await refused(lambda: stopped.images.generate(prompt="a fox", n=2)),
        "other model": await refused(lambda: stopped.images.generate(**OTHER)),
        "bare": [bare.role, bare.api_key is None, ended.deleted],
        "accounts": accounts == [account.id, bare.id],
        "renamed": [renamed.name, shown.owner.service_account.name],
        "listed": listed == [first.id, second.id],
        "redacted": shown.redacted_value == f"sk-ig-...{second.value[-4:]}",
        "expires": shown.expires_at is not None,
        "extras": [
            [one["threshold_amount"] for one in of_key["spend_limits"]],
            of_key["limits"]["images_request"],
            of_key["models"]["model_ids"],
        ],
        "deleted": deleted.deleted,
        "gone": await refused(lambda: room.api_keys.retrieve(third.id, **of)),
    }


async def draw(app: Any) -> bool:
    """Whether one image came."""
    reply = await told(
        app.images.generate(prompt="a fox", model="gpt-image-1", quality="low", user="ada")
    )
    return len(reply.data) == 1 and reply.data[0].b64_json.startswith("iVBOR")


async def limits(at: Any, project: str) -> dict[str, Any]:
    """Every limit there is, set and read; the organization's are taken away again."""
    rates, of = at.projects.rate_limits, {"project_id": project}
    rows = [one async for one in each(rates.list_rate_limits(project, limit=3))]
    wanted = {}
    for n, row in enumerate(rows, 1):
        values = {"max_requests_per_1_minute": n + 100, "max_images_per_1_minute": n + 200}
        values |= {"max_requests_per_1_day": n + 300, "max_tokens_per_1_minute": 0}
        wanted[row.model] = await told(rates.update_rate_limit(row.id, **of, **values))
    found = {one.model: one async for one in each(rates.list_rate_limits(project))}
    asked = list(range(101, 101 + len(rows)))
    given = sorted(one.max_requests_per_1_minute for one in found.values())
    seen: dict[str, Any] = {"rates": found == wanted, "asked": given == asked}
    seen["project"] = await spend(at.projects, [project])
    seen["organization"] = await spend(at, [])
    allowed = at.projects.model_permissions
    made = await told(allowed.update(project, mode="deny_list", model_ids=["ideogram-v2a"]))
    seen["models"] = [len(rows) > 5, made.mode, await told(allowed.retrieve(project)) == made]
    return seen


async def spend(room: Any, where: list[str]) -> list[Any]:
    """Limit and alert of a project or the organization, and their end."""
    of = {"project_id": where[0]} if where else {}
    limit = await told(room.spend_limit.update(*where, threshold_amount=9_000, **MONTH))
    same = await told(room.spend_limit.retrieve(*where)) == limit
    asked = {**MONTH, "notification_channel": CHANNEL}
    alert = await told(room.spend_alerts.create(*where, threshold_amount=8_000, **asked))
    more = await told(room.spend_alerts.update(alert.id, threshold_amount=8_500, **asked, **of))
    alike = await told(room.spend_alerts.retrieve(alert.id, **of)) == more
    listed = alert.id in await ids(room.spend_alerts.list(*where, limit=1))
    gone = await told(room.spend_alerts.delete(alert.id, **of))
    ended = await told(room.spend_limit.delete(*where))
    return [
        *(limit.threshold_amount, limit.enforcement.status, same),
        *(more.threshold_amount, alike, listed, gone.deleted, ended.deleted),
    ]


async def admins(at: Any, project: str) -> dict[str, Any]:
    """Admin keys by pages; one is bound to a project."""
    room = at.admin_api_keys
    bound = {"role": "reader", "projects": [project]}
    made = [await told(room.create(name=f"finance {n}", extra_body=bound)) for n in range(3)]
    own = [one.id for one in made]
    listed = [one for one in await ids(room.list(limit=1, order="asc")) if one in own]
    shown = await told(room.retrieve(own[0]))
    gone = [(await told(room.delete(one))).deleted for one in own]
    return {
        "value": made[0].value.startswith("sk-ig-admin-"),
        "listed": listed == own,
        "owner": [shown.owner.role, shown.model_dump()["projects"] == [project]],
        "gone": [*gone, await refused(lambda: room.retrieve(own[0]))],
    }


async def audit(at: Any, project: str) -> dict[str, Any]:
    """What was written of a project, by pages and by every filter."""
    room = at.audit_logs
    whole = [one async for one in each(room.list(project_ids=[project], limit=2))]
    times = [one.effective_at for one in whole]
    filters: dict[str, dict[str, Any]] = {
        "event_types": {"event_types": ["project.created"]},
        "resource_ids": {"resource_ids": [project], "event_types": ["project.created"]},
        "actor_ids": {"actor_ids": ["nobody"]},
        "actor_emails": {"actor_emails": ["a@example.com"]},
        "gte": {"effective_at": {"gte": min(times)}},
        "gt": {"effective_at": {"gt": max(times)}},
        "lte": {"effective_at": {"lte": max(times)}},
        "lt": {"effective_at": {"lt": min(times)}},
    }
    asked = {name: ids(room.list(project_ids=[project], **more)) for name, more in filters.items()}
    found = {name: len(await some) for name, some in asked.items()}
    return {
        "ordered": times == sorted(times, reverse=True),
        "once": len({one.id for one in whole}) == len(whole),
        "first": whole[-1].type,
        "types": sorted({one.type for one in whole}),
        "filters": {name: "all" if n == len(whole) else n for name, n in found.items()},
    }


async def rows(call: Any, asked: dict[str, Any]) -> list[Any]:
    """Those of all buckets of all pages."""
    found, page = [], {}
    for _ in range(10):
        one = await told(call(**asked, **page))
        found += [row for bucket in one.data for row in bucket.results]
        if not one.has_more:
            return found
        page = {"page": one.next_page}
    raise AssertionError("pages without end")


async def sums(call: Any, of: dict[str, Any], *fields: str) -> list[list[int]]:
    """[images, micro-USD] of each group: two draws may lie in two buckets."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for row in await rows(call, {**of, "group_by": list(fields)}):
        shown = row.model_dump()
        group = groups.setdefault(tuple(str(shown[field]) for field in fields), [0, 0])
        group[0] += shown["images_billed"]
        group[1] += shown["microusd"]
    return sorted(groups.values())


async def metered(at: Any, project: str, made: list[str], start: int) -> dict[str, Any]:
    """Usage and costs by every field, width and filter."""
    of = {"start_time": start, "project_ids": [project]}
    images, costs = at.usage.images, at.usage.costs
    found = {"api_key_ids": made, "models": ["ideogram-v3"], "sources": ["image.generation"]}
    found |= {"user_ids": ["ada"], "sizes": ["1024x1024"]}
    missed = {"api_key_ids": ["none"], "models": ["ideogram-v2"], "sources": ["image.edit"]}
    missed |= {"user_ids": ["eve"], "sizes": ["256x256"]}
    item = "ideogram-v3, TURBO, generate"
    widths = (("1m", 1440), ("1h", 30), ("1d", 1))
    lines = await rows(costs, {**of, "group_by": ["line_item"]})
    return {
        "usage": {field: await sums(images, of, field) for field in USAGE},
        "all fields": await sums(images, of, *USAGE),
        "widths": [await sums(images, {**of, "bucket_width": w, "limit": n}) for w, n in widths],
        "found": {name: await sums(images, {**of, name: some}) for name, some in found.items()},
        "missed": {name: await sums(images, {**of, name: some}) for name, some in missed.items()},
        "costs": {field: await sums(costs, of, field) for field in COSTS},
        "costs found": [
            await sums(costs, {**of, **some})
            for some in ({"line_items": [item]}, {"api_key_ids": made})
        ],
        "costs missed": await sums(costs, {**of, "line_items": ["none"]}),
        "line items": [[row.line_item, row.quantity_unit] for row in lines[:1]],
        "dollars": round(sum(row.amount.value for row in lines), 6),
    }


async def main(mode: str, base_url: str, key: str, count: str, start: str) -> None:
    strict = {"base_url": base_url, "max_retries": 0, "_strict_response_validation": True}
    client = openai.AsyncOpenAI if mode == "async" else openai.OpenAI
    admin = client(api_key="unused", admin_api_key=key, **strict)
    at = admin.admin.organization
    project, shown = await extras(at)
    made, of_keys = await keys(at, base_url, project, client)
    seen = {
        "projects": await projects(at, int(count)),
        "extras": shown,
        "keys": of_keys,
        "metered": await metered(at, project, made, int(start)),
        "limits": await limits(at, project),
        "admins": await admins(at, project),
        "audit": await audit(at, project),
    }
    sys.stdout.write(json.dumps(seen))
    await told(admin.close())


asyncio.run(main(*sys.argv[1:]))
