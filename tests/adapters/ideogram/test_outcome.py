"""Status, headers and body -> what it means for the money."""

import msgspec
import pytest

from adapters.ideogram.outcome import (
    Delivered,
    Failed,
    Outcome,
    Picture,
    Reason,
    Refused,
    Unknown,
    judge,
)

NOW = 1_790_000_000.0


def judged(
    status: int, body: bytes = b"", *, free: bool = True, retry_after: str | None = None
) -> Outcome:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return judge(status, headers, body, failed_is_free=free, now=NOW)


def answer(*items: dict[str, object], **more: object) -> bytes:
    return msgspec.json.encode({"data": items, **more})


def test_a_full_answer_is_delivered_as_it_is() -> None:
    item = {
        "url": "https://ideogram.ai/a.png",
        "prompt": "a grey cat",
        "resolution": "1024x1024",
        "is_image_safe": True,
        "seed": 7,
        "style_type": "REALISTIC",
    }
    body = answer(item, created="2026-01-01T00:00:00Z", notice="old", unknown=1)
    assert judged(200, body) == Delivered(
        pictures=(
            Picture(
                url="https://ideogram.ai/a.png",
                safe=True,
                seed=7,
                prompt="a grey cat",
                resolution="1024x1024",
                style_type="REALISTIC",
            ),
        ),
        created=1767225600,
        notice="old",
    )


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ({"url": "u", "is_image_safe": True}, "u"),
        ({"url": "u"}, "u"),
        ({"url": "u", "is_image_safe": False}, None),
        ({"url": None, "is_image_safe": False}, None),
        ({"url": "", "is_image_safe": False}, None),
        ({"is_image_safe": False}, None),
    ],
)
def test_a_withheld_picture_is_delivered_without_a_link(
    item: dict[str, object], url: str | None
) -> None:
    outcome = judged(200, answer(item))
    assert isinstance(outcome, Delivered)
    assert outcome.pictures == (Picture(url=url, safe=url is not None),)


def test_a_lost_link_beside_a_picture_counts_as_withheld() -> None:
    outcome = judged(200, answer({"url": "u", "is_image_safe": True}, {"is_image_safe": True}))
    assert isinstance(outcome, Delivered)
    assert [picture.safe for picture in outcome.pictures] == [True, False]


def test_the_upscaled_size_is_the_size_of_the_picture() -> None:
    outcome = judged(
        200, answer({"url": "u", "resolution": "512x512", "upscaled_resolution": "1024x1024"})
    )
    assert isinstance(outcome, Delivered)
    assert outcome.pictures[0].resolution == "1024x1024"


def test_descriptions_are_delivered() -> None:
    outcome = judged(200, b'{"descriptions":[{"text":"a cat"},{},{"text":"a grey cat"}]}')
    assert outcome == Delivered(pictures=(), descriptions=("a cat", "a grey cat"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html><title>Just a moment</title></html>"),
        (200, b'{"data":[{"url":"u"'),
        (200, b'{"request_id":"r"}'),
        (202, b'{"generation_id":"g"}'),
        (204, b""),
        (200, b'{"data":[]}'),
        (200, b'{"data":null}'),
        (200, b'{"descriptions":[{}]}'),
        (200, b'{"error":"it went wrong"}'),
        (200, answer({"is_image_safe": True}, {"url": None})),
        (101, b""),
        (302, b""),
        (304, b""),
        (501, b'{"error":"no"}'),
        (502, b"<html><title>502</title></html>"),
        (503, b'{"error":"waited 265 s"}'),
        (504, b""),
        (500, b""),
        (500, b"Internal Server Error"),
        (500, b"<html></html>"),
        (500, b"{}"),
        (599, b'{"error":"no"}'),
    ],
)
def test_what_is_not_known_to_be_free_or_delivered_is_unknown(status: int, body: bytes) -> None:
    outcome = judged(status, body)
    assert isinstance(outcome, Unknown)
    assert outcome.status == status
    assert outcome.message


def test_a_complete_500_is_free_only_where_the_upstream_says_so() -> None:
    body = b'{"error":"it failed"}'
    assert judged(500, body, free=True) == Failed(message="it failed", status=500)
    assert judged(500, body, free=False) == Unknown(message="it failed", status=500)


WRAPPED = b'{"error":{"message":"%b","type":"Aihubmix_api_error"}}'
FIELD = b'{"detail":[{"loc":["body","seed"],"msg":"too large"}]}'


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b'{"error":"bad seed"}', "bad_request"),
        (400, WRAPPED % b"bad seed", "bad_request"),
        (400, b'{"error":"a prompt on: recharge"}', "bad_request"),
        (400, WRAPPED % b"balance too low, please recharge", "funds"),
        (401, b'{"error":"no key"}', "auth"),
        (402, b"", "funds"),
        (402, b'{"error":"no","reject_reason":"daily_limit"}', "funds"),
        (403, b'{"error":"not for you"}', "auth"),
        (403, WRAPPED % b"insufficient account balance", "funds"),
        (403, b'{"error":"Insufficient quota"}', "funds"),
        (403, '{"error":"余额不足"}'.encode(), "funds"),
        (404, b"", "not_found"),
        (408, b"", "other"),
        (409, b"", "other"),
        (413, b"", "bad_request"),
        (415, b"", "bad_request"),
        (418, b"<html></html>", "other"),
        (422, b'{"error":"unsafe"}', "moderated"),
        (422, b"", "moderated"),
        (422, FIELD, "bad_request"),
        (429, b'{"error":"busy","reject_reason":"inflight_limit"}', "busy"),
        (429, b'{"error":"no","reject_reason":"insufficient_funds"}', "funds"),
        (499, b"", "other"),
    ],
)
def test_a_4xx_never_ran_and_says_why(status: int, body: bytes, reason: Reason) -> None:
    outcome = judged(status, body)
    assert isinstance(outcome, Refused)
    assert outcome.reason == reason
    assert outcome.status == status
    assert outcome.message
    assert outcome.retry_after is None


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, None), ("2", 2.0), ("soon", 1.0), ("3600", 3600.0)]
)
def test_a_429_carries_its_wait_and_its_places(header: str | None, seconds: float | None) -> None:
    outcome = judged(429, b'{"error":"busy","max_inflight_requests":4}', retry_after=header)
    assert outcome == Refused(
        reason="busy", message="busy", status=429, retry_after=seconds, max_inflight=4
    )


def test_a_wait_on_anything_but_a_429_is_nobodys_business() -> None:
    outcome = judged(400, b'{"error":"bad"}', retry_after="9")
    assert outcome == Refused(reason="bad_request", message="bad", status=400)
