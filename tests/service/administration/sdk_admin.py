"""Runs in the official SDK's environment: a platform team at work with client.admin, read strictly.

argv: base URL, admin key, how many projects. stdout: JSON of what was seen. `_strict_response_validation`
makes every reply an error that the SDK's own models do not describe.
"""

import json
import sys
from typing import Any

import openai
from openai import NotFoundError, OpenAI, PermissionDeniedError


def client(base_url: str, key: str) -> OpenAI:
    return OpenAI(
        base_url=base_url,
        api_key="sk-none",
        admin_api_key=key,
        max_retries=0,
        _strict_response_validation=True,
    )


def projects(admin: OpenAI, count: int) -> dict[str, Any]:
    """Made, and read page by page."""
    room = admin.admin.organization.projects
    made = [room.create(name=f"team {n}") for n in range(count)]
    paged = [one.id for one in room.list(limit=100)]
    first = made[0].id
    changed = room.update(first, name="renamed", extra_body={"tags": {"cost_center": "7"}})
    retrieved = room.retrieve(first)
    archived = room.archive(made[1].id)
    every = [one.id for one in room.list(limit=50, include_archived=True)]
    return {
        "made": [one.id for one in made],
        "paged": paged,
        "changed": [changed.name, retrieved.name, (retrieved.model_extra or {})["tags"]],
        "archived": [archived.status, archived.archived_at is not None],
        "after_archive": [archived.id in every, archived.id in [one.id for one in room.list()]],
    }


def accounts(admin: OpenAI, project: str) -> dict[str, Any]:
    """An account with a key, a second key, and their end."""
    room = admin.admin.organization.projects
    account = room.service_accounts.create(project, name="app")
    assert account.api_key is not None
    only = room.service_accounts.create(project, name="later", create_service_account_only=True)
    second = room.service_accounts.api_keys.create(
        account.id, project_id=project, name="second", scopes=["api.all.read"]
    )
    renamed = room.service_accounts.update(account.id, project_id=project, name="app 2")
    keys = [one.id for one in room.api_keys.list(project, limit=1)]
    changed = room.api_keys.update(second.id, project_id=project, expires_in_seconds=60, scopes=[])
    shown = room.api_keys.retrieve(account.api_key.id, project_id=project)
    assert shown.owner.service_account is not None
    deleted = room.api_keys.delete(second.id, project_id=project)
    gone = room.service_accounts.delete(only.id, project_id=project)
    return {
        "roles": [account.role, only.role, only.api_key is None],
        "renamed": [
            renamed.name,
            room.service_accounts.retrieve(account.id, project_id=project).name,
        ],
        "accounts": [one.id for one in room.service_accounts.list(project, limit=1)]
        == [account.id],
        "keys": keys == [account.api_key.id, second.id],
        "expires": changed.expires_at is not None,
        "owner": shown.owner.service_account.name,
        "redacted": shown.redacted_value,
        "deleted": [deleted.deleted, gone.deleted],
        "value": account.api_key.value,
    }


def admins(admin: OpenAI, base_url: str, project: str) -> dict[str, Any]:
    """Another admin key, what it may not do, and its end."""
    room = admin.admin.organization.admin_api_keys
    made = room.create(
        name="finance", expires_in_seconds=600, extra_body={"role": "reader", "projects": [project]}
    )
    reader = client(base_url, made.value)
    seen = [one.id for one in reader.admin.organization.projects.list()]
    refused = ""
    try:
        reader.admin.organization.projects.create(name="no")
    except PermissionDeniedError as denied:
        refused = str(denied.code)
    shown = room.retrieve(made.id)
    listed = made.id in [one.id for one in room.list(limit=1, order="desc")]
    deleted = room.delete(made.id)
    missing = ""
    try:
        room.retrieve(made.id)
    except NotFoundError as none:
        missing = str(none.code)
    return {
        "owner": [shown.owner.role, shown.owner.type],
        "seen": seen == [project],
        "refused": refused,
        "listed": listed,
        "deleted": deleted.deleted,
        "missing": missing,
    }


def audit(admin: OpenAI, project: str) -> list[str]:
    """What was written about a project, newest first, one entry a page."""
    room = admin.admin.organization.audit_logs
    page = room.list(project_ids=[project], limit=2, effective_at={"gt": 1})
    return [one.type for one in page]


def main(base_url: str, key: str, count: str) -> None:
    admin = client(base_url, key)
    seen: dict[str, Any] = {"version": openai.__version__, "projects": projects(admin, int(count))}
    project = seen["projects"]["made"][0]
    seen["accounts"] = accounts(admin, project)
    seen["admins"] = admins(admin, base_url, project)
    seen["audit"] = audit(admin, project)
    print(json.dumps(seen))


main(*sys.argv[1:])
