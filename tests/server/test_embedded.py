"""The embedded MongoDB: processes start it, share it, kill it and recover from that."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient, WriteConcern

from storage.embedded import EmbeddedMongod
from storage.mongod import process as mongod
from storage.mongod.process import EmbeddedMongodError
from tests.support.waiting import PATIENCE_S, until

REPOSITORY = Path(__file__).resolve().parents[2]

USER = """
import asyncio, pathlib, subprocess, sys
from storage.embedded import EmbeddedMongod

async def main():
    async with EmbeddedMongod(pathlib.Path(sys.argv[1])) as embedded:
        child = subprocess.Popen(["cat"], close_fds=False)
        print(embedded.uri, flush=True)
        child.wait()

asyncio.run(main())
"""
"""A process that starts or joins the database, says so, and leaves it when its input ends.

If it is killed, its child lives on, and must not have inherited its locks.
"""


def uri_from(user: subprocess.Popen[str]) -> str:
    """Return the URI that the process prints when it has joined; its log has the same output."""
    assert user.stdout is not None
    return next(line.strip() for line in user.stdout if line.startswith("mongodb://"))


def pid_of(data_dir: Path) -> int:
    return int((data_dir / "mongodb" / "data" / "mongod.lock").read_text())


def runs(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def kill_and_wait(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert mongod.wait_until(lambda: not runs(pid), 10)


def mongods_of(data_dir: Path) -> list[int]:
    """Return all mongods over this data directory, whoever started them."""
    argument = f"--dbpath={data_dir.resolve() / 'mongodb' / 'data'}"
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if argument in (process.info["cmdline"] or ()) and runs(process.pid)
    ]


def insert(uri: str, *numbers: int) -> None:
    with MongoClient(uri) as client:
        rows = client.test.get_collection("rows", write_concern=WriteConcern("majority", j=True))
        rows.insert_many([{"_id": number} for number in numbers])


def inserted(uri: str) -> list[int]:
    with MongoClient(uri) as client:
        return [row["_id"] for row in client.test.rows.find().sort("_id")]


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for pid in mongods_of(tmp_path):
        kill_and_wait(pid)


@pytest.fixture
def another_user(data_dir: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start one more process that uses the data directory."""
    with contextlib.ExitStack() as users:

        def start() -> subprocess.Popen[str]:
            user = users.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", USER, str(data_dir)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=REPOSITORY,
                )
            )
            users.callback(user.kill)
            return user

        yield start


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The URI and the process id of a mongod for the tests that only use it."""
    directory = tmp_path_factory.mktemp("serving")
    embedded = EmbeddedMongod(directory)
    uri = asyncio.run(embedded.start())
    yield uri, pid_of(directory)
    asyncio.run(embedded.stop())


def test_the_last_user_to_leave_shuts_it_down(data_dir: Path) -> None:
    async def scenario() -> None:
        first, second = EmbeddedMongod(data_dir), EmbeddedMongod(data_dir)
        uri = await first.start()
        pid = pid_of(data_dir)
        assert await second.start() == uri
        assert pid_of(data_dir) == pid
        await first.stop()
        await first.stop()
        assert runs(pid)
        await second.stop()
        assert not runs(pid)

    asyncio.run(scenario())
    assert "Now exiting" in (data_dir / "mongodb" / "mongod.log").read_text()


def test_ten_processes_starting_at_once_share_one_mongod(
    data_dir: Path, another_user: Callable[[], subprocess.Popen[str]]
) -> None:
    users = [another_user() for _ in range(10)]
    uris = {uri_from(user) for user in users}
    assert len(uris) == 1
    [pid] = mongods_of(data_dir)
    for user in users:
        user.communicate()
    assert [user.returncode for user in users] == [0] * 10
    assert not runs(pid)


@pytest.mark.crash
def test_a_mongod_whose_starter_was_killed_is_joined_and_then_shut_down(
    data_dir: Path, another_user: Callable[[], subprocess.Popen[str]]
) -> None:
    starter = another_user()
    uri = uri_from(starter)
    pid = pid_of(data_dir)
    starter.kill()
    starter.wait()
    assert runs(pid)

    async def scenario() -> None:
        async with EmbeddedMongod(data_dir) as embedded:
            assert embedded.uri == uri
            assert pid_of(data_dir) == pid

    asyncio.run(scenario())
    assert not runs(pid)


@pytest.mark.crash
def test_a_mongod_that_is_still_starting_when_its_starter_dies_is_waited_for(
    data_dir: Path, another_user: Callable[[], subprocess.Popen[str]]
) -> None:
    starter = another_user()
    assert mongod.wait_until(lambda: bool(mongods_of(data_dir)), PATIENCE_S)
    starter.kill()
    starter.wait()

    async def scenario() -> None:
        async with EmbeddedMongod(data_dir) as embedded:
            insert(embedded.uri, 1)
            assert len(mongods_of(data_dir)) == 1

    asyncio.run(scenario())
    assert mongods_of(data_dir) == []


@pytest.mark.crash
def test_acknowledged_writes_survive_a_killed_mongod(data_dir: Path) -> None:
    async def scenario() -> None:
        async with EmbeddedMongod(data_dir) as embedded:
            insert(embedded.uri, 1, 2, 3)
            kill_and_wait(pid_of(data_dir))
        async with EmbeddedMongod(data_dir) as embedded:
            assert inserted(embedded.uri) == [1, 2, 3]

    asyncio.run(scenario())


@pytest.mark.crash
def test_supervise_restarts_a_killed_mongod_under_a_connected_client(data_dir: Path) -> None:
    async def scenario() -> None:
        async with EmbeddedMongod(data_dir) as first, EmbeddedMongod(data_dir) as other:
            watchers = [asyncio.create_task(user.supervise()) for user in (first, other)]
            with MongoClient(first.uri, w="majority", journal=True) as client:
                rows = client.test.rows
                await asyncio.to_thread(rows.insert_one, {"_id": 1})
                killed = pid_of(data_dir)
                kill_and_wait(killed)
                await asyncio.to_thread(rows.insert_one, {"_id": 2})
                assert await asyncio.to_thread(rows.count_documents, {}) == 2
            [pid] = mongods_of(data_dir)
            assert pid != killed
            for watcher in watchers:
                assert not watcher.done()
                watcher.cancel()
        assert not runs(pid)

    asyncio.run(scenario())


@pytest.mark.crash
def test_supervise_goes_on_trying_while_mongod_cannot_start(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with EmbeddedMongod(data_dir) as embedded:
            watcher = asyncio.create_task(embedded.supervise())
            tries = []

            def find_nothing(setting: Path | None) -> Path:
                tries.append(setting)
                return Path("/nowhere/mongod")

            with monkeypatch.context() as patch:
                patch.setattr(mongod, "find_executable", find_nothing)
                kill_and_wait(pid_of(data_dir))
                await until(lambda: len(tries) > 2)
                assert not watcher.done()
                assert mongods_of(data_dir) == []
            await asyncio.to_thread(insert, embedded.uri, 1)
            watcher.cancel()

    asyncio.run(scenario())


def test_a_cancelled_start_gives_back_what_it_took(data_dir: Path) -> None:
    async def scenario() -> None:
        starting = asyncio.create_task(EmbeddedMongod(data_dir).start())
        await asyncio.to_thread(mongod.wait_until, lambda: bool(mongods_of(data_dir)), PATIENCE_S)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert mongods_of(data_dir) == []

    asyncio.run(scenario())


def test_a_data_directory_may_have_any_name_and_move(data_dir: Path) -> None:
    odd = data_dir / ("Данные: 100%, NOT plain and rather long " * 3)

    async def scenario() -> None:
        async with EmbeddedMongod(data_dir / "plain") as embedded:
            insert(embedded.uri, 1)
        (data_dir / "plain").rename(odd)
        async with EmbeddedMongod(odd) as embedded:
            insert(embedded.uri, 2)
            assert inserted(embedded.uri) == [1, 2]
            directory = embedded._mongod.socket.parent
            assert directory.stat().st_mode & 0o777 == 0o700
        assert not directory.exists()

    asyncio.run(scenario())


def test_a_planted_socket_directory_is_refused(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, planted = data_dir / "target", data_dir / "planted"
    target.mkdir()
    planted.symlink_to(target)
    monkeypatch.setattr(mongod, "_socket_path", lambda _: planted / "mongod.sock")
    with pytest.raises(EmbeddedMongodError, match="planted belongs to somebody else"):
        asyncio.run(EmbeddedMongod(data_dir).start())


@pytest.mark.parametrize(
    ("machine", "told"),
    [
        ("x86_64", r"Do one of these: install the extra 'embedded'.*MONGODB_URI"),
        ("aarch64", r"Linux aarch64.*Do one of these: install MongoDB 7.0 or 8.0.*MONGODB_URI"),
    ],
)
def test_a_missing_mongod_is_reported_with_what_can_be_done_on_this_machine(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, machine: str, told: str
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(mongod.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(mongod.platform, "system", lambda: "Linux")
    monkeypatch.setattr(mongod.platform, "machine", lambda: machine)
    with pytest.raises(EmbeddedMongodError, match=told):
        asyncio.run(EmbeddedMongod(data_dir).start())


def test_a_setting_that_names_no_file_is_reported(data_dir: Path) -> None:
    embedded = EmbeddedMongod(data_dir, executable=Path("/nowhere/mongod"))
    with pytest.raises(EmbeddedMongodError, match=r"/nowhere/mongod can't be run: No such file"):
        asyncio.run(embedded.start())


@pytest.fixture
def failing_mongod(tmp_path: Path) -> Callable[[str], Path]:
    def make(script: str) -> Path:
        path = tmp_path / "failing-mongod"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return make


def test_a_missing_library_is_reported_in_the_loader_s_words(
    data_dir: Path, failing_mongod: Callable[[str], Path]
) -> None:
    loader = "error while loading shared libraries: libcurl.so.4: cannot open shared object file"
    embedded = EmbeddedMongod(data_dir, executable=failing_mongod(f"echo '{loader}' >&2; exit 127"))
    with pytest.raises(EmbeddedMongodError, match=rf"{loader}.*apt-get install libcurl4"):
        asyncio.run(embedded.start())


def test_a_processor_without_avx_is_reported(
    data_dir: Path, failing_mongod: Callable[[str], Path]
) -> None:
    embedded = EmbeddedMongod(data_dir, executable=failing_mongod("kill -ILL $$"))
    with pytest.raises(EmbeddedMongodError, match="needs a CPU with AVX"):
        asyncio.run(embedded.start())


def test_the_first_error_of_a_mongod_that_gives_up_is_quoted(data_dir: Path) -> None:
    data = data_dir / "mongodb" / "data"
    data.mkdir(parents=True)
    (data / "storage.bson").write_bytes(b"no BSON at all")
    with pytest.raises(
        EmbeddedMongodError, match=r"code 14: Unable to read.*InvalidBSON.*See .*\.log"
    ):
        asyncio.run(EmbeddedMongod(data_dir).start())


def test_the_wheel_s_mongod_is_found_without_its_execute_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "fiftyone" / "db" / "bin" / "mongod"
    bundled.parent.mkdir(parents=True)
    bundled.write_text("#!/bin/sh\n")
    bundled.chmod(0o644)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert mongod.find_executable(None) == bundled
    assert os.access(bundled, os.X_OK)


def test_a_long_log_is_put_aside(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, failing_mongod: Callable[[str], Path]
) -> None:
    monkeypatch.setattr(mongod, "LOG_BYTES", 10)
    log = data_dir / "mongodb" / "mongod.log"
    log.parent.mkdir()
    log.write_text("an older run's words")
    with pytest.raises(EmbeddedMongodError, match="ended with code 1: out of luck"):
        asyncio.run(
            EmbeddedMongod(data_dir, executable=failing_mongod("echo out of luck; exit 1")).start()
        )
    assert not log.exists()
    assert log.with_suffix(".log.1").read_text() == "an older run's words"


def test_only_this_user_reaches_it(serving: tuple[str, int]) -> None:
    _, pid = serving
    process = psutil.Process(pid)
    assert process.net_connections("inet") == []
    [socket] = {c.laddr for c in process.net_connections("unix") if c.laddr}
    assert Path(socket).stat().st_mode & 0o077 == 0
    assert Path(socket).parent.stat().st_mode & 0o077 == 0


def test_a_ctrl_c_in_the_terminal_does_not_reach_it(serving: tuple[str, int]) -> None:
    _, pid = serving
    assert os.getpgid(pid) != os.getpgid(0)
    assert os.getsid(pid) != os.getsid(0)


def test_transactions_and_change_streams_work(serving: tuple[str, int]) -> None:
    uri, _ = serving
    with MongoClient(uri) as client:
        rows = client.test.rows
        with rows.watch(max_await_time_ms=5_000) as stream, client.start_session() as session:
            with session.start_transaction():
                rows.insert_one({"_id": "kept"}, session=session)
            session.start_transaction()
            rows.insert_one({"_id": "dropped"}, session=session)
            session.abort_transaction()
            assert stream.next()["documentKey"] == {"_id": "kept"}
        assert [row["_id"] for row in rows.find()] == ["kept"]
        assert "retryWrites" not in uri
        assert client.options.retry_writes
