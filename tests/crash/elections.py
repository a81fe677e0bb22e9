"""The moments of elections, and of the first write to each new primary that a majority took."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pymongo import WriteConcern
from pymongo.errors import PyMongoError

from storage.mongod.member import Member
from storage.mongod.replica_set import ReplicaSet

LOOK_S = 0.02
"""The pause between two looks at a member, in seconds."""

_MAJORITY = WriteConcern("majority", j=True)


class Elections:
    """Watches all members, each in a thread, since a member that dies may block its watcher.

    A new primary takes writes at once, but a majority acknowledges them only when another member
    follows it, which may still listen to the old one. So the watcher makes a write to each new
    primary and waits for the majority. Before that, no gateway can acknowledge anything.
    """

    def __init__(self, replica_set: ReplicaSet) -> None:
        self._members = replica_set.members
        self._elected: dict[Any, float] = {}
        self._able: list[float] = []
        self._stop = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch during a `with` block."""
        threads = [threading.Thread(target=self._watch, args=(member,)) for member in self._members]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _watch(self, member: Member) -> None:
        while not self._stop.wait(LOOK_S):
            said = member.hello()
            if said and said["isWritablePrimary"] and said["electionId"] not in self._elected:
                self._elected[said["electionId"]] = time.monotonic()
                with suppress(PyMongoError), member.open_client() as client:
                    rows = client["probe"].get_collection("rows", write_concern=_MAJORITY)
                    rows.insert_one({})
                    self._able.append(time.monotonic())

    def elected_after(self, moment: float) -> float | None:
        """Return how many seconds later there was a new primary, or None if there was none."""
        return _first_after(moment, list(self._elected.values()))

    def able_after(self, moment: float) -> float | None:
        """Return how many seconds later a majority acknowledged a write to a new primary."""
        return _first_after(moment, self._able)


def _first_after(moment: float, moments: list[float]) -> float | None:
    later = [at for at in moments if at > moment]
    return min(later) - moment if later else None
