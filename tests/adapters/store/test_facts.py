import pytest

from adapters.store.facts import StoreFacts, read_facts

VALKEY = (
    "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n"
    "run_id:abc\r\n\r\n# Memory\r\nmaxmemory:1024\r\nmaxmemory_policy:noeviction\r\n"
    "# Persistence\r\naof_enabled:1\r\n# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
)


def test_info_of_valkey_is_read() -> None:
    assert read_facts(VALKEY) == StoreFacts(
        flavour="valkey",
        version="9.1.2",
        run_id="abc",
        role="master",
        policy="noeviction",
        append_only=True,
        memory_limit=1024,
        replicas=2,
    )
    assert read_facts(VALKEY).warnings == ()


@pytest.mark.parametrize(
    ("info", "too_old"),
    [
        ("redis_version:6.2.14\r\n", True),
        ("redis_version:7.0.15\r\n", False),
        ("redis_version:8.0.0\r\n", False),
        ("", True),
        ("redis_version:7.2.4\r\nserver_name:valkey\r\n", False),
        (VALKEY, False),
    ],
)
def test_redis_before_seven_is_too_old_and_every_valkey_is_new_enough(
    info: str, *, too_old: bool
) -> None:
    assert read_facts(info).too_old is too_old


@pytest.mark.parametrize(
    ("info", "says"),
    [
        ("maxmemory_policy:allkeys-lru\r\naof_enabled:1\r\n", "allkeys-lru"),
        ("aof_enabled:1\r\n", "hides its maxmemory-policy"),
        ("maxmemory_policy:noeviction\r\naof_enabled:0\r\n", "appendonly yes"),
        ("maxmemory_policy:noeviction\r\n", "appendonly yes"),
    ],
)
def test_what_could_lose_the_ledger_is_a_warning(info: str, says: str) -> None:
    (warning,) = read_facts(info).warnings
    assert says in warning
