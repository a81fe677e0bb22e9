"""Fixtures of the crash tests: a node that lives, and gateways that die at a step."""

import asyncio
import gc
import itertools
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from storage.embedded import EmbeddedMongod
from tests.crash.fault_points import Victim
from tests.support.processes import Gateway
from tests.support.waiting import until


def pytest_itemcollected(item: pytest.Item) -> None:
    """Ignore the complaint of a connection that was cut amid its handshake when it is collected."""
    item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture(autouse=True)
def _leave_no_garbage():
    """Collect such connections here, so that they do not complain in other tests."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def database_uri(tmp_path_factory):
    """A mongod of this module, which soon aborts the transactions of dead processes."""
    mongod = EmbeddedMongod(tmp_path_factory.mktemp("faults"))
    uri = asyncio.run(mongod.start())
    yield uri
    asyncio.run(mongod.stop())


@pytest.fixture(scope="module")
def stored(database_uri):
    with MongoClient(database_uri, uuidRepresentation="standard") as client:
        client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=1)
        yield client["faults"]


@pytest.fixture(scope="module")
def node(database_uri, stored, tmp_path_factory, data_dir):
    """The node that no test kills."""
    gateway = Gateway(
        tmp_path_factory.mktemp("node"),
        MONGODB_URI=database_uri,
        DATABASE=stored.name,
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
        CALLBACK_KEY="callback key",
        TRUSTED_PROXIES="127.0.0.1",
    ).with_dictionary(data_dir)
    gateway.command("test", "import", "widget_gateway/bundled")
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture(scope="module")
def fork(node, tmp_path_factory):
    """Start gateways that die at a step; it is a `Fork`."""
    directory = tmp_path_factory.mktemp("forks")
    numbers = itertools.count()
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("faulty_gateway.py"))],
        env=node.environ | {"PYTHONPATH": str(Path.cwd())},
        stdin=subprocess.PIPE,
        text=True,
    ) as parent:

        async def start(step: int, *, after: bool) -> Victim:
            output = directory / str(next(numbers))
            died = output.with_suffix(".died")
            order = {"step": step, "after": after, "output": str(output), "died": str(died)}
            assert parent.stdin is not None
            parent.stdin.write(json.dumps(order) + "\n")
            parent.stdin.flush()
            told: dict[str, Any] = {}

            def has_started() -> bool:
                with suppress(OSError, ValueError):
                    told.update(json.loads(output.read_text()))
                return bool(told)

            await until(has_started)
            return Victim(told["url"], told["pid"], died)

        yield start
        assert parent.stdin is not None
        parent.stdin.close()
