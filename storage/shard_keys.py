"""By which key a sharded cluster divides each collection. docs/sharding.md says why in full.

Every shard key is `_id`, because almost all that is hot finds documents by `_id`, and because only
then a cluster guarantees that an `_id` is unique. It is hashed where neighbours in the order of
`_id` have nothing to do with each other: new documents, and those of a large provider, are then
spread over all shards. It is ranged where neighbours are read together.

A gateway over a replica set does without hashed indexes, each of which would cost every insert.
Whoever shards makes them first, by the commands of `shard_commands`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Spread(StrEnum):
    """How the documents of a collection are spread over the shards."""

    HASHED = "hashed"
    RANGED = "ranged"
    NONE = "unsharded"


@dataclass(frozen=True, slots=True)
class Placement:
    """How a collection is spread, by its `_id`, and why."""

    spread: Spread
    why: str


def _hashed(why: str) -> Placement:
    return Placement(Spread.HASHED, why)


def _ranged(why: str) -> Placement:
    return Placement(Spread.RANGED, why)


def _unsharded(why: str) -> Placement:
    return Placement(Spread.NONE, why)


PLACEMENTS: dict[str, Placement] = {
    "answers": _ranged("The answers of an attempt, whose random id begins each key, are a range."),
    "attempts": _hashed("Attempts are found by their random ids."),
    "results": _hashed("Results are found by RESULT_KEY; a guest's has no user to be found by."),
    "provider_users": _hashed("The users of a large provider are spread over all shards."),
    "user_keys": _hashed("A USER_KEY is looked up by itself, before anybody knows whose it is."),
    "accesses": _hashed("The ledger grows with the users, and is written by the same `_id`."),
    "access_tokens": _hashed("A token is found by itself."),
    "idempotency": _hashed("A call is found by its key, which its provider chooses."),
    "webhook_deliveries": _hashed("Ids grow with time, so a range would take all inserts."),
    "partner_calls": _hashed("Ids grow with time; calls are written in batches, read by people."),
    "push_events": _hashed("Ids grow by one, so a range would take all inserts."),
    "push_deliveries": _ranged("What a person has not acknowledged is a range of its key."),
    "qua_versions": _ranged("The versions of a question are a range of its key."),
    "sign_ins": _hashed("Ids grow by one; each call of a device finds its sign-in by id."),
    "audit": _hashed("Ids grow with time; entries are read by operators only."),
    "searches": _hashed("Ids grow by one; reports read all shards anyway."),
    "clicks": _hashed("Ids grow with those of searches."),
    "providers": _unsharded("There are thousands at most, and each process keeps them in memory."),
    "provider_logos": _unsharded("There is one for a provider at most."),
    "statistics": _unsharded("There are 16 small documents for each test of a provider."),
    "pulses": _unsharded("There is one for each process; they expire within minutes."),
    "console_notes": _unsharded("There is one."),
    "daily_counts": _unsharded("There is one small document for each test of a provider and day."),
    "tests": _unsharded("There are hundreds, and each process keeps those that it uses."),
    "test_versions": _unsharded("There are thousands at most, which are read once."),
    "test_drafts": _unsharded("Authors upload some a day, and they expire."),
    "test_previews": _unsharded("There is one for each look of an author, and they expire."),
    "people": _unsharded("The people of one portal; their logins have to be unique."),
    "login_guards": _unsharded("There is one for each person, and some that expire."),
    "address_guards": _unsharded("They expire within minutes."),
    "console_accounts": _unsharded("There are thousands at most; their logins have to be unique."),
    "console_sessions": _unsharded("There are some for each account, and they expire."),
    "limit_requests": _unsharded("There is one for a provider at most."),
    "console_tries": _unsharded("They expire within minutes."),
    "console_trail": _unsharded("People make some hundred entries a day."),
    "qua_users": _unsharded("There are thousands at most; their names have to be unique."),
    "qua_tries": _unsharded("They expire within minutes."),
    "qua_questions": _unsharded("Each machine has a search index of all of them."),
    "qua_synonyms": _unsharded("There are 2,000 at most, and each process keeps them in memory."),
    "qua_dismissals": _unsharded("Editors make some a day, and they expire."),
    "external_resources": _unsharded("Each machine has a search index of all of them."),
    "search_documents": _unsharded(
        "A process of each machine reads all their versions when it starts."
    ),
    "widget_files": _unsharded("There is one for each version of the widget in use."),
    "erasures": _unsharded("There is one small document for each erased user."),
    "leases": _unsharded("There is one for each kind of work that one process does at a time."),
    "restores": _unsharded("There is at most one, while a restore is under way."),
    "counters": _unsharded("There is one for each kind of number."),
    "migrations": _unsharded("There is one."),
}
"""The placement of each collection of storage/indexes.py."""


def shard_commands(database: str) -> list[str]:
    """Make the commands for mongosh that shard a database, in their order."""
    commands = [f'sh.enableSharding("{database}")']
    for name, placement in PLACEMENTS.items():
        if placement.spread is Spread.HASHED:
            commands.append(
                f'db.getSiblingDB("{database}").{name}.createIndex({{ _id: "hashed" }})'
            )
    for name, placement in PLACEMENTS.items():
        if placement.spread is not Spread.NONE:
            kind = '"hashed"' if placement.spread is Spread.HASHED else "1"
            commands.append(f'sh.shardCollection("{database}.{name}", {{ _id: {kind} }})')
    return commands
