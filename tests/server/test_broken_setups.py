"""Broken set-ups: each command says in words what is wrong, and none ends in a traceback."""

import asyncio
import contextlib
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.embedded import EmbeddedMongod
from storage.mongod.process import EmbeddedMongodError, find_executable, wait_until
from tests.support.processes import Gateway, frozen
from tests.support.waiting import PATIENCE_S
from widget_gateway import server
from widget_gateway.processes import DRAIN_S, END_WAIT_S, HANG_S, ended_in_time

LONG = "a secret of the tests with 32 bytes or more"
SECRETS = {"JWT_SECRET": LONG, "PIN_PEPPER": LONG}
STARTS = (("serve", "--port", "0"), ("demo",), ("cluster",))
"""The commands that make a data directory."""

LOOKS = (
    ("provider", "list"),
    ("provider", "create", "--slug", "college", "--name", "College"),
    ("test", "list"),
    ("audit",),
    ("qua", "user", "list"),
    ("qua", "spell"),
)
"""Some of the commands that need one."""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def gateway(tmp_path):
    process = Gateway(tmp_path / "data")
    yield process
    process.stop()


@pytest.fixture
def told(gateway):
    """Run a command with these settings; return what it says, without any traceback."""

    def run(*arguments, user=None, status=1, **variables):
        named = {f"WIDGET_GATEWAY_{name}": value for name, value in variables.items()}
        done = gateway.run(*arguments, user=user, **named)
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said
        assert done.returncode == status, said
        assert LONG not in said
        return said

    return run


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A data directory in which a gateway has run."""
    gateway = Gateway(tmp_path_factory.mktemp("used"))
    gateway.start()
    gateway.terminate()
    return gateway.data_dir


@pytest.fixture
def nobody():
    return pwd.getpwnam("nobody").pw_uid


@pytest.fixture
def full_disk(tmp_path):
    """A disk of eight megabytes, which is too small for a database."""
    where = tmp_path / "small"
    where.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(where)]
    if os.geteuid() != 0 or subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("this user may mount nothing")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def open_to_others(directory):
    """Let other users look into a directory of pytest, whose parents are closed to them."""
    for folder in (directory, *directory.parents):
        if folder.stat().st_mode & (stat.S_IXOTH | stat.S_IROTH) == 0:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)


SETTINGS = {
    "unknown": ({"PROT": "1"}, "PROT: there is no such setting. Did you mean WIDGET_GATEWAY_PORT?"),
    "unlike any": ({"ZZZZ": "1"}, "WIDGET_GATEWAY_ZZZZ: there is no such setting"),
    "service link": ({"SERVICE_HOST": "10.0.0.1"}, "enableServiceLinks"),
    "service port": ({"PORT": "tcp://10.0.0.1:80"}, "enableServiceLinks"),
    "short secret": ({"JWT_SECRET": "short"}, "JWT_SECRET: it has fewer than 16 bytes"),
    "no scheme": ({"MONGODB_URI": "bogus", **SECRETS}, "MONGODB_URI: it is like mongodb://"),
    "bad port in uri": ({"MONGODB_URI": "mongodb://h:x/", **SECRETS}, "MONGODB_URI: it is like"),
    "database": ({"DATABASE": "a b"}, "DATABASE: it is made of up to 38 letters"),
    "level": ({"LOG_LEVEL": "loud"}, "LOG_LEVEL: it is one of: debug, info"),
    "port": ({"PORT": "70000"}, "PORT: it is a whole number from 0 to 65535"),
    "wait": ({"STORAGE_WAIT_S": "long"}, "STORAGE_WAIT_S: it is a number from 1 to 60"),
    "no env file": ({"ENV_FILE": "/nowhere"}, "ENV_FILE: the file can't be read: No such file"),
    "env file a directory": ({"ENV_FILE": "/"}, "ENV_FILE: the file can't be read: Is a directory"),
    "endless": ({"JWT_SECRET_FILE": "/dev/zero"}, "JWT_SECRET_FILE: the file can't be read: it is"),
    "secret a directory": ({"PIN_PEPPER_FILE": "/"}, "PIN_PEPPER_FILE: the file can't be read: Is"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_wrong_setting_names_itself(told, gateway, chance, case):
    variables, words = SETTINGS[case]
    for command in (("doctor",), chance.choice(STARTS), chance.choice(LOOKS)):
        assert words in told(*command, **variables)
    assert not gateway.data_dir.exists()


def test_short_secrets_are_named_and_not_shown(told):
    secrets = {"JWT_SECRET": "sixteen is enough", "PIN_PEPPER": "pepper", "CALLBACK_KEY": "key"}
    said = told("doctor", **secrets)
    assert said.count("is short, so it could be guessed") == len(secrets)
    assert all(f"WIDGET_GATEWAY_{name} is short" in said for name in secrets)
    assert "sixteen" not in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"WIDGET_GATEWAY_PROT=1\n", "PROT: there is no such setting (in the file that"),
        (b"PORT=1\nWIDGET_GATEWAY_PORT\n", "ENV_FILE: line 2 is not like NAME=value"),
        (b"WIDGET_GATEWAY_PORT='1\n", "ENV_FILE: line 1 is not like NAME=value"),
        (b"WIDGET_GATEWAY_ENV_FILE=x\n", "ENV_FILE: the file names another one"),
        (b"\xff\xfe", "ENV_FILE: the file can't be read: it is not a text"),
        (b"A=\0\n", "ENV_FILE: the file can't be read: it is binary"),
    ],
    ids=range(6),
)
def test_a_broken_environment_file_names_its_fault(told, tmp_path, content, words):
    file = tmp_path / "env"
    file.write_bytes(content)
    assert words in told("provider", "list", ENV_FILE=str(file))


@pytest.mark.parametrize("command", [*LOOKS, ("doctor",)], ids=" ".join)
def test_only_what_runs_the_gateway_makes_a_data_directory(told, gateway, command):
    said = told(*command)
    assert f"There is no database in {gateway.data_dir}" in said
    assert "widget-gateway serve" in said
    assert not gateway.data_dir.exists()


def test_a_relative_data_directory_is_told_to_depend_on_where_you_are(told):
    assert "which depends on where you are" in told("provider", "list", DATA_DIR="./nowhere")


def test_a_data_directory_that_is_none_is_named(told, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for command in (("serve",), ("provider", "list")):
        assert "file is not a directory" in told(*command, DATA_DIR=str(tmp_path / "file"))
        assert "leads nowhere" in told(*command, DATA_DIR=str(tmp_path / "link"))
    assert "below: Not a directory" in told("serve", DATA_DIR=str(tmp_path / "file" / "below"))


@as_root
def test_a_database_of_another_user_is_not_touched(told, tmp_path, nobody):
    home = tmp_path / "theirs"
    (home / "mongodb").mkdir(parents=True)
    os.chown(home / "mongodb", nobody, -1)
    for command in (*STARTS, *LOOKS, ("doctor",)):
        said = told(*command, DATA_DIR=str(home))
        assert f"Run it as nobody: sudo -u nobody env WIDGET_GATEWAY_DATA_DIR={home}" in said
    assert list((home / "mongodb").iterdir()) == []
    assert [path.name for path in home.iterdir()] == ["mongodb"]


@as_root
def test_root_does_not_fill_the_directory_that_a_service_will_use(told, tmp_path, nobody):
    os.chown(tmp_path, nobody, -1)
    assert "Run it as nobody" in told("serve", DATA_DIR=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@as_root
def test_what_another_user_has_left_in_the_database_is_named(told, tmp_path, nobody):
    home = tmp_path / "mixed"
    (home / "mongodb").mkdir(parents=True)
    (home / "mongodb" / "users.lock").touch(mode=0o600)
    for path in (home, home / "mongodb"):
        os.chown(path, nobody, -1)
    open_to_others(tmp_path)
    said = told("provider", "list", user=nobody, DATA_DIR=str(home))
    assert "users.lock belongs to root, so nobody can't use it" in said
    assert f"sudo chown -R nobody: {home}" in said


@as_root
def test_a_directory_that_can_not_be_written_is_named_with_its_mode(told, tmp_path, nobody):
    open_to_others(tmp_path)
    said = told("serve", user=nobody, DATA_DIR=str(tmp_path))
    assert "nobody can't write in" in said
    assert "Can't listen" not in said
    assert "Permission denied" in told("serve", user=nobody, DATA_DIR=str(tmp_path / "new"))


@as_root
def test_a_disk_that_is_read_only_is_named(told, full_disk):
    (full_disk / "mongodb").mkdir()
    remounted = ["mount", "-o", "remount,ro", str(full_disk)]
    subprocess.run(remounted, check=True)
    for command in (("serve",), ("provider", "list"), ("doctor",)):
        assert "file system that is read-only" in told(*command, DATA_DIR=str(full_disk))


@as_root
def test_a_full_disk_is_told_by_serve_and_doctor(told, full_disk):
    with contextlib.suppress(OSError), (full_disk / "film").open("wb") as film:
        while True:
            film.write(bytes(2**20))
    assert "is full" in told("serve", "--port", "0", DATA_DIR=str(full_disk))
    said = told("doctor", DATA_DIR=str(full_disk))
    assert "FAULT  disk: disk full" in said


def test_output_that_can_not_be_written_is_told(gateway):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "widget_gateway", "--help"],
            env=gateway.environ,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_too_few_open_files_are_told(gateway):
    gateway.data_dir.mkdir()
    for limit, command in ((16, "serve"), (16, "doctor")):
        done = subprocess.run(
            [
                *("prlimit", f"--nofile={limit}:{limit}", sys.executable, "-m", "widget_gateway"),
                command,
            ],
            env=gateway.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "Only 16 files may be open" in done.stdout + done.stderr


PROGRAMS = {
    "ends at once": ("#!/bin/sh\nexit 0\n", 0o755, "left no mongod running"),
    "no program": ("no program", 0o755, "can't be run: Exec format error"),
    "not executable": ("#!/bin/sh\n", 0o644, "can't be run: Permission denied"),
    "refuses": ("#!/bin/sh\necho no such option >&2; exit 2\n", 0o755, "code 2: no such option"),
}


@pytest.mark.parametrize("case", PROGRAMS)
def test_a_program_that_is_no_mongod_is_told(told, tmp_path, case):
    content, mode, words = PROGRAMS[case]
    program = tmp_path / "mongod"
    program.write_text(content)
    program.chmod(mode)
    assert words in told("serve", "--port", "0", MONGOD=str(program))
    assert words in told("provider", "list", MONGOD=str(program))


def test_a_mongod_that_is_nowhere_is_told(told, gateway, tmp_path):
    gateway.data_dir.joinpath("mongodb").mkdir(parents=True)
    for command in (("serve", "--port", "0"), ("doctor",)):
        assert "No such file" in told(*command, MONGOD=str(tmp_path / "nowhere"))


def test_files_of_the_database_that_are_broken_are_told(told, used, tmp_path):
    copied = tmp_path / "copied"
    subprocess.run(["cp", "-a", str(used), str(copied)], check=True)
    (copied / "mongodb" / "users.lock").unlink()
    (copied / "mongodb" / "users.lock").mkdir()
    assert "users.lock: Is a directory" in told("provider", "list", DATA_DIR=str(copied))
    (copied / "mongodb" / "users.lock").rmdir()
    (copied / "mongodb" / "mongod.sock").touch()  # What a crash leaves is replaced.
    (copied / "mongodb" / "data" / "WiredTiger.turtle").write_bytes(b"broken")
    said = told("provider", "list", DATA_DIR=str(copied))
    assert "ended with code" in said
    assert "mongod.log" in said


def test_broken_secrets_are_told(told, used, tmp_path):
    copied = tmp_path / "copied"
    subprocess.run(["cp", "-a", str(used), str(copied)], check=True)
    (copied / "secrets").write_text("broken")
    for command in (("serve", "--port", "0"), ("provider", "list")):
        assert "the file `secrets` in it can't be read" in told(*command, DATA_DIR=str(copied))


def test_addresses_that_can_not_be_used_are_told(told):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "the port is in use" in told("serve", "--port", port)
    assert "no such address" in told("serve", "--address", "203.0.113.1")
    assert "no such address" in told("serve", "--address", "a..b")
    assert "no such address" in told("serve", ADDRESS="nowhere.invalid")


@as_root
def test_a_port_of_root_is_told(told, nobody):
    start = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text("ascii")
    if int(start) < 1024:
        pytest.skip("this machine lets everybody use all ports")
    assert "ports below 1024 need root" in told("serve", "--port", "80", user=nobody)


def test_a_database_that_can_not_be_reached_is_told_with_the_drivers_words(told):
    variables = {"MONGODB_URI": "mongodb://u:s3cret@127.0.0.1:1/?replicaSet=x", **SECRETS}
    for command in (("serve",), ("test", "list"), ("doctor",)):
        said = told(*command, STORAGE_WAIT_S="1", **variables)
        assert "The storage is unavailable: no primary of the replica set answers" in said
        assert "127.0.0.1:1" in said
        assert "s3cret" not in said


def test_a_mongod_without_a_replica_set_is_told(told, tmp_path):
    path = str(tmp_path / "alone.sock")
    (tmp_path / "db").mkdir()
    with subprocess.Popen(
        [
            *(find_executable(None), f"--dbpath={tmp_path / 'db'}", f"--bind_ip={path}"),
            *("--nounixsocket", "--port=27018", f"--logpath={tmp_path / 'log'}"),
        ],
        stdout=subprocess.DEVNULL,
    ) as alone:
        try:
            assert wait_until(lambda: Path(path).exists(), PATIENCE_S)
            uri = f"mongodb://{path.replace('/', '%2F')}/?directConnection=true"
            said = told("provider", "list", MONGODB_URI=uri, **SECRETS)
            assert "belongs to no replica set" in said
        finally:
            alone.terminate()


def test_a_user_whom_mongodb_refuses_is_told(told, mongodb_uri):
    uri = mongodb_uri.replace("mongodb://", "mongodb://nobody:s3cret@")
    said = told("provider", "list", MONGODB_URI=uri, **SECRETS)
    assert "MongoDB refuses the user" in said
    assert "s3cret" not in said


@pytest.mark.crash
def test_a_suspended_mongod_is_told_and_its_gateway_ends_in_time(gateway, told):
    """With a tenth of the time that the gateway has to end; the next test is about its length."""
    script = (
        "from widget_gateway import server; from widget_gateway.cli import main; "
        "server.DRAIN_S /= 10; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, "serve", "--port", "0", "--json"],
        env=gateway.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    with frozen(gateway.mongod_pid()):
        assert "is suspended (SIGSTOP)" in told("provider", "list")
        process.terminate()
        process.terminate()
        said = "".join(process.communicate(timeout=DRAIN_S))
    assert process.returncode == 1
    assert "is suspended (SIGSTOP). Nothing is lost" in said
    assert "Traceback" not in said


@pytest.mark.crash
def test_leaving_a_frozen_mongod_takes_no_longer_than_told(tmp_path):
    async def scenario():
        mongod = EmbeddedMongod(tmp_path)
        await mongod.start()
        pid = mongod._mongod.pid()
        with frozen(pid):
            mongod.leave_within(1.5)
            began = time.monotonic()
            with pytest.raises(EmbeddedMongodError, match="has not stopped"):
                await mongod.stop()
            assert time.monotonic() - began < PATIENCE_S / 2
        os.kill(pid, signal.SIGTERM)
        assert wait_until(lambda: not mongod._mongod.is_alive(), PATIENCE_S)

    asyncio.run(scenario())


def test_all_steps_of_an_end_fit_into_the_30_seconds_that_operators_allow():
    steps = server.FLUSH_S + server.GOODBYE_S + server.LAST_FLUSH_S + server.CLOSE_S
    assert steps < DRAIN_S < HANG_S < END_WAIT_S < 30


def test_a_process_that_hangs_at_its_end_is_ended():
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException), ended_in_time(0.1) as begin:
            begin()
            begin()
            signal.pause()
        os._exit(77)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 1
