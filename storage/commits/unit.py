"""What a batch of events reads and writes: documents as they become, and counts by the sum.

A unit works in four steps. Its events name the documents that they need, all of them are read, the
events happen one after another in memory, and what has changed is written. An event sees what those
before it have done. One that is refused leaves nothing behind.

Each collection has one store, which opens it. A unit is the exception: it reads and writes the
collections of several stores, since the events that they submit share transactions.
"""

from collections import Counter
from collections.abc import Hashable
from typing import Any

from pymongo.errors import WriteConcernError, WriteError

from storage.client import Database, Document
from storage.commits.answer_rows import Recorded, recorded_by_attempt, rows_of
from storage.commits.deliveries import delivery_document
from storage.transactions import Session
from widget_gateway.domain.errors import ProviderNotFoundError
from widget_gateway.domain.ids import AttemptId, ProviderSlug, TestSlug
from widget_gateway.domain.partners.webhooks import WebhookEvent

SPREAD = 16
"""Documents over which the counts of a test are spread, for several nodes that count at once."""


_DUPLICATE_KEY = 11000


class RivalError(Exception):
    """A document is not as it was read: somebody else was faster."""


class Rows:
    """The documents of one collection, by `_id`."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._wanted: dict[Hashable, Any] = {}
        self._read: dict[Hashable, Document] = {}
        self._now: dict[Hashable, Document] = {}
        self._undo: list[tuple[Hashable, Document | None]] = []

    def want(self, document_id: Any) -> None:
        """Have the document read, if there is one."""
        self._wanted[_key(document_id)] = document_id

    async def read(self, session: Session | None) -> None:
        """Read all that is wanted."""
        if self._wanted:
            among = {"_id": {"$in": list(self._wanted.values())}}
            async for row in self._database[self._name].find(among, session=session):
                self._read[_key(row["_id"])] = row
            self._now = dict(self._read)

    def get(self, document_id: Any) -> Document | None:
        """The document as it is after the events so far. It is never changed in place."""
        return self._now.get(_key(document_id))

    def put(self, document: Document) -> None:
        """Insert the document, or let it take the place of the one with its `_id`."""
        key = _key(document["_id"])
        self._undo.append((key, self._now.get(key)))
        self._now[key] = document

    def settle(self) -> None:
        """Keep what the event did that has just happened."""
        self._undo.clear()

    def revert(self) -> None:
        """Take back what the event did that is refused."""
        while self._undo:
            key, before = self._undo.pop()
            if before is None:
                del self._now[key]
            else:
                self._now[key] = before

    @property
    def inserts(self) -> list[Document]:
        """Documents that are new."""
        return [row for key, row in self._now.items() if key not in self._read]

    @property
    def updates(self) -> list[Document]:
        """Statements that change documents, each on condition that what it changes is as read."""
        statements = []
        for key, before in self._read.items():
            row = self._now[key]
            changed = [name for name in row if row[name] != before.get(name)]
            if changed:
                as_read = {name: before.get(name) for name in changed}
                statement = {
                    "q": {"_id": row["_id"], **as_read},
                    "u": {"$set": {name: row[name] for name in changed}},
                }
                statements.append(statement)
        return statements

    async def write(self, session: Session | None) -> None:
        """Write what has changed.

        Raises:
            RivalError: a document is no longer as it was read, or a new one's `_id` is taken.
        """
        updates, inserts = self.updates, self.inserts
        if updates:
            # One command for both where there are both: an insert is an update of nothing.
            statements = [
                *updates,
                *(
                    {"q": {"_id": row["_id"]}, "u": {"$setOnInsert": row}, "upsert": True}
                    for row in inserts
                ),
            ]
            reply = await self._run({"update": self._name, "updates": statements}, session)
            if reply["n"] != len(statements) or len(reply.get("upserted", ())) != len(inserts):
                raise RivalError
        elif inserts:
            await self._run({"insert": self._name, "documents": inserts}, session)

    async def _run(self, command: Document, session: Session | None) -> Document:
        return await run_write(self._database, command, session)


async def run_write(database: Database, command: Document, session: Session | None) -> Document:
    """Run a bare write command; without a session, outside of a transaction, for a majority.

    Raises:
        RivalError: a key is taken. PyMongoError: the command or one of its statements failed.
    """
    if session is None:
        command = command | {"writeConcern": database.write_concern.document}
    reply: Document = await database.command(
        command, session=session, codec_options=database.codec_options
    )
    for refusal in reply.get("writeErrors", ()):
        if refusal["code"] == _DUPLICATE_KEY:
            raise RivalError
        raise WriteError(refusal.get("errmsg", ""), refusal["code"], refusal)
    if fault := reply.get("writeConcernError"):
        raise WriteConcernError(fault.get("errmsg", ""), fault.get("code"), fault)
    return reply


def _key(document_id: Any) -> Hashable:
    return tuple(document_id.values()) if isinstance(document_id, dict) else document_id


class AnswerRows:
    """Answers of attempts: they are read and removed here, and written by the journal."""

    def __init__(self, database: Database) -> None:
        self._answers = database["answers"]
        self._database = database
        self._wanted: dict[AttemptId, None] = {}
        self._read: dict[AttemptId, Recorded] = {}
        self._removed: set[AttemptId] = set()

    def want(self, attempt: AttemptId) -> None:
        """Have the attempt's answers read."""
        self._wanted[attempt] = None

    async def read(self, session: Session | None) -> None:
        """Read all that is wanted."""
        if self._wanted:
            ranges = [{"_id": rows_of(attempt)} for attempt in self._wanted]
            among = ranges[0] if len(ranges) == 1 else {"$or": ranges}
            found = self._answers.find(among, session=session).sort("_id", 1)
            self._read = recorded_by_attempt([row async for row in found])

    def get(self, attempt: AttemptId) -> Recorded:
        """The attempt's answers."""
        return self._read.get(attempt) or Recorded()

    def remove(self, attempt: AttemptId) -> None:
        """Remove the attempt's answers: its result has them. The last thing that an event does."""
        self._removed.add(attempt)

    async def write(self, session: Session | None) -> None:
        """Remove what is to be removed."""
        if self._removed:
            statements = [{"q": {"_id": rows_of(one)}, "limit": 0} for one in self._removed]
            await run_write(self._database, {"delete": "answers", "deletes": statements}, session)


class Unit:
    """One try of a batch. Events use the collections by name, and `count` and `tell`.

    What is new by all odds need not be read: that its key is taken is found when it is inserted,
    and then the batch is tried again with a careful unit, for which events want it, too.
    """

    def __init__(self, database: Database, part: int, *, is_careful: bool) -> None:
        """`part`: which of the SPREAD documents of a test's statistics it counts into.

        `is_careful`: a rival was met, so what is seldom there is read, too.
        """
        self._database = database
        self._part = part
        self.is_careful = is_careful
        self.providers = Rows(database, "providers")
        self.users = Rows(database, "provider_users")
        self.results = Rows(database, "results")
        self.attempts = Rows(database, "attempts")
        self.tokens = Rows(database, "access_tokens")
        self.ledger = Rows(database, "accesses")
        self._outbox = Rows(database, "webhook_deliveries")
        self.answers = AnswerRows(database)
        self._counts: Counter[tuple[ProviderSlug, bool, TestSlug, str]] = Counter()
        self._counts_of_event: Counter[tuple[ProviderSlug, bool, TestSlug, str]] = Counter()

    @property
    def _all(self) -> tuple[Rows, ...]:
        # What rivals contend for comes first: a conflict is met before the rest is written.
        return (
            self.providers,
            self.users,
            self.results,
            self.attempts,
            self.tokens,
            self.ledger,
            self._outbox,
        )

    def provider(self, slug: ProviderSlug) -> Document:
        """A provider that was wanted.

        Raises:
            ProviderNotFoundError: there is none.
        """
        row = self.providers.get(slug)
        if row is None:
            raise ProviderNotFoundError
        return row

    def count(self, provider: ProviderSlug, test: TestSlug, *events: str, sandbox: bool) -> None:
        """Count one more of each of `events` (fields of TestCounts)."""
        for event in events:
            self._counts_of_event[provider, sandbox, test, event] += 1

    def tell(self, event: WebhookEvent) -> None:
        """Put an event into the outbox, if its provider (wanted) has a webhook."""
        if self.provider(event.provider)["webhook_url"] is not None:
            self._outbox.put(delivery_document(event))

    def settle(self) -> None:
        """Keep what the event did that has just happened."""
        self._counts += self._counts_of_event
        self._counts_of_event.clear()
        for rows in self._all:
            rows.settle()

    def revert(self) -> None:
        """Take back what the event did that is refused."""
        self._counts_of_event.clear()
        for rows in self._all:
            rows.revert()

    async def read(self, session: Session | None) -> None:
        """Read all that the events want."""
        for rows in self._all:
            await rows.read(session)
        await self.answers.read(session)

    async def write(self, session: Session | None) -> None:
        """Write all that has changed.

        Raises:
            RivalError: a document is no longer as it was read, or a new one's `_id` is taken.
        """
        for rows in self._all:
            await rows.write(session)
            if rows is self.providers:
                await self._write_counts(session)
        await self.answers.write(session)

    async def _write_counts(self, session: Session | None) -> None:
        sums: dict[tuple[ProviderSlug, bool, TestSlug], Document] = {}
        for (provider, sandbox, test, event), number in self._counts.items():
            sums.setdefault((provider, sandbox, test), {})[event] = number
        if sums:
            statements = [
                {
                    "q": {
                        "_id": {
                            "provider": slug,
                            "sandbox": sandbox,
                            "test": test,
                            "part": self._part,
                        }
                    },
                    "u": {"$inc": events},
                    "upsert": True,
                }
                for (slug, sandbox, test), events in sums.items()
            ]
            await run_write(
                self._database, {"update": "statistics", "updates": statements}, session
            )
