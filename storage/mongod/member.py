"""A member of a replica set on this machine, which can be started, stopped, killed and frozen."""

import os
import signal
import threading
from enum import StrEnum
from pathlib import Path
from typing import Any

from pymongo.errors import PyMongoError

from storage.mongod.admin import REPLICA_SET, AdminClient, open_client, shut_down
from storage.mongod.process import START_SECONDS, EmbeddedMongodError, Mongod, wait_until

HELLO_TIMEOUT_MS = 1_000
"""How long a member may take to tell its state, in milliseconds. A healthy one takes a
millisecond."""

_DEATH_SECONDS = 10.0
"""How long the kernel may take to end a process that got a SIGKILL. It frees its memory first."""


class MemberState(StrEnum):
    """The state of a member."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    STARTING = "starting"
    """The member runs, but is neither: it starts, recovers, or belongs to no set yet."""

    FROZEN = "frozen"
    DEAD = "dead"


class Member:
    """A mongod under `home`, known to its set by `address`, by default the path of its socket.

    If `address` is a host:port, a proxy has to listen there and to pass connections on to `socket`.
    Methods block, and may be called from any thread and more than once.
    """

    def __init__(
        self, name: str, home: Path, *, executable: Path | None = None, address: str | None = None
    ) -> None:
        self.name = name
        self._home = home
        self._mongod = Mongod(home, executable, REPLICA_SET)
        self._client: AdminClient | None = None
        self._frozen = False
        self._changing = threading.Lock()
        self.address = address or str(self._mongod.socket)

    @property
    def socket(self) -> Path:
        """The path of the Unix socket on which mongod listens."""
        return self._mongod.socket

    @property
    def log(self) -> Path:
        """The path of mongod's log."""
        return self._mongod.log

    @property
    def pid(self) -> int | None:
        """The id of mongod's process; None if none runs or it accepts no connections yet."""
        return self._mongod.pid()

    def start(self) -> None:
        """Launch mongod unless it runs, thaw it if it is frozen; returns when it can be reached.

        Raises:
            EmbeddedMongodError: there is no mongod to run, or it does not start.
        """
        with self._changing:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mongod.secure()
            self._signal(signal.SIGCONT)  # An earlier process may have frozen it.
            self._frozen = False
            if not self._mongod.is_alive():
                self._mongod.launch()
            elif not wait_until(self._mongod.accepts_connections, START_SECONDS):
                raise EmbeddedMongodError(
                    f"{self._mongod.describe()} accepts no connections. Look into its log."
                )
            if self._client is None:
                self._client = open_client(self._mongod, timeout_ms=HELLO_TIMEOUT_MS)

    def stop(self) -> None:
        """Shut mongod down cleanly.

        Raises:
            EmbeddedMongodError: mongod takes unusually long.
        """
        with self._changing:
            self._signal(signal.SIGCONT)
            self._frozen = False
            if self._client is not None:
                self._client.close()
                self._client = None
            if self._mongod.is_alive():
                shut_down(self._mongod)

    def kill(self) -> None:
        """Kill mongod by SIGKILL, as a crash would; returns when it has ended.

        Raises:
            EmbeddedMongodError: the process still runs after ten seconds.
        """
        with self._changing:
            self._signal(signal.SIGKILL)
            self._frozen = False
            if not wait_until(lambda: not self._mongod.is_alive(), _DEATH_SECONDS):
                raise EmbeddedMongodError(f"{self._mongod.describe()} survives a SIGKILL.")

    def freeze(self) -> None:
        """Freeze mongod by SIGSTOP. Its connections stay open, but it answers nothing."""
        with self._changing:
            self._frozen = self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen mongod go on, by SIGCONT."""
        with self._changing:
            self._signal(signal.SIGCONT)
            self._frozen = False

    def _signal(self, number: signal.Signals) -> bool:
        pid = self._mongod.pid()
        if pid is not None:
            os.kill(pid, number)
        return pid is not None

    def hello(self) -> dict[str, Any] | None:
        """Return mongod's reply to `hello`; None if there is none."""
        client = self._client
        if client is None or self._frozen or not self._mongod.accepts_connections():
            return None
        try:
            said: dict[str, Any] = client.admin.command("hello")
        except PyMongoError:  # It has ended, or was frozen, meanwhile.
            return None
        return said

    @property
    def state(self) -> MemberState:
        """The present state of the member."""
        if self._frozen:
            return MemberState.FROZEN
        said = self.hello()
        if said is None:
            return MemberState.STARTING if self._mongod.is_alive() else MemberState.DEAD
        if said["isWritablePrimary"]:
            return MemberState.PRIMARY
        return MemberState.SECONDARY if said.get("secondary") else MemberState.STARTING

    def open_client(self) -> AdminClient:
        """Make a client of this member alone, whatever its state, for a `with` block."""
        return open_client(self._mongod)
