"""Python processes that a command starts beside itself, and ends in order."""

import asyncio
import fcntl
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import click

from widget_gateway.domain.errors import SettingsError

END_SECONDS = 40.0
"""How long a process may take to end: a gateway without a database drains for less."""

_LEFTOVER_SECONDS = 10.0
_TICK_SECONDS = 0.02


class Child:
    """A process that prints a line when it is ready; it can be started again after its end.

    It keeps the `lock` file locked as long as it lives, so that `end_leftover` finds it when the
    command was killed.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        *,
        lock: Path | None = None,
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._variables = variables
        self._lock = lock
        self._process: Process | None = None
        self.is_frozen = False

    @property
    def pid(self) -> int | None:
        """Of the process that runs; None where none does."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start it unless it runs; returns when it is ready.

        Raises:
            SettingsError: it ended at once, and has said why.
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
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe, as asked below
        line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
            raise SettingsError(f"{self.name} did not start; see above.")
        click.echo(line.decode().rstrip(), err=True)

    async def _launch(self, inherited: Sequence[int]) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *self._arguments,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(self._variables),
            stdout=asyncio.subprocess.PIPE,
            pass_fds=inherited,
            start_new_session=True,  # Ctrl-C reaches the command only, which ends them in order.
        )

    async def wait(self) -> None:
        """Return when it has ended."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL if that is not enough. Harmless when repeated."""
        self.thaw()
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), END_SECONDS)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL: a crash."""
        self._signal(signal.SIGKILL)
        self.is_frozen = False
        await self.wait()

    def freeze(self) -> None:
        """SIGSTOP: its connections stay open, and nothing comes out of them any more."""
        self.is_frozen = self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on as if no time had passed."""
        self._signal(signal.SIGCONT)
        self.is_frozen = False

    def _signal(self, number: signal.Signals) -> bool:
        if self.pid is None or self._process is None:
            return False
        self._process.send_signal(number)
        return True


async def end_leftover(path: Path) -> None:
    """Kill the child that a killed command has left behind; it is whom its lock file names.

    Raises:
        SettingsError: it does not end.
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
    """Whether the lock could be taken."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
