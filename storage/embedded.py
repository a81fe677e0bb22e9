"""The embedded MongoDB: one mongod for each data directory, shared by the processes that use it.

A user is an EmbeddedMongod between start() and stop(), in a server or in a command. The first user
launches mongod, later ones join it, and the last one to leave shuts it down.

Each user holds a shared flock on `users.lock`. A user that gets the lock exclusively is the last.
The kernel drops the locks of a killed process, so no dead process counts as a user. mongod is
launched and shut down under `start.lock`. If all users are killed, mongod runs until the next user
leaves.
"""

import asyncio
import contextlib
import fcntl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

import structlog
from pymongo.errors import ConnectionFailure, OperationFailure

from storage.mongod.admin import (
    NOT_YET_INITIALIZED,
    REPLICA_SET,
    STOP_SECONDS,
    AdminClient,
    configure,
    make_uri,
    open_client,
    shut_down,
)
from storage.mongod.process import (
    START_SECONDS,
    EmbeddedMongodError,
    Mongod,
    StartAbandonedError,
    faults_told,
    wait_until,
)

WATCH_SECONDS = 0.25
"""The pause between two checks that mongod lives, in seconds; each check makes one connection. Four
users cost mongod 0.6 % of a core. From mongod's death until the driver has found the new one, which
it looks for each half second, it takes about two seconds."""

WATCH_SECONDS_AT_MOST = 10.0
"""The longest pause between two restarts that fail, in seconds. The pauses double up to it."""

LOCK_SECONDS = 400.0
"""How long to wait for the start lock, in seconds: longer than any holder needs, which at most
waits for a mongod, launches another and shuts it down."""

CANCELLED_SECONDS = 10.0
"""How long a user whose start was cancelled still waits for mongod to end, in seconds. mongod ends
by itself if it takes longer."""

_ALREADY_INITIALIZED = 23  # It was still reading its configuration when it was asked for it.
_RECONFIGURING = 109
_PASSING_CODES = {NOT_YET_INITIALIZED, _ALREADY_INITIALIZED, _RECONFIGURING}
"""MongoDB's error codes of a mongod that becomes a primary a moment later."""

_log = structlog.get_logger(__name__)


class EmbeddedMongod:
    """A user of the mongod under `data_dir`/mongodb; also an async context manager.

    A process that forks must make its EmbeddedMongod afterwards, since a parent and its child would
    share one lock.
    """

    def __init__(self, data_dir: Path, *, executable: Path | None = None) -> None:
        self._home = data_dir.resolve() / "mongodb"
        self._mongod = Mongod(self._home, executable, REPLICA_SET)
        self._users: IO[bytes] | None = None
        self._abandoned = threading.Event()
        self._leave_by: float | None = None

    @property
    def uri(self) -> str:
        """The URI for drivers. It stays the same when mongod is restarted."""
        return make_uri([str(self._mongod.socket)])

    async def start(self) -> str:
        """Join the mongod or launch it; returns its URI once it takes writes.

        Raises:
            EmbeddedMongodError: there is no mongod to run, or it does not start.
        """
        joining = asyncio.create_task(asyncio.to_thread(self._join))
        try:
            await asyncio.shield(joining)
        except asyncio.CancelledError:
            # The thread can't be interrupted, so it is awaited, and what it has joined is left.
            self.leave_within(CANCELLED_SECONDS)
            with contextlib.suppress(EmbeddedMongodError, OSError):
                await joining
            await self.stop()
            raise
        return self.uri

    async def supervise(self) -> None:
        """Launch mongod again whenever it has died, at the same URI, until cancelled.

        All users may do this at the same time: one of them launches it, the others find it alive.
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

    def leave_within(self, seconds: float) -> None:
        """Give up starts from now on, and let `stop` take at most `seconds` from now."""
        self._abandoned.set()
        self._leave_by = time.monotonic() + seconds

    def _left_s(self, most: float) -> float:
        """Seconds that a wait while leaving may take, of `most` that it would take otherwise."""
        if self._leave_by is None:
            return most
        return min(most, max(0.0, self._leave_by - time.monotonic()))

    async def stop(self) -> None:
        """Leave. For the last user it returns when mongod has ended. A repeat does nothing.

        Raises:
            EmbeddedMongodError: mongod takes unusually long. It ends later by itself.
        """
        await asyncio.to_thread(self._leave)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *exc_info: object) -> None:
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self.leave_within(CANCELLED_SECONDS)
        await self.stop()

    def _join(self) -> None:
        with faults_told():
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with faults_told(), self._start_lock():
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
            if self._users is not None:  # It is None if stop() was called meanwhile.
                self._ensure_primary()

    def _leave(self) -> None:
        if self._users is None:
            return
        with faults_told(), self._start_lock(leaves=True):
            self._give_up_use()

    def _give_up_use(self) -> None:
        if self._users is None:
            return
        users, self._users = self._users, None
        with users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # Another user remains.
            finally:
                # A subprocess that has not reached its exec holds the file open, so that closing
                # would not unlock it.
                fcntl.flock(users, fcntl.LOCK_UN)
            shut_down(self._mongod, self._left_s(STOP_SECONDS))

    @contextlib.contextmanager
    def _start_lock(self, *, leaves: bool = False) -> Iterator[None]:
        with (self._home / "start.lock").open("ab") as lock:

            def locked() -> bool:
                if self._abandoned.is_set() and not leaves:
                    raise StartAbandonedError
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                return True

            seconds = self._left_s(LOCK_SECONDS)
            if not wait_until(locked, seconds):
                raise EmbeddedMongodError(
                    f"Another process has kept {lock.name} locked for {seconds:.0f} seconds. "
                    "Find it ('fuser' names it) and end it."
                )
            try:
                yield
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)

    def _ensure_primary(self) -> None:
        """Return when mongod takes writes, whether it runs, has to be launched, or is starting."""
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
        """Take the next step towards a primary; returns whether mongod is one already."""
        if self._abandoned.is_set():
            raise StartAbandonedError
        if not self._mongod.is_alive():
            self._mongod.launch(self._abandoned.is_set)
            _log.info("embedded_mongod_started", socket=str(self._mongod.socket))
        if not self._mongod.accepts_connections():
            return False  # It is starting or ending.
        if self._mongod.is_stopped():
            raise EmbeddedMongodError(
                f"{self._mongod.describe()} is suspended (SIGSTOP) and answers nothing. "
                "Let it go on by kill -CONT."
            )
        try:
            hello = client.admin.command("hello")
            if "setName" not in hello:
                configure(client, [str(self._mongod.socket)], {})
        except ConnectionFailure:  # It has ended meanwhile.
            return False
        except OperationFailure as error:
            if error.code not in _PASSING_CODES:
                raise
            return False
        return bool(hello["isWritablePrimary"])
