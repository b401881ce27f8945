import pytest

from adapters.store.address import BadStoreUrl, read_address

GOOD = [
    ("redis://h", "single", (("h", 6379),), 0, None, None),
    ("redis://h:1/3", "single", (("h", 1),), 3, None, None),
    ("valkey://h:1", "single", (("h", 1),), 0, None, None),
    ("redis://:p%40%2Fw@[::1]:7", "single", (("::1", 7),), 0, None, "p@/w"),
    ("rediss://u:p:q@h/", "single", (("h", 6379),), 0, "u", "p:q"),
    ("redis://u@h", "single", (("h", 6379),), 0, "u", None),
    ("redis+sentinel://a,b:2/main", "sentinel", (("a", 26379), ("b", 2)), 0, None, None),
    ("redis+sentinel://:p@a/main/4", "sentinel", (("a", 26379),), 4, None, "p"),
    ("redis+cluster://a:1,b:2", "cluster", (("a", 1), ("b", 2)), 0, None, None),
    ("rediss+cluster://a/0", "cluster", (("a", 6379),), 0, None, None),
]


@pytest.mark.parametrize(("url", "kind", "hosts", "db", "username", "password"), GOOD)
def test_a_url_says_where_and_who(
    url: str, kind: str, hosts: object, db: int, username: str | None, password: str | None
) -> None:
    address = read_address(url)
    assert (address.kind, address.hosts, address.db) == (kind, hosts, db)
    assert (address.username, address.password) == (username, password)
    assert address.tls == url.startswith("rediss")


def test_a_unix_url_names_a_socket_a_database_and_a_user() -> None:
    address = read_address("unix://u:p@/run/a%20b@c.sock?db=2")
    assert (address.path, address.db, address.username) == ("/run/a b@c.sock", 2, "u")
    assert str(address) == "unix:///run/a b@c.sock"


def test_options_for_tls_and_sentinels_are_kept() -> None:
    address = read_address(
        "rediss+sentinel://h/m?ssl_ca_certs=/ca.pem&ssl_cert_reqs=none&sentinel_password=x"
    )
    assert address.options == {
        "ssl_ca_certs": "/ca.pem",
        "ssl_cert_reqs": "none",
        "sentinel_password": "x",
    }


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("redis://u:secret@[::1]/2", "redis://[::1]:6379/2"),
        ("redis+sentinel://:secret@a,b/main/1", "redis+sentinel://a:26379,b:26379/main/1"),
        ("redis+cluster://:secret@a:1", "redis+cluster://a:1"),
    ],
)
def test_an_address_prints_without_its_secrets(url: str, printed: str) -> None:
    assert str(read_address(url)) == printed
    assert repr(read_address(url)) == f"Address({printed})"


BAD = [
    ("", "starts with one of"),
    ("embedded:", "starts with one of"),
    ("http://secret@h", "starts with one of"),
    ("redis://u:se/secret@h", "%2F"),
    ("redis://u:se#secret@h", "%23"),
    ("redis://u:se?secret@h", "%3F"),
    ("redis://u:s@secret@h", "%40"),
    ("redis://h/1#secret", "no '#' part"),
    ("redis://u:secret", "'@HOST' is missing"),
    ("redis://h:0", "host number 1"),
    ("redis+cluster://h:1,g:70000", "host number 2"),
    ("redis://", "host number 1"),
    ("redis://a,b", "several hosts"),
    ("redis://h/secret", "small whole number"),
    ("redis://h/\u0661", "small whole number"),
    ("redis://h/1/2", "too many parts"),
    ("redis+sentinel://h", "names the service"),
    ("redis+sentinel://h/m/1/2", "too many parts"),
    ("redis+cluster://h/1", "database 0 only"),
    ("unix://run/x.sock", "absolute path"),
    ("unix://", "absolute path"),
    ("redis://h?secret=1", "takes none"),
    ("rediss://h?secret=1", "takes ssl_ca_certs"),
    ("rediss://h?ssl_cert_reqs=secret", "required, optional, none"),
]


@pytest.mark.parametrize(("url", "says"), BAD)
def test_a_bad_url_is_told_what_is_wrong_and_never_repeated(url: str, says: str) -> None:
    with pytest.raises(BadStoreUrl) as caught:
        read_address(url)
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)
