"""All collections and their indexes. Each start of the gateway makes those that are missing.

storage/shard_keys.py says by which keys a sharded cluster divides the collections. A unique index
has to begin with that key.

Several processes may do that at once: the server builds an index only once.
"""

from datetime import timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import CollectionInvalid, OperationFailure

from storage.client import Database, translated
from storage.migrations import MigrationStore
from storage.qua.search_documents import TOMBSTONE_TTL_S
from widget_gateway.domain import widget_files
from widget_gateway.domain.attempts.attempts import AttemptState
from widget_gateway.domain.console.trail import KEPT_FOR as TRAIL_KEPT_FOR
from widget_gateway.domain.partners import calls
from widget_gateway.domain.portal import events as portal_events
from widget_gateway.domain.qua import tracking


def _expiry_after(lifetime: timedelta, *, since: str) -> IndexModel:
    seconds = int(lifetime.total_seconds())
    return IndexModel([(since, ASCENDING)], name="expiry", expireAfterSeconds=seconds)


AUDIT_KEPT_FOR = timedelta(days=400)
"""How long entries of the audit trail are kept: a year, and the weeks in which it is reviewed."""

INDEXES: dict[str, list[IndexModel]] = {
    "providers": [
        # A caller is found by the hash of its key, which belongs to one provider.
        IndexModel([("keys.hash", ASCENDING)], name="key", unique=True),
    ],
    "provider_users": [
        # `_id` is {provider, sandbox, user_id}, so a user needs no further unique index.
        # `users` lists users in the order of registration: all, or those who passed a test.
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
        # An invoice reads a period of a provider's ledger in order.
        IndexModel(
            [
                ("_id.provider", ASCENDING),
                ("_id.sandbox", ASCENDING),
                ("at", ASCENDING),
                ("_id.user_id", ASCENDING),
            ],
            name="lines",
        ),
        # `doctor` counts the accesses whose users were erased. The index has no other rows.
        IndexModel(
            [("_id.provider", ASCENDING)],
            name="erased",
            partialFilterExpression={"erased": True},
        ),
        # Rows of the former version have no price, until they get one. The index has only such
        # rows, so it is empty afterwards, and new rows cost nothing.
        IndexModel(
            [("_id.provider", ASCENDING)],
            name="unpriced",
            partialFilterExpression={"price": None},
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
        # Results that their provider no longer keeps are found by their age.
        IndexModel([("provider", ASCENDING), ("created_at", ASCENDING)], name="age"),
    ],
    "attempts": [
        # Those that were begun with an access token, by their user; most have none.
        IndexModel(
            [("provider", ASCENDING), ("sandbox", ASCENDING), ("user_id", ASCENDING)],
            name="user",
            partialFilterExpression={"user_id": {"$gt": ""}},
        ),
        # The console tells where the newest of a test's visitors stopped. Those who finish leave
        # the index.
        IndexModel(
            [
                ("provider", ASCENDING),
                ("sandbox", ASCENDING),
                ("test", ASCENDING),
                ("created_at", DESCENDING),
            ],
            name="unfinished",
            partialFilterExpression={"result_key": None},
        ),
        # The console counts those that wait for a payment.
        IndexModel(
            [("state", ASCENDING), ("sandbox", ASCENDING)],
            name="awaiting_payment",
            partialFilterExpression={"state": AttemptState.AWAITING_PAYMENT.value},
        ),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "statistics": [
        IndexModel(
            [("_id.provider", ASCENDING), ("_id.sandbox", ASCENDING)],
            name="provider",
        ),
        # The console adds up what happened with a test lately. Keys do not change when counts do.
        IndexModel([("_id.test", ASCENDING)], name="test"),
    ],
    "daily_counts": [
        IndexModel([("_id.test", ASCENDING), ("_id.day", ASCENDING)], name="test"),
    ],
    "idempotency": [
        # Calls are forgotten by what they are about.
        IndexModel([("_id.provider", ASCENDING), ("about", ASCENDING)], name="about"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "webhook_deliveries": [
        # Of each provider, the delivery that has been due the longest is claimed first. The first
        # entry of each provider is found without reading its others.
        IndexModel(
            [("state", ASCENDING), ("provider", ASCENDING), ("next_at", ASCENDING)],
            name="due_of_provider",
        ),
        # A provider's deliveries are listed by `_id`, which sorts by time.
        IndexModel(
            [("provider", ASCENDING), ("sandbox", ASCENDING), ("_id", DESCENDING)], name="log"
        ),
        # Those that were given up are found without the others.
        IndexModel(
            [("sandbox", ASCENDING), ("provider", ASCENDING), ("_id", DESCENDING)],
            name="failed",
            partialFilterExpression={"state": "failed"},
        ),
        # What names a user, or an attempt, goes together with it.
        *(
            IndexModel(
                [("provider", ASCENDING), ("sandbox", ASCENDING), (named, ASCENDING)],
                name=named.removeprefix("data."),
                partialFilterExpression={named: {"$gt": ""}},
            )
            for named in ("data.user_id", "data.session")
        ),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "partner_calls": [
        # A provider's calls are listed by `_id`, which sorts by time; those that were refused by an
        # index that has no others, and those of a request by its id.
        IndexModel(
            [("provider", ASCENDING), ("sandbox", ASCENDING), ("_id", DESCENDING)], name="log"
        ),
        IndexModel(
            [("sandbox", ASCENDING), ("provider", ASCENDING), ("_id", DESCENDING)],
            name="refused",
            partialFilterExpression={"status": {"$gte": 400}},
        ),
        IndexModel(
            [
                ("provider", ASCENDING),
                ("sandbox", ASCENDING),
                ("request_id", ASCENDING),
                ("_id", DESCENDING),
            ],
            name="request",
        ),
        _expiry_after(calls.KEPT_FOR, since="at"),
    ],
    "search_documents": [
        # Only tombstones have this field, so no other document expires.
        IndexModel(
            [("removed_at", ASCENDING)], name="tombstones", expireAfterSeconds=TOMBSTONE_TTL_S
        ),
    ],
    "qua_users": [
        # A user signs in by name. The name of a removed user may be used again.
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
    "console_accounts": [
        # Accounts sign in by login, are listed by it, and belong to a provider or to none.
        IndexModel([("login", ASCENDING)], name="login", unique=True),
        IndexModel([("provider", ASCENDING), ("login", ASCENDING)], name="provider"),
    ],
    "console_sessions": [
        IndexModel([("account", ASCENDING), ("created_at", DESCENDING)], name="account"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "limit_requests": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "console_tries": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "console_trail": [
        # The page lists the newest entries: all, or by who acted, on whom or what, and how.
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)], name="time"),
        *(
            IndexModel([(field, ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name=field)
            for field in ("provider", "login", "subject", "deed")
        ),
        _expiry_after(TRAIL_KEPT_FOR, since="at"),
    ],
    "qua_questions": [
        # Questions are listed from the newest on, and counted.
        IndexModel([("archived", ASCENDING), ("_id", DESCENDING)], name="list"),
        # Those without an answer, likewise.
        IndexModel(
            [("archived", ASCENDING), ("answer.id", ASCENDING), ("_id", DESCENDING)],
            name="answer",
        ),
    ],
    "external_resources": [
        IndexModel([("url", ASCENDING)], name="url", unique=True),
    ],
    # The search report reads a period by the same index.
    "searches": [
        _expiry_after(tracking.KEPT_FOR, since="at"),
        # Queries of searches with a click are suggested.
        IndexModel(
            [("at", DESCENDING)],
            name="opened",
            partialFilterExpression={"opened": {"$exists": True}},
        ),
    ],
    "clicks": [_expiry_after(tracking.KEPT_FOR, since="at")],
    "qua_dismissals": [_expiry_after(tracking.KEPT_FOR, since="at")],
    "access_tokens": [
        # A user's tokens go together with the user.
        IndexModel(
            [("provider", ASCENDING), ("sandbox", ASCENDING), ("user_id", ASCENDING)], name="user"
        ),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "people": [
        # A person signs in by login, which belongs to one person.
        IndexModel([("login_key", ASCENDING)], name="login", unique=True),
    ],
    "sign_ins": [
        IndexModel([("person", ASCENDING), ("_id", ASCENDING)], name="person"),
        IndexModel([("refresh_expire_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "login_guards": [
        # Guards of logins that a person has never expire: their `expires_at` is null.
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "address_guards": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "audit": [
        _expiry_after(AUDIT_KEPT_FOR, since="at"),
        IndexModel([("person", ASCENDING), ("at", DESCENDING)], name="person"),
        # The pages of the console: for each action and outcome, the latest entries.
        IndexModel(
            [
                ("action", ASCENDING),
                ("outcome", ASCENDING),
                ("at", DESCENDING),
                ("_id", DESCENDING),
            ],
            name="filtered",
        ),
        # Tries to sign in are noted by login, and go under a pseudonym together with the person.
        IndexModel(
            [("login", ASCENDING)], name="login", partialFilterExpression={"login": {"$gt": ""}}
        ),
    ],
    "erasures": [
        # Erasures that are going on. The others have no `state`.
        IndexModel(
            [("state", ASCENDING)],
            name="running",
            partialFilterExpression={"state": {"$exists": True}},
        ),
    ],
    # Drafts of tests and tests that are shown in a preview are read by `_id`.
    "test_drafts": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "test_previews": [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    "pulses": [_expiry_after(timedelta(minutes=5), since="at")],
    "widget_files": [_expiry_after(widget_files.KEPT_FOR, since="seen_at")],
    # An event expires together with its deliveries. Queries of both use `_id`.
    "push_events": [_expiry_after(portal_events.LIFETIME, since="created_at")],
    "push_deliveries": [_expiry_after(portal_events.LIFETIME, since="created_at")],
}

_NAMESPACE_EXISTS = 48
"""MongoDB's error code where a collection exists already."""

COLLECTIONS = (
    *INDEXES,
    "answers",
    "console_notes",
    "counters",
    "leases",
    "migrations",
    "provider_logos",
    "qua_synonyms",
    "qua_versions",
    "restores",
    "tests",
    "test_versions",
    "user_keys",
)
"""The names of all collections; those behind INDEXES are read by `_id` only."""


async def create_indexes(database: Database) -> None:
    """Make every collection and index that is missing.

    Collections are made here, because a transaction that had to make one would take a stronger
    lock.
    """
    migrations = MigrationStore(database)
    with translated():
        present = set(await database.list_collection_names())
        if "provider_users" not in present:
            await migrations.begin_new_database()
        for name in COLLECTIONS:
            if name not in present:
                await _create_collection(database, name)
            if name in INDEXES:
                await database[name].create_indexes(INDEXES[name])
        if not await migrations.is_finished():
            await migrations.keep_former_index()


async def _create_collection(database: Database, name: str) -> None:
    try:
        await database.create_collection(name)
    except CollectionInvalid:
        return  # Another process has made it meanwhile.
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:  # The same, told by the server.
            raise


async def missing_indexes(database: Database) -> list[str]:
    """List the indexes that are missing, each as `collection.index`."""
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
