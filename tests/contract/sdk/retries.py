"""An app on the official Python SDK whose time-out is too short for a picture, again and again.

Run by an interpreter that has `openai`: `python retries.py < script.json`. Script: base_urls, key,
prompt, threads, rounds, timeout (seconds), quiet (keeps the time-out from the gateway), apart (each
picture has a prompt of its own, which begins with `prompt`). Says a JSON line per picture: prompt,
picture (its SHA-256) or error, retries, replayed (whether the answer was another attempt's).
"""

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai


def draw(script: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """One client's pictures, one after the other."""
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
            own = f" {number}.{turn}" if script["apart"] else ""
            found.append(one(client, script["prompt"] + own))
    return found


def one(client: openai.OpenAI, prompt: str) -> dict[str, Any]:
    try:
        raw = client.images.with_raw_response.generate(prompt=prompt)
    except openai.OpenAIError as refusal:
        return {"prompt": prompt, "error": f"{type(refusal).__name__}: {refusal}"}
    return {
        "prompt": prompt,
        "picture": hashlib.sha256(raw.parse().data[0].b64_json.encode()).hexdigest(),
        "retries": raw.retries_taken,
        "replayed": raw.headers.get("x-ideogate-replayed") == "true",
    }


def main() -> None:
    script = json.load(sys.stdin)
    with ThreadPoolExecutor(script["threads"]) as pool:
        for found in pool.map(lambda number: draw(script, number), range(script["threads"])):
            for each in found:
                print(json.dumps(each))


if __name__ == "__main__":
    main()
