"""Run by an interpreter that has `openai`: verifies webhooks as an app does; one JSON line each.

`python verify.py < [{"payload", "headers", "secret"}, ..]` says {"type", "error"} of each.
"""

import json
import sys

import openai

for one in json.load(sys.stdin):
    client = openai.OpenAI(api_key="k", webhook_secret=one["secret"])
    try:
        event = client.webhooks.unwrap(one["payload"], one["headers"])
        told = {"type": event.type, "error": None}
    except openai.InvalidWebhookSignatureError as bad:
        told = {"type": None, "error": str(bad)}
    sys.stdout.write(json.dumps(told) + "\n")
