"""The gateway as several processes: one port, drained ends, and replaced processes."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from tornado.httpclient import HTTPClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.processes import Gateway
from tests.support.waiting import PATIENCE_S, until, wait_for
from widget_gateway.services.catalogue.files import bundled_directory

GOING_AWAY = 1001
TAKEN_OVER = 4009
SOCKETS = 12
SHARED_OUT = 80


@pytest.fixture
def college(gateway: Gateway) -> Gateway:
    """A gateway with a provider and tests, which the test starts."""
    gateway.with_data_directory().command("test", "import", str(bundled_directory()))
    gateway.command(
        *("provider", "create", "--slug", "college", "--name", "College", "--allow-no-origin")
    )
    return gateway


async def _open(socket: ClientConnection, **fields: str) -> dict[str, Any]:
    fields = fields or {"test": "work-values"}
    await socket.send(json.dumps({"type": "open", "provider": "college", **fields}))
    message: dict[str, Any] = json.loads(await socket.recv())
    assert message["type"] == "session", message
    return message


async def _answer_until_told_to_go(
    url: str, all_answer: asyncio.Barrier
) -> tuple[dict[str, Any], int, dict[str, Any], int]:
    """Return the `session` message, the highest acknowledged seq, the last message and the code."""
    acknowledged = 0
    async with connect(url) as socket:
        session = await _open(socket)
        message = session
        try:
            for seq in range(1, 100_000):
                question = str((seq - 1) % 24 + 1)
                answer = {"type": "answer", "seq": seq, "question": question, "value": ["2"]}
                with contextlib.suppress(ConnectionClosed):  # Messages before it are still read.
                    await socket.send(json.dumps(answer))
                message = json.loads(await socket.recv())
                acknowledged = message.get("seq", acknowledged)
                if seq == 1:
                    await all_answer.wait()
        except ConnectionClosed as closed:
            return session, acknowledged, message, closed.rcvd.code if closed.rcvd else 0
    raise AssertionError("never told to go")


def test_connections_are_shared_out_and_the_port_with_nobody(gateway: Gateway) -> None:
    gateway.start("--processes", "2")
    refused = gateway.run("serve", "--port", str(gateway.port), "--processes", "2")
    assert "Can't listen on 127.0.0.1" in refused.stderr
    with contextlib.ExitStack() as stack:
        for _ in range(SHARED_OUT):
            stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port)))
        serving = [
            child for child in psutil.Process(gateway.pid).children() if child.name() != "mongod"
        ]

        def connections() -> list[int]:
            return [
                sum(
                    connection.status == psutil.CONN_ESTABLISHED
                    and connection.laddr.port == gateway.port
                    for connection in process.net_connections("tcp")
                )
                for process in serving
            ]

        asyncio.run(until(lambda: sum(connections()) == SHARED_OUT))
        assert len(serving) == 2
        assert min(connections()) > SHARED_OUT / 5  # Chance fails this in one of 10^8 runs.


def test_a_restart_as_several_processes_gets_its_port_in_spite_of_old_connections(
    gateway: Gateway,
) -> None:
    gateway.start()
    with socket.create_connection(("127.0.0.1", gateway.port)) as left_over:
        left_over.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert left_over.recv(100)
        assert gateway.terminate() == 0
        gateway.start("--processes", "2")


def test_sigterm_says_bye_to_answering_sockets_and_loses_nothing(college: Gateway) -> None:
    college.start("--processes", "2")

    async def answer_and_terminate() -> list[tuple[dict[str, Any], int, dict[str, Any], int]]:
        all_answer = asyncio.Barrier(9)
        visitors = [
            asyncio.create_task(_answer_until_told_to_go(college.ws_url, all_answer))
            for _ in range(8)
        ]
        await all_answer.wait()
        assert await asyncio.to_thread(college.terminate) == 0
        return await asyncio.gather(*visitors)

    visits = asyncio.run(answer_and_terminate())
    college.start()

    async def check() -> None:
        for session, acknowledged, bye, code in visits:
            assert code == GOING_AWAY
            assert bye["type"] == "bye"
            assert bye["retry_after_ms"] > 0
            assert acknowledged > 0
            async with connect(college.ws_url) as socket:
                identity = {key: session[key] for key in ("session", "resume_token")}
                assert (await _open(socket, **identity))["seq"] >= acknowledged

    asyncio.run(check())


def test_a_killed_process_is_replaced_while_the_others_serve(college: Gateway) -> None:
    college.start("--processes", "2")
    before = _workers(college)
    before[0].kill()
    before[0].wait(PATIENCE_S)  # Until it has ended, the kernel may still give it connections.
    client = HTTPClient()

    def is_replaced() -> bool:
        assert client.fetch(college.url + "/healthz").code == 200
        after = _workers(college)
        return len(after) == 2 and before[0] not in after

    wait_for(is_replaced)
    client.close()
    assert before[1] in _workers(college)


def test_a_newer_connection_takes_over_from_any_process(college: Gateway) -> None:
    college.start("--processes", "2")

    async def take_over_again_and_again() -> list[int]:
        codes = []
        first = await connect(college.ws_url)
        session = await _open(first)
        identity = {key: session[key] for key in ("session", "resume_token")}
        for _ in range(SOCKETS):  # With so many, both processes get some.
            second = await connect(college.ws_url)
            await _open(second, **identity)
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(first.recv(), PATIENCE_S)
            codes.append(closed.value.rcvd.code if closed.value.rcvd else 0)
            first = second
        await first.close()
        return codes

    assert asyncio.run(take_over_again_and_again()) == [TAKEN_OVER] * SOCKETS


def _workers(gateway: Gateway) -> list[psutil.Process]:
    children = psutil.Process(gateway.pid).children()
    return [child for child in children if child.name() != "mongod" and child.status() != "zombie"]


NOWHERE = {
    "MONGODB_URI": "mongodb://127.0.0.1:9/?replicaSet=nowhere",
    "JWT_SECRET": "JWT secret of the tests, 32 bytes",
    "PIN_PEPPER": "PIN pepper of the tests, 32 bytes",
}


@pytest.mark.parametrize("processes", ["1", "2"])
def test_without_a_database_the_start_fails_and_says_so(tmp_path: Path, processes: str) -> None:
    gateway = Gateway(tmp_path, **NOWHERE, STORAGE_WAIT_S="1")
    done = gateway.run("serve", "--port", "0", "--processes", processes)
    assert done.returncode == 1
    assert "storage is unavailable" in done.stdout + done.stderr


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_start_that_waits_for_its_database_can_be_ended(tmp_path: Path, processes: str) -> None:
    gateway = Gateway(tmp_path, **NOWHERE, STORAGE_WAIT_S="60")
    command = [sys.executable, "-m", "widget_gateway", "serve", "--port", "0"]
    with subprocess.Popen([*command, "--processes", processes], env=gateway.environ) as process:
        serving = psutil.Process(process.pid)
        asyncio.run(until(lambda: _is_waiting(serving, processes)))
        process.terminate()
        # The signal kills a process that has not yet begun to handle it.
        assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)


def _is_waiting(process: psutil.Process, processes: str) -> bool:
    """Whether the process, or its first child, has begun to look for the database."""
    looking = process.children() if processes != "1" else [process]
    return bool(looking) and looking[0].num_threads() > 1
