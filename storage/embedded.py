"""The MongoDB that the gateway brings along: one mongod a data directory, shared by its users.

A user is an EmbeddedMongod between start() and stop(): the server, or a command beside it. The
first one launches mongod, later ones join it, the last one to leave shuts it down.

Each user holds a shared flock on `users.lock`; who gets it exclusively is alone. The kernel drops
the locks of a killed process, so the count is never wrong. What starts or ends mongod happens
under `start.lock`. A mongod whose users were all killed runs on until the next user leaves.
"""

import asyncio
import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

import structlog
from pymongo.errors import ConnectionFailure, OperationFailure

from storage.mongod.admin import (
    REPLICA_SET,
    AdminClient,
    configure,
    make_uri,
    open_client,
    shut_down,
)
from storage.mongod.process import START_SECONDS, EmbeddedMongodError, Mongod, wait_until

WATCH_SECONDS = 0.25
"""Between two looks (one connection each) at a running mongod. Four users cost it 0.6 % of a core;
death, restart and the driver's half-second rhythm together stay near two seconds."""

WATCH_SECONDS_AT_MOST = 10.0
"""Where the pauses between failing restarts end, doubling each time."""

LOCK_SECONDS = 400.0
"""More than one holder of the start lock can need: a launch after a wait, then a shutdown."""

_NOT_YET_INITIALIZED = 94
_ALREADY_INITIALIZED = 23  # It was still reading its configuration when we asked for it.
_RECONFIGURING = 109
_PASSING_CODES = {_NOT_YET_INITIALIZED, _ALREADY_INITIALIZED, _RECONFIGURING}

_log = structlog.get_logger(__name__)


class EmbeddedMongod:
    """A user of the mongod under `data_dir`/mongodb; also an async context manager.

    A process that forks makes its EmbeddedMongod afterwards: parent and child would share a lock.
    """

    def __init__(self, data_dir: Path, *, executable: Path | None = None) -> None:
        self._home = data_dir.resolve() / "mongodb"
        self._mongod = Mongod(self._home, executable, REPLICA_SET)
        self._users: IO[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where drivers find it, the same after every restart."""
        return make_uri([str(self._mongod.socket)])

    async def start(self) -> str:
        """Join the mongod or launch it; return the URI once it takes writes.

        Raises:
            EmbeddedMongodError: there is no mongod to run, or it doesn't come up.
        """
        joining = asyncio.create_task(asyncio.to_thread(self._join))
        try:
            await asyncio.shield(joining)
        except asyncio.CancelledError:
            # A thread can't be interrupted: let it end, and give back what it took.
            with contextlib.suppress(EmbeddedMongodError, OSError):
                await joining
            await self.stop()
            raise
        return self.uri

    async def supervise(self) -> None:
        """Launch mongod again whenever it has died, at the same URI; runs until cancelled.

        Every user may do this at once: one of them launches, the others see that it lives.
        """
        pause = WATCH_SECONDS
        while True:
            await asyncio.sleep(pause)
            if self._mongod.accepts_connections():
                pause = WATCH_SECONDS
                continue
            _log.warning("embedded_mongod_lost", socket=str(self._mongod.socket))
            try:
                await asyncio.to_thread(self._revive)
            except (EmbeddedMongodError, OSError) as error:
                pause = min(pause * 2, WATCH_SECONDS_AT_MOST)
                _log.error("embedded_mongod_not_restarted", why=str(error), next_try_s=pause)
            else:
                _log.info("embedded_mongod_back")

    async def stop(self) -> None:
        """Leave; the last user returns when mongod has closed its files. Harmless when repeated.

        Raises:
            EmbeddedMongodError: mongod takes unusually long; it ends by itself.
        """
        await asyncio.to_thread(self._leave)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    def _join(self) -> None:
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._start_lock():
            if self._users is None:
                self._users = (self._home / "users.lock").open("ab")
                fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._ensure_primary()
            except BaseException:
                self._give_up_use()
                raise

    def _revive(self) -> None:
        with self._start_lock():
            if self._users is not None:  # Else stop() overtook this restart.
                self._ensure_primary()

    def _leave(self) -> None:
        if self._users is None:
            return
        with self._start_lock():
            self._give_up_use()

    def _give_up_use(self) -> None:
        if self._users is None:
            return
        users, self._users = self._users, None
        with users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # Somebody else goes on using it.
            finally:
                # Closing is not enough while a subprocess is between its fork and its exec.
                fcntl.flock(users, fcntl.LOCK_UN)
            shut_down(self._mongod)

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        with (self._home / "start.lock").open("ab") as lock:

            def locked() -> bool:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                return True

            if not wait_until(locked, LOCK_SECONDS):
                raise EmbeddedMongodError(
                    f"Another process has kept {lock.name} locked for {LOCK_SECONDS:.0f} seconds. "
                    "Find it ('fuser' names it) and end it."
                )
            try:
                yield
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)

    def _ensure_primary(self) -> None:
        """Return when mongod takes writes: join it, launch it, or wait for one that is half-way."""
        mongod = self._mongod
        mongod.secure()
        try:
            with open_client(mongod) as client:
                ready = wait_until(lambda: self._is_primary(client), START_SECONDS)
        except OperationFailure as error:
            raise EmbeddedMongodError(f"{mongod.describe()} refuses its set: {error}") from error
        if not ready:
            raise EmbeddedMongodError(
                f"{mongod.describe()} takes no writes after {START_SECONDS:.0f} seconds. "
                "Look into its log, or end it and try again."
            )

    def _is_primary(self, client: AdminClient) -> bool:
        """Take the next step towards a primary; True if it is one."""
        if not self._mongod.is_alive():
            self._mongod.launch()
            _log.info("embedded_mongod_started", socket=str(self._mongod.socket))
        if not self._mongod.accepts_connections():
            return False  # Its starter was killed half-way, or it is about to end.
        try:
            hello = client.admin.command("hello")
            if "setName" not in hello:
                configure(client, [str(self._mongod.socket)], {})
        except ConnectionFailure:  # It has just ended.
            return False
        except OperationFailure as error:
            if error.code not in _PASSING_CODES:
                raise
            return False
        return bool(hello["isWritablePrimary"])
