"""What every request gets, whatever it asks: an envelope, an id, no redirect; over real bytes."""

import pytest

from tests.service.conftest import ORIGIN, Site
from tests.service.wire import ask, dial, request

WRONG_METHODS = ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "SUBSCRIBE"]


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/chat/completions",
        "/v1/images",
        "/v1/images/generations/x",
        "/openai",
        "/openai/health/live",
        "/metrics",
        "/v1/models/",
        "/a%00b",
        "/%E4%BD%A0",
        "/%ff%fe",
        "/..%2f..%2fetc%2fpasswd",
        "/a%0d%0aset-cookie:x=1",
        "/?%zz&&=&a=%ff",
        "/" + "a" * 20_000,
        "/sandbox/v1/ideogram-v3/generate",
        "http://elsewhere.test/v1/nothing",
    ],
    ids=lambda target: target[:40],
)
async def test_an_unknown_path_is_404_in_the_envelope(target: str, untouched: Site) -> None:
    answer = await untouched.get(target)
    if target == "/v1/models/":  # a trailing slash is none
        assert answer.status == 200
        return
    assert (answer.status, answer.error["code"]) == (404, "unknown_url")
    assert answer.error["message"].isascii()
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", WRONG_METHODS)
@pytest.mark.parametrize(
    ("target", "allow"),
    [
        ("/v1/images/generations", "POST"),
        ("/v1/models", "GET, HEAD, OPTIONS"),
        ("/v1/models/ideogram-v3", "GET, HEAD, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_wrong_method_is_405_and_told_which_are_right(
    method: str, target: str, allow: str, untouched: Site
) -> None:
    answer = await ask(untouched.port, method, target, [untouched.bearer])
    assert (answer.status, answer.error["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allow


async def test_get_on_a_drawing_route_is_405(untouched: Site) -> None:
    answer = await untouched.get("/v1/images/generations")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("target", ["/v1/models", "/v1/models/ideogram-v3", "/health/live"])
async def test_head_answers_as_get_without_the_body(target: str, site: Site) -> None:
    head = await ask(site.port, "HEAD", target, [site.bearer])
    get = await site.get(target)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(get.body))


async def test_head_of_what_only_takes_post_is_405(site: Site) -> None:
    answer = await ask(site.port, "HEAD", "/v1/images/generations", [site.bearer])
    assert answer.status == 405


async def test_options_without_an_origin_names_the_methods(site: Site) -> None:
    answer = await ask(site.port, "OPTIONS", "/v1/models")
    assert answer.status == 204
    assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS"}


@pytest.mark.parametrize(
    "target",
    [
        "//v1//models//",
        "/v1/models/",
        "/models",
        "/v1/v1/models",
        "/openai/models?api-version=2024-02-01",
        "/openai/v1/models",
        "/v1/models?%zz&&=&a=%ff;%00",
        "http://elsewhere.test/v1/models",
        "/%76%31/models",
    ],
)
async def test_a_spelling_of_a_path_is_served_and_never_redirected(target: str, site: Site) -> None:
    answer = await site.get(target)
    assert (answer.status, answer.json["object"]) == (200, "list")
    assert "location" not in answer.headers


async def test_three_hundred_headers_are_taken(site: Site) -> None:
    many = [(f"x-custom-{number}", "v" * 20) for number in range(300)]
    assert (await site.get("/v1/models", *many)).status == 200


async def test_a_head_without_end_is_refused(site: Site) -> None:
    async with dial(site.port) as line:
        await line.send(b"GET /v1/models HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 1024 * 1024)
        answer = await line.answer()
    assert (answer.status, answer.error["code"]) == (413, "request_too_large")


@pytest.mark.parametrize(
    "raw",
    [
        b"FOO /v1/models HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/mod\xc3\xa9ls HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS by mistake\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    ],
    ids=["method", "raw path", "connect", "header", "tls", "two lengths", "negative length"],
)
async def test_what_cannot_be_parsed_is_refused_in_the_envelope_too(
    raw: bytes, untouched: Site
) -> None:
    async with dial(untouched.port) as line:
        await line.send(raw)
        answer = await line.answer()
        assert await line.hung_up()
    assert (answer.status, answer.error["code"], answer.closing) == (400, "invalid_value", True)


async def test_a_host_that_is_none_is_malformed(untouched: Site) -> None:
    answer = await untouched.get("/v1/models", ("host", "a b<>"))
    assert (answer.status, answer.error["code"]) == (400, "invalid_value")


async def test_an_upgrade_offer_is_declined_and_its_body_kept(untouched: Site) -> None:
    """Java's client offers h2c on every request; the parser alone would lose the body."""
    offer = [
        untouched.bearer,
        ("content-type", "application/json"),
        ("x-ideogate-dry-run", "true"),
        ("connection", "Upgrade, HTTP2-Settings"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"),
    ]
    body = b'{"prompt": "a lighthouse"}'
    whole = request("POST", "/v1/images/generations", offer, body)
    async with dial(untouched.port) as line:
        for half in (whole[:-10], whole[-10:]):
            await line.send(half)
        first = await line.answer()
        await line.send(whole)
        second = await line.answer()
    assert [first.status, second.status] == [200, 200]
    assert first.json["images"] == second.json["images"] == 1


async def test_a_websocket_offer_is_an_ordinary_get(site: Site) -> None:
    answer = await site.get(
        "/v1/models",
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
    )
    assert (answer.status, answer.json["object"]) == (200, "list")


async def test_every_answer_has_an_id_of_its_own(site: Site) -> None:
    answers = [await site.get("/v1/models"), await site.get("/nowhere")]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 2
    for answer in answers:
        assert answer.headers["openai-version"] == "2020-10-01"
        assert int(answer.headers["openai-processing-ms"]) >= 0


@pytest.mark.parametrize("name", ["x-request-id", "x-client-request-id"])
async def test_a_caller_s_id_comes_back_beside_ours(name: str, site: Site) -> None:
    answer = await site.get("/v1/models", (name, "trace-42/a"))
    assert answer.headers["x-client-request-id"] == "trace-42/a"
    assert answer.headers["x-request-id"] != "trace-42/a"
    await site.logged('"client_request": "trace-42/a"')


@pytest.mark.parametrize("given", ["a b", "x" * 129, "\xe9", '"', ""])
async def test_an_id_that_could_do_harm_is_not_repeated(given: str, site: Site) -> None:
    answer = await site.get("/v1/models", ("x-request-id", given))
    assert "x-client-request-id" not in answer.headers


# -- browsers


def preflight(*headers: tuple[str, str]) -> list[tuple[str, str]]:
    return [("access-control-request-method", "POST"), *headers]


async def test_a_named_origin_may_ask_first(site: Site) -> None:
    names = "authorization,content-type,x-stainless-os,x-stainless-retry-count"
    asked = preflight(("origin", ORIGIN), ("access-control-request-headers", names))
    answer = await ask(site.port, "OPTIONS", "/v1/images/generations", asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-headers"] == names
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["vary"] == "origin"
    assert answer.headers["x-request-id"].startswith("req_")


async def test_odd_header_names_of_a_preflight_are_not_repeated(site: Site) -> None:
    asked = preflight(("origin", ORIGIN), ("access-control-request-headers", "a: b <script>"))
    answer = await ask(site.port, "OPTIONS", "/v1/models", asked)
    assert answer.headers["access-control-allow-headers"] == ""


async def test_another_origin_gets_no_permission(site: Site) -> None:
    asked = preflight(("origin", "https://evil.example"))
    answer = await ask(site.port, "OPTIONS", "/v1/images/generations", asked)
    assert answer.status == 405
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/v1/models", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/models", 405),
        ("POST", "/v1/images/generations", 415),
    ],
)
async def test_a_page_may_read_every_answer_refusals_too(
    method: str, target: str, status: int, site: Site
) -> None:
    told = [site.bearer, ("origin", ORIGIN), ("content-type", "text/csv")]
    answer = await ask(site.port, method, target, told, b"a,b" if method == "POST" else None)
    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-expose-headers"] == "*"


async def test_a_page_without_a_key_can_read_why(site: Site) -> None:
    answer = await ask(site.port, "GET", "/v1/models", [("origin", ORIGIN)])
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (401, ORIGIN)


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
async def test_administration_is_never_shared_with_pages(method: str, site: Site) -> None:
    told = preflight(("origin", ORIGIN), site.bearer)
    answer = await ask(site.port, method, "/v1/organization/projects", told)
    assert not [name for name in answer.headers if name.startswith("access-control")]
