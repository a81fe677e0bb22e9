"""Attempts: state, generation and payment. Their answers lie in the answer journal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.attempts.documents import attempt_from, attempt_to_document, changed
from storage.attempts.journal import AnswerJournal
from storage.attempts.results import ResultStore, result_to_document
from storage.changes import Changes
from storage.client import Database, Document, translated
from storage.commits.answer_rows import Recorded
from storage.commits.engine import EVENT_BYTES, CommitEngine, Event, visit_line
from storage.commits.unit import Unit
from storage.driver.waits import VISITOR_WAIT_S
from storage.partners.access_tokens import TokenGrant, spend
from widget_gateway.domain.attempts.attempts import Attempt, AttemptChange, AttemptState
from widget_gateway.domain.attempts.results import Result
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.errors import (
    AttemptNotFoundError,
    AttemptSupersededError,
    TokenInvalidError,
)
from widget_gateway.domain.ids import AccessToken, AttemptId, ProviderSlug, ResultKey, TestSlug
from widget_gateway.domain.partners.webhooks import WebhookEvent, WebhookEventType

REPEATED_FOR = timedelta(days=1)
"""How long an `open` with the same `open_id` meets the attempt that the first one began."""

Answers = list[tuple[str, Answer]]
"""Answers in the order in which they count: the last value of a question stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A new attempt to be. `ids` are where it may be already; a new one gets the first free one.

    `make` makes it of its id and the token's grant; what it raises refuses the `open`.
    `weight` is about how many bytes the answers have that the host hands in.
    """

    provider: ProviderSlug
    test: TestSlug
    ids: Sequence[AttemptId]
    token: AccessToken | None
    make: Callable[[AttemptId, TokenGrant | None], Attempt]
    resume_hash: bytes
    now: datetime
    expires_at: datetime
    weight: int


class AttemptStore:
    """Attempts by session id. Each `open` raises the generation; the newest owns the attempt."""

    def __init__(
        self,
        database: Database,
        journal: AnswerJournal,
        results: ResultStore,
        commits: CommitEngine,
    ) -> None:
        self._commits = commits
        self._journal = journal
        self._results = results
        self._attempts = database["attempts"]

    async def begin(self, new: Beginning) -> Attempt | AttemptId:
        """Store a new attempt, spending its token if there is one: both or neither.

        Returns the attempt, or the id of the one that the same `open` has begun before.

        Raises:
            TokenInvalidError: the token can't be spent here. What `new.make` raises passes too.
        """

        def wants(unit: Unit) -> None:
            if new.token is not None:
                unit.tokens.want(new.token)
            # A spent token may be this same open's: then its attempt is met, not refused.
            if unit.is_careful or new.token is not None:
                for one in new.ids:
                    unit.attempts.want(one)

        def happen(unit: Unit) -> Attempt | AttemptId:
            for one in new.ids:
                row = unit.attempts.get(one)
                if row is not None and row["created_at"] > new.now - REPEATED_FOR:
                    return one
            grant = None
            if new.token is not None:
                grant = spend(unit, new.token, new.provider, new.test, new.now)
            free = next(one for one in new.ids if unit.attempts.get(one) is None)
            attempt = new.make(free, grant)
            fields = {"resume_hash": new.resume_hash, "expires_at": new.expires_at}
            unit.attempts.put(attempt_to_document(attempt) | fields)
            _count(unit, attempt, "started")
            return attempt

        weight = EVENT_BYTES + new.weight
        event = Event(new.provider, wants, happen, weight, visit_line(new.ids[0]))
        return await self._commits.submit(event, VISITOR_WAIT_S)

    async def take_over(  # noqa: PLR0913 - who shows what, and what it becomes
        self,
        attempt_id: AttemptId,
        provider: ProviderSlug,
        *,
        resume_hash: bytes | None,
        new_resume_hash: bytes | None,
        now: datetime,
        expires_at: datetime,
    ) -> tuple[Attempt, Recorded]:
        """Take the attempt over for a new connection; atomic. Returns it with all its answers.

        `resume_hash` None: the caller knows the attempt by its `open_id`. `new_resume_hash` takes
        the old one's place.

        Raises:
            AttemptNotFoundError: no such attempt of this provider, or it has expired.
            TokenInvalidError: the resume token is another one.
        """

        def wants(unit: Unit) -> None:
            unit.attempts.want(attempt_id)
            unit.answers.want(attempt_id)

        def happen(unit: Unit) -> tuple[Attempt, Recorded]:
            row = _alive(unit, attempt_id, provider, now)
            if resume_hash not in (None, row["resume_hash"]):
                raise TokenInvalidError
            attempt = attempt_from(row).taken_over()
            fields = {"resume_hash": new_resume_hash or row["resume_hash"]}
            unit.attempts.put(changed(row, attempt, expires_at=expires_at, **fields))
            return attempt, unit.answers.get(attempt_id)

        event = Event(provider, wants, happen, line=visit_line(attempt_id))
        attempt, recorded = await self._commits.submit(event, VISITOR_WAIT_S)
        return attempt, await self._all_answers(attempt, recorded)

    async def find(self, attempt_id: AttemptId) -> Attempt | None:
        """An attempt, whoever's it is."""
        with translated():
            row = await self._attempts.find_one({"_id": attempt_id})
        return attempt_from(row) if row else None

    async def find_many(self, attempt_ids: Iterable[AttemptId]) -> list[Attempt]:
        """Those of the attempts that still exist."""
        with translated():
            found = self._attempts.find({"_id": {"$in": list(attempt_ids)}})
            return [attempt_from(row) async for row in found]

    async def find_answers(self, attempt: Attempt) -> Answers:
        """Find all answers of the attempt that a majority of the replica set has."""
        recorded = await self._journal.read(attempt.id)
        return (await self._all_answers(attempt, recorded)).answers

    async def _all_answers(self, attempt: Attempt, recorded: Recorded) -> Recorded:
        """With those that the host handed in; a finished attempt's are in its result."""
        if attempt.result_key is None:
            return Recorded([*attempt.initial_answers, *recorded.answers], recorded.seqs)
        result = await self._results.find(attempt.result_key)
        return Recorded(list(result.answers) if result else [], dict(attempt.stored_seqs))

    async def pause(
        self, attempt_id: AttemptId, provider: ProviderSlug, now: datetime
    ) -> Answers | None:
        """Running and unpaid becomes awaiting payment. Returns all answers; None if it is paid.

        Raises:
            AttemptNotFoundError: the attempt has expired.
        """

        def wants(unit: Unit) -> None:
            unit.providers.want(provider)
            unit.attempts.want(attempt_id)
            unit.answers.want(attempt_id)

        def happen(unit: Unit) -> Answers | None:
            row = unit.attempts.get(attempt_id)
            if row is None:
                raise AttemptNotFoundError
            before = attempt_from(row)
            if before.paid:
                return None
            attempt = before.paused()
            if attempt is not before:
                unit.attempts.put(changed(row, attempt))
                _count(unit, attempt, "paused")
                _tell(unit, attempt, WebhookEventType.ATTEMPT_PAUSED, now)
            return [*attempt.initial_answers, *unit.answers.get(attempt_id).answers]

        event = Event(provider, wants, happen, line=visit_line(attempt_id))
        return await self._commits.submit(event, VISITOR_WAIT_S)

    async def confirm_payment(  # noqa: PLR0913 - what is paid, by whom, in which world
        self,
        attempt_id: AttemptId,
        provider: ProviderSlug,
        payment_id: str | None,
        *,
        sandbox: bool,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """Mark the attempt as paid and let it run on; a repeat keeps the first payment's id.

        Raises:
            AttemptNotFoundError: no such attempt of this provider, in this world.
        """

        def happen(unit: Unit) -> None:
            row = _alive(unit, attempt_id, provider, now)
            if row["sandbox"] is not sandbox:
                raise AttemptNotFoundError
            attempt = attempt_from(row).paid_with(payment_id)
            unit.attempts.put(changed(row, attempt, expires_at=expires_at))

        event = Event(
            provider,
            lambda unit: unit.attempts.want(attempt_id),
            happen,
            line=visit_line(attempt_id),
            is_one_update=True,
        )
        await self._commits.submit(event)

    async def finish(
        self,
        attempt_id: AttemptId,
        provider: ProviderSlug,
        generation: int,
        conclude: Callable[[Attempt, Answers], Result],
    ) -> tuple[Attempt, ResultKey]:
        """Store the result that `conclude` makes of the attempt and its answers, once.

        The result, the attempt's end and the removal of its journal rows are one transaction.
        Returns the finished attempt and its result's key.

        Raises:
            AttemptNotFoundError: the attempt has expired.
            AttemptSupersededError: a newer connection owns it. What `conclude` raises passes too.
        """

        def wants(unit: Unit) -> None:
            unit.providers.want(provider)
            unit.attempts.want(attempt_id)
            unit.answers.want(attempt_id)

        def happen(unit: Unit) -> tuple[Attempt, ResultKey]:
            row = unit.attempts.get(attempt_id)
            if row is None:
                raise AttemptNotFoundError
            before = attempt_from(row)
            if before.result_key is not None:
                return before, before.result_key
            if before.generation != generation:
                raise AttemptSupersededError
            recorded = unit.answers.get(attempt_id)
            result = conclude(before, [*before.initial_answers, *recorded.answers])
            attempt = before.finished_with(result.key, recorded.seqs)
            unit.results.put(result_to_document(result))
            unit.attempts.put(changed(row, attempt))
            _count(unit, attempt, "finished", "results")
            told = {"result_key": str(result.key)}
            _tell(unit, attempt, WebhookEventType.RESULT_FINISHED, result.created_at, **told)
            unit.answers.remove(attempt_id)
            return attempt, result.key

        event = Event(provider, wants, happen, line=visit_line(attempt_id))
        return await self._commits.submit(event, VISITOR_WAIT_S)

    async def sweep_answers(self) -> int:
        """Remove journal rows whose attempt has expired or is finished; returns how many.

        Walks the journal attempt by attempt. Safe beside anything: rows of a finished attempt are
        in its result, and an attempt exists before its first row does.
        """
        removed = 0
        after: AttemptId | None = None
        while (attempt_id := await self._journal.next_attempt(after)) is not None:
            after = attempt_id
            with translated():
                alive = await self._attempts.find_one(
                    {"_id": attempt_id, "state": {"$ne": AttemptState.FINISHED.value}}, {"_id": 1}
                )
            if alive is None:
                removed += await self._journal.remove(attempt_id)
        return removed


def _alive(unit: Unit, attempt_id: AttemptId, provider: ProviderSlug, now: datetime) -> Document:
    row = unit.attempts.get(attempt_id)
    # The TTL index may be a minute late.
    if row is None or row["provider"] != provider or row["expires_at"] <= now:
        raise AttemptNotFoundError
    return row


def _count(unit: Unit, attempt: Attempt, *events: str) -> None:
    unit.count(attempt.provider, attempt.test, *events, sandbox=attempt.sandbox)


def _tell(unit: Unit, attempt: Attempt, kind: WebhookEventType, now: datetime, **data: str) -> None:
    known = {} if attempt.user_id is None else {"user_id": attempt.user_id}
    event = WebhookEvent(
        type=kind,
        provider=attempt.provider,
        sandbox=attempt.sandbox,
        at=now,
        data={"session": str(attempt.id), "test": attempt.test} | known | data,
    )
    unit.tell(event)


class AttemptChanges(Changes[AttemptChange]):
    """Attempts that were paid, taken over or removed."""

    collection = "attempts"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": {"$in": ["update", "delete"]}}},
        {
            "$project": {
                "documentKey": 1,
                "operationType": 1,
                "clusterTime": 1,
                "updateDescription.updatedFields.generation": 1,
                "updateDescription.updatedFields.paid": 1,
            }
        },
    ]

    def read(self, row: Document) -> AttemptChange:
        """Which attempt, and what of it."""
        fields = row.get("updateDescription", {}).get("updatedFields", {})
        return AttemptChange(
            id=AttemptId(row["documentKey"]["_id"]),
            generation=fields.get("generation"),
            paid=fields.get("paid"),
            deleted=row["operationType"] == "delete",
            at=row["clusterTime"].as_datetime(),
        )
