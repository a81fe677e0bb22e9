"""Processes that a command starts, and ends when it ends."""

import asyncio
import fcntl
import os
import signal
import subprocess
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import click

from widget_gateway.domain.errors import SettingsError

END_SECONDS = 40.0
"""Seconds that a process may take to end; even a gateway without a database drains in less."""

_LEFTOVER_SECONDS = 10.0
"""Seconds until a killed leftover of an earlier command must have ended."""

_TICK_SECONDS = 0.02
"""Seconds between two looks whether it has ended."""


class Child:
    """A process that prints a line when it is ready. After its end it can be started again.

    A process that prints none is ready when it listens on `ready_port` of localhost.

    It keeps the file `lock` locked as long as it lives, so that `end_leftover` finds it after the
    command was killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        lock: Path | None = None,
        ready_port: int | None = None,
    ) -> None:
        self.name = name
        self._command = command
        self._ready_port = ready_port
        self._variables = variables
        self._lock = lock
        self._process: Process | None = None
        self.is_frozen = False

    @property
    def pid(self) -> int | None:
        """The id of the running process; None if none runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start the process unless it runs, and wait until it is ready.

        Raises:
            SettingsError: it ended at once, after it printed the reason, or its lock is taken.
        """
        if self.pid is not None:
            return
        if self._lock is None:
            self._process = await self._launch(())
        else:
            with self._lock.open("a+b") as lock:
                if not _take(lock):
                    raise SettingsError(f"Another process keeps {lock.name} locked. End it first.")
                lock.truncate(0)
                self._process = await self._launch((lock.fileno(),))
                lock.write(str(self._process.pid).encode("ascii"))
        self.is_frozen = False
        line = await self._ready_line(self._process)
        if not line:
            await self._process.wait()
            raise SettingsError(f"{self.name} did not start; see above.")
        click.echo(line, err=True)

    async def _ready_line(self, process: Process) -> str:
        """Wait until the process is ready; return what it says then, or nothing if it has ended."""
        if process.stdout is not None:
            return (await process.stdout.readline()).decode().rstrip()
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("localhost", self._ready_port)
            except OSError:
                await asyncio.sleep(_TICK_SECONDS)
            else:
                writer.close()
                return f"{self.name} listens on port {self._ready_port}"
        return ""

    async def _launch(self, inherited: Sequence[int]) -> Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(self._variables),
            stdout=subprocess.PIPE if self._ready_port is None else subprocess.DEVNULL,
            pass_fds=inherited,
            start_new_session=True,  # Ctrl-C reaches only the command, which then ends this one.
        )

    async def wait(self) -> None:
        """Wait until the process has ended."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """End the process by SIGTERM, or by SIGKILL after END_SECONDS. It may be repeated."""
        self.thaw()
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), END_SECONDS)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """Kill the process with SIGKILL, as a crash does."""
        self._signal(signal.SIGKILL)
        self.is_frozen = False
        await self.wait()

    def freeze(self) -> None:
        """Stop the process with SIGSTOP: its connections stay open, but are silent."""
        self.is_frozen = self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process continue, with SIGCONT."""
        self._signal(signal.SIGCONT)
        self.is_frozen = False

    def _signal(self, number: signal.Signals) -> bool:
        if self.pid is None or self._process is None:
            return False
        self._process.send_signal(number)
        return True


async def end_leftover(path: Path) -> None:
    """Kill the child that a killed command has left behind, and whose id is in its lock file.

    Raises:
        SettingsError: the child does not end.
    """
    deadline = asyncio.get_running_loop().time() + _LEFTOVER_SECONDS
    with path.open("a+b") as lock:
        while not _take(lock):
            lock.seek(0)
            if pid := lock.read():
                os.kill(int(pid), signal.SIGKILL)
            if asyncio.get_running_loop().time() > deadline:
                raise SettingsError(f"Another process keeps {lock.name} locked. End it first.")
            await asyncio.sleep(_TICK_SECONDS)


def _take(lock: IO[bytes]) -> bool:
    """Try to take the lock; returns whether that succeeded."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
