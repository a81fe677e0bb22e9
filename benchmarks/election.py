"""How long a failover takes in the database alone, measured by a client of each member."""

import threading
import time
from contextlib import suppress
from typing import Any

from pymongo import WriteConcern
from pymongo.errors import PyMongoError

from storage.mongod.member import Member
from storage.mongod.replica_set import ReplicaSet

_PAUSE_S = 0.02
_DURABLE = WriteConcern("majority", j=True, wtimeout=60_000)


class Election:
    """Asks each member, from a thread of its own, until a new primary accepts a write.

    `elected_at` is when a member called itself the new primary. `writes_at` is when a majority had
    acknowledged and journaled a write; before that, nobody can get an ack. Both are in seconds of
    the monotonic clock, and None until then.
    """

    def __init__(self, replica_set: ReplicaSet) -> None:
        primary = replica_set.wait_for_primary()
        said = primary.hello()
        assert said is not None
        self._before = said["electionId"]
        self._members = replica_set.members
        with primary.open_client() as client:  # It makes the collection, before time is measured.
            _write(client)
        self._over = threading.Event()
        self.elected_at: float | None = None
        self.writes_at: float | None = None

    def watch(self) -> None:
        """Begin to ask the members."""
        for member in self._members:
            threading.Thread(target=self._watch, args=(member,), daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait until a new primary accepts writes.

        Raises:
            TimeoutError: there is none within so many seconds.
        """
        if not self._over.wait(seconds):
            raise TimeoutError

    def _watch(self, member: Member) -> None:
        with member.open_client() as client:
            while not self._over.is_set():
                with suppress(PyMongoError):  # The member is dead, or no primary any more.
                    said = client.admin.command("hello")
                    if said["isWritablePrimary"] and said["electionId"] != self._before:
                        self.elected_at = self.elected_at or time.monotonic()
                        _write(client)
                        self.writes_at = self.writes_at or time.monotonic()
                        self._over.set()
                time.sleep(_PAUSE_S)


def _write(client: Any) -> None:
    client["benchmark"].get_collection("elections", write_concern=_DURABLE).insert_one({})
