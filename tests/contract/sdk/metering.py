"""Usage and costs as an admin app reads them, by the official SDK with its strict models.

`python metering.py BASE_URL ADMIN_KEY START` says in one JSON line what it saw.
"""

import json
import sys

import openai

base_url, admin_key, start = sys.argv[1:]
strict = {"base_url": base_url, "_strict_response_validation": True}
client = openai.OpenAI(api_key="unused", admin_api_key=admin_key, **strict)
organization = client.admin.organization
project = organization.projects.create(name="metered")
account = organization.projects.service_accounts.create(project.id, name="app")
app = openai.OpenAI(api_key=account.api_key.value, base_url=base_url)
app.images.generate(prompt="a fox", n=2, user="ada", model="gpt-image-1", quality="low")
app.images.generate(prompt="an owl", model="dall-e-3")

usage, costs = {}, {}
since = {"start_time": int(start), "project_ids": [project.id]}
for field in ("project_id", "user_id", "api_key_id", "model", "size", "source"):
    page = organization.usage.images(**since, bucket_width="1h", limit=50, group_by=[field])
    rows = [row for bucket in page.data for row in bucket.results]
    usage[field] = sorted([str(getattr(row, field)), row.images] for row in rows)
for field in ("project_id", "user_id", "line_item", "api_key_id", "api_source"):
    page = organization.usage.costs(**since, limit=3, group_by=[field])
    rows = [row for bucket in page.data for row in bucket.results]
    costs[field] = sorted(
        [str(getattr(row, field)), row.amount.value, row.microusd] for row in rows
    )
first = organization.usage.costs(start_time=int(start), limit=1)
second = organization.usage.costs(start_time=int(start), limit=1, page=first.next_page)
seen = {
    "project": project.id,
    "key": account.api_key.id,
    "usage": usage,
    "costs": costs,
    "pages": [first.data[0].end_time == second.data[0].start_time, first.has_more],
}
print(json.dumps(seen))
