"""One member of a replica set on this machine: started, stopped, killed, frozen, asked."""

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
"""How long a member may take to say what it is; a living one takes a millisecond."""

_DEATH_SECONDS = 10.0
"""How long the kernel may take to end a process that got a SIGKILL: it frees its memory first."""


class MemberState(StrEnum):
    """What a member is, as far as it can say."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    STARTING = "starting"
    """It lives, and is neither: it starts, recovers, or knows no set yet."""

    FROZEN = "frozen"
    DEAD = "dead"


class Member:
    """A mongod under `home`, known to its set by `address`: its socket's path unless told else.

    An address host:port is somebody's who passes connections on to `socket`. Methods block, may be
    called from any thread, and are harmless when repeated.
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
        """Where it listens."""
        return self._mongod.socket

    @property
    def log(self) -> Path:
        """What it says."""
        return self._mongod.log

    @property
    def pid(self) -> int | None:
        """Its process; None where none runs or it can't be reached yet."""
        return self._mongod.pid()

    def start(self) -> None:
        """Launch it unless it runs, thaw it if it is frozen; returns when it can be reached.

        Raises:
            EmbeddedMongodError: there is no mongod to run, or it doesn't come up.
        """
        with self._changing:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mongod.secure()
            self._signal(signal.SIGCONT)  # It may have been frozen by a process that is no more.
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
        """End it cleanly."""
        with self._changing:
            self._signal(signal.SIGCONT)
            self._frozen = False
            if self._client is not None:
                self._client.close()
                self._client = None
            if self._mongod.is_alive():
                shut_down(self._mongod)

    def kill(self) -> None:
        """SIGKILL: a crash. Returns when it is gone."""
        with self._changing:
            self._signal(signal.SIGKILL)
            self._frozen = False
            if not wait_until(lambda: not self._mongod.is_alive(), _DEATH_SECONDS):
                raise EmbeddedMongodError(f"{self._mongod.describe()} survives a SIGKILL.")

    def freeze(self) -> None:
        """SIGSTOP: its connections stay open, and nothing comes out of them any more."""
        with self._changing:
            self._frozen = self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on as if no time had passed."""
        with self._changing:
            self._signal(signal.SIGCONT)
            self._frozen = False

    def _signal(self, number: signal.Signals) -> bool:
        pid = self._mongod.pid()
        if pid is not None:
            os.kill(pid, number)
        return pid is not None

    def hello(self) -> dict[str, Any] | None:
        """What it says of itself and its set; None where it says nothing."""
        client = self._client
        if client is None or self._frozen or not self._mongod.accepts_connections():
            return None
        try:
            said: dict[str, Any] = client.admin.command("hello")
        except PyMongoError:  # It died, or was stopped just now.
            return None
        return said

    @property
    def state(self) -> MemberState:
        """What it is just now."""
        if self._frozen:
            return MemberState.FROZEN
        said = self.hello()
        if said is None:
            return MemberState.STARTING if self._mongod.is_alive() else MemberState.DEAD
        if said["isWritablePrimary"]:
            return MemberState.PRIMARY
        return MemberState.SECONDARY if said.get("secondary") else MemberState.STARTING

    def open_client(self) -> AdminClient:
        """A client of this member alone, whatever its set knows; for a `with` block."""
        return open_client(self._mongod)
