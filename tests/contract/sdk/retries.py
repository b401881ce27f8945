"""An app on the official Python SDK whose time-out is too short for a picture, again and again.

Run by an interpreter that has `openai`: `python retries.py < script.json`. Script: base_urls, key,
prompt, threads, rounds, timeout (seconds), quiet (keeps the time-out from the gateway). Says a JSON
line per picture: its SHA-256, or the error.
"""

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai


def draw(script: dict[str, Any], number: int) -> list[str]:
    urls = script["base_urls"]
    make = getattr(openai, "DefaultHttpx2Client", None) or openai.DefaultHttpxClient
    told = {"X-Stainless-Read-Timeout": "600"} if script["quiet"] else {}
    found = []
    for turn in range(script["rounds"]):
        with make(trust_env=False, verify=False, timeout=script["timeout"]) as http:
            client = openai.OpenAI(
                base_url=urls[(number + turn) % len(urls)],
                api_key=script["key"],
                timeout=script["timeout"],
                max_retries=2,
                http_client=http,
                default_headers=told,
            )
            try:
                reply = client.images.generate(prompt=script["prompt"])
            except openai.OpenAIError as refusal:
                found.append(f"{type(refusal).__name__}: {refusal}")
            else:
                found.append(hashlib.sha256(reply.data[0].b64_json.encode()).hexdigest())
    return found


def main() -> None:
    script = json.load(sys.stdin)
    with ThreadPoolExecutor(script["threads"]) as pool:
        for found in pool.map(lambda number: draw(script, number), range(script["threads"])):
            for one in found:
                print(json.dumps(one))


if __name__ == "__main__":
    main()
