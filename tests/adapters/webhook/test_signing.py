"""Our signature is the one that Standard Webhooks describes and OpenAI's own SDK verifies."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from adapters.webhook.signing import BadSecret, key_of, signed

ROOT = Path(__file__).resolve().parents[3]
SECRETS = (
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "a secret of its own bytes: ключ",
)


def test_it_is_the_example_of_the_standard() -> None:
    headers = signed(
        key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        identity="msg_p5jXN8AQM9LWM0D4loKWxJek",
        seconds=1_614_265_330,
        body=b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("secret", ["whsec_", "whsec_no base64", "whsec_ab"])
def test_a_secret_that_cannot_sign_is_refused(secret: str) -> None:
    with pytest.raises(BadSecret):
        key_of(secret)


def verified(*sent: dict[str, Any]) -> list[dict[str, Any]]:
    """What the official SDK says of each."""
    python = ROOT / ".sdk/python-newest/bin/python"
    assert python.exists(), "the SDK's environment is missing: make sdk"
    done = subprocess.run(
        [str(python), str(Path(__file__).parent / "verify.py")],
        input=json.dumps(sent),
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_official_sdk_verifies_it_and_nothing_else() -> None:
    now = int(time.time())
    body = json.dumps({"type": "spend_alert.crossed", "data": {"subject_prefix": '"\\ ☂'}})
    good = [
        {
            "payload": body,
            "headers": signed(
                key_of(secret), identity="alert_1-2026-11-5", seconds=now, body=body.encode()
            ),
            "secret": secret,
        }
        for secret in SECRETS
    ]
    first = good[0]
    bad = [
        {**first, "payload": body.replace("crossed", "passed")},
        {**first, "headers": {**first["headers"], "webhook-id": "alert_2"}},
        {**first, "headers": {**first["headers"], "webhook-timestamp": str(now - 1)}},
        {**first, "secret": SECRETS[1]},
    ]
    said = verified(*good, *bad)
    assert [one["type"] for one in said] == ["spend_alert.crossed"] * 2 + [None] * 4
    assert all("does not match" in one["error"] for one in said[2:])
