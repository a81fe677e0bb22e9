"""The gateway as a real process, for tests that kill it, restart it or open it in a browser."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import psutil

from storage.driver.adapter import Driver
from tests.support.waiting import PATIENCE_S
from widget_gateway.services.spelling.dictionary import FILE_NAME, load_dictionary

PREFIX = "WIDGET_GATEWAY_"

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["widget_gateway.cli"])
"""Each command of a test runs in a process of its own. It is forked from a server that has imported
the command line, since the imports take longer than most commands."""


def chosen_driver() -> str:
    """The name of the driver to test: TEST_DRIVER, or the default one."""
    return os.environ.get("TEST_DRIVER") or Driver.MOTOR


def _run_command(
    arguments: tuple[str, ...], environ: dict[str, str], files: list[str], user: int | None = None
) -> None:
    """Run a command in a forked process, with files as its standard streams."""
    for number, name in enumerate(files):
        os.dup2(os.open(name, os.O_RDWR), number)
    os.environ.clear()
    os.environ.update(environ)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", closefd=False)
        for number, mode in enumerate("rww")
    )
    from widget_gateway.cli import main  # noqa: PLC0415 - imported in the process that forks

    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    main(list(arguments), prog_name="widget-gateway")


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process during a `with` block, so that it neither answers nor dies."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def end_group(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """End a process that was started with a session of its own, and its children.

    Node of a wheel is a child of a program that passes no signals on.
    """
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


class Gateway:
    """`python -m widget_gateway serve` and other commands over the same data directory."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.data_dir = data_dir
        self.port = 0
        self.url = ""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        self.environ = inherited | {
            f"{PREFIX}DATA_DIR": str(data_dir),
            f"{PREFIX}LOG_LEVEL": "warning",
            f"{PREFIX}DRIVER": chosen_driver(),
            **{f"{PREFIX}{name}": value for name, value in variables.items()},
        }
        self._process: subprocess.Popen[str] | None = None

    def with_data_directory(self) -> "Gateway":
        """Make the directory of the database, as a first start does, so that commands run."""
        (self.data_dir / "mongodb").mkdir(mode=0o700, parents=True)
        return self

    def with_dictionary(self, data_dir: Path) -> "Gateway":
        """Share that directory's dictionary of spelling, and make it if it is missing.

        Otherwise each gateway that has documents would make one of its own.
        """
        load_dictionary(data_dir)
        self.data_dir.mkdir(exist_ok=True)
        (self.data_dir / FILE_NAME).symlink_to(data_dir / FILE_NAME)
        return self

    def start(self, *arguments: str, before: Sequence[str] = (), log: Path | None = None) -> str:
        """Start the server, always at the same port; return its URL when it is ready.

        `before` is a command that runs it, and `log` a file for what it logs.
        """
        errors = log.open("w") if log else None
        self._process = subprocess.Popen(
            [
                *before,
                *(sys.executable, "-m", "widget_gateway", "serve", "--json"),
                *("--port", str(self.port), *arguments),
            ],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        if errors is not None:
            errors.close()
        assert self._process.stdout is not None
        lines = ""
        while not lines.endswith("}\n"):
            line = self._process.stdout.readline()
            assert line, f"the gateway ended with status {self._process.wait()} and said: {lines}"
            lines += line
        self.url = json.loads(lines)["url"]
        self.port = int(self.url.rpartition(":")[2])
        return self.url

    @property
    def ws_url(self) -> str:
        """The address of the widget channel."""
        return self.url.replace("http", "ws", 1) + "/ws/v1/widget"

    @property
    def pid(self) -> int:
        """The id of the process that `start` started."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Send SIGKILL to the server and its worker processes: nothing is flushed."""
        assert self._process is not None
        family = psutil.Process(self._process.pid)
        workers = [child for child in family.children() if child.name() != "mongod"]
        self._process.kill()
        for worker in workers:
            worker.kill()
        self._process.wait()
        self._close_pipe()

    def terminate(self) -> int:
        """Send SIGTERM, at which the server drains; return its exit status."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(timeout=PATIENCE_S)
        self._close_pipe()
        return status

    def mongod_pid(self) -> int:
        """The id of the embedded mongod of this data directory."""
        for process in psutil.process_iter(["name", "cmdline"]):
            if process.info["name"] == "mongod" and str(self.data_dir) in " ".join(
                process.info["cmdline"] or ()
            ):
                return int(process.pid)
        raise LookupError("no mongod runs over this data directory")

    def kill_mongod(self) -> None:
        """Send SIGKILL to the database."""
        os.kill(self.mongod_pid(), signal.SIGKILL)

    def run(
        self, *arguments: str, stdin: str = "", user: int | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command beside the server, as a person does; return its status and output.

        `user` is the id of the user who runs it, if that is another one.
        """
        with tempfile.TemporaryDirectory() as directory:
            files = [Path(directory, name) for name in ("in", "out", "err")]
            for file, text in zip(files, (stdin, "", ""), strict=True):
                file.write_text(text, "utf-8")
            process = _forks.Process(
                target=_run_command,
                args=(arguments, self.environ | variables, list(map(str, files)), user),
            )
            process.start()
            process.join()
            _, out, err = (file.read_bytes().decode() for file in files)
        assert process.exitcode is not None
        return subprocess.CompletedProcess(arguments, process.exitcode, out, err)

    def start_command(self, *arguments: str) -> ForkServerProcess:
        """Start a command that may be killed; what it says is not kept."""
        files = [os.devnull] * 3
        process = _forks.Process(target=_run_command, args=(arguments, self.environ, files))
        process.start()
        return process

    def command(self, *arguments: str, check: bool = True, stdin: str = "") -> Any:
        """Run a command with `--json`; return what it printed."""
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.returncode == 0 or not check, done.stderr + done.stdout
        return json.loads(done.stdout) if done.stdout else None

    def stop(self) -> None:
        """Leave no process behind."""
        if self._process is not None and self._process.poll() is None:
            self.terminate()
        try:
            pid = self.mongod_pid()
        except LookupError:
            return
        orphan = psutil.Process(pid)  # The servers that used it were killed, so nobody ends it.
        orphan.terminate()
        orphan.wait(timeout=PATIENCE_S)

    def _close_pipe(self) -> None:
        assert self._process is not None
        if self._process.stdout is not None:
            self._process.stdout.close()
