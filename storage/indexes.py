"""All indexes, in one place. Created at start; creating one that exists is a no-op.

Many processes may do so at once: the server serialises equal builds.
"""

from datetime import timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import CollectionInvalid, OperationFailure

from storage.client import Database, translated
from storage.qua.search_documents import TOMBSTONE_TTL_S
from widget_gateway.domain.portal import events as portal_events
from widget_gateway.domain.qua import tracking


def _expiry_after(lifetime: timedelta, *, since: str) -> IndexModel:
    seconds = int(lifetime.total_seconds())
    return IndexModel([(since, ASCENDING)], name="expiry", expireAfterSeconds=seconds)


AUDIT_KEPT_FOR = timedelta(days=400)
"""A year, and the weeks in which somebody asks about it."""

INDEXES: dict[str, list[IndexModel]] = {
    "providers": [
        # Who calls: a key's hash belongs to one provider.
        IndexModel([("keys.hash", ASCENDING)], name="key", unique=True),
    ],
    "provider_users": [
        # `_id` is {provider, sandbox, user_id}: uniqueness of a user is a property of the key.
        IndexModel([("key", ASCENDING)], name="user_key", unique=True),
        # `users` lists them by registration, all or those who passed a test.
        IndexModel(
            [
                ("_id.provider", ASCENDING),
                ("_id.sandbox", ASCENDING),
                ("created_at", ASCENDING),
                ("_id.user_id", ASCENDING),
            ],
            name="registration",
        ),
        IndexModel(
            [
                ("_id.provider", ASCENDING),
                ("_id.sandbox", ASCENDING),
                ("passed", ASCENDING),
                ("created_at", ASCENDING),
                ("_id.user_id", ASCENDING),
            ],
            name="passed",
        ),
    ],
    "accesses": [
        # Invoices read a period of a provider's ledger, in order, from the index alone.
        IndexModel(
            [
                ("_id.provider", ASCENDING),
                ("_id.sandbox", ASCENDING),
                ("at", ASCENDING),
                ("_id.user_id", ASCENDING),
            ],
            name="lines",
        ),
    ],
    "results": [
        IndexModel(
            [
                ("provider", ASCENDING),
                ("sandbox", ASCENDING),
                ("user_id", ASCENDING),
                ("created_at", DESCENDING),
            ],
            name="user",
        ),
    ],
    "attempts": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "statistics": [
        IndexModel(
            [("_id.provider", ASCENDING), ("_id.sandbox", ASCENDING)],
            name="provider",
        ),
    ],
    "idempotency": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "webhook_deliveries": [
        # What is due, the longest first.
        IndexModel([("state", ASCENDING), ("next_at", ASCENDING)], name="due"),
        # A provider's log: ids sort by time.
        IndexModel(
            [("provider", ASCENDING), ("sandbox", ASCENDING), ("_id", DESCENDING)], name="log"
        ),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "search_documents": [
        # Tombstones go after a day; documents have no such time.
        IndexModel(
            [("removed_at", ASCENDING)], name="tombstones", expireAfterSeconds=TOMBSTONE_TTL_S
        ),
    ],
    "qua_users": [
        # Who signs in; a name is free again when its user was removed.
        IndexModel(
            [("username", ASCENDING)],
            name="username",
            unique=True,
            partialFilterExpression={"removed": False},
        ),
    ],
    "qua_tries": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "qua_questions": [
        # Lists are newest first, and counted.
        IndexModel([("archived", ASCENDING), ("_id", DESCENDING)], name="list"),
    ],
    "external_resources": [
        IndexModel([("url", ASCENDING)], name="url", unique=True),
    ],
    # The report reads a period by it, too.
    "searches": [_expiry_after(tracking.KEPT_FOR, since="at")],
    "clicks": [_expiry_after(tracking.KEPT_FOR, since="at")],
    "access_tokens": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "people": [
        # Who signs in: a login belongs to one person.
        IndexModel([("login_key", ASCENDING)], name="login", unique=True),
    ],
    "sign_ins": [
        IndexModel([("person", ASCENDING), ("_id", ASCENDING)], name="person"),
        IndexModel([("refresh_expire_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "login_guards": [
        # Only those of logins that nobody has: the others' time is null, which is no time.
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "address_guards": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "audit": [
        # The latest entries are read by it, too.
        _expiry_after(AUDIT_KEPT_FOR, since="at"),
        IndexModel([("person", ASCENDING), ("at", DESCENDING)], name="person"),
    ],
    # Events and who has not acknowledged them leave together; `_id` serves all that is asked.
    "push_events": [_expiry_after(portal_events.LIFETIME, since="created_at")],
    "push_deliveries": [_expiry_after(portal_events.LIFETIME, since="created_at")],
}

_NAMESPACE_EXISTS = 48

COLLECTIONS = (*INDEXES, "answers", "counters", "tests", "test_versions")


async def create_indexes(database: Database) -> None:
    """Make every collection and index that is missing.

    Collections are made here, since a transaction that makes its collection takes a stronger lock.
    """
    with translated():
        present = set(await database.list_collection_names())
        for name in COLLECTIONS:
            if name not in present:
                await _create_collection(database, name)
            if name in INDEXES:
                await database[name].create_indexes(INDEXES[name])


async def _create_collection(database: Database, name: str) -> None:
    try:
        await database.create_collection(name)
    except CollectionInvalid:
        return  # another process was faster
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:  # likewise
            raise


async def missing_indexes(database: Database) -> list[str]:
    """Names, as `collection.index`, of the indexes that are not there; for readiness, doctor."""
    missing = []
    with translated():
        for name, models in INDEXES.items():
            present = await database[name].index_information()
            missing += [
                f"{name}.{model.document['name']}"
                for model in models
                if model.document["name"] not in present
            ]
    return missing
