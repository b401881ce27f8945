"""Limits and model permissions as an admin app has them, by the official SDK with its strict models.

`python project_limits.py BASE_URL KEY` says in one JSON line what it saw.
"""

import json
import sys

import openai

MONTH = {"currency": "USD", "interval": "month"}

base_url, key = sys.argv[1:]
client = openai.OpenAI(
    api_key="unused", admin_api_key=key, base_url=base_url, _strict_response_validation=True
)
organization = client.admin.organization
project = organization.projects.create(name="limits").id
seen = {}


def missing(read, **where):
    """The code of a refusal."""
    try:
        read(**where)
    except openai.NotFoundError as none:
        return none.code
    return None


for name, limit, where in (
    ("organization", organization.spend_limit, {}),
    ("project", organization.projects.spend_limit, {"project_id": project}),
):
    before = missing(limit.retrieve, **where)
    made = limit.update(threshold_amount=0, **MONTH, **where)
    same = limit.retrieve(**where) == made
    raised = limit.update(threshold_amount=5000, **MONTH, **where)
    gone = limit.delete(**where)
    seen[name] = {
        "before": before,
        "object": made.object,
        "statuses": [made.enforcement.status, raised.enforcement.status],
        "same": same,
        "raised": raised.threshold_amount,
        "gone": [gone.object, gone.deleted],
        "after": missing(limit.retrieve, **where),
    }

permissions = organization.projects.model_permissions
made = permissions.update(project, mode="allow_list", model_ids=["ideogram-v3-turbo", "dall-e-2"])
seen["permissions"] = {
    "mode": made.mode,
    "ids": made.api_model_ids,
    "same": permissions.retrieve(project) == made,
    "gone": permissions.delete(project).object,
    "after": missing(permissions.retrieve, project_id=project),
}

rates = organization.projects.rate_limits
listed = list(rates.list_rate_limits(project, limit=5))  # three pages
changed = rates.update_rate_limit(
    "rl-ideogram-v3", project_id=project, max_images_per_1_minute=3, max_tokens_per_1_minute=0
)
again = {one.model: one for one in rates.list_rate_limits(project)}
seen["rates"] = {
    "models": sorted(one.model for one in listed),
    "tokens": {one.max_tokens_per_1_minute for one in listed} == {0},
    "images": again["ideogram-v3"].max_images_per_1_minute,
    "same": again["ideogram-v3"] == changed,
    "others": {one.max_images_per_1_minute for one in again.values() if one != changed} == {10**6},
}
sys.stdout.write(json.dumps(seen))
