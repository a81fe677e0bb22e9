"""When there was which primary, as the members themselves say."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from storage.member import Member
from storage.replica_set import ReplicaSet

LOOK_S = 0.02
"""Between two looks at a member."""


class Elections:
    """Watches all members; a thread each, since one that dies may keep its watcher waiting."""

    def __init__(self, replica_set: ReplicaSet) -> None:
        self._members = replica_set.members
        self._seen: dict[Any, float] = {}
        self._stop = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch, during a `with` block."""
        threads = [threading.Thread(target=self._watch, args=(one,)) for one in self._members]
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
            if said and said["isWritablePrimary"]:
                self._seen.setdefault(said["electionId"], time.monotonic())

    def seconds_after(self, moment: float) -> float | None:
        """How long after a fault there was a new primary that takes writes; None if none came."""
        later = [at for at in self._seen.values() if at > moment]
        return min(later) - moment if later else None
