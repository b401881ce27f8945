"""Links that may be downloaded, and those that only look like them."""

import pytest

from adapters.ideogram.links import ImageHosts, InputHosts

OFFICIAL = ImageHosts(["ideogram.ai", "CDN.example:8443"], upstream="https://api.ideogram.ai")


@pytest.mark.parametrize(
    "link",
    [
        "https://ideogram.ai/api/images/ephemeral/a_b-c.png?exp=1790000000&sig=ab12",
        "https://ideogram.ai",
        "https://ideogram.ai?x",
        "HTTPS://Ideogram.AI:443/a.png",
        "https://cdn.example:8443/a.png",
    ],
)
def test_a_link_to_a_listed_host_is_allowed(link: str) -> None:
    assert OFFICIAL.allow(link)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "ideogram.ai/a.png",
        "//ideogram.ai/a.png",
        "http://ideogram.ai/a.png",
        "ftp://ideogram.ai/a.png",
        "file:///etc/passwd",
        "https://ideogram.ai:8443/a.png",
        "https://cdn.example/a.png",
        "https://api.ideogram.ai/a.png",
        "https://evil.ideogram.ai/a.png",
        "https://ideogram.ai.evil.example/a.png",
        "https://notideogram.ai/a.png",
        "https://ideogram.ai./a.png",
        "https://ideogram.ai@evil.example/a.png",
        "https://evil.example/?x=https://ideogram.ai/a.png",
        "https://evil.example\\@ideogram.ai/a.png",
        "https://ideogram.ai\\.evil.example/a.png",
        "https://ideogram.ai/a b.png",
        "https://ideogram.ai/a\r\nx: y",
        "https://ideogram.ai/a.png\n",
        "https://ideogrаm.ai/a.png",  # noqa: RUF001  a Cyrillic letter is the point
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1/a.png",
        "https://ideogram.ai/" + "a" * 5000,
    ],
)
def test_any_other_link_is_refused(link: str) -> None:
    assert not OFFICIAL.allow(link)


@pytest.mark.parametrize(
    ("hosts", "upstream", "link", "allowed"),
    [
        (["127.0.0.1"], "http://127.0.0.1:8080/x", "http://127.0.0.1:8080/a.png", True),
        (["127.0.0.1"], "http://127.0.0.1:8080", "http://127.0.0.1:8081/a.png", False),
        (["127.0.0.1:8081"], "http://127.0.0.1:8080", "http://127.0.0.1:8081/a.png", True),
        (["localhost"], "https://api.ideogram.ai", "http://localhost/a.png", True),
        (["[::1]:8080"], "https://api.ideogram.ai", "http://[::1]:8080/a.png", True),
        ([], "http://127.0.0.1:8080", "http://127.0.0.1:8080/a.png", False),
        (["mock.internal"], "http://mock.internal", "http://mock.internal/a.png", True),
        (["other.internal"], "http://mock.internal", "http://other.internal/a.png", False),
        (["127.evil.example"], "https://api.ideogram.ai", "http://127.evil.example/a", False),
    ],
)
def test_plain_http_is_for_loopback_and_the_upstream_itself(
    hosts: list[str], upstream: str, link: str, allowed: bool
) -> None:
    assert ImageHosts(hosts, upstream=upstream).allow(link) is allowed


INPUTS = InputHosts(
    ["Cdn.example", "other.example:8443", " 1.1.1.1 ", "2606:4700::1111", "[::2]:8"]
)


@pytest.mark.parametrize(
    ("link", "allowed"),
    [
        ("https://cdn.example/a.png", True),
        ("HTTPS://CDN.example:443/a.png", True),
        ("https://cdn.example:0443/a.png", True),
        ("https://cdn.example:8443/a.png", False),
        ("http://cdn.example/a.png", False),
        ("http://cdn.example:443/a.png", False),
        ("https://other.example:8443", True),
        ("https://other.example/a.png", False),
        ("https://other.example:84430/a.png", False),
        ("https://1.1.1.1/a.png", True),
        ("https://1.1.1.1:8443/a.png", False),
        ("https://1.1.257/a.png", False),
        ("https://[2606:4700::1111]/a.png", True),
        ("https://[2606:4700:0::1111]/a.png", False),
        ("https://[2606:4700::1111]:8443/a.png", False),
        ("https://2606:4700::1111/a.png", False),
        ("https://[::2]:8/a.png", True),
        ("https://[::2]/a.png", False),
        ("https://user@cdn.example/a.png", False),
        ("https://cdn.example/" + "a" * 5000, False),
    ],
)
def test_a_callers_link_needs_https_and_a_listed_host_and_port(link: str, allowed: bool) -> None:
    assert INPUTS.allow(link) is allowed


def test_no_listed_host_allows_no_link() -> None:
    assert not InputHosts([]).allow("https://cdn.example/a.png")
