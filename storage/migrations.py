"""The migration of data that the former version stored.

There is one: `user_keys` tells for each USER_KEY whose it is. The former version looked for it in
`provider_users`, by a unique index that a sharded cluster can't have. The migration runs while
gateways work, is stopped and continued at any moment, and may run twice at the same time: each of
its steps only adds what is missing. docs/sharding.md says when to run it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import OperationFailure

from storage.client import Database, Document, translated

USER_KEYS = "user_keys"
"""The name of the migration, and of the collection that it fills."""

FORMER_INDEX = IndexModel([("key", ASCENDING)], name="user_key", unique=True)
"""The index on `provider_users` by which the former version looks for a USER_KEY. It is dropped
when the migration is finished."""

_INDEX_NOT_FOUND = 27
"""MongoDB's error code where an index that is to be dropped does not exist."""

BATCH = 500
"""How many rows are read and written at once, which takes some ten milliseconds."""

LONGEST_PAUSE_S = 1.0
"""The longest pause after a batch, in seconds. A pause is as long as its batch took, so that the
migration leaves the database at least half of its time, and more when others slow it down."""

Step = Callable[[Any], Awaitable["_Batch | None"]]
"""Does the next batch behind a place; returns None if there is no more."""


class State(StrEnum):
    """How far the migration is. The values are stored, except for `waiting`."""

    WAITING = "waiting"
    """It has not begun."""
    COPYING = "copying"
    """The keys of known users are being copied."""
    COPIED = "copied"
    """They are copied. Gateways of the former version may have added users since."""
    FINISHING = "finishing"
    """All gateways are new, and what the former ones have added is being copied."""
    FINISHED = "finished"
    """All keys are copied, and nobody reads them from `provider_users`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The state, how many rows were looked at since it began, and how many keys were added."""

    state: State
    seen: int = 0
    added: int = 0


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a step has done: the place behind its rows, their number, and how many keys it added."""

    place: Any
    seen: int
    added: int


class MigrationStore:
    """Reads and changes how far the migration is, and moves the data."""

    def __init__(self, database: Database) -> None:
        self._states = database["migrations"]
        self._users = database["provider_users"]
        self._keys = database["user_keys"]
        self._finished = False

    async def is_finished(self) -> bool:
        """Whether all keys are copied. Once that is so, it is known without reading."""
        if not self._finished:
            self._finished = (await self.progress()).state is State.FINISHED
        return self._finished

    async def progress(self) -> Progress:
        """Tell how far the migration is."""
        with translated():
            row = await self._states.find_one({"_id": USER_KEYS})
        return _progress_from(row)

    async def begin_new_database(self) -> None:
        """Note, for a database without users, that nothing has to be migrated."""
        await self._states.update_one(
            {"_id": USER_KEYS}, {"$setOnInsert": _beginning(State.FINISHED)}, upsert=True
        )

    async def keep_former_index(self) -> None:
        """Make the index that the former version and looking for keys need, if it is missing."""
        await self._users.create_indexes([FORMER_INDEX])

    async def count_missing(self, stopped: asyncio.Event) -> Progress:
        """Count the users whose keys are not copied yet. Nothing is written."""
        progress = await self.progress()
        seen = missing = 0
        with translated():
            async for rows in self._users_from(None, stopped):
                seen += len(rows)
                missing += len(await self._without_key(rows))
        return Progress(progress.state, seen, missing)

    async def run(self, stopped: asyncio.Event, *, finish: bool) -> Progress:
        """Begin or continue the migration; return how far it is at the end, or when `stopped`.

        With `finish`, no gateway of the former version may run any more. Then the keys are copied
        that such gateways have added, keys of users who are gone are removed, and the former index
        is dropped. This can be repeated after the end, and then mends what is missing.
        """
        with translated():
            row = await self._begin(finish=finish)
            state = State(row["state"])
            if not finish and state is not State.COPYING:
                return _progress_from(row)
            steps: dict[str, Step] = {"place": self._copy}
            if finish:
                steps["key_place"] = self._remove_orphans
            for field, step in steps.items():
                if not await self._run_step(state, field, row[field], step, stopped):
                    return await self.progress()
            await self._end(state)
        return await self.progress()

    async def _begin(self, *, finish: bool) -> Any:
        """Set the state with which this run begins; return the stored document."""
        await self._states.update_one(
            {"_id": USER_KEYS}, {"$setOnInsert": _beginning(State.COPYING)}, upsert=True
        )
        if finish:
            before = {"$in": [State.COPYING.value, State.COPIED.value]}
            await self._states.update_one(
                {"_id": USER_KEYS, "state": before}, {"$set": _beginning(State.FINISHING)}
            )
            # A repeat after the end looks at all users, also if a former repeat was stopped.
            await self._states.update_one(
                {"_id": USER_KEYS, "state": State.FINISHED.value},
                {"$set": _beginning(State.FINISHED)},
            )
        return await self._states.find_one({"_id": USER_KEYS})

    async def _run_step(
        self, state: State, field: str, place: Any, step: Step, stopped: asyncio.Event
    ) -> bool:
        """Repeat a step from a place on; return whether it came to its end."""
        while not stopped.is_set():
            began = time.monotonic()
            batch = await step(place)
            if batch is None:
                return True
            place = batch.place
            # Another run may be further. Everything before the highest place is done.
            await self._states.update_one(
                {"_id": USER_KEYS, "state": state.value},
                {
                    "$max": {field: place},
                    "$inc": {"seen": batch.seen, "added": batch.added},
                },
            )
            await _pause(time.monotonic() - began, stopped)
        return False

    async def _end(self, state: State) -> None:
        after = State.COPIED if state is State.COPYING else State.FINISHED
        await self._states.update_one(
            {"_id": USER_KEYS, "state": state.value},
            {"$set": {"state": after.value, "place": None, "key_place": None}},
        )
        if after is State.FINISHED:
            try:
                await self._users.drop_index(FORMER_INDEX.document["name"])
            except OperationFailure as error:
                if error.code != _INDEX_NOT_FOUND:  # Another run, or a former one, has dropped it.
                    raise

    async def _users_from(
        self, place: Document | None, stopped: asyncio.Event
    ) -> AsyncIterator[list[Document]]:
        while not stopped.is_set() and (rows := await self._users_behind(place)):
            began = time.monotonic()
            yield rows
            place = rows[-1]["_id"]
            await _pause(time.monotonic() - began, stopped)

    async def _users_behind(self, place: Document | None) -> list[Document]:
        beyond: Document = {} if place is None else {"_id": {"$gt": place}}
        found = self._users.find(beyond, {"key": 1}).sort("_id", ASCENDING).limit(BATCH)
        return await found.to_list(BATCH)

    async def _without_key(self, users: list[Document]) -> list[Document]:
        among = {"_id": {"$in": [user["key"] for user in users]}}
        known = {row["_id"] async for row in self._keys.find(among, {"_id": 1})}
        return [user for user in users if user["key"] not in known]

    async def _copy(self, place: Document | None) -> _Batch | None:
        """Copy the keys of the users behind a place."""
        users = await self._users_behind(place)
        if not users:
            return None
        added = 0
        if missing := await self._without_key(users):
            copies = [
                UpdateOne({"_id": user["key"]}, {"$setOnInsert": user["_id"]}, upsert=True)
                for user in missing
            ]
            added = (await self._keys.bulk_write(copies, ordered=False)).upserted_count
            # A user who was erased between the two reads must not come back.
            await self._remove_keys({user["key"]: user["_id"] for user in missing})
        return _Batch(users[-1]["_id"], len(users), added)

    async def _remove_orphans(self, place: Any) -> _Batch | None:
        """Remove those of the keys behind a place whose users are gone."""
        beyond: Document = {} if place is None else {"_id": {"$gt": place}}
        found = self._keys.find(beyond).sort("_id", ASCENDING).limit(BATCH)
        rows = await found.to_list(BATCH)
        if not rows:
            return None
        await self._remove_keys(
            {row["_id"]: {name: row[name] for name in row if name != "_id"} for row in rows}
        )
        return _Batch(rows[-1]["_id"], 0, 0)

    async def _remove_keys(self, users: dict[Any, Document]) -> None:
        """Remove those of these keys whose users are gone. The users are read after their keys."""
        among = {"_id": {"$in": list(users.values())}}
        left = {row["key"] async for row in self._users.find(among, {"key": 1})}
        if gone := [key for key in users if key not in left]:
            await self._keys.delete_many({"_id": {"$in": gone}})


def _beginning(state: State) -> Document:
    return {"state": state.value, "place": None, "key_place": None, "seen": 0, "added": 0}


def _progress_from(row: Document | None) -> Progress:
    if row is None:
        return Progress(State.WAITING)
    return Progress(State(row["state"]), row["seen"], row["added"])


async def _pause(seconds: float, stopped: asyncio.Event) -> None:
    """Wait as long as a batch took, or until the run is to stop."""
    try:
        async with asyncio.timeout(min(seconds, LONGEST_PAUSE_S)):
            await stopped.wait()
    except TimeoutError:
        return
