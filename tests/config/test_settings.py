"""What an operator sets, what it defaults to, and how a mistake is told."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.secret import Secret
from config.settings import BadSettings, Settings, is_loopback, load
from config.variables import VARIABLES

MIB = 1024 * 1024
KEY = "ideogram-key-1234"
PEPPER = "a pepper with blanks"
LIVE = {"IDEOGATE_UPSTREAM_API_KEY": KEY}
SIGNED = {**LIVE, "IDEOGATE_ALERT_WEBHOOK_SECRET": "a secret"}  # a webhook is never without

DEFAULTS: dict[str, Any] = {
    "config": None,
    "host": "127.0.0.1",
    "port": 8000,
    "public_url": "http://127.0.0.1:8000",
    "metrics_host": "127.0.0.1",
    "metrics_port": 9464,
    "store_url": Secret("embedded:"),
    "store_folder": Path(".ideogate"),
    "store_replicas": 0,
    "organization": "org-default",
    "image_hosts": ("ideogram.ai", "aihubmix.com"),
    "input_hosts": (),
    "admin_key": None,
    "bootstrap_key": None,
    "key_pepper": None,
    "key_pepper_old": None,
    "client_deadline": 290.0,
    "upstream_deadline": 275.0,
    "max_wait": 30.0,
    "max_waiting": 1000,
    "park_seconds": 900,
    "journal_days": 90,
    "max_body": 50 * MIB,
    "max_file": 10 * MIB,
    "upload_bytes": 128 * MIB,
    "download_bytes": 64 * MIB,
    "unknown_parameters": "near",
    "size_policy": "nearest",
    "max_ratio_error": 0.10,
    "user_ids": "hashed",
    "inherited": {},
    "most_users": 1000,
    "cors_origins": (),
    "trusted_proxies": (),
    "alert_webhook_url": None,
    "alert_webhook_secret": None,
    "log_format": "json",
    "log_level": "info",
}

# Every variable of the design, a value that may be written, and what it becomes.
WRITTEN: dict[str, tuple[str, Any]] = {
    "host": ("::1", "::1"),
    "port": ("0", 0),
    "public_url": ("https://draw.example.com/ideogate/", "https://draw.example.com/ideogate"),
    "metrics_host": ("metrics.internal", "metrics.internal"),
    "metrics_port": ("0", 0),
    "store_url": ("embedded:/srv/book", Secret("embedded:/srv/book")),
    "store_replicas": ("1", 1),
    "organization": ("acme.draw_1", "acme.draw_1"),
    "image_hosts": ("ideogram.ai, CDN.example.com", ("ideogram.ai", "cdn.example.com")),
    "input_hosts": (
        "a.example.com B.example.com:8443 [::1]:99 ::1",
        ("a.example.com", "b.example.com:8443", "[::1]:99", "::1"),
    ),
    "admin_key": ("sk-ig-admin-x", Secret("sk-ig-admin-x")),
    "bootstrap_key": ("sk-ig-x", Secret("sk-ig-x")),
    "key_pepper": (PEPPER, Secret(PEPPER)),
    "key_pepper_old": (PEPPER, Secret(PEPPER)),
    "client_deadline": ("120.5", 120.5),
    "upstream_deadline": ("300", 300.0),
    "max_wait": ("0", 0.0),
    "max_waiting": ("0", 0),
    "park_seconds": ("60", 60),
    "journal_days": ("7", 7),
    "max_body": ("20", 20 * MIB),
    "max_file": ("512 KiB", 512 * 1024),
    "upload_bytes": ("1GiB", 1024 * MIB),
    "download_bytes": ("4096b", 4096),
    "unknown_parameters": ("Refuse", "refuse"),
    "size_policy": ("strict", "strict"),
    "cors_origins": ("https://App.example.com,http://localhost:3000", None),
    "trusted_proxies": ("10.0.0.0/8, ::1", ("10.0.0.0/8", "::1/128")),
    "alert_webhook_url": (
        "https://hooks.example.com/a?b=c",
        Secret("https://hooks.example.com/a?b=c"),
    ),
    "alert_webhook_secret": ("shh", Secret("shh")),
    "log_format": ("console", "console"),
    "log_level": ("DEBUG", "debug"),
}
WRITTEN["cors_origins"] = (
    WRITTEN["cors_origins"][0],
    ("https://app.example.com", "http://localhost:3000"),
)


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        load(environ)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


def test_every_setting_has_the_default_of_the_design() -> None:
    settings = load(LIVE)
    rest = {"upstreams", "upstream_keys", "catalogue"}
    assert {name: getattr(settings, name) for name in DEFAULTS} == DEFAULTS
    assert set(Settings.__struct_fields__) == set(DEFAULTS) | rest


@pytest.mark.parametrize("field", WRITTEN)
def test_every_variable_is_read(field: str) -> None:
    text, value = WRITTEN[field]
    settings = load({**SIGNED, f"IDEOGATE_{field.upper()}": f" {text}\n"})
    assert getattr(settings, field) == value


def test_no_variable_is_forgotten_here() -> None:
    upstream = {"upstream_url", "upstream_kind", "upstream_api_key", "upstream_slots"}
    assert {variable.field for variable in VARIABLES} == set(WRITTEN) | upstream | {"config"}


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_an_empty_variable_is_unset(variable: Any) -> None:
    environ = {**LIVE, variable.name: "  "} if variable.field != "upstream_api_key" else LIVE
    assert getattr(load(environ), variable.field, None) == DEFAULTS.get(variable.field)


@pytest.mark.parametrize(
    ("name", "held", "may"),
    [
        ("PORT", "http", "a whole number from 0 to 65535"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("PORT", "\N{FULLWIDTH DIGIT EIGHT}", "a whole number from 0 to 65535"),
        ("METRICS_PORT", "-1", "a whole number from 0 to 65535"),
        ("HOST", "http://x", "a host name or an address"),
        ("HOST", "fe80::zz", "a host name or an address"),
        ("PUBLIC_URL", "draw.example.com", "an http:// or https:// URL"),
        ("PUBLIC_URL", "https://draw.example.com/?a=1", "an http:// or https:// URL"),
        ("PUBLIC_URL", "https://draw.example.com/#", "an http:// or https:// URL"),
        ("PUBLIC_URL", "https://draw.example.com:99999", "an http:// or https:// URL"),
        ("PUBLIC_URL", "https://a b", "an http:// or https:// URL"),
        ("ORGANIZATION", "a}b", "1 to 64 letters, digits"),
        ("UPSTREAM_URL", "sandbox", "or sandbox:"),
        ("UPSTREAM_KIND", "openai", "one of aihubmix, ideogram"),
        ("UPSTREAM_SLOTS", "0", "a whole number from 1"),
        ("IMAGE_HOSTS", "https://ideogram.ai", "a list, separated by commas, of host names"),
        ("INPUT_HOSTS", ",", "a list, separated by commas, of host names"),
        ("CLIENT_DEADLINE", "0", "seconds from 1 to 3600"),
        ("CLIENT_DEADLINE", "1e3", "seconds from 1 to 3600"),
        ("MAX_WAIT", "241", "seconds from 0 to 240"),
        ("MAX_BODY", "50MB", "a size such as 50 (MiB), 50MiB or 512KiB"),
        ("MAX_BODY", "52428800", "a size such as 50 (MiB), 50MiB or 512KiB"),
        ("MAX_FILE", "0", "a size such as"),
        ("UNKNOWN_PARAMETERS", "ignore", "one of near, refuse, warn"),
        ("SIZE_POLICY", "best", "one of nearest, exact, strict"),
        ("CORS_ORIGINS", "https://app.example.com/path", "origins such as https://app.example.com"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks such as 10.0.0.0/8"),
        ("LOG_FORMAT", "xml", "one of console, json"),
        ("LOG_LEVEL", "loud", "one of debug, info"),
    ],
)
def test_a_bad_value_is_told_with_its_variable_what_it_held_and_what_it_may(
    name: str, held: str, may: str
) -> None:
    (said,) = problems({**LIVE, f"IDEOGATE_{name}": held})
    assert said.startswith(f"IDEOGATE_{name} holds {held!r}, may hold ")
    assert may in said


def test_all_problems_are_told_at_once() -> None:
    said = problems({"IDEOGATE_PORT": "x", "IDEOGATE_MAX_WAIT": "y", "IDEOGATE_HOTS": "z", **LIVE})
    assert len(said) == 3


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("IDEOGATE_PROT", ", did you mean IDEOGATE_PORT?"),
        ("IDEOGATE_UPSTREAM_KEY", ", did you mean IDEOGATE_UPSTREAM_API_KEY?"),
        ("IDEOGATE_PORT_FILE", ", did you mean IDEOGATE_PORT?"),
        ("IDEOGATE_XYZZY_FROTZ_PLUGH", ""),
    ],
)
def test_an_unknown_variable_is_refused_and_the_near_one_named(name: str, meant: str) -> None:
    assert problems({**LIVE, name: "secret-text"}) == (f"{name}: unknown variable{meant}",)


def test_variables_of_a_kubernetes_service_of_the_same_name_are_not_ours() -> None:
    links = {
        "IDEOGATE_SERVICE_HOST": "10.0.0.1",
        "IDEOGATE_SERVICE_PORT": "80",
        "IDEOGATE_SERVICE_PORT_HTTP": "80",
        "IDEOGATE_PORT": "tcp://10.0.0.1:80",
        "IDEOGATE_PORT_80_TCP": "tcp://10.0.0.1:80",
        "IDEOGATE_PORT_80_TCP_PROTO": "tcp",
        "IDEOGATE_PORT_80_TCP_PORT": "80",
        "IDEOGATE_PORT_80_TCP_ADDR": "10.0.0.1",
        "IDEOGATE_METRICS_PORT": "tcp://10.0.0.2:9464",
        "IDEOGATE_METRICS_SERVICE_HOST": "10.0.0.2",
    }
    settings = load({**LIVE, **links})
    assert (settings.port, settings.metrics_port) == (8000, 9464)
    assert (
        "IDEOGATE_STORE_URL" in problems({**LIVE, "IDEOGATE_STORE_URL": "tcp://10.0.0.1:6379"})[0]
    )


def test_other_variables_are_nobodys_business() -> None:
    assert load({**LIVE, "PATH": "/bin", "AIDEOGATE_PORT": "1"}).port == 8000


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"IDEOGATE_HOST": "0.0.0.0", "IDEOGATE_PORT": "81"}, "http://127.0.0.1:81"),
        ({"IDEOGATE_HOST": "::"}, "http://[::1]:8000"),
        ({"IDEOGATE_HOST": "[fd00::1]"}, "http://[fd00::1]:8000"),
        ({"IDEOGATE_HOST": "draw.internal"}, "http://draw.internal:8000"),
    ],
)
def test_links_of_ours_lead_to_the_listener(environ: dict[str, str], url: str) -> None:
    assert load({**LIVE, **environ}).public_url == url


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("draw.internal", False)],
)  # fmt: skip
def test_a_loopback_listener_is_known(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_terminal_is_written_to_in_colour() -> None:
    assert load(LIVE, terminal=True).log_format == "console"


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "https://10.0.0.7:8443/",
        "http://127.0.0.1:9/alerts",
        "http://[::1]:9",
        "http://localhost:9",
    ],
)
def test_a_webhook_is_told_over_tls_or_on_this_machine(url: str) -> None:
    settings = load({**SIGNED, "IDEOGATE_ALERT_WEBHOOK_URL": url})
    assert settings.alert_webhook_url == Secret(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/hunter2",
        "http://10.0.0.7/hunter2",
        "http://127.0.0.1.example.com/hunter2",
        "http://0.0.0.0/hunter2",
        "https://me:hunter2@hooks.example.com/",
        "https://hooks.example.com/hunter2#part",
        "ftp://hooks.example.com/hunter2",
        "https:///hunter2",
        "https://hooks.example.com/hunter2\r\nX: y",
    ],
)
def test_a_webhook_elsewhere_or_unreadable_is_refused_without_its_path(url: str) -> None:
    (said,) = problems({**SIGNED, "IDEOGATE_ALERT_WEBHOOK_URL": url})
    assert said.startswith("IDEOGATE_ALERT_WEBHOOK_URL holds ")
    assert "https:// URL" in said
    assert "hunter2" not in said


def test_a_webhook_needs_a_secret_that_can_sign() -> None:
    url = {**LIVE, "IDEOGATE_ALERT_WEBHOOK_URL": "https://hooks.example.com/"}
    (said,) = problems(url)
    assert said.startswith("IDEOGATE_ALERT_WEBHOOK_SECRET is not set")
    for bad in ("whsec_", "whsec_hunter2", "whsec_aHVudGVyMg==hunter2", "whsec_hünter2"):
        (said,) = problems({**url, "IDEOGATE_ALERT_WEBHOOK_SECRET": bad})
        assert said.startswith("IDEOGATE_ALERT_WEBHOOK_SECRET holds ")
        assert "whsec_" in said
        assert "nter2" not in said
    good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert load({**url, "IDEOGATE_ALERT_WEBHOOK_SECRET": good}).alert_webhook_secret == Secret(good)


def test_a_store_elsewhere_needs_a_pepper() -> None:
    store = {**LIVE, "IDEOGATE_STORE_URL": "redis://:hunter2@store:6379/0"}
    (said,) = problems(store)
    assert said.startswith("IDEOGATE_KEY_PEPPER is not set")
    settings = load({**store, "IDEOGATE_KEY_PEPPER": PEPPER})
    assert settings.store_folder is None
    assert settings.store_url.reveal() == "redis://:hunter2@store:6379/0"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("store", ["embedded:", "redis://store:6379/0"])
def test_a_pepper_that_can_be_guessed_is_refused_but_an_old_one_may_be_rotated_away(
    store: str,
) -> None:
    told = {**LIVE, "IDEOGATE_STORE_URL": store}
    (said,) = problems({**told, "IDEOGATE_KEY_PEPPER": "x" * 15})
    assert said == "IDEOGATE_KEY_PEPPER is too short: it takes at least 16 characters of chance"
    peppers = {"IDEOGATE_KEY_PEPPER": "x" * 16, "IDEOGATE_KEY_PEPPER_OLD": "short"}
    assert load({**told, **peppers}).key_pepper_old == Secret("short")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load(LIVE).port = 1  # type: ignore[misc]


def test_settings_are_not_written_down_by_accident() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode(load(LIVE))
