"""Three masters and a replica of each, as a cluster: what the money sees of it is one URL."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import redis

from tests.stores import Valkey, free_port, start_valkey

MASTERS: Final = 3
SLOTS: Final = 16_384
FORMED_SECONDS: Final = 20.0
NODE_TIMEOUT_MS: Final = 1000  # a master is taken for dead after it
OPTIONS: Final = (
    "--cluster-enabled", "yes",
    "--cluster-node-timeout", str(NODE_TIMEOUT_MS),
    "--cluster-replica-validity-factor", "0",
    "--repl-diskless-sync-delay", "0",
    "--repl-ping-replica-period", "1",
)  # fmt: skip


class Cluster:
    """`url` for the gateway; nodes 0..2 began as masters, 3..5 as their replicas."""

    def __init__(self, nodes: list[Valkey]) -> None:
        self.nodes = nodes
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in nodes[:3])

    def owner(self, key: str) -> Valkey:
        """The living master of a key's slot."""
        for node in self.nodes:
            with redis.Redis(port=node.port, socket_timeout=1) as asked:
                try:
                    slot = _say(asked, "CLUSTER", "KEYSLOT", key)
                    shards = _say(asked, "CLUSTER", "SLOTS")
                except redis.RedisError:
                    continue
            ports = [row[2][1] for row in shards if row[0] <= slot <= row[1]]
            return next(node for node in self.nodes if node.port == ports[0])
        raise AssertionError("no node answers")


def _say(asked: "redis.Redis", *words: object) -> Any:
    return asked.execute_command(*words)


def _until(found: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + FORMED_SECONDS
    while not found():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextmanager
def start_cluster() -> Iterator[Cluster]:
    """Formed, whole, and with every replica in step."""
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(
                start_valkey(*OPTIONS, "--cluster-port", str(free_port()), tcp=True)
            )
            for _ in range(2 * MASTERS)
        ]
        links = [
            stack.enter_context(redis.Redis(port=node.port, decode_responses=True))
            for node in nodes
        ]
        _form(nodes, links)
        yield Cluster(nodes)


def _form(nodes: list[Valkey], links: "list[redis.Redis]") -> None:
    for number, link in enumerate(links):
        _say(link, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        if number < MASTERS:
            first, last = number * SLOTS // MASTERS, (number + 1) * SLOTS // MASTERS - 1
            _say(link, "CLUSTER", "ADDSLOTSRANGE", first, last)
    for node in nodes[1:]:
        bus = node.options[node.options.index("--cluster-port") + 1]
        _say(links[0], "CLUSTER", "MEET", "127.0.0.1", node.port, bus)
    _until(lambda: all(_known(link) == len(nodes) for link in links), "the nodes never met")
    for number in range(MASTERS):
        _say(
            links[MASTERS + number], "CLUSTER", "REPLICATE", _say(links[number], "CLUSTER", "MYID")
        )
    _until(lambda: all(map(_whole, links)), "the cluster never became whole")


def _known(link: "redis.Redis") -> int:
    """Nodes it is connected to, itself among them; one still in handshake has no id to speak of."""
    rows = [line.split() for line in str(_say(link, "CLUSTER", "NODES")).splitlines()]
    return sum(row[7] == "connected" and "handshake" not in row[2] for row in rows)


def _whole(link: "redis.Redis") -> bool:
    state: Any = link.execute_command("CLUSTER INFO")
    replication: Any = link.info("replication")
    in_step = (
        replication.get("master_link_status") == "up"
        if replication["role"] == "slave"
        else replication["connected_slaves"] == 1
    )
    return dict(state)["cluster_state"] == "ok" and in_step
