"""A replica set of several members on this machine, for rehearsals, tests and benchmarks.

A member that has died is not started again by itself.
"""

import fcntl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Self

from pymongo.errors import PyMongoError

from storage.mongod.admin import (
    configure,
    find_configuration,
    make_uri,
)
from storage.mongod.member import Member, MemberState
from storage.mongod.process import START_SECONDS, EmbeddedMongodError, wait_until
from widget_gateway.domain.errors import StorageUnavailableError

ELECTION_TIMEOUT_MS = 10_000
"""How long members hear nothing of their primary before they elect another, in milliseconds. This
is MongoDB's default."""

_HEARTBEAT_MS = 2_000
"""The pause between two heartbeats of members, in milliseconds. This is MongoDB's default; it is
shortened where the election timeout is short."""

CATCH_UP_MS = 1_000
"""How long a new primary looks for writes that it lacks before it takes writes, in milliseconds.
With MongoDB's default, which has no limit, it would wait 10 seconds more for a frozen member. A new
primary has all writes that a majority has acknowledged; the others may be lost."""

STEP_DOWN_S = 5
"""How long a primary that stepped down may not be elected again, in seconds. It is short, so that
members can step down one after the other."""

_CATCH_UP_S = 4
"""How long a step-down waits for another member that has all writes, in seconds. If none has, the
step-down is refused."""

_ELECTION_PAUSE_S = 0.1
"""The pause between two requests to stand for election, in seconds. Members vote as soon as they
have heard of each other."""


class ReplicaSet:
    """A replica set of `members` mongods under `directory`; also a context manager.

    `addresses` has an address for each member, by which the set and its drivers reach it; by
    default, that is the member's Unix socket. Each address is the host:port of a proxy that runs
    before `start()` and passes connections on to `members[n].socket`.

    Methods block and may be called from any thread.
    """

    def __init__(
        self,
        directory: Path,
        *,
        members: int = 3,
        election_timeout_ms: int = ELECTION_TIMEOUT_MS,
        executable: Path | None = None,
        addresses: Sequence[str] | None = None,
    ) -> None:
        self._directory = directory.resolve()
        self._lock: IO[bytes] | None = None
        self._settings = {
            "electionTimeoutMillis": election_timeout_ms,
            "heartbeatIntervalMillis": min(_HEARTBEAT_MS, election_timeout_ms // 2),
            "heartbeatTimeoutSecs": max(1, election_timeout_ms // 1_000),
            "catchUpTimeoutMillis": CATCH_UP_MS,
        }
        self.members = tuple(
            Member(
                f"member-{number}",
                self._directory / f"member-{number}",
                executable=executable,
                address=addresses[number - 1] if addresses else None,
            )
            for number in range(1, members + 1)
        )

    @property
    def uri(self) -> str:
        """The URI for drivers."""
        return make_uri([member.address for member in self.members])

    def start(self) -> str:
        """Start all members, or take over those that a killed process left; returns the URI.

        It returns when there is a primary and all others follow it.

        Raises:
            EmbeddedMongodError: another process has the directory, or mongod does not start.
        """
        self._take_directory()
        try:
            self._for_each(Member.start)
            self._configure()
            self._elect()
            if not wait_until(self._is_complete, START_SECONDS):
                raise EmbeddedMongodError(
                    f"The members in {self._directory} have not become a replica set in "
                    f"{START_SECONDS:.0f} seconds. Look into their logs."
                )
        except BaseException:
            self.stop()
            raise
        return self.uri

    def stop(self) -> None:
        """Shut all members down cleanly, even if they are frozen."""
        if self._lock is None:
            return
        try:
            self._for_each(Member.stop)
        finally:
            lock, self._lock = self._lock, None
            # A subprocess that has not reached its exec holds the file open, so that closing
            # would not unlock it.
            fcntl.flock(lock, fcntl.LOCK_UN)
            lock.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def primary(self) -> Member | None:
        """Find the member that takes writes; None during an election.

        If an old primary that is cut off does not know of the new one, the new one is returned.
        """
        return self._newest_primary([member.hello() for member in self.members])

    def _newest_primary(self, said: Sequence[dict[str, Any] | None]) -> Member | None:
        primaries = [
            (hello["electionId"], member)
            for hello, member in zip(said, self.members, strict=True)
            if hello and hello["isWritablePrimary"]
        ]
        return max(primaries, key=itemgetter(0), default=(None, None))[1]

    def wait_for_primary(self, seconds: float = START_SECONDS) -> Member:
        """Wait until there is a primary; returns it.

        Raises:
            StorageUnavailableError: there is none after `seconds`.
        """
        if not wait_until(lambda: self.primary() is not None, seconds):
            raise StorageUnavailableError
        primary = self.primary()
        return primary if primary is not None else self.wait_for_primary(seconds)

    def step_down(self) -> None:
        """Let the primary step down, so that another member is elected.

        Raises:
            EmbeddedMongodError: there is no primary, or no member that could take its place.
        """
        primary = self.primary()
        if primary is None:
            raise EmbeddedMongodError("There is no primary that could step down.")
        with primary.open_client() as client:
            try:
                client.admin.command(
                    "replSetStepDown", STEP_DOWN_S, secondaryCatchUpPeriodSecs=_CATCH_UP_S
                )
            except PyMongoError as error:
                raise EmbeddedMongodError(f"{primary.name} can't step down: {error}") from error

    def _configure(self) -> None:
        """Configure the set through the member that knows its newest configuration."""
        newest, newest_age = self.members[0], (-1, -1)
        for member in self.members:
            with member.open_client() as client:
                config = find_configuration(client)
            age = (config["term"], config["version"]) if config else (-1, -1)
            if age > newest_age or (age == newest_age and member.state is MemberState.PRIMARY):
                newest, newest_age = member, age
        with newest.open_client() as client:
            configure(client, [member.address for member in self.members], self._settings)

    def _elect(self) -> None:
        """Let a member stand for election at once, rather than after the election timeout."""
        deadline = time.monotonic() + START_SECONDS
        while self.primary() is None and time.monotonic() < deadline:
            time.sleep(_ELECTION_PAUSE_S)
            for member in self.members:
                if member.state is MemberState.SECONDARY:
                    with member.open_client() as client, suppress(PyMongoError):
                        client.admin.command("replSetStepUp")
                    break

    def _is_complete(self) -> bool:
        states = sorted(member.state for member in self.members)
        return states == [MemberState.PRIMARY] + [MemberState.SECONDARY] * (len(states) - 1)

    def _for_each(self, work: Callable[[Member], None]) -> None:
        """Do the work for all members at the same time; raises the first member's exception."""
        with ThreadPoolExecutor(len(self.members)) as threads:
            for done in [threads.submit(work, member) for member in self.members]:
                done.result()

    def _take_directory(self) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (self._directory / "set.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise EmbeddedMongodError(
                f"Another process uses the replica set in {self._directory}. End it first, or "
                "name another directory."
            ) from None
        self._lock = lock
