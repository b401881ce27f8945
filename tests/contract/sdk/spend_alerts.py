"""Spend alerts as an admin app has them, by the official SDK with its strict models.

`python spend_alerts.py BASE_URL KEY` says in one JSON line what it saw.
"""

import json
import sys

import openai

CHANNEL = {"type": "email", "recipients": ["ops@example.com"], "subject_prefix": "[images]"}
ASKED = {"currency": "USD", "interval": "month", "notification_channel": CHANNEL}

base_url, key = sys.argv[1:]
client = openai.OpenAI(
    api_key="unused", admin_api_key=key, base_url=base_url, _strict_response_validation=True
)
organization = client.admin.organization
project = organization.projects.create(name="alerts").id
seen = {}
for name, alerts, where in (
    ("organization", organization.spend_alerts, {}),
    ("project", organization.projects.spend_alerts, {"project_id": project}),
):
    made = [alerts.create(threshold_amount=100 + n, **ASKED, **where) for n in range(5)]
    one = made[0].id
    assert alerts.retrieve(one, **where) == made[0]
    changed = alerts.update(one, threshold_amount=7, **ASKED, **where)
    listed = list(alerts.list(limit=2, **where))  # three pages
    gone = alerts.delete(one, **where)
    try:
        alerts.retrieve(one, **where)
        missing = None
    except openai.NotFoundError as none:
        missing = none.code
    seen[name] = {
        "object": made[0].object,
        "threshold": changed.threshold_amount,
        "prefix": changed.notification_channel.subject_prefix,
        "listed": [alert.id for alert in listed] == [alert.id for alert in made],
        "gone": [gone.object, gone.deleted, gone.id == one],
        "missing": missing,
        "left": len(list(alerts.list(order="desc", **where))),
    }
sys.stdout.write(json.dumps(seen))
