"""The unit of work of a batch: it reads the documents of its events and writes what has changed.

A unit works in four steps. The events name the documents that they need. All of these are read. The
events happen one after another in memory, so that each sees what the earlier ones have done, and
one that is refused leaves nothing behind. Then all that has changed is written.

Each collection has one store, which opens it. A unit is the exception: it reads and writes the
collections of several stores, since the events that they submit share transactions.
"""

from collections.abc import Hashable
from datetime import datetime
from typing import Any

from storage.client import Database, Document
from storage.commits.answer_rows import Recorded, recorded_by_attempt, rows_of
from storage.commits.counts import Counts
from storage.commits.deliveries import delivery_document
from storage.commits.writes import RivalError, run_write
from storage.transactions import Session
from widget_gateway.domain.errors import ProviderNotFoundError
from widget_gateway.domain.ids import AttemptId, ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import is_preview
from widget_gateway.domain.partners.webhooks import WebhookEvent
from widget_gateway.domain.traces import Span


class Rows:
    """The documents of one collection that a batch reads and writes, by `_id`."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._wanted: dict[Hashable, Any] = {}
        self._read: dict[Hashable, Document] = {}
        self._now: dict[Hashable, Document] = {}
        self._undo: list[tuple[Hashable, Document | None]] = []

    def want(self, document_id: Any) -> None:
        """Have the document with this `_id` read, if it exists."""
        self._wanted[_key(document_id)] = document_id

    async def read(self, session: Session | None) -> None:
        """Read all documents that are wanted."""
        if self._wanted:
            among = {"_id": {"$in": list(self._wanted.values())}}
            async for row in self._database[self._name].find(among, session=session):
                self._read[_key(row["_id"])] = row
            self._now = dict(self._read)

    def get(self, document_id: Any) -> Document | None:
        """Return the document as the events so far have left it. The caller must not change it."""
        return self._now.get(_key(document_id))

    def put(self, document: Document) -> None:
        """Insert the document, or replace the one with the same `_id`."""
        key = _key(document["_id"])
        self._undo.append((key, self._now.get(key)))
        self._now[key] = document

    def settle(self) -> None:
        """Keep what the current event has put."""
        self._undo.clear()

    def revert(self) -> None:
        """Undo what the current event has put."""
        while self._undo:
            key, before = self._undo.pop()
            if before is None:
                del self._now[key]
            else:
                self._now[key] = before

    @property
    def inserts(self) -> list[Document]:
        """The new documents."""
        return [row for key, row in self._now.items() if key not in self._read]

    @property
    def updates(self) -> list[Document]:
        """The update statements of changed documents.

        Each has the fields that it changes, as they were read, as its condition.
        """
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
            # Inserts go into the same command, as updates that insert where nothing matches.
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


def _key(document_id: Any) -> Hashable:
    return tuple(document_id.values()) if isinstance(document_id, dict) else document_id


class AnswerRows:
    """Answers of attempts that a batch reads and removes. The journal inserts them."""

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
        """Read all answers that are wanted."""
        if self._wanted:
            ranges = [{"_id": rows_of(attempt)} for attempt in self._wanted]
            among = ranges[0] if len(ranges) == 1 else {"$or": ranges}
            found = self._answers.find(among, session=session).sort("_id", 1)
            self._read = recorded_by_attempt([row async for row in found])

    def get(self, attempt: AttemptId) -> Recorded:
        """Return the attempt's answers as they were read."""
        return self._read.get(attempt) or Recorded()

    def remove(self, attempt: AttemptId) -> None:
        """Remove the attempt's answers. This can't be undone, so it is an event's last step."""
        self._removed.add(attempt)

    async def write(self, session: Session | None) -> None:
        """Delete the answers that are to be removed."""
        if self._removed:
            statements = [{"q": {"_id": rows_of(attempt)}, "limit": 0} for attempt in self._removed]
            await run_write(self._database, {"delete": "answers", "deletes": statements}, session)


class Unit:
    """The reads and writes of one try of a batch.

    Events use its collections, `count` and `tell`. An event need not read a document that is almost
    certainly new. If its key is taken, the insert fails, and the batch is tried again with a
    careful unit, for which the event reads it.
    """

    def __init__(self, database: Database, part: int, *, is_careful: bool) -> None:
        """Make a unit that has read nothing yet.

        `part` is the number, below SPREAD, of the document into which a test's statistics are
        counted. `is_careful` says that a try of this batch has met a rival.
        """
        self.is_careful = is_careful
        self.span: Span | None = None
        """The span of the event that happens now, if traces are on."""

        self.providers = Rows(database, "providers")
        self.users = Rows(database, "provider_users")
        self.results = Rows(database, "results")
        self.attempts = Rows(database, "attempts")
        self.tokens = Rows(database, "access_tokens")
        self.ledger = Rows(database, "accesses")
        self.user_keys = Rows(database, "user_keys")
        self._outbox = Rows(database, "webhook_deliveries")
        self.answers = AnswerRows(database)
        self._counts = Counts(database, part)

    @property
    def _all(self) -> tuple[Rows, ...]:
        # The collections with the most conflicts come first, so that a batch that conflicts has
        # written little.
        return (
            self.providers,
            self.users,
            self.results,
            self.attempts,
            self.tokens,
            self.ledger,
            self.user_keys,
            self._outbox,
        )

    def provider(self, slug: ProviderSlug) -> Document:
        """Return a provider that was wanted.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        row = self.providers.get(slug)
        if row is None:
            raise ProviderNotFoundError
        return row

    def count(
        self, provider: ProviderSlug, test: TestSlug, *events: str, at: datetime, sandbox: bool
    ) -> None:
        """Add one to each of these counts of a test, which happen `at` this time.

        `events` are names of fields of TestCounts and of DailyCounts. Previews are not counted.
        """
        if not is_preview(provider):
            self._counts.add(provider, test, events, at=at, sandbox=sandbox)

    def tell(self, event: WebhookEvent) -> None:
        """Store a delivery of the event if its provider, which was wanted, has a webhook."""
        if is_preview(event.provider):
            return
        if self.provider(event.provider)["webhook_url"] is not None:
            traceparent = self.span.traceparent if self.span is not None else None
            self._outbox.put(delivery_document(event, traceparent))

    @property
    def has_told(self) -> bool:
        """Whether there are deliveries to write."""
        return bool(self._outbox.inserts)

    def settle(self) -> None:
        """Keep what the current event has done."""
        self._counts.settle()
        for rows in self._all:
            rows.settle()

    def revert(self) -> None:
        """Undo what the current event has done."""
        self._counts.revert()
        for rows in self._all:
            rows.revert()

    async def read(self, session: Session | None) -> None:
        """Read all documents that the events want."""
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
                await self._counts.write(session)
        await self.answers.write(session)
