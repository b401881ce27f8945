"""Sentinels and clusters, real ones, all from the one binary."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.crc import key_slot

from adapters.store.address import read_address
from adapters.store.client import Script, Store, StoreRefused, StoreSilent, connect
from adapters.store.route import Route
from tests.adapters.store.proxy import link_to
from tests.stores import Valkey, free_port, start_valkey

ECHO = Script.of("echo", "return redis.call('SET', KEYS[1], ARGV[1])")
KEY = "{org-default}:k"
SLOT = key_slot(b"org-default")


@pytest.fixture(scope="module")
def sentinel() -> Iterator[Valkey]:
    with start_valkey("--sentinel", tcp=True) as server:
        yield server


@pytest.fixture
async def watching(sentinel: Valkey, valkey: Valkey) -> AsyncIterator[Store]:
    """A sentinel that knows the shared server as `main`; the Store talks to the sentinel."""
    talk = Store(_route_of(sentinel), timeout=2.0)
    await talk.call("SENTINEL", "MONITOR", "main", "127.0.0.1", valkey.port, 1)
    yield talk
    await talk.call("SENTINEL", "REMOVE", "main")
    await talk.aclose()


def _route_of(server: Valkey) -> Route:
    return Route(read_address(server.url), KEY)


async def test_a_sentinel_leads_to_the_master(
    sentinel: Valkey, watching: Store, valkey: Valkey
) -> None:
    dead = f"127.0.0.1:{free_port()}"
    store = await connect(f"redis+sentinel://{dead},127.0.0.1:{sentinel.port}/main")
    assert await store.run(ECHO, [KEY], ["s"]) == b"OK"
    direct = await connect(valkey.url)
    assert await direct.call("GET", KEY) == b"s"
    await direct.aclose()
    await store.aclose()


async def test_a_sentinel_that_names_a_replica_is_not_believed(
    sentinel: Valkey, watching: Store, valkey: Valkey
) -> None:
    with start_valkey("--replicaof", f"127.0.0.1 {valkey.port}", tcp=True) as replica:
        await watching.call("SENTINEL", "MONITOR", "stale", "127.0.0.1", replica.port, 1)
        with pytest.raises(StoreSilent, match="no longer the master"):
            await connect(f"redis+sentinel://127.0.0.1:{sentinel.port}/stale")
        await watching.call("SENTINEL", "REMOVE", "stale")


async def test_an_unknown_service_is_named(sentinel: Valkey) -> None:
    with pytest.raises(StoreSilent, match="'nobody'"):
        await connect(f"redis+sentinel://127.0.0.1:{sentinel.port}/nobody")


async def test_no_sentinel_at_all_is_silence() -> None:
    with pytest.raises(StoreSilent):
        await connect(f"redis+sentinel://127.0.0.1:{free_port()}/main")


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[Valkey, Valkey]]:
    """Two masters that share the slots as each test says."""

    def options() -> tuple[str, ...]:
        return ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))

    with start_valkey(*options(), tcp=True) as one, start_valkey(*options(), tcp=True) as two:
        asyncio.run(_introduce(one, two))
        yield one, two


async def _introduce(one: Valkey, two: Valkey) -> None:
    first, second = (Store(_route_of(node), timeout=2.0) for node in (one, two))
    await first.call("CLUSTER", "ADDSLOTS", 0)  # a master without any slot becomes a replica
    await second.call("CLUSTER", "ADDSLOTSRANGE", 1, 16383)
    await first.call("CLUSTER", "MEET", "127.0.0.1", two.port, two.options[3])
    await _settled(first)
    await _settled(second)
    await first.aclose()
    await second.aclose()


async def _settled(node: Store) -> None:
    for _ in range(400):
        state = await node.call("CLUSTER", "INFO")
        if b"cluster_state:ok" in state and b"cluster_known_nodes:2" in state:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the cluster never settled")


async def test_in_a_cluster_the_owner_of_the_slot_is_found_and_followed_when_it_moves(
    nodes: tuple[Valkey, Valkey],
) -> None:
    one, two = nodes
    await _give_slot(two, nodes)
    store = await connect(f"redis+cluster://127.0.0.1:{one.port}", slot_key=KEY)
    assert await store.run(ECHO, [KEY], [1]) == b"OK"
    assert await store.call("CLUSTER", "MYID") == await _id(two)
    await _give_slot(one, nodes)
    answers = await asyncio.gather(*(store.run(ECHO, [KEY], [n]) for n in range(10)))
    assert answers == [b"OK"] * 10
    assert await store.call("CLUSTER", "MYID") == await _id(one)
    assert store.connections == 2
    await store.aclose()


async def test_a_plain_url_to_a_cluster_refuses_what_lives_elsewhere(
    nodes: tuple[Valkey, Valkey],
) -> None:
    await _give_slot(nodes[1], nodes)
    store = await connect(nodes[0].url)
    with pytest.raises(StoreRefused) as refused:
        await store.run(ECHO, [KEY], [1])
    assert refused.value.code == "MOVED"
    await store.aclose()


async def _id(node: Valkey) -> bytes:
    talk = Store(_route_of(node), timeout=2.0)
    found = await talk.call("CLUSTER", "MYID")
    await talk.aclose()
    assert isinstance(found, bytes)
    return found


async def _give_slot(owner: Valkey, nodes: tuple[Valkey, Valkey]) -> None:
    name = await _id(owner)
    for node in nodes:
        talk = Store(_route_of(node), timeout=2.0)
        await talk.call("FLUSHALL")
        await talk.call("CLUSTER", "SETSLOT", SLOT, "NODE", name)
        await talk.aclose()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store")])
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, private


async def test_a_tls_url_trusts_the_named_authority_only(
    valkey: Valkey, certificate: tuple[Path, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    async with link_to(valkey.port, tls=context) as link:
        url = link.url.replace("redis:", "rediss:")
        store = await connect(f"{url}?ssl_ca_certs={certificate[0]}")
        await store.ping()
        await store.aclose()
        with pytest.raises(StoreSilent, match="certificate"):
            await connect(url)
