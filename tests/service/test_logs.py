"""Logs: one line a request, and nothing in them that is anybody's secret."""

import asyncio
import json
import subprocess
import sys

import pytest

from tests.contract.gateway import ROOT
from tests.service.conftest import ADMIN, PEPPER, Site
from tests.service.wire import ask

PROMPT = "canary-prompt-of-a-customer"


async def test_every_request_leaves_one_line(site: Site) -> None:
    answers = [
        await site.get("/v1/models"),
        await site.get("/nowhere"),
        await ask(site.port, "POST", "/v1/images/generations"),
        await site.draw({"prompt": PROMPT, "model": "dall-e-3"}),
    ]
    for answer in answers:
        name = answer.headers["x-request-id"]
        await site.logged(name)
        [line] = [line for line in site.gateway.output.splitlines() if name in line]
        told = json.loads(line)
        assert (told["event"], told["status"]) == ("request", answer.status)
        assert told["took_ms"] >= 0
    drawn = json.loads(line)
    assert drawn["model"] == "ideogram-v3"
    assert drawn["key"].startswith("key_")


async def test_probes_leave_none(site: Site) -> None:
    before = site.gateway.output.count('"event": "request"')
    await site.get("/health/live")
    await site.get("/health/ready?verbose")
    await asyncio.sleep(0.1)
    assert site.gateway.output.count('"event": "request"') == before


async def test_no_prompt_no_key_and_no_picture_is_logged(site: Site) -> None:
    asks = [
        {"prompt": PROMPT, "negative_prompt": PROMPT, "user": PROMPT},
        {"prompt": PROMPT, "response_format": "url"},
        {"prompt": PROMPT, "qualty": PROMPT},
        {"prompt": PROMPT, "size": PROMPT},
        {"prompt": f"[[fault:422]] {PROMPT}"},
        {"prompt": f"[[fault:500]] {PROMPT}"},
        {"prompt": f"[[fault:dead_link]] {PROMPT}"},
        {"prompt": f"[[fault:html]] {PROMPT}", "stream": True},
    ]
    for body in asks:
        last = await site.draw(body)
    await site.get(f"/v1/models?key={PROMPT}")
    told = [("authorization", "Bearer sk-canary-key-of-a-customer")]
    last = await ask(site.port, "GET", "/v1/models", told)
    await site.logged(last.headers["x-request-id"])
    log = site.gateway.output
    for secret in (PROMPT, site.key, "canary-key", "canary-upstream-key", ADMIN, PEPPER):
        assert secret not in log
    assert "iVBORw0KGgo" not in log


SCRIPT = """
from service import logs
logs.configure({form!r}, "info")
import structlog, logging
def fails():
    password = "canary" + "-local"
    raise LookupError("the reason")
try:
    fails()
except LookupError:
    structlog.get_logger().exception("request_broke", request="req_1")
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
logging.getLogger("uvicorn.error").info("too chatty")
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_is_logged_without_the_values_of_variables(form: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(form=form)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stderr.count("LookupError: the reason") == 2
    assert "req_1" in told.stderr
    assert "canary-local" not in told.stderr
    assert "too chatty" not in told.stderr
    assert told.stdout == ""
