"""The gateway goes on when a crowd of connections takes all files that it may open."""

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from handlers import background
from tests.support.processes import Gateway
from tests.support.waiting import until

LIMIT = 512
CROWD = 600


def status(gateway: Gateway, path: str = "/readyz") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@contextmanager
def crowd(gateway: Gateway) -> Iterator[None]:
    """Open many connections that send nothing."""
    with ExitStack() as stack:
        for _ in range(CROWD):
            stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port)))
        yield


@pytest.mark.crash
def test_a_silent_crowd_makes_accepting_pause_and_nothing_else(gateway, tmp_path):
    log = tmp_path / "log"
    gateway.environ["WIDGET_GATEWAY_LOG_FORMAT"] = "json"
    gateway.start(before=("prlimit", f"--nofile={LIMIT}:{LIMIT}"), log=log)
    visitor = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    visitor.request("GET", "/readyz")
    assert visitor.getresponse().read()
    with closing(visitor), crowd(gateway):
        asyncio.run(until(lambda: "accepting_paused" in log.read_text()))
        # The connection before the crowd is served, though the database needs files, too.
        for _ in range(5):
            visitor.request("GET", "/readyz")
            answer = visitor.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
    assert status(gateway) == 200  # The kernel's queue holds it until there is room.
    with crowd(gateway):
        pass
    assert status(gateway) == 200
    events = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    told = [event for event in events if event["event"] == "accepting_paused"]
    assert [event["open_files_limit"] for event in told] == [LIMIT]
    assert not [event for event in events if event.get("level") == "error"]
    assert gateway.terminate() == 0


@pytest.mark.crash
def test_the_soft_limit_is_raised_to_the_hard_one(gateway, tmp_path):
    log = tmp_path / "log"
    gateway.start(before=("prlimit", f"--nofile=256:{CROWD + LIMIT}"), log=log)
    with crowd(gateway):
        assert status(gateway) == 200
    assert "accepting_paused" not in log.read_text()


@pytest.mark.gen_test
async def test_background_work_that_fails_or_ends_begins_anew(monkeypatch, logs):
    monkeypatch.setattr(background, "RESTART_S", 0.001)
    runs: list[str] = []
    is_third = asyncio.Event()

    async def work():
        runs.append("run")
        if len(runs) == 1:
            raise OSError(24, "Too many open files")
        if len(runs) == 3:
            is_third.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(background.run_forever(work))
    await is_third.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [event["event"] for event in logs] == ["background_work_failed"]
    assert task.cancelled()


@pytest.mark.gen_test
async def test_background_work_ends_when_a_fault_hides_that_it_was_cancelled(logs):
    has_begun = asyncio.Event()

    async def work():
        try:
            has_begun.set()
            await asyncio.Event().wait()
        finally:
            raise OSError(110, "The server hangs, so the stream can't be closed")

    task = asyncio.ensure_future(background.run_forever(work))
    await has_begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert logs == []
