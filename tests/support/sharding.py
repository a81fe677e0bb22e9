"""Watches which commands of a gateway a sharded cluster would have to send to all shards.

There is no `mongos` here. A command is judged by the documented rules: it goes to the shards that
its condition on the shard key names, and an update or a deletion of a single document has to name
the whole key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from storage.shard_keys import PLACEMENTS, Spread

Document = dict[str, Any]

SHARD_KEY = "_id"
"""The field that is the shard key of all sharded collections."""

_LOWER, _UPPER = frozenset({"$gt", "$gte"}), frozenset({"$lt", "$lte"})


@dataclass(frozen=True, slots=True)
class Question:
    """What a command asks of a collection: the fields that its condition names, sorted.

    `is_single` says that it changes one document only, which has to be found by the whole key.
    """

    collection: str
    command: str
    fields: tuple[str, ...]
    is_targeted: bool
    is_single: bool = False


def names_shard_key(condition: Document, spread: Spread, *, is_single: bool = False) -> bool:
    """Whether the condition names the shard key, so that few shards are asked.

    A hashed key has to be named by its values. A range of a ranged key needs both of its ends. For
    the change of a single document, there has to be a single value.
    """
    parts = condition.get("$and", [])
    if any(names_shard_key(part, spread, is_single=is_single) for part in parts):
        return True
    ways = condition.get("$or")
    if ways and not is_single and all(names_shard_key(way, spread) for way in ways):
        return True
    if SHARD_KEY not in condition:
        return False
    wanted = condition[SHARD_KEY]
    operators = {name for name in wanted if name.startswith("$")} if _is_document(wanted) else ()
    if not operators or "$eq" in operators:
        return True
    if is_single:
        return False
    is_range = not _LOWER.isdisjoint(operators) and not _UPPER.isdisjoint(operators)
    return "$in" in operators or (is_range and spread is Spread.RANGED)


def _is_document(value: Any) -> bool:
    return hasattr(value, "keys")


def questions_of(command: Document) -> Iterator[Question]:
    """Find what a command asks of a sharded collection; a change stream asks nothing."""
    name = next(iter(command))
    collection = command[name]
    placement = PLACEMENTS.get(collection) if isinstance(collection, str) else None
    if placement is None or placement.spread is Spread.NONE:
        return
    for condition, is_single in _conditions(name, command):
        yield Question(
            collection,
            name,
            tuple(sorted(set(_fields(condition)))),
            names_shard_key(condition, placement.spread, is_single=is_single),
            is_single,
        )


def _conditions(name: str, command: Document) -> Iterator[tuple[Document, bool]]:
    if name == "find":
        yield command.get("filter", {}), False
    elif name in {"count", "distinct"}:
        yield command.get("query", {}), False
    elif name == "findAndModify":
        yield command.get("query", {}), True
    elif name == "aggregate":
        first = next(iter(command["pipeline"]), {})
        if "$changeStream" not in first:
            yield first.get("$match", {}), False
    elif name == "update":
        for statement in command["updates"]:
            yield statement["q"], not statement.get("multi", False)
    elif name == "delete":
        for statement in command["deletes"]:
            yield statement["q"], statement["limit"] == 1


def _fields(condition: Document) -> Iterator[str]:
    for name, value in condition.items():
        if name in {"$and", "$or"}:
            for part in value:
                yield from _fields(part)
        elif name != "$expr":
            yield name


class ShardWatch(CommandListener):
    """Collects what the commands of a client ask of sharded collections."""

    def __init__(self) -> None:
        self.questions: set[Question] = set()

    def started(self, event: CommandStartedEvent) -> None:
        """Look at a command that is being sent."""
        self.questions |= set(questions_of(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Ignore the outcome."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Ignore the outcome."""
