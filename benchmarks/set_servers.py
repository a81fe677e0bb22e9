"""Gateways over a replica set of three members, with MongoDB's default timeouts."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from servers import BUNDLED, Server, prepare, start_server, with_settings

from storage.mongod.replica_set import ReplicaSet

MEMBERS = 3


@dataclass(frozen=True, kw_only=True)
class SetBench:
    """A replica set and its gateways; `key` is the client key of the provider "bench"."""

    replica_set: ReplicaSet
    gateways: Sequence[Server]
    key: str


@contextmanager
def set_bench(replica_set: ReplicaSet, *, gateways: int) -> Iterator[SetBench]:
    """Start the gateways over a running set, and end them afterwards."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="wg-bench-"))
        environment = with_settings(
            DATA_DIR=directory,
            MONGODB_URI=replica_set.uri,
            JWT_SECRET="JWT secret of a benchmark, 32 byte",  # noqa: S106 - it protects only this benchmark
            PIN_PEPPER="PIN pepper of a benchmark, 32 byte",
            KEY_RATE_LIMIT="10000000",
        )
        policy = ("--policy", "postpaid", "--test-policy", "unlimited")
        key = prepare(environment, BUNDLED / "work-values.yaml", policy=policy)
        serve = [sys.executable, "-m", "widget_gateway", "serve", "--json", "--port", "0"]
        yield SetBench(
            replica_set=replica_set,
            gateways=[
                stack.enter_context(start_server("g", f"gateway {number}", serve, environment))
                for number in range(1, gateways + 1)
            ],
            key=key,
        )
